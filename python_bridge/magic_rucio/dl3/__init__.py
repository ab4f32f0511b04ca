"""What the headers of DL3 files (GADF) say, read without touching their data."""

from magic_rucio.dl3.errors import Dl3Error
from magic_rucio.dl3.metadata import from_rucio_metadata, to_rucio_metadata
from magic_rucio.dl3.models import Hdu, Observation
from magic_rucio.dl3.reader import read_observation

__all__ = [
    "Dl3Error",
    "Hdu",
    "Observation",
    "from_rucio_metadata",
    "read_observation",
    "to_rucio_metadata",
]
