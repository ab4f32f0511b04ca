"""An observation as the metadata of its DID in Rucio, and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from pydantic import ValidationError

from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.models import Hdu, Observation

SIZE_KEY = "file_bytes"
"""`bytes` is a column of Rucio's own, and a query that mixes its columns with JSON keys is refused."""

MetadataValue = str | int | float | bool


def to_rucio_metadata(observation: Observation) -> dict[str, MetadataValue]:
    """Flat metadata with one type per key; what is not known is left out, as Rucio takes no nulls.

    Returns
    -------
    dict
        The keys of `Observation`, with `file_bytes` for the size and `hdus` as one string of
        `type/class/name` joined by `;`, percent-encoded.
    """
    metadata: dict[str, MetadataValue] = {}
    for key, value in observation:
        if value is not None and key not in ("bytes", "hdus"):
            metadata[key] = value
    metadata[SIZE_KEY] = observation.bytes
    metadata["hdus"] = ";".join(
        "/".join(quote(part, safe=" +") for part in (hdu.hdu_type, hdu.hdu_class, hdu.hdu_name))
        for hdu in observation.hdus
    )
    return metadata


def from_rucio_metadata(metadata: Mapping[str, object]) -> Observation:
    """The observation that `to_rucio_metadata` was given; keys of others are passed over.

    Raises
    ------
    Dl3Error
        A key that is missing or holds what it cannot hold.
    """
    known = {
        key: metadata[key]
        for key in Observation.model_fields
        if key != "hdus" and metadata.get(key) is not None
    }
    if metadata.get(SIZE_KEY) is not None:
        known["bytes"] = metadata[SIZE_KEY]
    try:
        return Observation.model_validate({**known, "hdus": _hdus(metadata.get("hdus"))})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Dl3Error(f"metadata that is not of a DL3 file: {faults}", code="dl3-bad-metadata") from None


def _hdus(text: object) -> tuple[Hdu, ...]:
    if not isinstance(text, str):
        raise Dl3Error("metadata that is not of a DL3 file: no text under hdus", code="dl3-bad-metadata")
    hdus = []
    for entry in filter(None, text.split(";")):
        parts = [unquote(part) for part in entry.split("/")]
        if len(parts) != 3:
            raise Dl3Error(
                f"metadata that is not of a DL3 file: hdus: {entry[:80]!r}", code="dl3-bad-metadata"
            )
        hdus.append(Hdu(hdu_type=parts[0], hdu_class=parts[1], hdu_name=parts[2]))
    return tuple(hdus)
