"""The reading door of a path on this machine."""

from __future__ import annotations

import os
import stat

from magic_rucio.storage.fetch import FetchError, Sink
from magic_rucio.storage.fingerprint import BLOCK


class LocalReading:
    """Copies from a mounted path; which PFN it belongs to, and whether it may be read, is decided before."""

    def fetch(self, pfn: str, sink: Sink) -> None:
        try:
            # Opened without waiting: a named pipe would hold the thread for ever.
            descriptor = os.open(pfn, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            with open(descriptor, "rb", buffering=0) as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise FetchError(f"{pfn} is not a file.", advice="Tell the data manager.")
                file.seek(sink.offset)
                while block := file.read(BLOCK):
                    sink.write(block)
        except InterruptedError:
            raise
        except FileNotFoundError:
            raise FetchError(
                f"{pfn} is not there, although Rucio has it on record.", advice="Tell the data manager."
            ) from None
        except OSError as error:
            raise FetchError(
                f"{pfn} cannot be read: {error.strerror}.",
                advice="Check that the storage is mounted here and that you may read it.",
            ) from None
