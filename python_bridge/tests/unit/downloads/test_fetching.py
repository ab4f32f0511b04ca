"""One file into the cache, from real doors that break in the ways real doors break."""

from __future__ import annotations

import os
import random
import ssl
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from magic_rucio.downloads.cache import Cache, part_of
from magic_rucio.downloads.fetching import fetch
from magic_rucio.downloads.sources import Door as Kind
from magic_rucio.downloads.sources import Source
from magic_rucio.downloads.wanted import Wanted
from magic_rucio.errors import ConflictError
from magic_rucio.storage.fetch import FetchError, ReadDoor
from magic_rucio.storage.fetch_http import HttpReading
from magic_rucio.storage.fetch_local import LocalReading

from .door import Door

CONTENT = random.Random(1).randbytes(200_000)
DID = "magic-dl3:DL3_CrabNebula/20221218_05105317_DL3.fits.gz"
WANTED = Wanted(DID, len(CONTENT), f"{zlib.adler32(CONTENT):08x}")


class Bench:
    """A cache, the doors, and the bytes that were told of."""

    def __init__(self, folder: Path, http: HttpReading, limit: int = 10_000_000) -> None:
        self.cache = Cache(folder, limit)
        self.cache.prepare()
        self.doors: dict[Kind, ReadDoor] = {"http": http, "local": LocalReading()}
        self.told = 0
        self.stop_at: float = float("inf")

    def fetch(self, *addresses: str, wanted: Wanted = WANTED) -> Path:
        sources = [
            Source("local" if address.startswith("/") else "http", address, f"RSE{i}")
            for i, address in enumerate(addresses)
        ]
        return fetch(
            wanted,
            sources,
            instance_id="i",
            cache=self.cache,
            doors=self.doors,
            advance=self._advance,
            stopped=lambda: self.told >= self.stop_at,
        )

    def _advance(self, count: int) -> None:
        self.told += count


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    http = HttpReading(tls=ssl.create_default_context(), timeout=2.0)
    yield Bench(tmp_path, http)
    http.close()


@pytest.fixture
def url(door: Door) -> str:
    door.files["/f.fits.gz"] = CONTENT
    return door.url + "/f.fits.gz"


def test_a_file_arrives_whole_read_only_with_a_name_gammapy_understands(bench: Bench, url: str) -> None:
    path = bench.fetch(url)
    assert path.read_bytes() == CONTENT
    assert path.name == "20221218_05105317_DL3.fits.gz"
    assert bench.told == len(CONTENT)
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.stat().st_mode & 0o077 == 0
    assert bench.cache.find("i", WANTED) == path
    assert not list(path.parent.glob("*.part"))


def test_a_second_time_nothing_is_asked(bench: Bench, url: str, door: Door) -> None:
    bench.fetch(url)
    bench.fetch(url)
    assert len(door.asked) == 1


def test_a_broken_connection_goes_on_where_it_ended(bench: Bench, url: str, door: Door) -> None:
    door.cut_after = [50_000, 60_000]
    assert bench.fetch(url).read_bytes() == CONTENT
    assert door.ranges == [None, "bytes=50000-", "bytes=110000-"]
    assert bench.told == len(CONTENT)


def test_a_cancel_leaves_the_part_and_the_next_time_goes_on(bench: Bench, url: str, door: Door) -> None:
    bench.stop_at = 100_000
    with pytest.raises(InterruptedError):
        bench.fetch(url)
    arrived = part_of(bench.cache.place_of("i", WANTED), WANTED.size).stat().st_size
    assert 0 < arrived < len(CONTENT) or arrived == len(CONTENT)
    bench.stop_at = float("inf")
    assert bench.fetch(url).read_bytes() == CONTENT
    if arrived < len(CONTENT):
        assert door.ranges[-1] == f"bytes={arrived}-"


def test_a_door_without_ranges_begins_anew(bench: Bench, url: str, door: Door) -> None:
    door.cut_after, door.ignores_ranges = [50_000], True
    assert bench.fetch(url).read_bytes() == CONTENT
    assert bench.told == len(CONTENT)


def test_what_was_left_of_other_content_is_thrown_away(bench: Bench, url: str) -> None:
    part = part_of(bench.cache.place_of("i", WANTED), WANTED.size)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 70_000)
    assert bench.fetch(url).read_bytes() == CONTENT
    assert bench.told == len(CONTENT)


def test_a_part_longer_than_the_file_is_thrown_away(bench: Bench, url: str) -> None:
    part = part_of(bench.cache.place_of("i", WANTED), WANTED.size)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(CONTENT) + 1))
    assert bench.fetch(url).read_bytes() == CONTENT


