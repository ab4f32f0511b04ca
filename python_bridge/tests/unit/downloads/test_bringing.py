"""Files for scripts: from a door that only the network reaches."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.bringing import bring_all
from magic_rucio.errors import MagicRucioError
from magic_rucio.rucio.records import ReplicaRecord

from .door import Door

CONTENT = random.Random(3).randbytes(50_000)


def record(door: Door, name: str) -> ReplicaRecord:
    return ReplicaRecord(
        scope="s",
        name=name,
        bytes=len(CONTENT),
        adler32=f"{zlib.adler32(CONTENT):08x}",
        rses={"PIC": [f"{door.url}/{name}"]},
        states={"PIC": "AVAILABLE"},
    )


async def test_each_file_has_its_path_or_its_reason_and_comes_once(door: Door, tmp_path: Path) -> None:
    door.files = {"/a.fits": CONTENT, "/b.fits": CONTENT, "/bad.fits": CONTENT[::-1]}
    instance = RucioInstance(rucio_url="http://r", mode="download")
    settings = Settings(instances=(instance,), cache_dir=tmp_path)
    records = [record(door, name) for name in ("a.fits", "b.fits", "bad.fits", "none.fits")]
    found = await bring_all(records, instance=instance, settings=settings)
    assert list(found) == ["s:a.fits", "s:b.fits", "s:bad.fits", "s:none.fits"]
    for did in ("s:a.fits", "s:b.fits"):
        path = found[did]
        assert isinstance(path, Path)
        assert path.read_bytes() == CONTENT
    for did in ("s:bad.fits", "s:none.fits"):
        assert isinstance(found[did], MagicRucioError)
    asked = len(door.asked)
    again = await bring_all(records[:2], instance=instance, settings=settings)
    assert again["s:a.fits"] == found["s:a.fits"]
    assert len(door.asked) == asked
