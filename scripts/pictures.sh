#!/usr/bin/env bash
# Takes the pictures of the README from the running product: a demo of its own, driven in Chromium.
# An address as argument uses that demo instead of starting one.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
MAGIC_RUCIO_CHROMIUM=$(bash scripts/chromium.sh)
export MAGIC_RUCIO_CHROMIUM

state=.sandbox/pictures
address=${1:-}
if [ -z "$address" ]; then
  mkdir -p "$state"
  # Rucio's environment is the same for every sandbox of this tree.
  [ ! -d .sandbox/rucio-env ] || [ -e "$state/rucio-env" ] || ln -s ../rucio-env "$state/rucio-env"
  # Warnings of Python packages name paths of this machine.
  export PYTHONWARNINGS=ignore
  # Runs that an earlier try has replicated would leave nothing to replicate.
  .venv/bin/magic-rucio demo --dir "$state" --port 0 --reset > "$state.address" &
  demo=$!
  trap 'kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -f "$state.address"' EXIT
  for _ in $(seq 600); do
    [ -s "$state.address" ] && break
    kill -0 "$demo" 2>/dev/null || { echo "pictures: the demo did not start." >&2; exit 1; }
    sleep 1
  done
  address=$(tail -n 1 "$state.address")
  [ -n "$address" ] || { echo "pictures: the demo was not ready in ten minutes." >&2; exit 1; }
fi

node scripts/pictures.mjs "$address" docs/pictures

# A palette of 256 colours: a third of the size, and no difference to the eye.
.venv/bin/python - docs/pictures/*.png <<'PYTHON'
import sys
from pathlib import Path

from PIL import Image

for name in sys.argv[1:]:
    with Image.open(name) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(name, optimize=True)
    print(f"{name}: {Path(name).stat().st_size / 1000:.0f} kB")
PYTHON
