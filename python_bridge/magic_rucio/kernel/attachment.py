"""What the analyst gets: DL3 runs as a sequence of local paths that knows its gammapy `DataStore`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from . import duplicates as duplicate_runs
from . import gadf, headers, html
from .columns import Row, Runs
from .errors import AttachmentError, listing
from .gammapy_import import astropy_module, gammapy_data

CHUNK = 100
"""Runs in one call of `get_observations`, whose cost grows as the square of its index tables' lengths."""


class Missing(NamedTuple):
    """A run that was picked and whose file is not here."""

    did: str
    path: str | None
    reason: str


class Attachment(Sequence[str]):
    """DL3 runs: paths, run table, gammapy `DataStore` and observations.

    A sequence of paths: ``for path in crab``, ``crab[0]``, ``len(crab)``. Runs whose files are not here
    are in `missing`.

    Parameters
    ----------
    runs : Runs
        All that was picked, in its order.
    name : str
        The variable's name, for messages and display.
    duplicates : {"refuse", "newest", "first"}
        What to do about several files of one observation number when a `DataStore` is made.
    """

    _magic_rucio_attachment_ = True
    """By this the channel knows its own, also after a newer version has been loaded."""

    def __init__(self, runs: Runs, *, name: str = "", duplicates: str = "refuse") -> None:
        duplicate_runs.check_policy(duplicates)
        self.name = name
        self.digest = ""
        self.key = ""
        self.duplicates = duplicates
        self._runs = runs
        self._present = runs.present()
        self._store: Any = None

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._path(i) for i in self._present[index]]
        return self._path(self._present[index])

    def __iter__(self) -> Iterator[str]:
        return (self._path(i) for i in self._present)

    def __len__(self) -> int:
        return len(self._present)

    def __repr__(self) -> str:
        missing = len(self._runs) - len(self)
        name = f"{self.name}: " if self.name else ""
        note = f", {missing} missing" if missing else ""
        return f"<Attachment {name}{html.title(self._runs, self._present)}{note}>"

    def _repr_html_(self) -> str:
        return html.card(self.name, self._runs, self._present, self.missing)

    @property
    def paths(self) -> list[str]:
        """The local paths, as a plain list."""
        return list(self)

    @property
    def dids(self) -> list[str]:
        """The DIDs (``scope:name``) of the runs that are here, in the order of the paths."""
        return [self._runs.dids[i] for i in self._present]

    @property
    def obs_ids(self) -> list[int | None]:
        """The observation numbers, in the order of the paths; None where not known yet."""
        return [self._runs.value("obs_id", i) for i in self._present]

    @property
    def missing(self) -> list[Missing]:
        """The runs that were picked and whose files are not here, with the reason."""
        if len(self) == len(self._runs):
            return []
        here = set(self._present)
        return [
            Missing(did, self._runs.paths[i], self._runs.words["reason"].at(i) or "no local file")
            for i, did in enumerate(self._runs.dids)
            if i not in here
        ]

    @property
    def table(self) -> Any:
        """The run table, an `astropy.table.Table`: a row per path, with DID, metadata and path."""
        self._describe()
        indices = [i for i in self._present if self._runs.value("obs_id", i) is not None]
        made = gadf.observation_table(self._runs, indices, astropy_module("table").Table)
        made["DID"] = [self._runs.dids[i] for i in indices]
        made["PATH"] = [self._path(i) for i in indices]
        return made

    @property
    def data_store(self) -> Any:
        """The `gammapy.data.DataStore` of these runs, made from metadata: no file is read.

        Raises
        ------
        AttachmentError
            Without gammapy, with duplicate observation numbers, with files that are not DL3.
        """
        if self._store is None:
            gammapy_data()
            indices = self._selected(None)
            self._store = gadf.data_store(self._runs, indices)
        return self._store

    def observations(
        self,
        obs_ids: Iterable[int] | None = None,
        *,
        required_irf: str | list[str] | None = None,
        on_missing: str = "raise",
        **options: Any,
    ) -> Any:
        """Return `gammapy.data.Observations`, with the instrument response these runs have.

        Parameters
        ----------
        obs_ids : iterable of int, optional
            Which runs; all where not given.
        required_irf : str or list of str, optional
            As in gammapy; where not given, chosen from the runs (gammapy's own default skips MAGIC's).
        on_missing : {"raise", "skip"}
            What to do about files that have gone since they were attached.
        **options
            Passed to `gammapy.data.DataStore.get_observations`.

        Raises
        ------
        AttachmentError
            For unknown or duplicate observation numbers, files that have gone, mixed kinds of response.
        """
        data = gammapy_data()
        if on_missing not in ("raise", "skip"):
            raise ValueError('on_missing is "raise" or "skip"')
        indices = self._selected(obs_ids)
        gone = {i for i in indices if not os.path.isfile(self._path(i))}
        if gone and on_missing == "raise":
            raise AttachmentError(
                f"{len(gone)} of {len(indices)} files are not there: "
                f"{listing([self._path(i) for i in sorted(gone)])}",
                code="files-missing",
                advice='Attach again (refresh), or go on without them: .observations(on_missing="skip").',
            )
        indices = [i for i in indices if i not in gone]
        needed = gadf.required_irf(self._runs, indices) if required_irf is None else required_irf
        found: list[Any] = []
        for start in range(0, len(indices), CHUNK):
            part = indices[start : start + CHUNK]
            store = gadf.data_store(self._runs, part)
            ids = [self._runs.integers["obs_id"][i] for i in part]
            found += store.get_observations(ids, required_irf=needed, **options)
        return _observations(data, found)

    def select(
        self,
        obs_ids: Iterable[int] | None = None,
        *,
        target: str | None = None,
        irf: str | None = None,
        duplicates: str | None = None,
    ) -> Attachment:
        """Return an attachment of some of the runs.

        Parameters
        ----------
        obs_ids : iterable of int, optional
            Observation numbers to keep.
        target : str, optional
            Name of the target, as in the run table; upper and lower case are the same.
        irf : {"point-like", "full-enclosure"}, optional
            Kind of instrument response.
        duplicates : {"newest", "first"}, optional
            Which file to keep where several have one observation number.
        """
        self._describe(strict=False)
        runs = self._runs
        keep = self._present if obs_ids is None else self._numbered(obs_ids)
        if target is not None:
            keep = [i for i in keep if (runs.value("target", i) or "").lower() == target.lower()]
        if irf is not None:
            if irf not in ("point-like", "full-enclosure"):
                raise ValueError('irf is "point-like" or "full-enclosure"')
            keep = [i for i in keep if gadf.kind_of(runs.hdus.at(i)) == irf]
        policy = self.duplicates if duplicates is None else duplicates
        if duplicates is not None:
            keep = duplicate_runs.resolve(runs, keep, duplicates)
        return Attachment(runs.take(keep), name=self.name, duplicates=policy)

    def check(self) -> list[Missing]:
        """Look whether each file is still there; return (and remember) those that are not."""
        known = {i: path for i, path in enumerate(self._runs.paths) if path is not None}
        self._runs.set_reasons(
            {i: None if os.path.isfile(path) else "not there any more" for i, path in known.items()}
        )
        self._present = self._runs.present()
        self._store = None
        return self.missing

    def _path(self, index: int) -> str:
        path = self._runs.paths[index]
        assert path is not None, "a run without a path is not among the present"
        return path

    def _numbered(self, obs_ids: Iterable[int]) -> list[int]:
        wanted = {int(number) for number in obs_ids}
        column = self._runs.integers["obs_id"]
        unknown = wanted - {column[i] for i in self._present}
        if unknown:
            raise AttachmentError(
                f"No such observations here: {listing([str(number) for number in sorted(unknown)])}",
                code="unknown-obs-id",
                advice="See .obs_ids for those that are, .missing for those that are not.",
            )
        return [i for i in self._present if column[i] in wanted]

    def _selected(self, obs_ids: Iterable[int] | None) -> list[int]:
        self._describe()
        indices = self._present if obs_ids is None else self._numbered(obs_ids)
        if not indices:
            raise AttachmentError(
                "There are no runs here" + (": all files are missing." if len(self._runs) else "."),
                code="empty",
                advice="See .missing for the reasons." if len(self._runs) else "Attach some runs first.",
            )
        return duplicate_runs.resolve(self._runs, indices, self.duplicates)

    def _describe(self, *, strict: bool = True) -> None:
        """Read the headers of the files that came without metadata.

        Where `strict`, those that cannot be read are an error; else they stay undescribed.
        """
        unknown = {i for i in self._present if self._runs.hdus.codes[i] < 0}
        if not unknown:
            return
        rows, errors = [], []
        for i in range(len(self._runs)):
            row = self._runs.row(i)
            try:
                observation = headers.read_observation(self._path(i)) if i in unknown else row.observation
            except AttachmentError as error:
                errors.append(error)
                observation = None
            rows.append(Row(row.did, row.path, observation, row.reason, row.created))
        self._runs = Runs.from_rows(rows)
        if errors and strict:
            raise AttachmentError(
                listing([error.message for error in errors], 3),
                code=errors[0].code,
                advice="Leave them out: .select(obs_ids=…) keeps the runs you name.",
            )


def _observations(data: Any, found: list[Any]) -> Any:
    """Collect observations; `Observations(found)` compares each with all before it."""
    made = data.Observations(found[:CHUNK])
    held = getattr(made, "_observations", None)
    if not isinstance(held, list):
        # A gammapy that keeps them otherwise: the slow way is right as well.
        return data.Observations(found)
    held.extend(found[CHUNK:])
    return made
