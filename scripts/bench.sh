#!/usr/bin/env bash
# Measures what each issue promises: one script a promise, each prints a table with its baseline of the same run.
# Arguments name scripts to run alone: npm run bench -- attach
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
for script in benchmarks/[a-z]*.py; do
  name=$(basename "$script" .py)
  # Modules that others import are no benchmarks.
  grep -q __main__ "$script" || continue
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  printf '\n== %s\n' "$name"
  .venv/bin/python "$script"
done
