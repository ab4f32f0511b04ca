"""A DL3 file as it will be known to Rucio: name, metadata, content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from magic_rucio.dl3 import Observation, read_observation
from magic_rucio.dl3 import to_rucio_metadata as observation_metadata
from magic_rucio.errors import InvalidInputError
from magic_rucio.naming import (
    MagicName,
    NameSchema,
    RefusedNameError,
    compose,
    parse_file_name,
    rucio_name,
)
from magic_rucio.naming import to_rucio_metadata as name_metadata
from magic_rucio.rucio import Did
from magic_rucio.storage.fingerprint import Fingerprint, fingerprint

Metadata = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that was read and can be published."""

    path: Path
    did: Did
    content: Fingerprint
    metadata: Metadata
    warnings: tuple[str, ...] = ()


def read_candidate(
    path: Path, scope: str, schema: NameSchema, *, stopped: Callable[[], bool] = lambda: False
) -> Candidate:
    """Read a file's headers and content.

    Raises
    ------
    Dl3Error
        Where it is not a DL3 file, or a broken one.
    RefusedNameError
        Where it can have no Rucio name.
    InvalidInputError, ConflictError
        Where it cannot be read, or changes meanwhile.
    """
    observation = read_observation(path)
    file_name = _parsed(path.name)
    name = _rucio_name(path.name, file_name, observation, schema)
    try:
        content = fingerprint(path, stopped=stopped)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from None
    metadata: Metadata = dict(observation_metadata(observation))
    if file_name is not None:
        # The observation's own numbers are finer than the name's, but the night of the name is the right one.
        metadata = {**name_metadata(file_name), **metadata}
        if file_name.night is not None:
            metadata["night"] = file_name.night.isoformat()
    metadata |= {"level": "DL3", "original_name": path.name, "sha256": content.sha256}
    return Candidate(
        path=path,
        did=Did(scope, name),
        content=content,
        metadata=metadata,
        warnings=tuple(_contradictions(file_name, observation)),
    )


def _parsed(name: str) -> MagicName | None:
    """None for the files of other instruments, named as they like."""
    try:
        found = parse_file_name(name)
    except RefusedNameError:
        return None
    return found if found.level == "DL3" else None


def _rucio_name(file: str, found: MagicName | None, observation: Observation, schema: NameSchema) -> str:
    night = None if observation.night is None else date.fromisoformat(observation.night)
    if found is None:
        return compose("DL3", observation.target, night, observation.obs_id, file, schema)
    return rucio_name(
        found,
        schema,
        source=observation.target if found.source is None else None,
        night=night if found.night is None else None,
        run=observation.obs_id if found.run is None else None,
    )


def _contradictions(found: MagicName | None, observation: Observation) -> list[str]:
    if found is None:
        return []
    pairs = [
        ("run", found.run, "OBS_ID", observation.obs_id),
        ("night", None if found.night is None else found.night.isoformat(), "times", observation.night),
    ]
    return [
        f"The file name says {what} {named}, its header's {key} {read}; the file name is taken."
        for what, named, key, read in pairs
        if named is not None and read is not None and named != read
    ]
