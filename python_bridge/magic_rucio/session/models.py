"""Sign-in's part of the API. A token is never part of a reply."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from magic_rucio.replication.models import Quota


class InstanceInfo(BaseModel):
    """A configured Rucio, as the panel shows it."""

    id: str
    name: str
    destination_rse: str
    mode: Literal["replica", "download"]
    webui_url: str | None
    support: str


class SignIn(BaseModel):
    """Name and password, exchanged for a token at once and kept nowhere."""

    username: str = Field(min_length=1, max_length=255)
    # Not "write only": the generator would leave it out of the request as well.
    password: SecretStr = Field(json_schema_extra={"writeOnly": False})
    account: str = Field(min_length=1, max_length=25)


class Session(BaseModel):
    """Who is signed in, and how."""

    state: Literal["signed-in", "sign-in-needed", "not-configured"]
    account: str | None
    source: Literal["environment", "file", "password"] | None
    expires_at: str | None
    reason: str | None = Field(description="Why a sign-in is needed")


class Reachability(BaseModel):
    """Whether Rucio answers."""

    state: Literal["ok", "down", "unknown"]
    since: str | None
    message: str | None
    latency: float | None = Field(description="Seconds")


class Status(BaseModel):
    """All the panel needs to know before its first row."""

    version: str
    instances: list[InstanceInfo]
    instance: InstanceInfo | None
    session: Session
    rucio: Reachability
    quota: Quota | None
    help: str = Field(description="What to set, where nothing is configured")


class Problem(BaseModel):
    """Every error the API answers with."""

    code: str
    message: str
    advice: str
    details: dict[str, object] = Field(default_factory=dict)
    request_id: str
