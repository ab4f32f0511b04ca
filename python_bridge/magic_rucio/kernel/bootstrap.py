"""Loads the helper into a kernel, hands it a request, and leaves the reply to be fetched.

Runs in a namespace of its own: what the analyst did to `__import__`, `sys` or `str` does not matter.
"""

from __future__ import annotations

import base64
import json
import linecache
import sys
import types
import zlib
from typing import Any

PACKAGE = "_magic_rucio_kernel"


class Reply(dict):  # type: ignore[type-arg]  # subscripted bases would cost nothing but read worse
    """The answer: JSON for kernels with rich display, the same text for those without."""

    def __repr__(self) -> str:
        return json.dumps(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"application/json": dict(self), "text/plain": repr(self)}


def run(argument: str, namespace: dict[str, Any], name: str) -> None:
    """Serve one request; `namespace[name]()` then gives the reply, once, and takes itself away."""
    # IPython keeps the text of every cell for tracebacks: ours may be megabytes.
    linecache.cache.pop(sys._getframe(2).f_code.co_filename, None)
    request: dict[str, Any] = {}
    try:
        envelope = json.loads(zlib.decompress(base64.b64decode(argument)))
        request = envelope["request"]
        channel = load(envelope["sha"], envelope["sources"])
        reply = channel.handle(request, namespace, name)
    except BaseException as error:  # noqa: BLE001
        # Nothing may escape into the analyst's session: not a bug, not an interrupt.
        interrupted = isinstance(error, KeyboardInterrupt)
        reply = {
            "id": request.get("id", ""),
            "ok": False,
            "error": {
                "code": "interrupted" if interrupted else "kernel-error",
                "message": "The kernel was interrupted."
                if interrupted
                else f"The kernel could not attach: {type(error).__name__}: {str(error)[:300]}",
                "advice": "Try again." if interrupted else "Restart the kernel, then try again.",
            },
        }

    def take() -> Reply:
        namespace.pop(name, None)
        return Reply(reply)

    namespace[name] = take


def load(sha: str, sources: list[tuple[str, str]]) -> Any:
    """Return the helper's module `channel`, loaded from source where this version is not there yet."""
    present = sys.modules.get(PACKAGE)
    if getattr(present, "__sha__", None) == sha:
        return present.channel  # type: ignore[union-attr]  # __sha__ says that it is ours
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    vars(package)["__sha__"] = sha
    modules = {PACKAGE: package}
    replaced = {key: sys.modules.pop(key) for key in list(sys.modules) if key.partition(".")[0] == PACKAGE}
    sys.modules[PACKAGE] = package
    try:
        for name, source in sources:
            module = types.ModuleType(f"{PACKAGE}.{name}")
            module.__package__ = PACKAGE
            file_name = f"<magic-rucio {name}.py>"
            # Without a time of change `linecache` keeps the lines: tracebacks and `??` show them.
            linecache.cache[file_name] = (len(source), None, source.splitlines(True), file_name)
            sys.modules[module.__name__] = modules[module.__name__] = module
            exec(compile(source, file_name, "exec", dont_inherit=True), vars(module))  # noqa: S102
            setattr(package, name, module)
        package.channel.adopt(getattr(present, "channel", None))
    except BaseException:
        for key in modules:
            sys.modules.pop(key, None)
        sys.modules.update(replaced)
        raise
    return package.channel
