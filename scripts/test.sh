#!/usr/bin/env bash
# Everything that must hold, in one command (`npm test`). Arguments name steps to run alone: npm test -- unit ui
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
exec .venv/bin/python scripts/test.py "$@"
