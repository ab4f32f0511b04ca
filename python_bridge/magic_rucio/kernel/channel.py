"""Serves requests from JupyterLab in the analyst's namespace; each gives one JSON reply."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from typing import Any

from . import duplicates, names, transfer
from .attachment import Attachment
from .columns import Runs
from .errors import AttachmentError

NAMES_IN_REPLY = 20
"""Missing files and duplicates named in a reply; the attachment itself knows all."""
LOOK_SECONDS = 0.2
"""Time spent on looking whether this kernel sees the files; mounts may be slow."""
MAX_ASIDE = 5
"""Objects kept for "undo": they are the analyst's memory."""
PREFIX = "_magic_rucio_"

NOTHING = object()
aside: list[tuple[str, Any]] = []
"""Variables and what they held before we took or removed them, the latest last."""
pieces = transfer.Pieces()

Namespace = dict[str, Any]
Request = dict[str, Any]


def adopt(older: Any) -> None:
    """Take over what an older version of this module remembers."""
    aside.extend(getattr(older, "aside", []))


def handle(request: Request, namespace: Namespace, own_name: str = "") -> dict[str, Any]:
    """Serve one request; errors become part of the reply."""
    for name in [n for n in namespace if isinstance(n, str) and n.startswith(PREFIX) and n != own_name]:
        # Replies that nobody fetched.
        del namespace[name]
    reply: dict[str, Any] = {"id": request.get("id", ""), "ok": True, "version": request.get("version", "")}
    try:
        reply.update(OPERATIONS[request["operation"]](request, namespace))
    except AttachmentError as error:
        reply["ok"] = False
        reply["error"] = {"code": error.code, "message": error.message, "advice": error.advice}
    if request["operation"] != "piece":
        reply["attachments"] = attachments(namespace)
    return reply


def is_ours(value: Any) -> bool:
    """Whether a value is an `Attachment`, of whatever version."""
    return getattr(type(value), "_magic_rucio_attachment_", False) is True


def attachments(namespace: Namespace) -> list[dict[str, Any]]:
    """List the attachments; an object with two names is listed under its own."""
    found: dict[int, tuple[str, Any]] = {}
    for name, value in list(namespace.items()):
        if not is_ours(value) or not value.key or not isinstance(name, str) or name.startswith("_"):
            continue
        if id(value) not in found or value.name == name:
            found[id(value)] = (name, value)
    return [
        {
            "variable": name,
            "key": value.key,
            "runs": len(value),
            "missing": len(value.missing),
            "digest": value.digest,
        }
        for name, value in found.values()
    ]


