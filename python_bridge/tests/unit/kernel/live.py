"""A real kernel, spoken to as the browser does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from magic_rucio.attachments.models import KernelStep

TIMEOUT = 60


class LiveKernel:
    """An ipykernel of this Python, ended on exit."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._client: BlockingKernelClient

    def __enter__(self) -> LiveKernel:
        self._manager.start_kernel()
        self._connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def _connect(self) -> None:
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=TIMEOUT)

    def restart(self) -> None:
        self._client.stop_channels()
        self._manager.restart_kernel(now=True)
        self._connect()

    def step(self, step: KernelStep) -> dict[str, Any]:
        """Run one step and return the kernel's JSON reply."""
        answer: Any = self._client.execute(
            step.code,
            silent=True,
            store_history=False,
            user_expressions={"reply": step.expression},
            allow_stdin=False,
            stop_on_error=False,
            reply=True,
            timeout=TIMEOUT,
        )
        expression = answer["content"]["user_expressions"]["reply"]
        assert expression["status"] == "ok", expression
        data: dict[str, Any] = expression["data"]["application/json"]
        return data

    def steps(self, steps: Iterable[KernelStep]) -> dict[str, Any]:
        """Run several steps and return the last reply."""
        reply: dict[str, Any] = {}
        for step in steps:
            reply = self.step(step)
            if not reply["ok"]:
                return reply
        return reply

    def cell(self, code: str) -> str:
        """Run a cell as an analyst does; return what it printed."""
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                printed.append("\n".join(content["traceback"]))

        self._client.execute_interactive(code, output_hook=collect, timeout=TIMEOUT)
        return "".join(printed).strip()

    def value(self, expression: str) -> Any:
        """Return the value of an expression of JSON types."""
        return json.loads(self.cell(f"import json as _json; print(_json.dumps({expression})); del _json"))
