from __future__ import annotations

from pathlib import Path

from magic_rucio.config import Mount, RucioInstance
from magic_rucio.downloads.sources import Source, no_source_words, sources_of
from magic_rucio.rucio.records import ReplicaRecord

INSTANCE = RucioInstance(rucio_url="http://r", destination_rse="PIC-DCACHE")


def replica(**rses: list[str]) -> ReplicaRecord:
    names = {name.replace("_", "-"): pfns for name, pfns in rses.items()}
    return ReplicaRecord(scope="s", name="f", rses=names, states=dict.fromkeys(names, "AVAILABLE"))


def test_https_at_the_destination_comes_first() -> None:
    record = replica(
        CNAF=["davs://cnaf:443/f"], PIC_DCACHE=["root://pic:1094//f", "http://pic/f", "https://pic/f"]
    )
    found = sources_of(record, INSTANCE, ("local", "http", "gfal2"))
    assert [source.address for source in found] == [
        "https://pic/f",
        "davs://cnaf:443/f",
        "root://pic:1094//f",
        "http://pic/f",
    ]


def test_a_mount_saves_the_network() -> None:
    mount = Mount(rse="PIC-DCACHE", path=Path("/pnfs"), pfn_prefix="davs://pic:443/pnfs")
    instance = INSTANCE.model_copy(update={"mounts": (mount,)})
    found = sources_of(replica(PIC_DCACHE=["davs://pic:443/pnfs/a/f"]), instance, ("local", "http"))
    assert found[0] == Source("local", "/pnfs/a/f", "PIC-DCACHE")


def test_no_path_of_this_machine_on_the_word_of_a_pfn() -> None:
    assert sources_of(replica(X=["file:///etc/passwd"]), INSTANCE, ("local", "http")) == []


def test_replicas_that_are_not_good_do_not_count() -> None:
    record = replica(PIC_DCACHE=["https://pic/f"]).model_copy(update={"states": {"PIC-DCACHE": "BAD"}})
    assert sources_of(record, INSTANCE, ("local", "http")) == []
    assert "no good replica" in no_source_words(record, ("local", "http"))[0]


def test_what_is_not_readable_here_is_said() -> None:
    words, advice = no_source_words(replica(X=["gsiftp://d//f"]), ("local", "http"))
    assert "gsiftp" in words
    assert "gfal2" in advice
    assert "no good replica" in no_source_words(None, ())[0]
