"""Files that are broken, or want to break the reader: one error type, which says what and where."""

from __future__ import annotations

import gzip
import os
import socket
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest

from magic_rucio.dl3 import Dl3Error, read_observation, source

from .fits_bytes import EVENTS, card, dl3, gti, header, outcome, point_like, primary, table_cards

SMALL = point_like()
HUGE = 2**62


def message(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "file.fits"
    path.write_bytes(content)
    with pytest.raises(Dl3Error) as caught:
        read_observation(path)
    return caught.value.message


@pytest.mark.parametrize("length", [*range(1, 60), *range(60, len(SMALL), 487), len(SMALL) - 1])
def test_a_plain_file_cut_anywhere_but_between_hdus_is_refused(tmp_path: Path, length: int) -> None:
    boundaries = {2880, 8640, 14400, 20160, 25920}
    if length not in boundaries:
        assert message(tmp_path, SMALL[:length])


def test_truncation_says_where(tmp_path: Path) -> None:
    assert message(tmp_path, SMALL[:3000]) == (
        "truncated: HDU 1, header at byte 2880: the file ends at byte 3000, inside the header"
    )
    assert message(tmp_path, SMALL[:5800]) == (
        "truncated: HDU 1 (EVENTS), data at byte 5760: the header announces 84 bytes of data,"
        " the file ends after 40"
    )
    assert "of the last block" in message(tmp_path, SMALL[:-100])


def test_a_gzipped_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(SMALL)
    for length in range(2, len(packed)):
        assert message(tmp_path, packed[:length])


def test_a_gzip_checksum_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(SMALL))
    packed[-6] ^= 1
    assert "incorrect data check" in message(tmp_path, bytes(packed))


def test_a_gzipped_file_of_truncated_fits_says_where(tmp_path: Path) -> None:
    assert "HDU 1 (EVENTS), data at byte 5760" in message(tmp_path, gzip.compress(SMALL[:5800]))


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "run.fits.gz"
    path.write_bytes(gzip.compress(SMALL[:4000]) + gzip.compress(SMALL[4000:]) + b"\0" * 100)
    assert read_observation(path).obs_id == 5029747


def test_rubbish_after_gzip_is_refused(tmp_path: Path) -> None:
    assert "rubbish after the gzip data" in message(tmp_path, gzip.compress(SMALL) + b"rubbish")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"hello", 'starts with "hello"'),
        (b"BZh91AY", "bzip2"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"<html>", "html"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (gzip.compress(b"not fits at all"), "not a FITS file"),
        (b"\x1f\x8b", "gzip"),
        (b"\x1f\x8bnonsense" * 100, "gzip"),
    ],
)
def test_what_is_not_fits_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in message(tmp_path, content)


