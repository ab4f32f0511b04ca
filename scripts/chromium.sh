#!/usr/bin/env bash
# Prints the path of a Chromium, installing one where there is none: by apt as root, else by Playwright.
set -euo pipefail
cd "$(dirname "$0")/.."

find_one() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  node -e 'const p = require("@playwright/test").chromium.executablePath(); if (!require("fs").existsSync(p)) process.exit(1); console.log(p)' 2>/dev/null
}

find_one && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium by apt…" >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; } >&2 || true
  find_one && exit 0
fi
echo "Installing Chromium by Playwright…" >&2
npx playwright install chromium >&2 || true
find_one && exit 0
echo "No Chromium was found and none could be installed: install one (Debian: apt install chromium) or name one by CHROMIUM=/path." >&2
exit 1
