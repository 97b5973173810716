#!/usr/bin/env bash
# The example in README.md is the one in policies/examples/clinic, and does what
# it says.
set -euo pipefail

sekisho=$1
readme=$(<README.md)
clinic=policies/examples/clinic
for file in "$clinic/clinic.cedar" "$clinic/request.json"; do
  if [[ $readme != *"$(<"$file")"* ]]; then
    echo "README.md does not show $file as it is"
    exit 1
  fi
done
"$sekisho" compile "$clinic" -o "$TEST_TMPDIR/clinic.sekisho"
answer=$("$sekisho" decide -a "$TEST_TMPDIR/clinic.sekisho" \
  -e "$clinic/entities.json" -r "$clinic/request.json")
if [[ $readme != *$'\n'"$answer"$'\n'* ]]; then
  echo "README.md does not show the answer: $answer"
  exit 1
fi
denied=0
sed 's/hospital/home/' "$clinic/request.json" |
  "$sekisho" decide -a "$TEST_TMPDIR/clinic.sekisho" \
    -e "$clinic/entities.json" || denied=$?
[[ $denied == 2 ]]
