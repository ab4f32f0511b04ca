#!/usr/bin/env bash
# Writes requirements/constraints.txt anew: the newest versions that pyproject.toml allows, installed afresh.
# Run the tests before committing what it wrote.
set -euo pipefail
cd "$(dirname "$0")/.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
SKIP_JUPYTER_BUILDER=1 "$environment/bin/python" -m pip install --quiet -e '.[development]'
"$environment/bin/python" -m pip freeze --exclude-editable > requirements/constraints.txt
