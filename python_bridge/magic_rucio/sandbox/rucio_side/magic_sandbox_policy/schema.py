"""What names may look like: another policy's schema under this package's name."""

from __future__ import annotations

import importlib
import os

_base = importlib.import_module(os.environ["MAGIC_RUCIO_SANDBOX_SCHEMA"])

globals().update({name: value for name, value in vars(_base).items() if not name.startswith("__")})
