"""MAGIC file names <-> Rucio names <-> metadata: pure, injective, or loudly refused."""

from magic_rucio.naming.encoding import decode, encode
from magic_rucio.naming.errors import RefusedNameError
from magic_rucio.naming.forms import parse_file_name
from magic_rucio.naming.metadata import to_rucio_metadata
from magic_rucio.naming.models import MagicName
from magic_rucio.naming.namespace import (
    Collection,
    Hierarchy,
    compose,
    hierarchy,
    parse_collection,
    parse_rucio_name,
    rucio_name,
)
from magic_rucio.naming.nights import night_of_folder, night_warning
from magic_rucio.naming.schemas import GENERIC, PIC, SCHEMAS, NameSchema

__all__ = [
    "GENERIC",
    "PIC",
    "SCHEMAS",
    "Collection",
    "Hierarchy",
    "MagicName",
    "NameSchema",
    "RefusedNameError",
    "compose",
    "decode",
    "encode",
    "hierarchy",
    "night_of_folder",
    "night_warning",
    "parse_collection",
    "parse_file_name",
    "parse_rucio_name",
    "rucio_name",
    "to_rucio_metadata",
]
