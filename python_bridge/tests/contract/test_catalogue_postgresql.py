"""The same index in PostgreSQL: pages, filters, facets and the lock mean what they mean in SQLite."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magic_rucio.catalogue.lock import SyncLock
from magic_rucio.catalogue.models import DatasetQuery, RunFilter, RunQuery, SortKey
from magic_rucio.catalogue.store import CatalogueStore, open_store, read_state, write_state
from magic_rucio.catalogue.sync import Syncer
from magic_rucio.sandbox.description import SandboxDescription
from magic_rucio.sandbox.layout import StateDirectory
from magic_rucio.sandbox.settings import read_secrets
from tests.unit.catalogue import test_pages
from tests.unit.catalogue.small_rucio import DESTINATION, SmallRucio, name_of, observation

pytestmark = pytest.mark.sandbox

FEW = settings(test_pages.LAX, max_examples=6)


@pytest.fixture(scope="module")
def url(sandbox: SandboxDescription) -> str:
    return read_secrets(StateDirectory(sandbox.directory)).database_url


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[CatalogueStore]:
    instance = f"test-{random.getrandbits(40):010x}"
    store = open_store(url, "test", instance=instance)
    yield store
    with store.write() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA magic_rucio_{instance.replace('-', '_')} CASCADE")
    store.close()


@FEW
@given(
    runs=test_pages.RUNS,
    key=st.sampled_from(list(SortKey)),
    descending=st.booleans(),
    limit=st.integers(1, 7),
)
def test_every_run_once_and_in_order(
    store: CatalogueStore, runs: test_pages.Runs, key: SortKey, descending: bool, limit: int
) -> None:
    test_pages.check_order(store, runs, key, descending=descending, limit=limit)


@FEW
@given(runs=test_pages.RUNS, wanted=test_pages.FILTERS, key=st.sampled_from(list(SortKey)))
def test_filters(store: CatalogueStore, runs: test_pages.Runs, wanted: RunFilter, key: SortKey) -> None:
    test_pages.check_filter(store, runs, wanted, key)


@FEW
@given(runs=test_pages.RUNS, wanted=test_pages.FILTERS)
def test_facets(store: CatalogueStore, runs: test_pages.Runs, wanted: RunFilter) -> None:
    test_pages.check_facets(store, runs, wanted)


@FEW
@given(runs=test_pages.RUNS, cone=test_pages.CONES)
def test_cones(store: CatalogueStore, runs: test_pages.Runs, cone: tuple[float, float, float]) -> None:
    test_pages.check_cone(store, runs, cone)


async def test_a_sync(store: CatalogueStore) -> None:
    rucio = SmallRucio()
    runs = [rucio.add_run(name_of(number), observation(number)) for number in range(12)]
    dataset = rucio.add_collection("night", "dataset", runs)
    rucio.add_collection("source", "container", [dataset])
    rucio.set_rule("r1", "magic:source", "STUCK", **{name_of(0): "STUCK"})
    service = test_pages.fill(store, [])
    await Syncer(store, rucio, DESTINATION).run()
    page = await service.runs(RunQuery(dataset="magic:source", sort=SortKey.RUN, descending=False))
    assert [run.availability for run in page.runs][:2] == ["stuck", "stuck"]
    assert [row.runs for row in (await service.datasets(DatasetQuery())).datasets] == [12, 12]
    rucio.pass_time(minutes=5)
    rucio.remove(runs[0])
    await Syncer(store, rucio, DESTINATION).run(reconcile=True)
    assert (await service.runs(RunQuery())).totals.runs == 11


def test_one_process_syncs(store: CatalogueStore) -> None:
    lock, other = SyncLock(store), SyncLock(store)
    assert lock.acquire()
    assert not other.acquire()
    lock.release()
    assert other.acquire()
    other.release()


def test_instances_are_apart_and_an_index_is_kept(url: str, store: CatalogueStore) -> None:
    with store.write() as connection:
        write_state(connection, {"mark": "here"})
    other = open_store(url, "test", instance=f"other-{random.getrandbits(40):010x}")
    with other.write() as connection:
        assert "mark" not in read_state(connection)
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    other.close()
    with store.read() as connection:
        assert read_state(connection)["mark"] == "here"