def attach(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Make an attachment and put it where it was asked for."""
    variable = _valid(request["variable"])
    before = namespace.get(variable, NOTHING)
    same = is_ours(before) and before.key == request["key"]
    if before is not NOTHING and not same and not request.get("overwrite"):
        raise AttachmentError(
            f"`{variable}` exists already ({_kind(before)}).",
            code="name-taken",
            advice="Choose another name, or allow it to be replaced.",
        )
    runs = _rows(request)
    hidden = _hide_unseen(runs)
    made = Attachment(runs, name=variable, duplicates=request.get("duplicates", "refuse"))
    made.key, made.digest = request["key"], request["digest"]
    several = duplicates.groups(runs, range(len(runs)))
    missing = made.missing
    if before is not NOTHING and not same:
        _keep_aside(variable, before)
    namespace[variable] = made
    return {
        "variable": variable,
        "attached": len(made),
        "missing": len(missing),
        "missing_files": [entry._asdict() for entry in missing[:NAMES_IN_REPLY]],
        "unseen": hidden,
        "duplicates": list(several)[:NAMES_IN_REPLY],
        "replaced": before is not NOTHING,
        "can_undo": _can_undo(variable),
    }


def detach(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Remove an attachment's variable; `undo` brings it back."""
    variable = request["variable"]
    _own(variable, namespace)
    _keep_aside(variable, namespace.pop(variable))
    return {"variable": variable, "can_undo": True}


def rename(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Give an attachment another variable."""
    value, variable = _own(request["variable"], namespace), _valid(request["new_variable"])
    before = namespace.get(variable, NOTHING)
    if before is not NOTHING and before is not value and not request.get("overwrite"):
        raise AttachmentError(
            f"`{variable}` exists already ({_kind(before)}).",
            code="name-taken",
            advice="Choose another name, or allow it to be replaced.",
        )
    if before is not NOTHING and before is not value:
        _keep_aside(variable, before)
    del namespace[request["variable"]]
    value.name = variable
    namespace[variable] = value
    return {"variable": variable, "replaced": before is not NOTHING, "can_undo": _can_undo(variable)}


def undo(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Give a variable back what it held before it was replaced or detached."""
    variable = request["variable"]
    if not _can_undo(variable):
        raise AttachmentError(f"There is nothing to undo for `{variable}`.", code="nothing-to-undo")
    now = namespace.get(variable, NOTHING)
    if now is not NOTHING and not is_ours(now):
        raise AttachmentError(
            f"`{variable}` has been given another value since.",
            code="name-taken",
            advice="Rename or delete it first.",
        )
    latest = max(i for i, (name, _) in enumerate(aside) if name == variable)
    namespace[variable] = aside.pop(latest)[1]
    return {"variable": variable, "replaced": now is not NOTHING, "can_undo": _can_undo(variable)}


def check_name(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Say whether a name is free, ours, taken or not possible."""
    variable = request["variable"]
    problem = names.problem_with(variable)
    if problem:
        return {"variable": variable, "name_state": "invalid", "name_problem": problem}
    value = namespace.get(variable, NOTHING)
    if value is NOTHING:
        return {"variable": variable, "name_state": "free"}
    state = "ours" if is_ours(value) else "taken"
    return {"variable": variable, "name_state": state, "name_problem": _kind(value)}


def piece(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Take one piece of the rows of a later `attach`."""
    pieces.add(request["transfer"], request["index"], request["data"])
    return {}


def batch(request: Request, namespace: Namespace) -> dict[str, Any]:
    """Serve several requests in one execution: all attachments after a restart."""
    replies = [handle(one, namespace) for one in request["requests"]]
    return {"replies": replies, "ok": all(reply["ok"] for reply in replies)}


OPERATIONS: dict[str, Callable[[Request, Namespace], dict[str, Any]]] = {
    "attach": attach,
    "batch": batch,
    "check-name": check_name,
    "detach": detach,
    "list": lambda request, namespace: {},
    "piece": piece,
    "rename": rename,
    "undo": undo,
}


def _rows(request: Request) -> Runs:
    source = request["rows"]
    if "file" in source:
        data = transfer.read_once(source["file"], source["size"])
    elif "transfer" in source:
        data = pieces.join(source["transfer"], source["count"])
    else:
        data = base64.b64decode(source["inline"])
    return transfer.unpack(data, source["sha256"])


def _hide_unseen(runs: Runs) -> int:
    """Set aside the files that this kernel does not see: it may run on another machine."""
    deadline = time.monotonic() + LOOK_SECONDS
    unseen = []
    for i, path in enumerate(runs.paths):
        if path is not None and runs.words["reason"].at(i) is None and not os.path.isfile(path):
            unseen.append(i)
        if time.monotonic() > deadline:
            break
    if unseen:
        runs.set_reasons(dict.fromkeys(unseen, "not visible from this kernel"))
    return len(unseen)


def _own(variable: str, namespace: Namespace) -> Any:
    value = namespace.get(variable, NOTHING)
    if not is_ours(value):
        raise AttachmentError(
            f"`{variable}` holds no attachment"
            + (": it was deleted." if value is NOTHING else f" ({_kind(value)})."),
            code="not-attached",
            advice="Attach it again.",
        )
    return value


def _valid(variable: Any) -> str:
    problem = names.problem_with(variable)
    if problem:
        raise AttachmentError(
            f"{str(variable)[:60]!r} cannot be a variable: {problem}.",
            code="invalid-name",
            advice="Choose another name.",
        )
    return str(variable)


def _keep_aside(variable: str, value: Any) -> None:
    aside.append((variable, value))
    del aside[:-MAX_ASIDE]


def _can_undo(variable: str) -> bool:
    return any(name == variable for name, _ in aside)


def _kind(value: Any) -> str:
    if is_ours(value):
        return f"an attachment of {len(value)} runs"
    return f"a value of type {type(value).__name__[:60]}"
