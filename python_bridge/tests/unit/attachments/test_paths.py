"""The mapping from PFN to path: the ways sites configure it, and what must never come out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.attachments.paths import direct, local_path, through_mount
from magic_rucio.config import Mount, RucioInstance

DCACHE = "gsiftp://door.pic.es:2811//pic.es/data/escape/dac21/magic/disk/magic-dl3/DL3/Crab/f.fits"


@pytest.mark.parametrize(
    ("pfn", "mount", "expected"),
    [
        (
            DCACHE,
            Mount(rse="P", path=Path("/eos"), pfn_prefix="gsiftp://door.pic.es:2811//pic.es/data"),
            "/eos/escape/dac21/magic/disk/magic-dl3/DL3/Crab/f.fits",
        ),
        (DCACHE, Mount(rse="P", path=Path("/eos"), path_begins_at=6), "/eos/magic-dl3/DL3/Crab/f.fits"),
        (DCACHE, Mount(rse="P", path=Path("/eos"), pfn_prefix="davs://other/"), None),
        (
            "file://localhost/a/b c#1?.fits",
            Mount(rse="P", path=Path("/m"), path_begins_at=1),
            "/m/b c#1?.fits",
        ),
        ("davs://d:2880/a/../../etc/passwd", Mount(rse="P", path=Path("/m"), path_begins_at=0), None),
        ("davs://d/a", Mount(rse="P", path=Path("/m"), path_begins_at=5), "/m/a"),
        ("davs://d/x/data//s/f", Mount(rse="P", path=Path("/m"), path_begins_at=3), "/m/s/f"),
        ("davs://d//x/data/s/f", Mount(rse="P", path=Path("/m"), path_begins_at=2), "/m/s/f"),
        ("davs://d/database/f", Mount(rse="P", path=Path("/m"), pfn_prefix="davs://d/data"), None),
        ("davs://d/data/%2e%2e/f", Mount(rse="P", path=Path("/m"), pfn_prefix="davs://d/data"), None),
        ("davs://d", Mount(rse="P", path=Path("/m")), None),
    ],
)
def test_a_mount_rewrites_or_passes(pfn: str, mount: Mount, expected: str | None) -> None:
    assert through_mount(pfn, mount) == expected


@given(st.lists(st.text("ab/", max_size=4), min_size=1, max_size=6), st.integers(0, 6))
def test_components_are_counted_as_rucio_jupyterlab_does(parts: list[str], drop: int) -> None:
    path = "/".join(parts)
    suffix = path.strip("/").split("/", drop)[-1]
    found = through_mount(f"davs://door/{path}", Mount(rse="P", path=Path("/m"), path_begins_at=drop))
    if suffix.startswith("/") or not suffix:
        # There the suffix would be taken for an absolute path, away from the mount.
        assert found is None or found.startswith("/m/")
    else:
        assert found == str(Path("/m") / suffix)


def test_only_mounts_of_the_rse_count() -> None:
    instance = RucioInstance(rucio_url="http://r", mounts=(Mount(rse="ELSEWHERE", path=Path("/x")),))
    assert local_path([DCACHE], "PIC-DCACHE", instance) is None


def test_file_pfns_are_paths_where_the_site_says_so() -> None:
    instance = RucioInstance(rucio_url="http://r", direct_file_access=True)
    assert local_path([DCACHE, "file://localhost:0/grid/f.fits"], "P", instance) == "/grid/f.fits"
    assert local_path(["file:///grid/f.fits"], "P", RucioInstance(rucio_url="http://r")) is None
    assert direct("file:///grid/f.fits") == "/grid/f.fits"


@given(st.text(max_size=80), st.integers(0, 5))
def test_no_pfn_leaves_the_mount(tail: str, drop: int) -> None:
    path = through_mount(f"davs://door/{tail}", Mount(rse="P", path=Path("/mount"), path_begins_at=drop))
    if path is not None:
        assert Path("/mount") in Path(path).parents
        assert ".." not in Path(path).parts