def test_a_damaged_replica_is_refused_and_another_one_taken(bench: Bench, url: str, other_door: Door) -> None:
    damaged = bytearray(CONTENT)
    damaged[1000] ^= 1
    other_door.files["/f"] = bytes(damaged)
    with pytest.raises(FetchError, match="adler32") as caught:
        bench.fetch(other_door.url + "/f")
    assert caught.value.code == "content-differs"
    assert bench.told == 0
    assert bench.cache.find("i", WANTED) is None
    assert bench.fetch(other_door.url + "/f", url).read_bytes() == CONTENT


def test_no_more_than_the_size_on_record_is_written(bench: Bench, door: Door) -> None:
    door.files["/f"] = CONTENT + b"x" * 5_000_000
    with pytest.raises(FetchError, match="more bytes"):
        bench.fetch(door.url + "/f")
    assert bench.cache.use()[0] <= len(CONTENT)


def test_a_file_that_ends_early_is_no_file(bench: Bench, door: Door) -> None:
    door.files["/f"] = CONTENT[:1000]
    with pytest.raises(FetchError, match=r"gave 0 of|does not resume|gave 1000 of"):
        bench.fetch(door.url + "/f")
    assert bench.cache.find("i", WANTED) is None


def test_passing_failures_are_tried_again_others_not(bench: Bench, url: str, door: Door) -> None:
    door.statuses = [503, 429]
    assert bench.fetch(url).read_bytes() == CONTENT
    assert len(door.asked) == 3


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(401, "storage-credential", "proxy"), (403, "storage-credential", "proxy"), (404, "storage-lost", "")],
)
def test_refusals_say_what_to_do(
    bench: Bench, url: str, door: Door, status: int, code: str, words: str
) -> None:
    door.statuses = [status] * 5
    with pytest.raises(FetchError) as caught:
        bench.fetch(url)
    assert caught.value.code == code
    assert words in caught.value.advice
    assert bench.cache.use() == (0, 0)
    assert len(door.asked) == 1


def test_the_door_sends_on_to_a_pool(bench: Bench, door: Door, other_door: Door) -> None:
    other_door.files["/f"] = CONTENT
    door.redirect_to = other_door.url
    assert bench.fetch(door.url + "/f").read_bytes() == CONTENT


def test_redirects_in_a_circle_end(bench: Bench, door: Door) -> None:
    door.redirect_to = door.url
    with pytest.raises(FetchError, match="circle"):
        bench.fetch(door.url + "/f")


def test_no_token_goes_out_without_tls(door: Door, tmp_path: Path) -> None:
    door.files["/f"] = CONTENT
    http = HttpReading(tls=ssl.create_default_context(), token=lambda: "secret-token")
    Bench(tmp_path, http).fetch(door.url + "/f")
    http.close()
    assert "Authorization" not in door.asked[0][1]


def test_a_door_that_stalls_is_given_up(bench: Bench, url: str, door: Door, tmp_path: Path) -> None:
    door.seconds_a_block = 5
    http = HttpReading(tls=ssl.create_default_context(), timeout=0.2)
    bench.doors["http"] = http
    with pytest.raises(FetchError, match="stopped answering"):
        bench.fetch(url)
    http.close()


def test_nobody_listens(bench: Bench) -> None:
    with pytest.raises(FetchError, match="cannot be reached"):
        bench.fetch("http://127.0.0.1:9/f")


def test_an_address_with_a_password_or_a_signature_is_not_shown(bench: Bench, door: Door) -> None:
    with pytest.raises(FetchError) as caught:
        bench.fetch(door.url.replace("://", "://user:hunter2@") + "/f?signature=hunter2")
    assert "hunter2" not in caught.value.message
    assert "Authorization" not in door.asked[0][1]


def test_a_mounted_file(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "f.fits"
    path.write_bytes(CONTENT)
    assert bench.fetch(str(path)).read_bytes() == CONTENT


def test_a_named_pipe_in_place_of_a_file(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FetchError, match="not a file"):
        bench.fetch(str(tmp_path / "pipe"))


def test_two_at_once_fetch_it_once(bench: Bench, url: str, door: Door) -> None:
    door.seconds_a_block = 0.005
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(bench.fetch(url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(paths) == 3
    assert len(set(paths)) == 1
    assert len(door.asked) == 1


def test_an_empty_file(bench: Bench, door: Door) -> None:
    door.files["/e"] = b""
    assert bench.fetch(door.url + "/e", wanted=Wanted("s:e", 0, "00000001")).read_bytes() == b""


def test_a_full_cache_says_so(bench: Bench, url: str) -> None:
    bench.cache.limit = len(CONTENT) - 1
    with pytest.raises(ConflictError) as caught:
        bench.fetch(url)
    assert caught.value.code == "cache-full"
