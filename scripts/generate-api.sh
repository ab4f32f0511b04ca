#!/usr/bin/env bash
# Writes the browser's types and zod schemas anew from the pydantic models (`npm run api`).
set -euo pipefail
cd "$(dirname "$0")/.."
document=$(mktemp --suffix=.json)
trap 'rm -f "$document"' EXIT
.venv/bin/python -m magic_rucio.api.document > "$document"
API_DOCUMENT="$document" npx openapi-ts --silent