@pytest.mark.parametrize(
    "lie",
    [
        {"NAXIS1": HUGE, "NAXIS2": HUGE},
        {"NAXIS2": 10**39},
        {"NAXIS2": -5},
        {"NAXIS1": -1},
        {"PCOUNT": HUGE},
        {"PCOUNT": -28},
        {"GCOUNT": HUGE},
        {"NAXIS": -1},
        {"NAXIS": 1000},
        {"NAXIS": 999},
        {"NAXIS": 3},
        {"NAXIS": None},
        {"NAXIS2": None},
        {"NAXIS2": "many"},
        {"NAXIS2": 1.5},
        {"BITPIX": 7},
        {"BITPIX": -64},
        {"BITPIX": True},
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_lies_about_sizes_are_refused_at_once(tmp_path: Path, lie: dict[str, int], packed: bool) -> None:
    content = primary() + header(*table_cards("EVENTS", EVENTS | lie)) + b"\0" * 2880 + gti()
    start = time.monotonic()
    words = message(tmp_path, gzip.compress(content) if packed else content)
    assert "HDU 1" in words
    assert "byte 2880" in words or "byte 5760" in words
    assert time.monotonic() - start < 1


def test_a_header_that_never_ends(tmp_path: Path) -> None:
    endless = card("SIMPLE", True) + card("COMMENT", "x") * 100_000
    assert "no END card within 2949120 bytes" in message(tmp_path, endless)
    assert "no END card within 2949120 bytes" in message(tmp_path, gzip.compress(endless))


def test_an_end_inside_a_value_is_not_the_end(tmp_path: Path) -> None:
    trap = b"COMMENT ".ljust(77) + b"END" + b" " * 80
    path = tmp_path / "run.fits"
    path.write_bytes(primary() + header(*table_cards("EVENTS", {}), trap, card("OBS_ID", 3)) + b"\0" * 2880)
    assert read_observation(path).obs_id == 3


def test_more_hdus_than_any_file_has(tmp_path: Path) -> None:
    assert "more than 1000 HDUs" in message(tmp_path, primary() + gti() * 1001)


def peak_memory(path: Path) -> tuple[str, int]:
    """What came out of reading a file, and the bytes at the peak."""
    tracemalloc.start()
    try:
        return outcome(path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_headers_that_would_fill_the_memory(tmp_path: Path) -> None:
    fat = header(*table_cards("X", {}), *[card("COMMENT", "x")] * 30_000) + b"\0" * 2880
    path = tmp_path / "fat.fits.gz"
    path.write_bytes(gzip.compress(primary() + fat * 10, 1))
    said, memory = peak_memory(path)
    assert "bytes of headers" in said
    assert memory < 64 << 20


def test_gzip_members_without_end(tmp_path: Path) -> None:
    packed = gzip.compress(primary()) + gzip.compress(b"") * 5000
    assert "gzip members" in message(tmp_path, packed)


def test_a_damaged_extension_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    assert message(tmp_path, dl3(EVENTS, b"GARBAGE ".ljust(2880))) == (
        'malformed FITS: HDU 3, byte 14400: "GARBAGE         " where a header should start with "XTENSION="'
    )


def test_a_gzip_bomb_costs_neither_memory_nor_much_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "GZIP_FREE", 32 << 20)
    squeezer = zlib.compressobj(9, wbits=31)
    head = primary() + header(*table_cards("EVENTS", EVENTS, rows=10**12))
    packed = squeezer.compress(head)
    for _ in range(100):
        packed += squeezer.compress(bytes(1 << 20))
    path = tmp_path / "bomb.fits.gz"
    path.write_bytes(packed + squeezer.flush())
    said, memory = peak_memory(path)
    assert "gzip bomb" in said
    assert memory < 4 << 20


def test_reading_a_big_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.fits"
    rows = 10**9
    head = primary() + header(*table_cards("EVENTS", EVENTS, rows=rows))
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + -(-rows * 28 // 2880) * 2880)
    said, memory = peak_memory(path)
    assert f'"event_count":{rows}' in said
    assert memory < 1 << 20


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for path, kind in [
            (tmp_path, "a directory"),
            (tmp_path / "fifo", "a FIFO"),
            (tmp_path / "s", "a socket"),
            (Path("/dev/null"), "a character device"),
        ]:
            with pytest.raises(Dl3Error, match=kind):
                read_observation(path)


def test_missing_files_odd_names_and_loops(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, why in [
        ("none", "No such file"),
        ("loop", "symbolic links"),
        ("x" * 300, "too long"),
        ("\0", "null"),
    ]:
        with pytest.raises(Dl3Error, match=why):
            read_observation(os.path.join(tmp_path, name))


def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.fits"
    path.write_bytes(SMALL)
    path.chmod(0)
    user = os.geteuid()
    nobody = 65534
    if user == 0:  # root may read everything
        os.seteuid(nobody)
    try:
        with pytest.raises(Dl3Error, match="Permission denied"):
            read_observation(path)
    finally:
        os.seteuid(user)
