#!/usr/bin/env bash
# Browser tests: a real JupyterLab on a real sandbox, driven in Chromium. Arguments go to Playwright.
set -euo pipefail
cd "$(dirname "$0")/.."
MAGIC_RUCIO_CHROMIUM=$(bash scripts/chromium.sh)
export MAGIC_RUCIO_CHROMIUM
exec npx playwright test --config ui-tests/playwright.config.ts "$@"
