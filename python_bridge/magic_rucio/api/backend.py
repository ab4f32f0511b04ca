"""What the routers work with: the features of one Rucio instance, for one signed-in account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header, Request

if TYPE_CHECKING:
    from magic_rucio.attachments.service import AttachmentService
    from magic_rucio.catalogue.service import CatalogueService
    from magic_rucio.config import Settings
    from magic_rucio.downloads.service import DownloadService
    from magic_rucio.replication.service import ReplicationService
    from magic_rucio.session.service import SessionService


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The features of one instance; wired once in `api.wiring`."""

    catalogue: CatalogueService
    replication: ReplicationService
    attachments: AttachmentService
    downloads: DownloadService


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What one process holds: settings, the session, a backend an instance and account."""

    settings: Settings
    session: SessionService
    backends: BackendRegistry


class BackendRegistry:
    """Makes backends when first asked for; implemented in `api.wiring`."""

    async def backend(self, instance_id: str | None, token: str | None) -> Backend:
        """Return the backend of an instance for the account behind the token."""
        raise NotImplementedError

    async def close(self) -> None:
        """End background work and connections."""
        raise NotImplementedError


InstanceHeader = Annotated[
    str | None,
    Header(alias="Magic-Rucio-Instance", max_length=64, description="Which Rucio; default: the first"),
]


async def current_host(request: Request) -> Host:
    """Return what the process holds; a coroutine, since others are sent through a thread."""
    host: Host = request.app.state.host
    return host


async def current_backend(
    request: Request,
    instance: InstanceHeader = None,
) -> Backend:
    """Return the features the request is about.

    In JupyterLab the session's token is used; the shared service takes the caller's own
    from `X-Rucio-Auth-Token`.
    """
    host = await current_host(request)
    return await host.backends.backend(instance, request.headers.get("X-Rucio-Auth-Token"))


CurrentHost = Annotated[Host, Depends(current_host)]
CurrentBackend = Annotated[Backend, Depends(current_backend)]
