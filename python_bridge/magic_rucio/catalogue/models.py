"""The catalogue's part of the API: runs, datasets, filters, pages, facets."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

DidText = Annotated[
    str,
    Field(pattern=r"^[^:\s]{1,100}:[^\s]{1,500}$", max_length=601, description="A DID as `scope:name`"),
]


class Availability(StrEnum):
    """State of a run's replica at the destination RSE, as the catalogue last saw it."""

    AT_DESTINATION = "at-destination"
    REPLICATING = "replicating"
    STUCK = "stuck"
    WAITING = "waiting"
    """A rule exists and waits: for approval, injection, or suspended."""
    ELSEWHERE = "elsewhere"
    """Good replicas exist, none at the destination."""
    UNAVAILABLE = "unavailable"
    """No good replica anywhere."""
    UNKNOWN = "unknown"
    """Not looked up yet."""


class IrfType(StrEnum):
    """What gammapy has to ask for when it reads the run's instrument response."""

    POINT_LIKE_TABLE = "point-like-rad-max"
    """Point-like, energy-dependent cut: a RAD_MAX table."""
    POINT_LIKE_FIXED = "point-like-fixed-cut"
    """Point-like, one cut: the keyword RAD_MAX."""
    FULL_ENCLOSURE = "full-enclosure"
    UNKNOWN = "unknown"


class Run(BaseModel):
    """One DL3 file: a row of the table. Angles in degrees, times in seconds unless said."""

    did: DidText
    run: int | None = Field(description="OBS_ID")
    target: str | None
    night: str | None = Field(description="ISO date of the morning after")
    start: str | None = Field(description="UTC, ISO 8601")
    livetime: float | None
    zenith: float | None
    azimuth: float | None
    ra_pnt: float | None
    dec_pnt: float | None
    ra_obj: float | None
    dec_obj: float | None
    wobble_offset: float | None
    wobble_angle: float | None
    event_count: int | None
    event_rate: float | None = Field(description="Hz, events over livetime")
    energy_threshold: float | None = Field(description="TeV")
    irf_type: IrfType
    creator: str | None
    telescope: str | None
    bytes: int
    availability: Availability
    checked_at: str | None = Field(description="When the availability was last read from Rucio, UTC")
    described: bool = Field(description="False where Rucio holds no DL3 metadata: name and size only")


class RunDetail(Run):
    """Everything known of one run."""

    stop: str | None
    ontime: float | None
    instrument: str | None
    adler32: str | None
    created_at: str | None
    datasets: list[DidText]
    replicas: list[ReplicaState]
    hdus: list[Hdu]
    metadata: dict[str, str | int | float | bool | None]


class ReplicaState(BaseModel):
    """A replica of a file, in Rucio's words."""

    rse: str
    state: str
    pfn: str | None


class Hdu(BaseModel):
    """A row of a GADF HDU index."""

    hdu_type: str
    hdu_class: str
    hdu_name: str


class SortKey(StrEnum):
    """Columns a page of runs can be sorted by."""

    RUN = "run"
    TARGET = "target"
    NIGHT = "night"
    START = "start"
    LIVETIME = "livetime"
    ZENITH = "zenith"
    AZIMUTH = "azimuth"
    WOBBLE_OFFSET = "wobble_offset"
    WOBBLE_ANGLE = "wobble_angle"
    EVENT_COUNT = "event_count"
    EVENT_RATE = "event_rate"
    ENERGY_THRESHOLD = "energy_threshold"
    IRF_TYPE = "irf_type"
    CREATOR = "creator"
    TELESCOPE = "telescope"
    BYTES = "bytes"
    AVAILABILITY = "availability"
    DID = "did"


class RunFilter(BaseModel):
    """What to show; all conditions hold at once, values within one list are alternatives."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, max_length=200, description="Words in target, run, night, DID")
    targets: list[str] = Field(default_factory=list, max_length=500)
    ra: float | None = Field(default=None, ge=0, lt=360, description="Centre of a cone, degrees")
    dec: float | None = Field(default=None, ge=-90, le=90, description="Centre of a cone, degrees")
    radius: float | None = Field(default=None, gt=0, le=180, description="Of the cone, degrees")
    night_from: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    night_to: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    runs: list[int] = Field(default_factory=list, max_length=1000)
    zenith_min: float | None = Field(default=None, ge=0, le=180)
    zenith_max: float | None = Field(default=None, ge=0, le=180)
    livetime_min: float | None = Field(default=None, ge=0, description="Seconds")
    livetime_max: float | None = Field(default=None, ge=0, description="Seconds")
    dataset: DidText | None = None
    availabilities: list[Availability] = Field(default_factory=list)
    irf_types: list[IrfType] = Field(default_factory=list)
    creators: list[str] = Field(default_factory=list, max_length=100)
    telescopes: list[str] = Field(default_factory=list, max_length=100)

    @model_validator(mode="after")
    def _cone_is_whole(self) -> RunFilter:
        given = [value is not None for value in (self.ra, self.dec, self.radius)]
        if any(given) and not all(given):
            raise ValueError("a cone needs ra, dec and radius together")
        return self


class RunQuery(RunFilter):
    """The query of `GET /runs`."""

    sort: SortKey = SortKey.NIGHT
    descending: bool = True
    cursor: str | None = Field(default=None, max_length=2000)
    limit: int = Field(default=200, ge=1, le=1000)


class DatasetSortKey(StrEnum):
    """Columns a page of datasets can be sorted by."""

    DID = "did"
    RUNS = "runs"
    LIVETIME = "livetime"
    BYTES = "bytes"
    NIGHT_TO = "night_to"


class DatasetQuery(BaseModel):
    """The query of `GET /datasets`."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, max_length=200)
    sort: DatasetSortKey = DatasetSortKey.DID
    descending: bool = False
    cursor: str | None = Field(default=None, max_length=2000)
    limit: int = Field(default=200, ge=1, le=1000)


