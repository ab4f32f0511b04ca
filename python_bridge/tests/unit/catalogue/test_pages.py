"""Paging and filters: each run once, in order, and the same as a filter written in plain Python."""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magic_rucio.catalogue.facts import FileFact, ReplicaFact
from magic_rucio.catalogue.models import Availability, FacetValue, IrfType, Run, RunFilter, RunQuery, SortKey
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.catalogue.store import CatalogueStore, bump, open_store
from magic_rucio.catalogue.writing import store_files
from tests.unit.catalogue.small_rucio import DESTINATION, SmallRucio, name_of, observation

Runs = list[dict[str, Any] | None]

TARGETS = ("CrabNebula", "crabnebula", "Mrk421", "50%_off", "Größe", None)

FEW = st.none() | st.floats(0, 90).map(lambda value: round(value, 1))

METADATA = st.fixed_dictionaries(
    {
        "target": st.sampled_from(TARGETS),
        "night": st.none() | st.sampled_from(["2019-12-31", "2020-01-01", "2020-01-02"]),
        "zen_pnt": FEW,
        "livetime": FEW,
        "ra_pnt": st.none() | st.floats(-10, 370),
        "dec_pnt": st.none() | st.floats(-90, 90),
        "obs_id": st.none() | st.integers(1, 5),
        "creator": st.sampled_from([None, "MAGIC_DL3", "magic-cta-pipe"]),
        "irf_type": st.sampled_from([None, "point-like", "full-enclosure"]),
    }
)

RUNS = st.lists(st.none() | METADATA, max_size=25)

FILTERS = st.builds(
    RunFilter,
    text=st.none() | st.sampled_from(["crab", "CRAB 2020", "%", "_", "mrk421", "\\", "größe", " "]),
    targets=st.lists(st.sampled_from(["CrabNebula", "Mrk421", "nothing"]), max_size=2),
    night_from=st.none() | st.just("2020-01-01"),
    night_to=st.none() | st.just("2020-01-01"),
    runs=st.lists(st.integers(1, 5), max_size=3),
    zenith_min=st.none() | st.floats(0, 90),
    zenith_max=st.none() | st.floats(0, 90),
    livetime_min=st.none() | st.floats(0, 90),
    livetime_max=st.none() | st.floats(0, 90),
    availabilities=st.lists(st.sampled_from(list(Availability)), max_size=3),
    irf_types=st.lists(st.sampled_from(list(IrfType)), max_size=2),
    creators=st.lists(st.sampled_from(["MAGIC_DL3", "magic-cta-pipe"]), max_size=1),
)

CONES = st.tuples(st.floats(0, 359.9), st.floats(-90, 90), st.floats(0.001, 180))

LAX = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def empty() -> Iterator[CatalogueStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "index.sqlite", "test")
        yield store
        store.close()


def fill(store: CatalogueStore, runs: Runs) -> CatalogueService:
    """Make the index hold these runs and nothing else."""
    files, metadata = [], {}
    for number, values in enumerate(runs):
        did = f"magic:{number}/dl3_{number}.fits" if number % 2 else f"magic:{name_of(number)}"
        replicas = {"ORM": ReplicaFact("AVAILABLE")}
        if number % 3 == 0:
            replicas[DESTINATION] = ReplicaFact("AVAILABLE" if number % 2 else "COPYING")
        files.append(FileFact(did, 1000 * number, None, replicas))
        metadata[did] = {} if values is None else {**observation(number), **values}
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM run")
        store_files(connection, files, metadata, DESTINATION)
        bump(connection)
    return CatalogueService(store, SmallRucio(), destination=DESTINATION)


async def all_pages(service: CatalogueService, query: RunQuery) -> list[Run]:
    found: list[Run] = []
    while True:
        page = await service.runs(query)
        assert len(page.runs) <= query.limit
        found += page.runs
        if page.next_cursor is None:
            assert page.totals.runs == len(found)
            return found
        assert len(page.runs) == query.limit
        query = query.model_copy(update={"cursor": page.next_cursor})


def matches(run: Run, wanted: RunFilter) -> bool:
    """The filter, as one would write it in Python."""
    words = " ".join(str(w) for w in (run.target, run.run, run.night, run.did) if w is not None).lower()
    lists: list[tuple[Any, list[Any]]] = [
        (run.target, wanted.targets),
        (run.run, wanted.runs),
        (run.availability, wanted.availabilities),
        (run.irf_type, wanted.irf_types),
        (run.creator, wanted.creators),
    ]
    ranges: list[tuple[Any, Any, Any]] = [
        (run.night, wanted.night_from, wanted.night_to),
        (run.zenith, wanted.zenith_min, wanted.zenith_max),
        (run.livetime, wanted.livetime_min, wanted.livetime_max),
    ]
    return (
        all(word in words for word in (wanted.text or "").lower().split())
        and all(not values or value in values for value, values in lists)
        and all(low is None or (value is not None and value >= low) for value, low, _ in ranges)
        and all(high is None or (value is not None and value <= high) for value, _, high in ranges)
    )


