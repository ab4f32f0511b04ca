"""The documentation of an observation's keys, made from the model: for `--help` and for KEYS.md."""

from __future__ import annotations

from dataclasses import dataclass

from magic_rucio.dl3.models import Observation


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the output: its name, its unit, what it means, and the header keyword it comes from."""

    name: str
    unit: str
    meaning: str
    header: str


def keys() -> list[Key]:
    """All keys, in the order of the output."""
    found = []
    for name, field in Observation.model_fields.items():
        extra = field.json_schema_extra
        notes = extra if isinstance(extra, dict) else {}
        found.append(Key(name, str(notes["unit"]), str(field.description), str(notes["header"])))
    return found


def help_text() -> str:
    """One line a key, for a terminal."""
    width = max(len(key.name) for key in keys())
    lines = (f"{key.name:<{width}}  {key.meaning}{f' [{key.unit}]' if key.unit else ''}" for key in keys())
    return "\n".join(lines)


def markdown() -> str:
    """The table of KEYS.md."""
    rows = [
        "# What `magic-rucio dl3` prints",
        "",
        "Made from `magic_rucio/dl3/models.py` by `python -m magic_rucio.dl3.keys`; do not edit.",
        "",
        "One JSON object a line. `file` is the name given; then the keys below, `null` where the file does",
        "not say; or, for a file that cannot be read as DL3, only `file` and `error`. In Rucio the same keys",
        "are the DID's metadata, without those that are `null`, `bytes` being called `file_bytes`.",
        "",
        "| key | unit | meaning | from |",
        "|---|---|---|---|",
        *(f"| `{key.name}` | {key.unit} | {key.meaning} | {key.header} |" for key in keys()),
        "",
        "Each of `hdus` is an object `{hdu_type, hdu_class, hdu_name}` in the terms of GADF's HDU index.",
        "",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    print(markdown(), end="")
