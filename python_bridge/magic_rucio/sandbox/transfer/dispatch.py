"""One transfer from its turn to its end: faults and limits around a mover, the outcome to the lifecycle."""

from __future__ import annotations

import errno
import json
import logging
import os
import time
from collections.abc import Sequence

from magic_rucio.sandbox.transfer.areas import StorageAreas
from magic_rucio.sandbox.transfer.checksums import Checksum
from magic_rucio.sandbox.transfer.config import TransferConfig
from magic_rucio.sandbox.transfer.faults import (
    Corrupt,
    DeadMover,
    Fail,
    FaultBook,
    LostFile,
    Phantom,
    Slow,
    Stall,
    TransferFault,
)
from magic_rucio.sandbox.transfer.lifecycle import Lifecycle
from magic_rucio.sandbox.transfer.mover import CopyOrder, Mover
from magic_rucio.sandbox.transfer.reasons import (
    DESTINATION_EXISTS,
    DESTINATION_ON_TAPE,
    Scope,
    TransferFailure,
    is_recoverable,
    marker_timeout,
    probably_stalled,
)
from magic_rucio.sandbox.transfer.records import FileRow, JobRow
from magic_rucio.sandbox.transfer.run import (
    Gate,
    Run,
    ServiceStopping,
    Throttle,
    TransferCanceled,
    TransferName,
)
from magic_rucio.sandbox.transfer.scheduler import Scheduler
from magic_rucio.sandbox.transfer.states import JobType
from magic_rucio.sandbox.transfer.store import Store

_log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 20
_SMALLEST_CHUNK = 64
_CHUNKS_PER_SECOND = 10
"""On a throttled link chunks are so small that progress moves smoothly."""