@LAX
@given(runs=RUNS, key=st.sampled_from(list(SortKey)), descending=st.booleans(), limit=st.integers(1, 7))
def test_every_run_once_and_in_order(
    empty: CatalogueStore, runs: Runs, key: SortKey, descending: bool, limit: int
) -> None:
    check_order(empty, runs, key, descending=descending, limit=limit)


def check_order(store: CatalogueStore, runs: Runs, key: SortKey, *, descending: bool, limit: int) -> None:
    service = fill(store, runs)
    query = RunQuery(sort=key, descending=descending, limit=limit)
    found = asyncio.run(all_pages(service, query))
    assert len({run.did for run in found}) == len(found) == len(runs)
    values = [getattr(run, key.value) for run in found]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=descending) + [None] * (len(values) - len(known))


@LAX
@given(runs=RUNS, wanted=FILTERS, key=st.sampled_from(list(SortKey)))
def test_filters_mean_what_they_say(
    empty: CatalogueStore, runs: Runs, wanted: RunFilter, key: SortKey
) -> None:
    check_filter(empty, runs, wanted, key)


def check_filter(store: CatalogueStore, runs: Runs, wanted: RunFilter, key: SortKey) -> None:
    service = fill(store, runs)
    everything = asyncio.run(all_pages(service, RunQuery(limit=1000)))
    expected = {run.did: run for run in everything if matches(run, wanted)}
    query = RunQuery.model_validate({**wanted.model_dump(), "sort": key, "limit": 3})
    found = asyncio.run(all_pages(service, query))
    assert {run.did for run in found} == set(expected)
    totals = asyncio.run(service.runs(query)).totals
    assert totals.bytes == sum(run.bytes for run in expected.values())
    assert totals.livetime == pytest.approx(sum(run.livetime or 0 for run in expected.values()))
    here = [run for run in expected.values() if run.availability is Availability.AT_DESTINATION]
    assert totals.at_destination == len(here)


@LAX
@given(runs=RUNS, cone=CONES)
def test_a_cone_is_a_circle_on_the_sphere(
    empty: CatalogueStore, runs: Runs, cone: tuple[float, float, float]
) -> None:
    check_cone(empty, runs, cone)


def check_cone(store: CatalogueStore, runs: Runs, cone: tuple[float, float, float]) -> None:
    ra, dec, radius = cone
    service = fill(store, runs)
    everything = asyncio.run(all_pages(service, RunQuery(limit=1000)))
    query = RunQuery(ra=ra, dec=dec, radius=radius)
    found = {run.did for run in asyncio.run(all_pages(service, query))}
    for run in everything:
        distance = separation(ra, dec, run.ra_pnt, run.dec_pnt)
        if distance is None:
            assert run.did not in found
        elif abs(distance - radius) > 1e-6:
            assert (run.did in found) == (distance < radius)


def separation(ra: float, dec: float, ra_2: float | None, dec_2: float | None) -> float | None:
    """Vincenty's formula, degrees."""
    if ra_2 is None or dec_2 is None:
        return None
    a, b, d = math.radians(dec), math.radians(dec_2), math.radians(ra_2 - ra)
    y = math.hypot(
        math.cos(b) * math.sin(d), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(d)
    )
    x = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(d)
    return math.degrees(math.atan2(y, x))


@LAX
@given(runs=RUNS, wanted=FILTERS)
def test_each_facet_ignores_its_own_condition(empty: CatalogueStore, runs: Runs, wanted: RunFilter) -> None:
    check_facets(empty, runs, wanted)


def check_facets(store: CatalogueStore, runs: Runs, wanted: RunFilter) -> None:
    service = fill(store, runs)
    everything = asyncio.run(all_pages(service, RunQuery(limit=1000)))
    counts = asyncio.run(service.facets(wanted))
    facets: list[tuple[list[FacetValue], str, str]] = [
        (counts.targets, "targets", "target"),
        (counts.availabilities, "availabilities", "availability"),
        (counts.irf_types, "irf_types", "irf_type"),
        (counts.creators, "creators", "creator"),
    ]
    for facet, own, column in facets:
        others = wanted.model_copy(update={own: []})
        values = [getattr(run, column) for run in everything if matches(run, others)]
        expected = {value: values.count(value) for value in values if value is not None}
        assert {f.value: f.count for f in facet} == expected
    nights = wanted.model_copy(update={"night_from": None, "night_to": None})
    shown = [run for run in everything if matches(run, nights) and run.night is not None]
    assert sum(night.runs for night in counts.nights) == len(shown)
    others = wanted.model_copy(update={"zenith_min": None, "zenith_max": None})
    zeniths = [run.zenith for run in everything if matches(run, others) and run.zenith is not None]
    for bar in counts.zenith:
        assert bar.count == sum(bar.low <= zenith < bar.high for zenith in zeniths)
    assert sum(bar.count for bar in counts.zenith) == len(zeniths)
