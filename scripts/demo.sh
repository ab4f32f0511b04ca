#!/usr/bin/env bash
# The whole thing on this machine, with data to try it on (`npm run demo -- --help`).
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
exec .venv/bin/magic-rucio demo "$@"