class Totals(BaseModel):
    """Sums over everything that matches, not over the page."""

    runs: int
    livetime: float = Field(description="Seconds")
    bytes: int
    at_destination: int


class Freshness(BaseModel):
    """How far the index can be trusted."""

    state: Literal["fresh", "stale", "first-sync", "never"]
    synced_at: str | None
    syncing: bool
    progress: float | None = Field(description="0..1 of a running first sync")
    error: str | None = Field(description="Why the last sync failed")
    runs: int
    warnings: int = Field(default=0, description="Runs whose metadata were refused: shown by name alone")


class SyncStarted(BaseModel):
    """Answer to a request for a sync; `started` is false where one was running."""

    started: bool
    freshness: Freshness


class RunPage(BaseModel):
    """A page of `GET /runs`."""

    runs: list[Run]
    next_cursor: str | None
    totals: Totals
    freshness: Freshness


class FacetValue(BaseModel):
    """A value of a column, with the number of matching runs."""

    value: str
    count: int


class Bin(BaseModel):
    """A bar of a histogram: [low, high)."""

    low: float
    high: float
    count: int


class SkyPoint(BaseModel):
    """Runs that point to (nearly) the same place, degrees."""

    ra: float
    dec: float
    target: str | None
    count: int
    livetime: float


class NightCount(BaseModel):
    """Runs and livetime (seconds) of one night."""

    night: str
    runs: int
    livetime: float


class Facets(BaseModel):
    """Counts for the filter bar and the quick looks; each facet ignores its own condition."""

    targets: list[FacetValue]
    availabilities: list[FacetValue]
    irf_types: list[FacetValue]
    creators: list[FacetValue]
    telescopes: list[FacetValue]
    datasets: list[FacetValue]
    zenith: list[Bin]
    livetime: list[Bin]
    nights: list[NightCount]
    sky: list[SkyPoint]


class DatasetRow(BaseModel):
    """A dataset or container that holds DL3 runs."""

    did: DidText
    kind: Literal["dataset", "container"]
    runs: int
    livetime: float
    bytes: int
    at_destination: int
    targets: list[str]
    night_from: str | None
    night_to: str | None


class DatasetPage(BaseModel):
    """A page of `GET /datasets`."""

    datasets: list[DatasetRow]
    next_cursor: str | None
    total: int
    freshness: Freshness


class DidSelection(BaseModel):
    """Runs picked one by one."""

    kind: Literal["dids"]
    dids: list[DidText] = Field(min_length=1, max_length=100_000)


class FilterSelection(BaseModel):
    """Everything that matches a filter, less what was unticked."""

    kind: Literal["filter"]
    filter: RunFilter
    except_dids: list[DidText] = Field(default_factory=list, max_length=10_000)


class DatasetSelection(BaseModel):
    """All runs of a dataset or container."""

    kind: Literal["dataset"]
    did: DidText


Selection = TypeAliasType(
    "Selection", Annotated[DidSelection | FilterSelection | DatasetSelection, Field(discriminator="kind")]
)
"""A named type, so that the browser's generated types have it by name too."""


class SelectionRequest(BaseModel):
    """A selection by itself."""

    selection: Selection


class SelectionSummary(BaseModel):
    """Sums and the proposals that follow from a selection."""

    totals: Totals
    targets: list[str]
    proposed_variable: str = Field(description="A Python name made from the target")


class CheckRequest(BaseModel):
    """Rows in sight whose availability is to be read from Rucio now."""

    dids: list[DidText] = Field(max_length=1000)


class CheckedRun(BaseModel):
    """The fresh state of one run."""

    did: DidText
    availability: Availability
    checked_at: str


class CheckReply(BaseModel):
    """States read from Rucio just now; `reachable` is false where Rucio did not answer."""

    reachable: bool
    runs: list[CheckedRun]
    gone: list[DidText] = Field(description="No longer in Rucio")
    error: str | None


RunDetail.model_rebuild()
