"""`magic-rucio demo` (`npm run demo`)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from magic_rucio.attachments.code_cells import as_text, example_notebook
from magic_rucio.config import load_settings
from magic_rucio.demo import data, jupyter
from magic_rucio.demo.lock import hold
from magic_rucio.demo.tokens import TokenFile, fetch_token
from magic_rucio.sandbox import lifecycle
from magic_rucio.sandbox.description import SandboxDescription, read_sandbox
from magic_rucio.sandbox.layout import StateDirectory, state_directory

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ANALYST = "analyst1"
PUBLISHER = "mover"
RUNS = 36
EVENTS = 11_000
"""As a run of 20 minutes has."""


def say(words: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"demo: {words}", file=sys.stderr, flush=True)


@app.command()
def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where everything is kept; nothing is written elsewhere.")
    ] = Path(".sandbox"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of JupyterLab; 0 takes any free one.")] = 8888,
    reset: Annotated[bool, typer.Option("--reset", help="Start afresh: remove the data first.")] = False,
    dl3: Annotated[
        Path | None,
        typer.Option("--dl3", exists=True, file_okay=False, help="Use the DL3 files of this folder."),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="Synthetic runs.")] = RUNS,
    events: Annotated[int, typer.Option(min=10, max=50_000, help="Mean events of a run.")] = EVENTS,
    galata: Annotated[bool, typer.Option("--galata", hidden=True)] = False,
) -> None:
    """The sandbox, data in it, and a JupyterLab that shows the panel.

    Ctrl-C ends everything this command started, and nothing else.
    """
    folder = directory.resolve() / "demo"
    state = state_directory(directory)
    with hold(folder) as lock, _ended_by_signals(), ExitStack() as started:
        if port:
            jupyter.check_port(port)
        if reset:
            _forget(state, folder)
        sandbox = _sandbox(state, started)
        _fill(sandbox, folder, dl3, runs, events)
        server = _jupyter(sandbox, folder, port or jupyter.free_port(), galata, started)
        lock.tell(server.url)
        say("JupyterLab is ready; Ctrl-C ends it and the sandbox.")
        print(server.url, flush=True)
        status = server.process.wait()
        say(f"JupyterLab has ended by itself (status {status}); its words are in {folder / 'jupyter.log'}")


def _sandbox(state: StateDirectory, started: ExitStack) -> SandboxDescription:
    """Bring the sandbox up; one that runs already is used, and left running."""
    ready = lifecycle.bring_up(state, lifecycle.Options(), say)
    if ready.started:
        started.callback(lifecycle.take_down, state, say)
    return read_sandbox(state.root)


def _fill(sandbox: SandboxDescription, folder: Path, dl3: Path | None, runs: int, events: int) -> None:
    """Put the data into Rucio, once."""
    files = (
        data.real_files(dl3) if dl3 else data.sample_files(folder / "dl3", runs=runs, events=events, say=say)
    )
    done = folder / "published"
    mark = "\n".join(f"{path} {path.stat().st_size}" for path in files)
    if not done.exists() or done.read_text() != mark:
        instance = load_settings({"MAGIC_RUCIO_CONFIG": str(sandbox.client_configuration)}).instance()
        asyncio.run(
            data.fill(instance, _token(sandbox, PUBLISHER), files, everything_at_pic=dl3 is not None, say=say)
        )
        done.write_text(mark)


def _jupyter(
    sandbox: SandboxDescription, folder: Path, port: int, galata: bool, started: ExitStack
) -> jupyter.DemoJupyter:
    token_file = TokenFile(folder / "token", lambda: _token(sandbox, ANALYST))
    started.callback(token_file.close)
    jupyter.lay_out(folder)
    files = folder / "notebooks"
    files.mkdir(exist_ok=True)
    notebook = files / jupyter.NOTEBOOK
    if not notebook.exists():
        notebook.write_text(as_text(example_notebook([str(data.EXAMPLE)])))
    configuration = folder / "config.toml"
    text = sandbox.client_configuration.read_text()
    head, _, rest = text.partition("[[instances]]\n")
    configuration.write_text(
        f'{head}data_dir = "{folder / "data"}"\ncache_dir = "{folder / "cache"}"\nsync_interval_seconds = 5\n'
        f'[[instances]]\ntoken_file = "{folder / "token"}"\n{rest}'
    )
    configuration.chmod(0o600)
    say("starting JupyterLab")
    server = jupyter.start(
        folder=folder,
        files=files,
        port=port,
        environment={"MAGIC_RUCIO_CONFIG": str(configuration), **_quiet_jupyter(folder)},
        token="" if galata else None,
        galata=galata,
    )
    started.callback(_end, server.process)
    return server


def _quiet_jupyter(folder: Path) -> dict[str, str]:
    """Keep the user's own Jupyter and gammapy settings out of the demo, and the demo's out of theirs."""
    return {
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter-config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter-runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def _token(sandbox: SandboxDescription, account: str) -> str:
    return fetch_token(sandbox.rucio_url, account, account, sandbox.password(account))


def _forget(state: StateDirectory, folder: Path) -> None:
    lifecycle.wipe(state, say)
    for entry in folder.iterdir():
        if entry.name == "lock":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab and its kernels: they are one process group, or the server's children."""
    if process.poll() is None:
        say("ending JupyterLab")
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


class _EndedError(Exception):
    """SIGTERM or Ctrl-C."""


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into an orderly end; further ones do not cut that short."""

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _EndedError

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _EndedError:
        say("ended")
