"""Runs every check, goes on after a failure, and ends with `N passed, N failed`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ".venv/bin"


@dataclass(frozen=True)
class Step:
    """One check: a command, and how long it may take before it counts as failed."""

    name: str
    command: Sequence[str]
    minutes: float = 10


STEPS = (
    Step("lint-python", [f"{BIN}/ruff", "check", "python_bridge", "benchmarks", "scripts"]),
    Step("format-python", [f"{BIN}/ruff", "format", "--check", "python_bridge", "benchmarks", "scripts"]),
    Step("types-python", [f"{BIN}/mypy"]),
    Step("lint-typescript", ["npx", "eslint", "src", "ui-tests"]),
    Step("types-typescript", ["npx", "tsc", "--noEmit", "-p", "tsconfig.tests.json"]),
    Step("generated-api", ["bash", "scripts/check-generated.sh"]),
    Step("licences", [f"{BIN}/python", "scripts/licences.py"]),
    Step("unit-typescript", ["npx", "vitest", "run"]),
    Step("unit-python", [f"{BIN}/python", "-m", "pytest", "-q", "-m", "not sandbox"], minutes=25),
    Step("contract", [f"{BIN}/python", "-m", "pytest", "-q", "-m", "sandbox"], minutes=25),
    Step("ui", ["bash", "scripts/ui-tests.sh"], minutes=20),
)

COUNT = re.compile(r"\b(\d+) (passed|failed|errors?)\b")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def counts(output: str) -> tuple[int, int]:
    """Read how many tests passed and failed from the closing lines of pytest, vitest or Playwright."""
    passed = failed = 0
    for line in ESCAPES.sub("", output).splitlines()[-40:]:
        # vitest counts files too; only its line "Tests" counts tests.
        if line.strip().startswith("Test Files"):
            continue
        for number, kind in COUNT.findall(line):
            if kind == "passed":
                passed = int(number)
            else:
                failed += int(number)
    return passed, failed


def run(step: Step) -> tuple[int, int]:
    """Run one step, its output shown as it comes; return passed and failed."""
    print(f"\n=== {step.name}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(
        step.command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "PATH": f"{ROOT / BIN}{os.pathsep}{os.environ['PATH']}"},
        start_new_session=True,
    )
    output = _read(process, deadline=started + step.minutes * 60)
    passed, failed = counts(output) if step.name.startswith(("unit", "contract", "ui")) else (0, 0)
    if process.returncode:
        failed = max(failed, 1)
    elif not passed:
        passed = 1
    print(
        f"--- {step.name}: {passed} passed, {failed} failed in {time.monotonic() - started:.0f} s", flush=True
    )
    return passed, failed


def _read(process: subprocess.Popen[str], *, deadline: float) -> str:
    """Show and collect the output; end the process group at the deadline."""
    import threading

    def end() -> None:
        print("=== out of time, ended", flush=True)
        os.killpg(process.pid, 9)

    clock = threading.Timer(max(1.0, deadline - time.monotonic()), end)
    clock.daemon = True
    clock.start()
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    process.wait()
    clock.cancel()
    return "".join(lines)


def main() -> int:
    """Run all steps, or those whose name starts with an argument."""
    chosen = [step for step in STEPS if len(sys.argv) == 1 or step.name.startswith(tuple(sys.argv[1:]))]
    if not chosen:
        print(f"No step is named so; there are: {', '.join(step.name for step in STEPS)}", file=sys.stderr)
        return 2
    results = {step.name: run(step) for step in chosen}
    broken = [name for name, (_, failed) in results.items() if failed]
    if broken:
        print(f"\nNot in order: {', '.join(broken)}")
    passed = sum(number for number, _ in results.values())
    failed = sum(number for _, number in results.values())
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
