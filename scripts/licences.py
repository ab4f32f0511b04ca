"""Fails when a dependency that reaches users has a licence we may not ship with.

Python: what the wheel and its extras install. JavaScript: what is bundled into the front end.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent

ALLOWED = re.compile(
    r"\b(0BSD|Apache|BSD|CC0|HPND|ISC|LGPL|MIT|MPL|PSF|Python Software Foundation|Unlicense|Zlib|"
    r"Lesser General Public)\b",
    re.IGNORECASE,
)
"""Permissive, or weak copyleft that binds only changes to the library itself."""

READ_BY_HAND = {"jupyterlab-magic-rucio"}
"""Ourselves."""


def python_distributions(name: str, extras: frozenset[str], seen: set[str]) -> set[str]:
    """Collect the names of everything that installing a distribution brings."""
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in extras | {""}
        )
        key = requirement.name.lower().replace("_", "-")
        if not wanted or key in seen:
            continue
        try:
            metadata.distribution(requirement.name)
        except metadata.PackageNotFoundError:
            continue
        seen.add(key)
        python_distributions(requirement.name, frozenset(requirement.extras), seen)
    return seen


def python_licence(name: str) -> str:
    """Read the licence from a distribution's metadata, the expression first."""
    fields = metadata.metadata(name)
    classifiers = [c for c in fields.get_all("Classifier") or [] if c.startswith("License ::")]
    return fields.get("License-Expression") or "; ".join(classifiers) or (fields.get("License") or "")[:200]


def javascript_licences() -> dict[str, str]:
    """Read the licences of our direct front-end dependencies and theirs from the lock file."""
    listing = subprocess.run(
        ["npm", "ls", "--omit=dev", "--all", "--json", "--long"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    licences: dict[str, str] = {}

    def walk(node: dict[str, object]) -> None:
        dependencies = node.get("dependencies")
        if isinstance(dependencies, dict):
            for name, child in dependencies.items():
                # JupyterLab itself gives these at run time: not in our bundle.
                if name.startswith(("@jupyterlab/", "@lumino/")):
                    continue
                licences[name] = str(child.get("license", ""))
                walk(child)

    walk(json.loads(listing.stdout))
    return licences


def main() -> int:
    """Print what is refused; the exit status says whether anything was."""
    names = python_distributions("jupyterlab-magic-rucio", frozenset({"gammapy", "service"}), set())
    found = {name: python_licence(name) for name in names - READ_BY_HAND} | javascript_licences()
    refused = {name: licence for name, licence in found.items() if not ALLOWED.search(licence)}
    for name, licence in sorted(refused.items()):
        print(f"{name}: {licence or 'no licence given'}")
    print(f"{len(found)} dependencies read, {len(refused)} refused")
    return 1 if refused or not found else 0


if __name__ == "__main__":
    sys.exit(main())
