"""`magic-rucio dl3` as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from magic_rucio.dl3.batch import BATCH, read_observations
from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.keys import help_text, keys, markdown
from magic_rucio.dl3.models import Observation

from .fits_bytes import EVENTS, dl3, point_like

PACKAGE = Path(__file__).parents[3] / "magic_rucio"


def run(*files: str | bytes) -> tuple[int, list[dict[str, Any]], str]:
    code = "from magic_rucio.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "dl3", *files],
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent), "LC_ALL": "C"},
        check=False,
    )

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    lines = done.stdout.decode("ascii").splitlines()
    return done.returncode, [json.loads(line, parse_constant=refuse) for line in lines], done.stderr.decode()


def test_good_files_give_an_object_each(tmp_path: Path) -> None:
    path = tmp_path / "run.fits"
    path.write_bytes(point_like())
    status, (record,), stderr = run(str(path))
    assert (status, stderr) == (0, "")
    assert list(record) == ["file", *Observation.model_fields]
    assert record["file"] == str(path)
    assert record["hdus"][0] == {"hdu_type": "events", "hdu_class": "events", "hdu_name": "EVENTS"}


def test_a_bad_file_does_not_hide_the_good_ones(tmp_path: Path) -> None:
    (tmp_path / "good.fits").write_bytes(dl3(EVENTS | {"RA_PNT": "NaN", "OBJECT": "\x07é"}))
    (tmp_path / "bad.fits").write_bytes(point_like()[:4000])
    odd = os.fsencode(tmp_path) + b"/odd\xff\n.fits"
    Path(os.fsdecode(odd)).write_bytes(b"no")
    status, records, stderr = run(
        str(tmp_path / "bad.fits"), odd, str(tmp_path), "/dev/zero", str(tmp_path / "good.fits")
    )
    assert status == 1
    assert "Traceback" not in stderr
    assert [set(record) == {"file", "error"} for record in records] == [True, True, True, True, False]
    assert records[1]["file"].endswith("odd\\xff\n.fits")
    assert (records[4]["ra_pnt"], records[4]["target"]) == (None, "\ufffdé")


def test_many_files_come_back_in_order(tmp_path: Path) -> None:
    paths = []
    for number in range(3 * BATCH):
        path = tmp_path / f"{number}.fits"
        path.write_bytes(dl3(EVENTS | {"OBS_ID": number}) if number % 7 else b"no")
        paths.append(path)
    results = list(read_observations(paths))
    assert [file for file, _ in results] == [str(path) for path in paths]
    for number, (_, result) in enumerate(results):
        assert isinstance(result, Dl3Error) if number % 7 == 0 else isinstance(result, Observation)


def test_slow_disks_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    import time

    from magic_rucio.dl3 import batch, reader

    threads = set()
    read = reader.read_observation

    def slow(path: str) -> Observation:
        threads.add(threading.get_ident())
        time.sleep(0.005)
        return read(path)

    monkeypatch.setattr(batch, "read_observation", slow)
    path = tmp_path / "run.fits"
    path.write_bytes(point_like())
    assert len(list(read_observations([path] * 4 * BATCH))) == 4 * BATCH
    assert len(threads) > 4


def test_every_key_is_explained() -> None:
    for key in keys():
        assert key.name in help_text()
        assert key.meaning
        assert key.header


def test_the_table_of_keys_is_up_to_date() -> None:
    assert (PACKAGE / "dl3" / "KEYS.md").read_text() == markdown()
