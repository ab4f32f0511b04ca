"""What goes to the kernel: small, and without a value pasted into code."""

from __future__ import annotations

import ast
import base64
import json
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magic_rucio.attachments.models import KernelReply
from magic_rucio.attachments.payload import AttachRequest, encode_operation, encode_request, helper
from magic_rucio.errors import InvalidInputError
from magic_rucio.kernel import channel
from magic_rucio.kernel.columns import Row, Runs


def request(rows: list[Row], variable: str = "crab") -> AttachRequest:
    return AttachRequest(request_id="r", key="k", variable=variable, runs=Runs.from_rows(rows))


@given(st.text(), st.text(), st.text())
def test_no_value_is_pasted_into_code(did: str, path: str, target: str) -> None:
    [step], _ = encode_request(request([Row(did, path, {"target": target})]))
    bound, execution = ast.parse(step.code).body
    assert isinstance(bound, ast.Import)
    assert isinstance(execution, ast.Expr)
    assert isinstance(execution.value, ast.Call)
    texts = [ast.literal_eval(node) for node in execution.value.args[0:1]]
    assert texts[0].startswith(helper()[2]), "the first argument is our own loader, to the letter"
    assert re.fullmatch(r"_magic_rucio_[0-9a-f]{16}\(\)", step.expression)
    argument = re.search(r"'argument': '([A-Za-z0-9+/=]*)'", step.code)
    assert argument is not None
    sent = json.loads(zlib.decompress(base64.b64decode(argument[1])))
    assert sent["request"]["variable"] == "crab"


def test_a_small_request_is_small() -> None:
    [step], _ = encode_request(request([Row(f"magic:{n}", f"/data/{n}") for n in range(200)]))
    assert len(step.code) < 50_000


def test_the_digest_tells_selections_apart() -> None:
    first, same, other = (encode_request(request([Row("a:b", path)]))[1] for path in ("/x", "/x", "/y"))
    assert first == same != other


@pytest.mark.parametrize("variable", ["import", "__import__", "print", "a b", "", "x\n", "_x"])
def test_bad_names_are_refused_before_they_travel(variable: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be a variable"):
        request([], variable)


@pytest.mark.parametrize("operation", sorted(set(channel.OPERATIONS) - {"attach", "batch", "piece"}))
def test_every_reply_is_what_the_browser_is_told(operation: str) -> None:
    arguments = {"variable": "crab", "new_variable": "nebula"}
    reply = channel.handle({"operation": operation, "id": "r", **arguments}, {})
    parsed = KernelReply.model_validate(reply)
    assert parsed.id == "r"
    assert parsed.ok == (parsed.error is None)


def test_operations_travel_alike() -> None:
    assert encode_operation("list", "r").code.startswith("import builtins as _magic_rucio_")
