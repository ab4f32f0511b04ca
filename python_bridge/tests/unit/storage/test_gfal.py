"""The door of gfal2, on the real one; it has no wheel, so it is tried where the system's is importable."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from magic_rucio.storage.fetch import FetchError
from magic_rucio.storage.fetch_gfal import GfalReading

gfal2 = pytest.importorskip("gfal2", reason="gfal2's Python binding is a system package; it is not here")

CONTENT = random.Random(5).randbytes(3_000_000)


@dataclass
class Memory:
    size: int
    content: bytearray = field(default_factory=bytearray)

    @property
    def offset(self) -> int:
        return len(self.content)

    def write(self, block: bytes) -> None:
        self.content += block

    def restart(self) -> None:
        self.content.clear()


@pytest.mark.parametrize("there", [0, 1_234_567, len(CONTENT)])
def test_it_reads_on_from_where_it_ended(tmp_path: Path, there: int) -> None:
    (tmp_path / "f").write_bytes(CONTENT)
    sink = Memory(len(CONTENT), bytearray(CONTENT[:there]))
    GfalReading(gfal2).fetch(f"file://{tmp_path}/f", sink)
    assert sink.content == CONTENT


def test_its_words_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="No such file"):
        GfalReading(gfal2).fetch(f"file://{tmp_path}/none", Memory(5))
