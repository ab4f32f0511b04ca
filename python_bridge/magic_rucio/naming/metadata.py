"""A file name's fields as the metadata of its DID: one type per key, nothing where it is not known."""

from __future__ import annotations

from magic_rucio.naming.models import MagicName


def to_rucio_metadata(name: MagicName, path: str | None = None) -> dict[str, str | int | float]:
    """Return the metadata that the file's name gives.

    Parameters
    ----------
    name : MagicName
        The file name, taken apart.
    path : str, optional
        Where the file was found, kept as `original_path`.

    Returns
    -------
    dict
        `level, telescope, source, night` (ISO date), `run, subrun, file_type, wobble_offset,
        wobble_angle` (deg), `original_name, original_path`. Keys avoid the columns of Rucio's own
        (`run_number`, `datatype`), numbers keep one type (a single text among them breaks every
        numeric filter of the scope).
    """
    values = {
        "level": name.level,
        "telescope": name.telescope,
        "source": name.source,
        "night": None if name.night is None else name.night.isoformat(),
        "run": name.run,
        "subrun": name.subrun,
        "file_type": name.type,
        "wobble_offset": name.wobble_offset,
        "wobble_angle": None if name.wobble_angle is None else float(name.wobble_angle),
        "original_name": name.file,
        "original_path": path,
    }
    return {key: value for key, value in values.items() if value is not None}
