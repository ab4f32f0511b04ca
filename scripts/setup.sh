#!/usr/bin/env bash
# Makes the environment: node_modules, .venv, the built front end. Does only what is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
digest() { cat "$@" 2>/dev/null | sha256sum | cut -d' ' -f1; }
current() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    echo "$candidate"
    return
  done
}

command -v node >/dev/null || fail "Node.js 20 or newer is needed and was not found. Install it, then run this again."
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js 20 or newer is needed; this is $(node --version)."
python=$(find_python)
[ -n "$python" ] || fail "Python 3.11 or newer with the module venv is needed (on Debian: apt install python3-venv)."

packages=$(digest package.json package-lock.json)
if ! current node_modules/.setup "$packages"; then
  say "Installing the front end's packages (about 1 minute)…"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-progress --loglevel=error >&2
  echo "$packages" > node_modules/.setup
fi

environment=$("$python" --version; digest pyproject.toml requirements/constraints.txt jupyter-config/*)
if ! current .venv/.setup "$environment"; then
  say "Making the Python environment .venv (about 1 minute)…"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  mkdir -p python_bridge/magic_rucio/labextension
  # The front end is built below, once, and linked: the wheel's own build hook is not for this.
  SKIP_JUPYTER_BUILDER=1 .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    -c requirements/constraints.txt -e '.[development]' >&2
  echo "$environment" > .venv/.setup
fi

sources=$(find src style schema -type f | sort | xargs cat package.json tsconfig.json | sha256sum | cut -d' ' -f1)
if ! current lib/.setup "$sources" || [ ! -f python_bridge/magic_rucio/labextension/package.json ]; then
  say "Building the front end…"
  npm run --silent build:lib >&2
  npm run --silent build:labextension >/dev/null
  echo "$sources" > lib/.setup
fi
link=.venv/share/jupyter/labextensions/jupyterlab-magic-rucio
[ -L "$link" ] || { rm -rf "$link"; mkdir -p "${link%/*}"; ln -s ../../../../python_bridge/magic_rucio/labextension "$link"; }
cp -f install.json python_bridge/magic_rucio/labextension/install.json
