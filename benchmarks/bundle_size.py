"""How much JavaScript this extension costs: before its panel is opened, with it open, and in all.

A real browser says which files it asks for; their size is that of the built file, gzipped (level 6, as
web servers do). Needs no Rucio. Run: ``.venv/bin/python benchmarks/bundle_size.py`` after a build.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from magic_rucio.demo import jupyter

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "python_bridge" / "magic_rucio" / "labextension" / "static"
INCUMBENT_KB = 117.0
"""rucio-jupyterlab: all of it, gzipped, loaded before anything is opened; measured once, not in this run."""
BEFORE_KB, ALL_KB = 30.0, 150.0


def main() -> None:
    asked = files_asked_for()
    every = [path.name for path in STATIC.glob("*.js")]
    sizes = {name: gzipped_kb(STATIC / name) for name in every}
    before, opened, whole = (sum(sizes[name] for name in names) for names in (*asked, every))
    print("| JavaScript, gzipped | kB | files | against the incumbent | to reach |")
    print("|---|---|---|---|---|")
    print(f"| rucio-jupyterlab, at start (baseline) | {INCUMBENT_KB:.0f} | | 1 | |")
    print(row("before the panel is opened", before, asked[0], f"< {BEFORE_KB:.0f}"))
    print(row("with the panel open", opened, asked[1], ""))
    print(row("in all", whole, every, f"< {ALL_KB:.0f}"))
    print("\n| file | kB gz | asked for |\n|---|---|---|")
    for name in sorted(every, key=lambda one: -sizes[one]):
        when = "before" if name in asked[0] else "by the panel" if name in asked[1] else "later"
        print(f"| {name} | {sizes[name]:.1f} | {when} |")
    if before >= BEFORE_KB or whole >= ALL_KB:
        sys.exit("above the sizes to keep below")


def row(what: str, size: float, names: Iterable[str], target: str) -> str:
    return f"| {what} | {size:.1f} | {len(list(names))} | {size / INCUMBENT_KB:.2f} | {target} |"


def gzipped_kb(path: Path) -> float:
    return len(gzip.compress(path.read_bytes(), 6)) / 1000


def files_asked_for() -> tuple[list[str], list[str]]:
    """Return the names of the files loaded before the panel is opened, and by then."""
    chromium = subprocess.run(
        ["bash", ROOT / "scripts" / "chromium.sh"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="bench-bundle-") as name:
        folder = Path(name)
        (folder / "files").mkdir()
        quiet = {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "MAGIC_RUCIO_DATA_DIR": str(folder / "data"),
        }
        server = jupyter.start(
            folder=folder,
            files=folder / "files",
            port=jupyter.free_port(),
            environment=quiet,
            token=None,
            galata=False,
        )
        try:
            address = server.url.replace(f"/lab/tree/{jupyter.NOTEBOOK}", "/lab")
            told = subprocess.run(
                ["node", Path(__file__).with_suffix(".mjs")],
                stdout=subprocess.PIPE,
                text=True,
                timeout=180,
                cwd=ROOT,
                env={**os.environ, "CHROMIUM": chromium, "ADDRESS": address},
            )
        finally:
            os.killpg(server.process.pid, signal.SIGTERM)
            server.process.wait(30)
    if told.returncode:
        sys.exit("the browser did not open JupyterLab: see above")
    asked = json.loads(told.stdout)
    return asked["before"], asked["after"]


if __name__ == "__main__":
    main()
