"""The cache's bounds: what goes, what stays, what two processes do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.downloads.cache import KEPT_SECONDS, Cache, part_of
from magic_rucio.downloads.wanted import Wanted, file_name, key_of
from magic_rucio.errors import ConflictError


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    cache = Cache(tmp_path / "cache", 1000)
    cache.prepare()
    return cache


def put(cache: Cache, name: str, size: int, used_ago: float) -> Wanted:
    wanted = Wanted(f"s:{name}", size, None)
    place = cache.place_of("i", wanted)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"x" * size)
    then = time.time() - used_ago
    os.utime(place, (then, then))
    return wanted


OLD = KEPT_SECONDS * 2


def test_the_longest_unused_goes_first(cache: Cache) -> None:
    oldest, older = put(cache, "a", 400, OLD + 20), put(cache, "b", 400, OLD + 10)
    new = Wanted("s:n", 500, None)
    cache.make_room(cache.place_of("i", new), 500)
    assert cache.find("i", oldest) is None
    assert cache.find("i", older) is not None


def test_a_use_keeps_a_file(cache: Cache) -> None:
    first, second = put(cache, "a", 400, OLD + 20), put(cache, "b", 400, OLD + 10)
    assert cache.find("i", first)
    cache.make_room(cache.place_of("i", Wanted("s:n", 500, None)), 500)
    assert cache.find("i", first) is not None
    assert cache.find("i", second) is None


def test_what_is_in_use_stays_and_the_refusal_says_so(cache: Cache) -> None:
    recent = put(cache, "a", 600, 10)
    with pytest.raises(ConflictError) as caught:
        cache.make_room(cache.place_of("i", Wanted("s:n", 500, None)), 500)
    assert caught.value.code == "cache-full"
    assert cache.find("i", recent) is not None


def test_room_is_reserved_before_the_bytes_come(cache: Cache) -> None:
    first, second = Wanted("s:1", 600, None), Wanted("s:2", 600, None)
    cache.make_room(cache.place_of("i", first), 600)
    with pytest.raises(ConflictError):
        cache.make_room(cache.place_of("i", second), 600)
    assert cache.use() == (600, 0)


def test_another_process_holds_what_it_writes(cache: Cache) -> None:
    wanted = put(cache, "a", 900, OLD)
    place = cache.place_of("i", wanted)
    hold = (
        "import fcntl,os,sys;d=os.open(sys.argv[1],os.O_RDWR|os.O_CREAT);"
        "fcntl.flock(d,fcntl.LOCK_EX);print('held',flush=True);sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(place.parent / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConflictError):
            cache.make_room(cache.place_of("i", Wanted("s:n", 500, None)), 500)
        assert place.exists()
        looks = iter([False, True])
        with pytest.raises(InterruptedError), cache.locked(place, lambda: next(looks)):
            pass
        other.communicate()
    new = cache.place_of("i", Wanted("s:n", 500, None))
    cache.make_room(new, 500)
    assert not place.exists()


def test_a_file_cut_short_by_someone_is_not_found(cache: Cache) -> None:
    wanted = put(cache, "a", 100, 1)
    cache.place_of("i", wanted).write_bytes(b"short")
    assert cache.find("i", wanted) is None


def test_the_folder_is_the_users_alone(cache: Cache) -> None:
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConflictError, match="cannot be made"):
        Cache(tmp_path / "file" / "cache", 1).prepare()


@given(st.text(min_size=1, max_size=300))
def test_no_did_names_a_place_outside(name: str) -> None:
    cache = Cache(Path("/cache"), 1)
    place = cache.place_of("i", Wanted(f"s:{name}", 1, None))
    assert place.parent.parent.parent == cache.folder
    assert not place.name.startswith((".", "-"))
    assert len(place.name.encode()) <= 255


def test_another_content_is_another_entry() -> None:
    one = Wanted("s:a", 10, "0000abcd")
    assert key_of("i", one) == key_of("i", Wanted("s:a", 10, "ABCD"))
    others = [Wanted("s:a", 11, "0000abcd"), Wanted("s:a", 10, "0000abce"), Wanted("s:b", 10, "0000abcd")]
    assert len({key_of("i", one), *(key_of("i", other) for other in others), key_of("j", one)}) == 5


def test_names_stay_readable() -> None:
    assert file_name("magic-dl3:dl3/Crab+x/2022_05105317.fits.gz") == "2022_05105317.fits.gz"
    assert file_name("s:" + "a" * 400 + ".fits.gz").endswith("a.fits.gz")


def test_a_name_may_not_be_one_of_the_caches_own(cache: Cache) -> None:
    for name in (".lock", ".100.part"):
        place = cache.place_of("i", Wanted(f"s:{name}", 100, None))
        assert place.name != ".lock"
        assert place != part_of(place, 100)


def test_a_ledger_that_is_wrong_is_put_right_when_it_matters(cache: Cache) -> None:
    first = Wanted("s:1", 600, None)
    cache.make_room(cache.place_of("i", first), 600)
    part_of(cache.place_of("i", first), 600).unlink()
    cache.make_room(cache.place_of("i", Wanted("s:2", 900, None)), 900)
    assert cache.use() == (900, 0)
    cache._guard.write_text("zork")
    with pytest.raises(ConflictError):
        cache.make_room(cache.place_of("i", Wanted("s:3", 900, None)), 900)


def test_the_bound_holds_over_many_files(cache: Cache) -> None:
    for index in range(40):
        wanted = Wanted(f"s:{index}", 90, None)
        place = cache.place_of("i", wanted)
        cache.make_room(place, 90)
        part_of(place, 90).write_bytes(b"x" * 90)
        part_of(place, 90).rename(place)
        os.utime(place, (time.time() - OLD + index, 0))
        assert cache.use()[0] <= cache.limit
    assert cache.use()[1] == 11


def test_room_for_a_file_costs_no_look_at_the_others(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.make_room(cache.place_of("i", Wanted("s:1", 10, None)), 10)
    monkeypatch.setattr(Cache, "_entries", None)
    cache.make_room(cache.place_of("i", Wanted("s:2", 10, None)), 10)
