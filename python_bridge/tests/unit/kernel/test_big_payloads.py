"""Rows above the inline limit: by a private file, or by pieces where the kernel cannot see it."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from magic_rucio.attachments import payload
from magic_rucio.attachments.models import KernelStep
from magic_rucio.attachments.payload import AttachRequest, encode_operation, encode_request
from magic_rucio.attachments.payload_file import write_payload
from magic_rucio.errors import MagicRucioError
from magic_rucio.kernel.columns import Row, Runs

from .live import LiveKernel


def big_request(folder: Path, count: int = 20_000) -> AttachRequest:
    """Paths as incompressible as Rucio's hashed folders; none exists, so the kernel sets them aside."""
    noise = random.Random(1)
    rows = [
        Row(f"magic:{noise.getrandbits(256):064x}", f"{folder}/{noise.getrandbits(256):064x}.fits")
        for _ in range(count)
    ]
    return AttachRequest(request_id="r", key="k", variable="crab", runs=Runs.from_rows(rows))


def test_a_big_selection_travels_in_a_file_that_is_gone_afterwards(
    kernel: LiveKernel, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    steps, _ = encode_request(big_request(tmp_path), spool=spool)
    assert len(steps) == 1
    assert len(steps[0].code) < 100_000
    [file] = spool.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert spool.stat().st_mode & 0o777 == 0o700
    reply = kernel.steps(steps)
    assert reply["ok"]
    assert reply["attached"] + reply["missing"] == 20_000
    assert list(spool.iterdir()) == []


def test_without_a_shared_folder_it_travels_in_pieces(kernel: LiveKernel, tmp_path: Path) -> None:
    steps, _ = encode_request(big_request(tmp_path))
    assert len(steps) == 3, "two pieces, then the request"
    assert all(len(step.code) < 3_000_000 for step in steps)
    reply = kernel.steps(steps)
    assert reply["ok"]
    assert reply["attached"] + reply["missing"] == 20_000


def test_a_lost_piece_is_said(kernel: LiveKernel, tmp_path: Path) -> None:
    steps, _ = encode_request(big_request(tmp_path))
    assert kernel.steps(steps[1:])["error"]["code"] == "pieces-lost"


def _with_file(file: Path, size: int) -> KernelStep:
    rows = {"file": str(file), "size": size, "sha256": "0" * 64}
    return encode_operation(
        "attach", "r", key="k", variable="crab", overwrite=False, duplicates="refuse", digest="", rows=rows
    )


def test_a_file_that_is_not_the_servers_is_refused(shared_kernel: LiveKernel, tmp_path: Path) -> None:
    file = tmp_path / "rows"
    assert shared_kernel.step(_with_file(file, 3))["error"]["code"] == "file-not-visible"
    file.write_bytes(b"abc")
    file.chmod(0o644)
    assert shared_kernel.step(_with_file(file, 3))["error"]["code"] == "file-refused"
    file.chmod(0o600)
    assert shared_kernel.step(_with_file(file, 4))["error"]["code"] == "file-refused"
    link = tmp_path / "link"
    link.symlink_to(file)
    assert shared_kernel.step(_with_file(link, 3))["error"]["code"] == "file-not-visible"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    assert shared_kernel.step(_with_file(fifo, 0))["error"]["code"] == "file-refused"
    assert file.exists(), "what is refused is not removed"
    assert shared_kernel.step(_with_file(file, 3))["error"]["code"] == "payload-changed"


def test_the_spool_is_private_and_swept(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    old = write_payload(spool, b"1")
    os.utime(old, (1, 1))
    new = write_payload(spool, b"2")
    assert not old.exists()
    assert new.read_bytes() == b"2"
    spool.chmod(0o755)
    with pytest.raises(MagicRucioError, match="not a private folder"):
        write_payload(spool, b"3")


def test_the_limits_keep_frames_small() -> None:
    assert payload.PIECE_SIZE * 4 / 3 < 2_500_000
