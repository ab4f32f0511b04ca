"""An asynchronous REST client of Rucio: typed records in, typed errors out."""

from magic_rucio.rucio.client import RucioClient
from magic_rucio.rucio.records import Did

__all__ = ["Did", "RucioClient"]
