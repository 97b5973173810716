#!/bin/sh
# Runs a script with the system's Python, which has the system's grpc package.
exec /usr/bin/python3 "$@"
