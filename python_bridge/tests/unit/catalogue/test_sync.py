"""A sync by differences ends where a whole crawl would, whatever happened in between."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from magic_rucio.catalogue import collections_sync, crawl
from magic_rucio.catalogue.models import Availability, DatasetQuery, RunFilter, RunQuery
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.catalogue.store import CatalogueStore, read_state
from magic_rucio.catalogue.sync import Syncer
from magic_rucio.catalogue.tables import collection, run
from magic_rucio.errors import UnreachableError
from tests.unit.catalogue.small_rucio import SmallRucio, name_of, observation


def states(store: CatalogueStore) -> dict[str, str]:
    with store.read() as connection:
        return {row.did: row.availability for row in connection.execute(select(run))}


def sums(store: CatalogueStore) -> dict[str, tuple[int, int]]:
    with store.read() as connection:
        query = select(collection.c.did, collection.c.runs, collection.c.at_destination)
        return {row.did: (row.runs, row.at_destination) for row in connection.execute(query)}


async def test_first_sync_takes_dl3_by_name_and_by_metadata(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    named = rucio.add_run(name_of(1))
    lower = rucio.add_run("x/dl3_LST-1.Run03265.fits.gz")
    described = rucio.add_run("odd/name.fits", observation(3))
    rucio.add_run("RAW_M1/Crab/2020_01_02/00000004/20200102_M1_00000004.001_D_Crab-W0.40+035.raw.gz")
    rucio.add_run("DL3/notes.txt")
    report = await syncer.run()
    assert report.whole
    assert set(states(store)) == {named, lower, described}


async def test_new_changed_and_deleted_runs(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio, catalogue: CatalogueService
) -> None:
    stays, goes = rucio.add_run(name_of(1), observation(1)), rucio.add_run(name_of(2), observation(2))
    await syncer.run()
    rucio.pass_time(minutes=5)
    fresh = rucio.add_run(name_of(3), observation(3))
    rucio.meta[stays]["livetime"] = 77.0
    rucio.updated[stays] = rucio.clock
    rucio.remove(goes)
    report = await syncer.run()
    assert not report.whole
    assert set(states(store)) == {stays, goes, fresh}, "a deletion leaves no trace"
    assert (await catalogue.runs(RunQuery(runs=[1]))).runs[0].livetime == 77.0
    report = await syncer.run(reconcile=True)
    assert report.removed == 1
    assert set(states(store)) == {stays, fresh}


async def test_differences_ask_for_what_changed_alone(syncer: Syncer, rucio: SmallRucio) -> None:
    for number in range(50):
        rucio.add_run(name_of(number), observation(number))
    rucio.pass_time(minutes=5)
    await syncer.run()
    rucio.pass_time(minutes=5)
    rucio.add_run(name_of(99), observation(99))
    rucio.calls.clear()
    await syncer.run()
    assert [size for what, size in rucio.calls if what == "metadata"] == [1]


async def test_what_was_committed_late_is_not_missed(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    rucio.add_run(name_of(1))
    await syncer.run()
    # Its transaction began before the sync, and became visible after it.
    late = rucio.add_run(name_of(2))
    rucio.pass_time(seconds=30)
    await syncer.run()
    assert late in states(store)


async def test_rules_and_locks_become_availability(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    runs = [rucio.add_run(name_of(number)) for number in range(4)]
    dataset = rucio.add_collection("night", "dataset", runs[:3])
    rucio.add_collection("source", "container", [dataset])
    await syncer.run()
    assert set(states(store).values()) == {Availability.ELSEWHERE}

    rucio.pass_time(minutes=5)
    rucio.set_rule("r1", "magic:source", "REPLICATING")
    await syncer.run()
    assert [states(store)[did] for did in runs] == ["replicating"] * 3 + ["elsewhere"]

    rucio.pass_time(minutes=5)
    rucio.set_replicas(runs[0], ORM="AVAILABLE", PIC_DCACHE="AVAILABLE")
    rucio.set_rule(
        "r1", "magic:source", "STUCK", **{name_of(0): "OK", name_of(1): "STUCK", name_of(2): "REPLICATING"}
    )
    await syncer.run()
    assert [states(store)[did] for did in runs] == ["at-destination", "stuck", "replicating", "elsewhere"]
    assert sums(store) == {"magic:night": (3, 1), "magic:source": (3, 1)}

    rucio.pass_time(minutes=5)
    del rucio.rule_facts["r1"]
    await syncer.run(reconcile=True)
    assert [states(store)[did] for did in runs] == ["at-destination"] + ["elsewhere"] * 3


async def test_a_rule_on_a_dataset_of_another_scope(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    did = rucio.add_run(name_of(1))
    await syncer.run()
    rucio.pass_time(minutes=5)
    picked = rucio.add_collection("user.analyst1:picked", "dataset", [did])
    rucio.set_rule("r1", picked, "REPLICATING")
    await syncer.run()
    assert states(store)[did] == "replicating"
    assert sums(store) == {picked: (1, 0)}


async def test_a_rule_that_finished_between_two_syncs(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    did = rucio.add_run(name_of(1))
    await syncer.run()
    rucio.pass_time(minutes=5)
    rucio.set_rule("r1", did, "OK")
    rucio.set_replicas(did, ORM="AVAILABLE", PIC_DCACHE="AVAILABLE")
    await syncer.run()
    assert states(store)[did] == "at-destination"


async def test_a_run_attached_after_it_was_seen(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    rucio.add_collection("all", "container", [])
    await syncer.run()
    rucio.pass_time(minutes=5)
    did = rucio.add_run(name_of(1))
    await syncer.run()
    rucio.pass_time(minutes=5)
    # Neither the run's nor the container's times change by this.
    dataset = rucio.add_collection("night", "dataset", [did])
    rucio.held["magic:all"].append(dataset)
    await syncer.run()
    assert sums(store) == {"magic:night": (1, 0), "magic:all": (1, 0)}


async def test_a_dataset_filled_after_it_was_seen(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio
) -> None:
    did = rucio.add_run(name_of(1))
    await syncer.run()
    rucio.pass_time(minutes=5)
    dataset = rucio.add_collection("mine", "dataset", [])
    await syncer.run()
    rucio.pass_time(minutes=5)
    rucio.held[dataset].append(did)
    await syncer.run()
    assert sums(store) == {dataset: (1, 0)}


async def test_an_old_dataset_that_changed_without_a_trace(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections_sync, "FILES_READ_AGAIN", 0)
    runs = [rucio.add_run(name_of(number)) for number in range(3)]
    sets = [rucio.add_collection(f"set-{number}", "dataset", runs[:1]) for number in range(3)]
    await syncer.run()
    rucio.pass_time(hours=5)
    for dataset in sets:
        rucio.held[dataset] = runs[1:]
    for _ in sets:
        await syncer.run(reconcile=True)
    assert sums(store) == dict.fromkeys(sets, (2, 0))


async def test_datasets_are_forgotten_and_nested_ones_counted_once(
    syncer: Syncer, store: CatalogueStore, rucio: SmallRucio, catalogue: CatalogueService
) -> None:
    did = rucio.add_run(name_of(1))
    one, two = (rucio.add_collection(name, "dataset", [did]) for name in ("one", "two"))
    low = rucio.add_collection("low", "container", [one, two])
    top = rucio.add_collection("top", "container", [low, one])
    rucio.held[low].append(top)
    rucio.add_collection("RAW_M1/Crab", "container", [top])
    await syncer.run()
    assert sums(store) == dict.fromkeys((one, two, low, top), (1, 0))
    assert (await catalogue.runs(RunQuery(dataset=top))).totals.runs == 1
    rucio.remove(two)
    await syncer.run(reconcile=True)
    page = await catalogue.datasets(DatasetQuery())
    assert [row.did for row in page.datasets] == [low, one, top]
    assert [row.kind for row in page.datasets] == ["container", "dataset", "container"]


@pytest.mark.parametrize("fail_at", range(1, 22))
async def test_a_sync_broken_off_anywhere_goes_on(
    store: CatalogueStore, rucio: SmallRucio, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "BATCH", 5)
    runs = [rucio.add_run(name_of(number), observation(number)) for number in range(20)]
    rucio.add_collection("night", "dataset", runs)
    rucio.set_rule("r1", "magic:night", "REPLICATING")
    rucio.fail_at = fail_at
    try:
        await Syncer(store, rucio, "PIC-DCACHE").run()
    except UnreachableError:
        with store.read() as connection:
            assert "cursor" not in read_state(connection), "what is missing must be sought again"
    rucio.fail_at = None
    rucio.pass_time(minutes=5)
    await Syncer(store, rucio, "PIC-DCACHE").run()
    assert states(store) == dict.fromkeys(runs, "replicating")
    assert sums(store) == {"magic:night": (20, 0)}


async def test_a_first_sync_is_resumed_not_repeated(
    store: CatalogueStore, rucio: SmallRucio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "BATCH", 5)
    for number in range(50):
        rucio.add_run(name_of(number), observation(number))
    rucio.fail_at = 15
    with pytest.raises(UnreachableError):
        await Syncer(store, rucio, "PIC-DCACHE").run()
    done = len(states(store))
    assert 0 < done < 50
    rucio.fail_at, rucio.calls = None, []
    rucio.clock = rucio.clock.replace(year=2030)
    await Syncer(store, rucio, "PIC-DCACHE").run()
    assert sum(size for what, size in rucio.calls if what == "metadata") <= 50 - done + 15
    assert len(states(store)) == 50


async def test_hostile_metadata_are_counted(
    syncer: Syncer, rucio: SmallRucio, catalogue: CatalogueService
) -> None:
    rucio.add_run(name_of(1), observation(1, livetime="x" * 10_000))
    rucio.add_run(name_of(2), observation(2, target="\ud800"))
    rucio.add_run(name_of(3), observation(3))
    report = await syncer.run()
    assert len(report.faults) == 2
    page = await catalogue.runs(RunQuery())
    assert {run.run: run.described for run in page.runs} == {1: False, 2: False, 3: True}
    assert page.freshness.warnings == 2
    assert (await catalogue.facets(RunFilter())).targets[0].count == 3
