from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from magic_rucio.errors import InvalidInputError
from magic_rucio.storage.credentials import bearer_token, tls_for_storage


def test_the_token_is_sought_where_wlcg_says(tmp_path: Path) -> None:
    named, runtime = tmp_path / "named", tmp_path / "run"
    runtime.mkdir()
    named.write_text("from-file\n")
    (runtime / f"bt_u{os.getuid()}").write_text("from-runtime")
    everything = {
        "BEARER_TOKEN": " from-variable ",
        "BEARER_TOKEN_FILE": str(named),
        "XDG_RUNTIME_DIR": str(runtime),
    }
    assert bearer_token(everything) == "from-variable"
    del everything["BEARER_TOKEN"]
    assert bearer_token(everything) == "from-file"
    del everything["BEARER_TOKEN_FILE"]
    assert bearer_token(everything) == "from-runtime"


@pytest.mark.parametrize("text", ["", "two words", "with\nnewline", "\xe9", "\0"])
def test_what_is_no_token_is_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text, encoding="latin-1")
    assert bearer_token({"BEARER_TOKEN_FILE": str(tmp_path / "t")}) is None
    assert bearer_token({"BEARER_TOKEN_FILE": str(tmp_path / "none")}) is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_a_file_that_somebody_else_put_there_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / f"bt_u{os.getuid()}"
    path.write_text("planted")
    os.chown(path, 12345, 12345)
    assert bearer_token({"BEARER_TOKEN_FILE": str(path)}) is None


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert isinstance(tls_for_storage(None, {"X509_CERT_DIR": str(tmp_path)}), ssl.SSLContext)
    broken = tmp_path / "proxy"
    broken.write_text("no certificate")
    for variables in ({"X509_USER_PROXY": str(broken)}, {"X509_USER_PROXY": str(tmp_path / "none")}):
        with pytest.raises(InvalidInputError, match="cannot be used"):
            tls_for_storage(None, variables)
    with pytest.raises(InvalidInputError, match="proxy"):
        tls_for_storage(broken, {})
