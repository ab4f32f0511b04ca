"""Prints the OpenAPI document, from which the browser's types are generated."""

from __future__ import annotations

import json
import sys

from magic_rucio.api.app import make_app


def main() -> None:
    """Write the document to standard output, stable from run to run."""
    json.dump(make_app().openapi(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
