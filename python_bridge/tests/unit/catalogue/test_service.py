"""What the API asks of the catalogue: also while Rucio is down, and with questions that are wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from magic_rucio.catalogue.freshness import freshness
from magic_rucio.catalogue.models import (
    Availability,
    DatasetQuery,
    DatasetSelection,
    DatasetSortKey,
    DidSelection,
    FilterSelection,
    RunFilter,
    RunQuery,
    SortKey,
)
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.catalogue.sync import Syncer
from magic_rucio.errors import InvalidInputError, NotFoundError
from tests.unit.catalogue.small_rucio import SmallRucio, name_of, observation


async def test_an_empty_catalogue(catalogue: CatalogueService) -> None:
    page = await catalogue.runs(RunQuery())
    assert (page.runs, page.next_cursor, page.totals.runs) == ([], None, 0)
    assert page.freshness.state == "never"
    assert (await catalogue.facets(RunFilter())).targets == []
    assert (await catalogue.datasets(DatasetQuery())).total == 0


async def test_a_cursor_of_another_order_names_the_field(
    catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio
) -> None:
    for number in range(3):
        rucio.add_run(name_of(number))
    await syncer.run()
    cursor = (await catalogue.runs(RunQuery(limit=1))).next_cursor
    with pytest.raises(InvalidInputError, match="cursor") as caught:
        await catalogue.runs(RunQuery(limit=1, sort=SortKey.RUN, cursor=cursor))
    assert caught.value.status == 422
    with pytest.raises(InvalidInputError, match="cursor"):
        await catalogue.datasets(DatasetQuery(cursor="x"))


async def test_rows_in_sight_are_checked_again(
    catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio
) -> None:
    arrives, leaves, goes = (rucio.add_run(name_of(number)) for number in range(3))
    rucio.set_replicas(leaves, PIC_DCACHE="AVAILABLE")
    dataset = rucio.add_collection("night", "dataset", [arrives, leaves])
    await syncer.run()
    rucio.set_replicas(arrives, PIC_DCACHE="AVAILABLE")
    rucio.set_replicas(leaves, ORM="AVAILABLE")
    rucio.remove(goes)
    reply = await catalogue.check([arrives, leaves, goes, "magic:never-was"])
    assert reply.reachable
    assert {run.did: run.availability for run in reply.runs} == {
        arrives: Availability.AT_DESTINATION,
        leaves: Availability.ELSEWHERE,
    }
    assert reply.gone == [goes, "magic:never-was"]
    assert [call for call in rucio.calls if call[0] == "replicas"][-1] == ("replicas", 4)
    page = await catalogue.runs(RunQuery(dataset=dataset))
    assert {run.did: run.availability for run in page.runs} == {
        run.did: run.availability for run in reply.runs
    }
    assert (await catalogue.runs(RunQuery())).totals.runs == 2
    assert (await catalogue.check([])).runs == []


async def test_while_rucio_is_down(catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio) -> None:
    did = rucio.add_run(name_of(1), observation(1))
    await syncer.run()
    rucio.fail_at = 0
    reply = await catalogue.check([did])
    assert not reply.reachable
    assert reply.error == "Rucio cannot be reached."
    assert not reply.runs
    assert not reply.gone
    assert (await catalogue.run(did)).replicas[0].rse == "ORM"
    catalogue.start()
    await until(catalogue, "stale")
    page = await catalogue.runs(RunQuery())
    assert page.freshness.error == "Rucio cannot be reached."
    assert [run.did for run in page.runs] == [did]
    rucio.fail_at = None
    assert (await catalogue.start_sync()).started
    await until(catalogue, "fresh")


async def until(catalogue: CatalogueService, state: str) -> None:
    async with asyncio.timeout(10):
        while (await catalogue.freshness()).state != state:  # noqa: ASYNC110 # it is the index that changes
            await asyncio.sleep(0.02)


async def test_details(catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio) -> None:
    did = rucio.add_run(name_of(1), observation(1, instrument="MAGIC stereo", ontime=1188.11))
    rucio.add_collection("night", "dataset", [did])
    await syncer.run()
    detail = await catalogue.run(did)
    assert (detail.instrument, detail.ontime, detail.adler32) == ("MAGIC stereo", 1188.11, "0badcafe")
    assert detail.datasets == ["magic:night"]
    assert detail.replicas[0].pfn == f"file://ORM/{did}"
    assert [hdu.hdu_type for hdu in detail.hdus] == ["events", "gti", "rad_max"]
    with pytest.raises(NotFoundError):
        await catalogue.run("magic:nothing")
    rucio.remove(did)
    with pytest.raises(NotFoundError):
        await catalogue.run(did)


async def test_selections(catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio) -> None:
    crab = [rucio.add_run(name_of(n), observation(n, livetime=100.0)) for n in range(3)]
    mrk = rucio.add_run(name_of(9, "Mrk421"), observation(9, target="Mrk421"), PIC_DCACHE="AVAILABLE")
    rucio.add_collection("night", "dataset", [*crab[1:], mrk])
    await syncer.run()
    picked = DidSelection(kind="dids", dids=[mrk, crab[0], mrk, "magic:unknown"])
    assert await catalogue.selected_dids(picked) == [mrk, crab[0]]
    matching = FilterSelection(kind="filter", filter=RunFilter(text="crab"), except_dids=[crab[2]])
    assert await catalogue.selected_dids(matching) == crab[:2]
    rows = await catalogue.selected_rows(DatasetSelection(kind="dataset", did="magic:night"))
    assert [row.did for row in rows] == sorted([*crab[1:], mrk])
    here = next(row for row in rows if row.did == mrk)
    assert (here.availability, here.pfn) == (Availability.AT_DESTINATION, f"file://PIC-DCACHE/{mrk}")
    assert here.observation is not None
    assert here.observation.obs_id == 9
    summary = await catalogue.summary(matching)
    assert (summary.totals.runs, summary.totals.livetime) == (2, 200.0)
    assert (summary.targets, summary.proposed_variable) == (["CrabNebula"], "crab")
    whole = await catalogue.summary(picked)
    assert (whole.totals.runs, whole.totals.at_destination) == (2, 1)


@pytest.mark.parametrize("sort", list(DatasetSortKey))
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_datasets(
    catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio, sort: DatasetSortKey, descending: bool
) -> None:
    for number in range(7):
        night = None if number == 3 else f"2020-01-{number // 2 + 1:02d}"
        did = rucio.add_run(
            f"run_{number:08d}_DL3.fits", observation(number, night=night, livetime=number // 3)
        )
        rucio.add_collection(f"set-{number}", "dataset", [did])
    await syncer.run()
    query = DatasetQuery(sort=sort, descending=descending, limit=2)
    found = []
    while True:
        page = await catalogue.datasets(query)
        assert page.total == 7
        found += page.datasets
        if page.next_cursor is None:
            break
        query = query.model_copy(update={"cursor": page.next_cursor})
    assert len({row.did for row in found}) == len(found) == 7
    values = [getattr(row, sort.value) for row in found if getattr(row, sort.value) is not None]
    assert values == sorted(values, reverse=descending)
    assert all(getattr(row, sort.value) is not None for row in found[:6])


async def test_two_readers_while_one_writes(
    catalogue: CatalogueService, syncer: Syncer, rucio: SmallRucio
) -> None:
    for number in range(200):
        rucio.add_run(name_of(number), observation(number))
    sync = asyncio.create_task(syncer.run())
    while not sync.done():
        pages = await asyncio.gather(*(catalogue.runs(RunQuery(text=str(n))) for n in range(4)))
        assert all(page.totals.runs >= len(page.runs) for page in pages)
    await sync
    assert (await catalogue.runs(RunQuery())).totals.runs == 200


def test_freshness_in_words() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def judged(syncing: bool = False, **state: str) -> str:
        return freshness(state, runs=1, warnings=0, syncing=syncing, interval=30, at=at).state

    recent, old = (at - timedelta(seconds=s) for s in (20, 200))
    assert judged() == "never"
    assert judged(error="down") == "never"
    assert judged(syncing=True) == "first-sync"
    assert judged(progress="0.4") == "first-sync"
    assert judged(synced_at=recent.isoformat()) == "fresh"
    assert judged(synced_at=old.isoformat()) == "stale"
    assert judged(synced_at=recent.isoformat(), error="down") == "stale"
