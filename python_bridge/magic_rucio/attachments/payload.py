"""What the browser runs in a kernel: the helper, a request, and the expression that fetches the reply.

No value is ever pasted into code: all that varies travels as base64 of compressed JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from magic_rucio import kernel
from magic_rucio.attachments.models import KernelStep
from magic_rucio.attachments.payload_file import write_payload
from magic_rucio.errors import InvalidInputError
from magic_rucio.kernel import names
from magic_rucio.kernel.columns import Runs

MODULES = (
    "errors",
    "names",
    "columns",
    "gammapy_import",
    "times",
    "gadf",
    "headers",
    "duplicates",
    "html",
    "attachment",
    "transfer",
    "channel",
)
"""The helper's modules, each after those it imports."""

INLINE_LIMIT = 1_000_000
"""Compressed bytes up to which rows travel in the code string; it works through gateways too."""

PIECE_SIZE = 1_500_000
"""Bytes of a piece: as base64 2 MB; Jupyter's server closes the socket on frames of about 10 MB."""

COMPRESSION = 3
"""Level of zlib: 6 takes three times as long for a tenth less."""


class AttachRequest(BaseModel):
    """What to attach, under which name.

    `key` names the attachment over its life: it may replace itself, nothing else unasked.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    request_id: str = Field(min_length=1, max_length=64)
    key: str = Field(min_length=1, max_length=100)
    variable: str
    runs: Runs
    overwrite: bool = False
    duplicates: Literal["refuse", "newest", "first"] = "refuse"

    @field_validator("variable")
    @classmethod
    def _can_be_a_variable(cls, value: str) -> str:
        problem = names.problem_with(value)
        if problem:
            raise InvalidInputError(
                f"{value[:60]!r} cannot be a variable: {problem}.",
                code="invalid-name",
                advice="Choose another name.",
            )
        return value

    def packed(self) -> bytes:
        """Return the rows as they travel."""
        return zlib.compress(self.runs.to_bytes(), COMPRESSION)


@cache
def helper() -> tuple[str, tuple[tuple[str, str], ...], str]:
    """Return the helper's sha256, its modules' sources, and the source of what loads them."""
    folder = resources.files(kernel)
    sources = tuple((name, (folder / f"{name}.py").read_text("utf-8")) for name in MODULES)
    digest = hashlib.sha256(json.dumps(sources).encode()).hexdigest()
    return digest, sources, (folder / "bootstrap.py").read_text("utf-8")


def encode_operation(operation: str, request_id: str, **arguments: Any) -> KernelStep:
    """Return the step for one operation of `magic_rucio.kernel.channel`."""
    return _step({"operation": operation, "id": request_id, **arguments})


def encode_request(request: AttachRequest, *, spool: Path | None = None) -> tuple[list[KernelStep], str]:
    """Return the steps that attach, and the digest of what they attach.

    Parameters
    ----------
    request : AttachRequest
    spool : Path, optional
        A private folder that the kernel sees as well; with it, big rows travel in a file there. Without
        it, or when the kernel has answered ``file-not-visible``, in several steps.
    """
    packed = request.packed()
    digest = hashlib.sha256(packed).hexdigest()
    steps: list[KernelStep] = []
    if len(packed) <= INLINE_LIMIT:
        rows: dict[str, Any] = {"inline": base64.b64encode(packed).decode()}
    elif spool is not None:
        rows = {"file": str(write_payload(spool, packed)), "size": len(packed)}
    else:
        transfer = secrets.token_hex(8)
        pieces = [packed[i : i + PIECE_SIZE] for i in range(0, len(packed), PIECE_SIZE)]
        rows = {"transfer": transfer, "count": len(pieces)}
        for index, piece in enumerate(pieces):
            data = base64.b64encode(piece).decode()
            steps.append(
                encode_operation("piece", request.request_id, transfer=transfer, index=index, data=data)
            )
    attach = encode_operation(
        "attach",
        request.request_id,
        key=request.key,
        variable=request.variable,
        overwrite=request.overwrite,
        duplicates=request.duplicates,
        digest=digest,
        rows={**rows, "sha256": digest},
    )
    return [*steps, attach], digest


def encode_restore(requests: Sequence[AttachRequest], *, spool: Path | None = None) -> list[KernelStep]:
    """Return the steps that bring several attachments back, after a kernel has restarted.

    Each attachment has a step of its own (or several, where it is big) and a reply with its own id.
    """
    return [step for request in requests for step in encode_request(request, spool=spool)[0]]


def _step(request: Mapping[str, Any]) -> KernelStep:
    sha, sources, bootstrap = helper()
    envelope = {"sha": sha, "sources": sources, "request": {**request, "version": sha[:12]}}
    text = json.dumps(envelope, separators=(",", ":")).encode()
    argument = base64.b64encode(zlib.compress(text, COMPRESSION)).decode()
    name = f"_magic_rucio_{secrets.token_hex(8)}"
    # `import` works whatever the analyst has named `__import__`; one name is bound, and taken away again
    # by the expression.
    code = (
        f"import builtins as {name}\n"
        f"{name}.exec({bootstrap + chr(10) + 'run(argument, namespace, name)'!r}, "
        f"{{'__builtins__': {name}, '__name__': {name!r}, 'argument': {argument!r}, "
        f"'namespace': {name}.locals(), 'name': {name!r}}})\n"
    )
    return KernelStep(code=code, expression=f"{name}()")
