"""What Rucio answers, as typed records; its answers are untrusted, so each field is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from magic_rucio.errors import InvalidInputError

_DID = re.compile(r"([^:\s\x00-\x1f]{1,100}):([^\s\x00-\x1f]{1,500})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Did:
    """A data identifier."""

    scope: str
    name: str

    def __str__(self) -> str:
        return f"{self.scope}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Did:
        """Take `scope:name` apart.

        Raises
        ------
        InvalidInputError
            Where it is not of that form.
        """
        match = _DID.fullmatch(text)
        if match is None or not text.isprintable():
            raise InvalidInputError(f"{text[:80]!a} is not a DID of the form scope:name.", code="invalid-did")
        return cls(match[1], match[2])

    @property
    def body(self) -> dict[str, str]:
        """As it stands in requests."""
        return {"scope": self.scope, "name": self.name}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


Text = Annotated[str | None, BeforeValidator(_text)]
"""Rucio sends dates and enumerations in several spellings; text takes them all."""


class Record(BaseModel):
    """A record of Rucio's; what we do not know is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class DidRecord(Record):
    """A DID found by a search or as the content of another."""

    scope: str
    name: str
    did_type: Text = Field(default=None, alias="did_type")
    type: Text = None
    bytes: int | None = None
    length: int | None = None
    adler32: str | None = None
    created_at: Text = None
    updated_at: Text = None
    expired_at: Text = None

    @property
    def did(self) -> Did:
        """The identifier alone."""
        return Did(self.scope, self.name)

    @property
    def kind(self) -> str:
        """FILE, DATASET or CONTAINER; empty where Rucio left it out."""
        return (self.did_type or self.type or "").upper().removeprefix("DIDTYPE.")


class ReplicaRecord(Record):
    """A file and its replicas."""

    scope: str
    name: str
    bytes: int | None = None
    adler32: str | None = None
    md5: str | None = None
    states: dict[str, str] = Field(default_factory=dict)
    rses: dict[str, list[str]] = Field(default_factory=dict)

    @property
    def did(self) -> Did:
        """The identifier alone."""
        return Did(self.scope, self.name)


class DatasetReplicaRecord(Record):
    """What one RSE holds of a dataset."""

    rse: str
    state: Text = None
    length: int | None = None
    bytes: int | None = None
    available_length: int | None = None
    available_bytes: int | None = None


class RuleRecord(Record):
    """A replication rule."""

    id: str
    account: str
    scope: str
    name: str
    did_type: Text = None
    rse_expression: str
    state: str
    locks_ok_cnt: int = 0
    locks_replicating_cnt: int = 0
    locks_stuck_cnt: int = 0
    locked: bool = False
    error: Text = None
    comments: Text = None
    expires_at: Text = None
    created_at: Text = None
    updated_at: Text = None
    bytes: int | None = None

    @property
    def did(self) -> Did:
        """What the rule is on."""
        return Did(self.scope, self.name)


class LockRecord(Record):
    """A lock of a rule: one file at one RSE."""

    scope: str
    name: str
    rse: str
    state: str

    @property
    def did(self) -> Did:
        """The file."""
        return Did(self.scope, self.name)


class RequestRecord(Record):
    """A transfer request, alive or past."""

    scope: str
    name: str
    state: Text = None
    source_rse: str | None = None
    dest_rse: str | None = None
    retry_count: int | None = None
    err_msg: str | None = None
    external_id: str | None = None
    attributes: Any = None
    created_at: Text = None
    updated_at: Text = None


class AnalysedTransfer(Record):
    """What Rucio found out on a stuck file of a rule."""

    scope: str
    name: str
    attempts: int | None = None
    last_source: Text = None
    last_time: Text = None

    @property
    def did(self) -> Did:
        """The file."""
        return Did(self.scope, self.name)


class AnalysisRecord(Record):
    """What Rucio found out on a stuck rule; open to every account, unlike past requests."""

    rule_error: Text = None
    transfers: list[AnalysedTransfer] = Field(default_factory=list)


class UsageRecord(Record):
    """An account's use of an RSE, bytes."""

    rse: str
    bytes: int = 0
    files: int = 0
    bytes_limit: float | None = None
    bytes_remaining: float | None = None


class ProtocolRecord(Record):
    """A protocol of an RSE."""

    scheme: str
    hostname: str = ""
    port: int = 0
    prefix: str = ""
    domains: Mapping[str, Any] = Field(default_factory=dict)


class NameRecord(Record):
    """A storage element's name, in a list of them."""

    rse: str


class RseRecord(Record):
    """A storage element."""

    rse: str
    deterministic: bool = True
    rse_type: Text = None
    availability_write: bool = True
    protocols: list[ProtocolRecord] = Field(default_factory=list)
