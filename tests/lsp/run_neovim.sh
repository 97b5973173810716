#!/usr/bin/env bash
# Runs a test script in Neovim, on copies of policies/healthcare.
#
# usage: run_neovim.sh SCRIPT SEKISHO
set -euo pipefail
script=$1
SEKISHO=$PWD/$2
FOLDERS=$TEST_TMPDIR/policies
export SEKISHO FOLDERS
# Neovim keeps things in its user's folders.
export HOME=$TEST_TMPDIR XDG_CONFIG_HOME=$TEST_TMPDIR XDG_DATA_HOME=$TEST_TMPDIR
export XDG_STATE_HOME=$TEST_TMPDIR XDG_CACHE_HOME=$TEST_TMPDIR

# As it is, and as a folder of rules in place of the matrix.
mkdir -p "$FOLDERS/rules"
cp -RL policies/healthcare "$FOLDERS/matrix"
cp -L policies/healthcare/golden/policies.cedar "$FOLDERS/rules/rules.cedar"
cp -L policies/healthcare/{healthcare.cedarschema,obligations.tsv} \
  "$FOLDERS/rules"
chmod -R u+w "$FOLDERS"

exec nvim --headless --clean -n -c "luafile $script"