class Dispatcher:
    """Carries out transfers; one instance serves all mover threads."""

    def __init__(
        self,
        *,
        store: Store,
        config: TransferConfig,
        areas: StorageAreas,
        scheduler: Scheduler,
        lifecycle: Lifecycle,
        faults: FaultBook,
        movers: Sequence[Mover],
    ) -> None:
        self._store = store
        self._config = config
        self._areas = areas
        self._scheduler = scheduler
        self._lifecycle = lifecycle
        self._faults = faults
        self._movers = movers
        self._throttles: dict[str, Throttle] = {}

    def carry_out(self, file_id: int) -> None:
        """Move one file and record the outcome."""
        file = self._store.file(file_id)
        job = self._store.job(file.job_id) if file else None
        if file is None or job is None:
            return
        name = self.name_of(file)
        struck = self._faults.strike(name)
        throttles = self._throttles_for(name, struck)
        gates: list[Gate] = [throttle.gate for throttle in throttles]
        gates += [self._gate_of(fault) for _, fault in struck if isinstance(fault, Stall | DeadMover | Fail)]
        run = Run(name, gates)
        self._scheduler.register(run, _two_at_once)
        try:
            if not self._lifecycle.begin(file_id):
                self._lifecycle.ended_by_cancel(file_id)
                return
            self._move(job, file, run, [fault for _, fault in struck], throttles)
        except TransferFailure as failure:
            _log.info("job %s file %s: %s", file.job_id, file_id, _log_text(failure))
            self._lifecycle.fail(file_id, failure)
        except TransferCanceled:
            self._lifecycle.ended_by_cancel(file_id)
        except ServiceStopping:
            pass  # it stays ACTIVE in the store and is taken up at the next start
        except Exception:  # noqa: BLE001 - a defect of the service ends this file alone, visibly
            _log.exception("The mover of file %s failed", file_id)
            text = "Internal error of the transfer service"
            self._lifecycle.fail(file_id, TransferFailure(Scope.GENERAL_FAILURE, errno.EIO, text))
        finally:
            self._scheduler.unregister(run)

    def name_of(self, file: FileRow) -> TransferName:
        """What limits and faults know a transfer by."""
        metadata = json.loads(file.file_metadata) if file.file_metadata else {}
        return TransferName(
            file_id=file.file_id,
            job_id=file.job_id,
            source=file.source_surl,
            destination=file.dest_surl,
            source_storage=self._areas.storage_of(file.source_surl),
            destination_storage=self._areas.storage_of(file.dest_surl),
            source_rse=str(metadata.get("src_rse", "")),
            destination_rse=str(metadata.get("dst_rse", "")),
        )

    def _move(
        self,
        job: JobRow,
        file: FileRow,
        run: Run,
        faults: Sequence[TransferFault],
        throttles: Sequence[Throttle],
    ) -> None:
        if any(isinstance(fault, Phantom) for fault in faults):
            size = file.user_filesize
        else:
            mover = self._mover_for(file)
            size = mover.move(self._order(job, file, faults, throttles), run)
        finished = self._lifecycle.succeed(file.file_id, size)
        _log.info(
            "job %s file %s: %s bytes in %.3f s, %a => %a",
            *(file.job_id, file.file_id, size, time.time() - run.started),
            *(file.source_surl, file.dest_surl),
        )
        for fault in faults:
            if finished and isinstance(fault, LostFile):
                self._scheduler.at(time.time() + fault.seconds, lambda: self._lose(file.dest_surl))

    def _mover_for(self, file: FileRow) -> Mover:
        for mover in self._movers:
            if mover.takes(file.source_surl, file.dest_surl):
                return mover
        foreign = not any(mover.takes(file.source_surl, file.source_surl) for mover in self._movers)
        scope = Scope.SOURCE if foreign else Scope.DESTINATION
        raise TransferFailure(scope, errno.EPROTONOSUPPORT, "Protocol not supported or path/url invalid")

    def _order(
        self,
        job: JobRow,
        file: FileRow,
        faults: Sequence[TransferFault],
        throttles: Sequence[Throttle],
    ) -> CopyOrder:
        rate = min((throttle.bytes_per_second for throttle in throttles), default=None)
        chunk = _CHUNK_BYTES
        if rate is not None:
            chunk = max(_SMALLEST_CHUNK, min(chunk, int(rate / _CHUNKS_PER_SECOND)))
        corrupt = [fault for fault in faults if isinstance(fault, Corrupt)]
        on_tape = self._config.tape(self._areas.storage_of(file.dest_surl)).archiving_seconds > 0
        guarded = on_tape and job.overwrite_flag in ("D", "Q")
        return CopyOrder(
            source=file.source_surl,
            destination=file.dest_surl,
            checksum=Checksum.parse(file.checksum),
            verify_source=job.checksum_method in ("b", "s"),
            verify_destination=job.checksum_method in ("b", "t"),
            overwrite=self._may_overwrite(job, file, on_tape=on_tape),
            exists_message=DESTINATION_ON_TAPE if guarded else DESTINATION_EXISTS,
            report_existing=job.dst_file_report,
            destination_on_tape=on_tape,
            partial_name=f".fts-{file.job_id[:8]}-{file.file_id}.part",
            chunk_bytes=chunk,
            before_verify=flip_bytes if corrupt else None,
            skip_verify=any(fault.silent for fault in corrupt),
        )

    def _may_overwrite(self, job: JobRow, file: FileRow, *, on_tape: bool) -> bool:
        flag = job.overwrite_flag
        if flag == "R":
            return file.retries_done > 0
        last = job.job_type is not JobType.MULTI_HOP or file.file_index == max(
            index for index, _ in self._store.file_states(job.job_id)
        )
        if flag in ("M", "Q") and not last:
            return True
        return flag == "Y" or (flag in ("D", "Q") and not on_tape)

    def _gate_of(self, fault: Stall | DeadMover | Fail) -> Gate:
        if isinstance(fault, Fail):
            failure = TransferFailure(fault.scope, fault.errno, fault.message)
            return _gate_after(fault.after_bytes, 0.0, failure)
        if isinstance(fault, Stall):
            failure = marker_timeout(self._config.marker_timeout_seconds)
        else:
            failure = probably_stalled(self._config.stalled_after_seconds)
        return _gate_after(fault.after_bytes, fault.seconds, failure)

    def _throttles_for(
        self, name: TransferName, struck: Sequence[tuple[str, TransferFault]]
    ) -> list[Throttle]:
        limit = self._config.link_limit(name.source_storage, name.destination_storage)
        throttles = []
        if limit.bytes_per_second is not None:
            throttles.append(self._throttle(name.link, limit.bytes_per_second))
        throttles += [
            self._throttle(fault_id, fault.bytes_per_second)
            for fault_id, fault in struck
            if isinstance(fault, Slow)
        ]
        return throttles

    def _throttle(self, key: str, rate: float) -> Throttle:
        # setdefault: several mover threads may ask for the first time together.
        return self._throttles.setdefault(key, Throttle(rate))

    def _lose(self, url: str) -> None:
        with self._areas.open_destination(url) as place:
            os.unlink(place.name, dir_fd=place.directory)


def flip_bytes(descriptor: int) -> None:
    """Invert the first bytes of a file; an empty one gets a byte."""
    head = os.pread(descriptor, 16, 0) or b"\xff"
    os.pwrite(descriptor, bytes(byte ^ 0xFF for byte in head), 0)


def _gate_after(after_bytes: int, seconds: float, failure: TransferFailure) -> Gate:
    def gate(run: Run, size: int) -> None:
        reached = min(after_bytes, run.bytes_total or 0)
        if run.bytes_done + size > reached or run.bytes_done >= reached:
            run.wait(seconds)
            raise failure

    return gate


def _two_at_once() -> TransferFailure:
    return TransferFailure(Scope.DESTINATION, errno.ENOENT, "No such file or directory")


def _log_text(failure: TransferFailure) -> str:
    """A failure as FTS writes it in a transfer's log, unlike in its REST answers; on one line."""
    recoverable = is_recoverable(failure.scope, failure.number, failure.message)
    kind = "Recoverable" if recoverable else "Non recoverable"
    where = f"{failure.scope} " if failure.scope else ""
    return f"{kind} error: [{failure.number}] {where}{ascii(failure.message)[1:-1]}"
