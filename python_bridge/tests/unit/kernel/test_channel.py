"""The channel in a real kernel: what arrives, what is refused, what is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from magic_rucio.attachments.payload import AttachRequest, encode_operation, encode_request, encode_restore
from magic_rucio.kernel.columns import Row, Runs

from .live import LiveKernel


def request(
    folder: Path, variable: str = "crab", *, key: str = "k1", count: int = 2, overwrite: bool = False
) -> AttachRequest:
    rows = []
    for number in range(count):
        path = folder / f"run{number}.fits"
        path.touch()
        rows.append(Row(f"magic:run{number}.fits", str(path), {"obs_id": number, "target": "Crab"}))
    return AttachRequest(
        request_id="r1", key=key, variable=variable, runs=Runs.from_rows(rows), overwrite=overwrite
    )


def test_attaches_a_sequence_of_paths_and_acknowledges(kernel: LiveKernel, tmp_path: Path) -> None:
    steps, digest = encode_request(request(tmp_path))
    reply = kernel.steps(steps)
    assert reply["ok"]
    assert reply["id"] == "r1"
    assert reply["attached"] == 2
    assert reply["attachments"] == [
        {"variable": "crab", "key": "k1", "runs": 2, "missing": 0, "digest": digest}
    ]
    assert kernel.value("[path for path in crab]") == [str(tmp_path / f"run{n}.fits") for n in range(2)]


def test_leaves_nothing_but_the_variable(kernel: LiveKernel, tmp_path: Path) -> None:
    kernel.cell("before = set(globals()); lines = len(In); import linecache; kept = len(linecache.cache)")
    kernel.steps(encode_request(request(tmp_path))[0])
    assert kernel.value("sorted(set(globals()) - before - {'before', 'lines', 'kept', 'linecache'})") == [
        *("_i2", "_json", "crab"),
    ]
    assert kernel.value("len(In) - lines") == 2, "only the two cells after the first are in the history"
    grown = kernel.value(
        "sum(len(''.join(e[2])) for n, e in linecache.cache.items() if 'magic-rucio' not in n)"
    )
    assert grown < 20_000, "the request's own text is not kept"


@pytest.mark.parametrize(
    "mischief",
    [
        "__import__ = 5",
        "import json as sys, json as builtins, json as base64",
        "str = dict = list = exec = compile = len = globals = locals = isinstance = type = 5",
        "class Attachment: pass",
        "%load_ext autoreload\n%autoreload 2",
        "def exec(*a): raise SystemExit",
        "raise KeyboardInterrupt",
    ],
)
def test_survives_what_analysts_do_to_their_names(kernel: LiveKernel, tmp_path: Path, mischief: str) -> None:
    kernel.cell(mischief)
    reply = kernel.steps(encode_request(request(tmp_path))[0])
    assert reply["ok"], reply
    assert reply["attached"] == 2
    kernel.cell("1")
    assert kernel.step(encode_operation("list", "r2"))["attachments"][0]["variable"] == "crab"


def test_never_overwrites_a_variable_unasked_and_gives_it_back(kernel: LiveKernel, tmp_path: Path) -> None:
    kernel.cell("crab = 'my own work'")
    reply = kernel.steps(encode_request(request(tmp_path))[0])
    assert not reply["ok"]
    assert reply["error"]["code"] == "name-taken"
    assert "str" in reply["error"]["message"]
    assert kernel.value("crab") == "my own work"

    reply = kernel.steps(encode_request(request(tmp_path, overwrite=True))[0])
    assert reply["ok"]
    assert reply["replaced"]
    assert reply["can_undo"]
    kernel.step(encode_operation("detach", "r3", variable="crab"))
    assert kernel.step(encode_operation("undo", "r4", variable="crab"))["can_undo"]
    assert kernel.value("len(crab)") == 2
    kernel.step(encode_operation("undo", "r5", variable="crab"))
    assert kernel.value("crab") == "my own work"
    assert kernel.step(encode_operation("undo", "r6", variable="crab"))["error"]["code"] == "nothing-to-undo"


def test_an_attachment_replaces_itself_but_not_another(kernel: LiveKernel, tmp_path: Path) -> None:
    kernel.steps(encode_request(request(tmp_path))[0])
    assert kernel.steps(encode_request(request(tmp_path, count=3))[0])["attached"] == 3
    reply = kernel.steps(encode_request(request(tmp_path, key="k2"))[0])
    assert reply["error"]["code"] == "name-taken"
    assert kernel.value("len(crab)") == 3


def test_rename_detach_and_list(kernel: LiveKernel, tmp_path: Path) -> None:
    kernel.cell("taken = 1")
    kernel.steps(encode_request(request(tmp_path))[0])
    rename = {"variable": "crab", "new_variable": "taken"}
    assert kernel.step(encode_operation("rename", "r", **rename))["error"]["code"] == "name-taken"
    assert (
        kernel.step(encode_operation("rename", "r", variable="crab", new_variable="if"))["error"]["code"]
        == "invalid-name"
    )
    reply = kernel.step(encode_operation("rename", "r", variable="crab", new_variable="nebula"))
    assert [a["variable"] for a in reply["attachments"]] == ["nebula"]
    assert kernel.cell("print(nebula)") == "<Attachment nebula: 2 runs of Crab>"
    kernel.cell("alias = nebula")
    assert [a["variable"] for a in kernel.step(encode_operation("list", "r"))["attachments"]] == ["nebula"]
    assert kernel.step(encode_operation("detach", "r", variable="taken"))["error"]["code"] == "not-attached"
    kernel.cell("del alias")
    assert kernel.step(encode_operation("detach", "r", variable="nebula"))["attachments"] == []


@pytest.mark.parametrize(
    ("name", "state"),
    [("free", "free"), ("crab", "ours"), ("mine", "taken"), ("print", "invalid"), ("a b", "invalid")],
)
def test_says_what_a_name_holds(shared_kernel: LiveKernel, tmp_path: Path, name: str, state: str) -> None:
    shared_kernel.cell("mine = 1")
    shared_kernel.steps(encode_request(request(tmp_path))[0])
    assert shared_kernel.step(encode_operation("check-name", "r", variable=name))["name_state"] == state


def test_reset_is_noticed(kernel: LiveKernel, tmp_path: Path) -> None:
    kernel.steps(encode_request(request(tmp_path))[0])
    kernel.cell("%reset -f")
    assert kernel.step(encode_operation("list", "r"))["attachments"] == []
    assert kernel.steps(encode_request(request(tmp_path))[0])["ok"]


def test_all_come_back_after_a_restart(kernel: LiveKernel, tmp_path: Path) -> None:
    requests = [request(tmp_path), request(tmp_path, "mrk421", key="k2", count=3)]
    kernel.steps(encode_restore(requests))
    kernel.restart()
    assert kernel.step(encode_operation("list", "r"))["attachments"] == []
    reply = kernel.steps(encode_restore(requests))
    assert [(a["variable"], a["runs"]) for a in reply["attachments"]] == [("crab", 2), ("mrk421", 3)]


def test_files_that_the_kernel_does_not_see_are_named(kernel: LiveKernel, tmp_path: Path) -> None:
    asked = request(tmp_path)
    (tmp_path / "run1.fits").unlink()
    reply = kernel.steps(encode_request(asked)[0])
    assert (reply["attached"], reply["missing"], reply["unseen"]) == (1, 1, 1)
    assert reply["missing_files"][0]["did"] == "magic:run1.fits"
    assert kernel.value("[m.did for m in crab.missing]") == ["magic:run1.fits"]


def test_a_newer_helper_replaces_the_older_and_knows_its_attachments(
    kernel: LiveKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from magic_rucio.attachments import payload

    kernel.steps(encode_request(request(tmp_path))[0])
    sha, sources, bootstrap = payload.helper()
    monkeypatch.setattr(payload, "helper", lambda: ("0" * 64, sources, bootstrap))
    reply = kernel.steps(encode_request(request(tmp_path, "second", key="k2"))[0])
    assert reply["version"] == "0" * 12 != sha[:12]
    assert [a["variable"] for a in reply["attachments"]] == ["crab", "second"]
    assert kernel.value("type(crab) is type(second)") is False
    assert kernel.value("len(crab)") == 2


def test_a_broken_helper_is_an_answer_and_not_a_traceback(
    kernel: LiveKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from magic_rucio.attachments import payload

    kernel.steps(encode_request(request(tmp_path))[0])
    _, _, bootstrap = payload.helper()
    monkeypatch.setattr(payload, "helper", lambda: ("1" * 64, (("channel", "1/0"),), bootstrap))
    reply = kernel.step(encode_operation("list", "r"))
    assert not reply["ok"]
    assert reply["error"]["code"] == "kernel-error"
    assert "ZeroDivisionError" in reply["error"]["message"]
    monkeypatch.undo()
    assert kernel.step(encode_operation("list", "r"))["attachments"][0]["variable"] == "crab"
