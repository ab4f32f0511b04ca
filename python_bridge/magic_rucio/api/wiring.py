"""Wires the parts together once: a backend an instance."""

from __future__ import annotations

import asyncio
import functools
import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_runtime_path

from magic_rucio.api.backend import Backend, BackendRegistry, Host
from magic_rucio.attachments.service import AttachmentService
from magic_rucio.catalogue.service import CatalogueService
from magic_rucio.config import RucioInstance, Settings
from magic_rucio.downloads.service import DownloadService
from magic_rucio.replication.service import ReplicationService
from magic_rucio.rucio import RucioClient
from magic_rucio.session.service import SessionService


@dataclass(frozen=True, slots=True)
class _Open:
    backend: Backend
    client: RucioClient


class SessionBackends(BackendRegistry):
    """Backends for the one user of a Jupyter server.

    A backend outlives its token: its client asks the session for the token of the moment at each call.
    """

    def __init__(self, settings: Settings, session: SessionService) -> None:
        self._settings = settings
        self._session = session
        self._open: dict[str, _Open] = {}
        self._opening = asyncio.Lock()

    async def backend(self, instance_id: str | None, token: str | None) -> Backend:
        """Return the backend of an instance; opens the index and begins to sync when first asked for.

        Raises
        ------
        SignInNeededError
            Where nobody is signed in: the index is not shown to whoever comes next.
        """
        instance = self._settings.instance(instance_id)
        self._session.token(instance)
        async with self._opening:
            if instance.id not in self._open:
                self._open[instance.id] = await asyncio.to_thread(self._make, instance)
                self._open[instance.id].backend.catalogue.start()
        return self._open[instance.id].backend

    async def close(self) -> None:
        """End the background work of every backend."""
        while self._open:
            _, opened = self._open.popitem()
            await opened.backend.downloads.close()
            await opened.backend.catalogue.close()
            await opened.client.close()

    def _make(self, instance: RucioInstance) -> _Open:
        client = RucioClient(
            instance,
            lambda: self._session.token(instance).text,
            timeout=self._settings.request_timeout_seconds,
        )
        catalogue = CatalogueService.open(self._settings, instance, client)
        downloads = DownloadService(instance=instance, settings=self._settings, client=client, runs=catalogue)
        backend = Backend(
            catalogue=catalogue,
            replication=ReplicationService(
                instance, client, catalogue, functools.partial(self._session.account, instance)
            ),
            attachments=AttachmentService(
                instance=instance, catalogue=catalogue, cache=downloads, spool=spool_folder()
            ),
            downloads=downloads,
        )
        return _Open(backend, client)


def spool_folder() -> Path:
    """Return the private folder by which big payloads reach kernels; Jupyter's own where it says so."""
    named = os.environ.get("JUPYTER_RUNTIME_DIR")
    return (Path(named) if named else user_runtime_path("magic-rucio")) / "magic-rucio-payloads"


def make_host(settings: Settings) -> Host:
    """Make what one Jupyter server holds."""
    session = SessionService(
        settings,
        lambda instance, token: RucioClient(instance, token, timeout=settings.request_timeout_seconds),
    )
    return Host(settings=settings, session=session, backends=SessionBackends(settings, session))
