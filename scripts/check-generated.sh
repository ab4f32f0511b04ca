#!/usr/bin/env bash
# Fails when src/api/generated is not what the pydantic models give.
set -euo pipefail
cd "$(dirname "$0")/.."
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
cp -r src/api/generated/. "$kept"
bash scripts/generate-api.sh
if ! diff -r "$kept" src/api/generated; then
  rm -rf src/api/generated
  cp -r "$kept" src/api/generated
  echo "src/api/generated is stale: run 'npm run api' and commit what it wrote." >&2
  exit 1
fi
