"""The index's tables, the same in SQLite and PostgreSQL.

`run` stays narrow, for it is scanned by every filter and sum; what only the details and the analysis
need lies in `run_detail`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

SCHEMA_VERSION = 1
"""An index of another version is made anew from Rucio: it is a cache, never migrated."""

metadata = MetaData()

Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Ordered by code point in both databases, so that a cursor means the same in each."""

state = Table("state", metadata, Column("key", Text, primary_key=True), Column("value", Text))

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("did", Words, nullable=False, unique=True),
    Column("scope", Words, nullable=False),
    Column("run", BigInteger),
    Column("target", Words),
    Column("night", Words),
    Column("start", Words),
    Column("livetime", Double),
    Column("zenith", Double),
    Column("azimuth", Double),
    Column("ra_pnt", Double),
    Column("dec_pnt", Double),
    Column("ra_obj", Double),
    Column("dec_obj", Double),
    # The unit vector of the pointing: a cone is then plain arithmetic, in any database.
    Column("x", Double),
    Column("y", Double),
    Column("z", Double),
    Column("wobble_offset", Double),
    Column("wobble_angle", Double),
    Column("event_count", BigInteger),
    Column("event_rate", Double),
    Column("energy_threshold", Double),
    Column("irf_type", Words, nullable=False),
    Column("creator", Words),
    Column("telescope", Words),
    Column("bytes", BigInteger, nullable=False),
    Column("availability", Words, nullable=False),
    Column("checked_at", Words),
    Column("described", Boolean, nullable=False),
)

SORTED = (
    *("run", "target", "night", "start", "livetime", "zenith", "azimuth", "wobble_offset"),
    *("wobble_angle", "event_count", "event_rate", "energy_threshold", "irf_type", "creator"),
    *("telescope", "bytes", "availability"),
)
"""Columns with an index of their own; the id makes the order total."""

for _name in SORTED:
    Index(f"run_by_{_name}", run.c[_name], run.c.id)
Index("run_by_z", run.c.z)
Index("run_by_checked_at", run.c.checked_at)
FACTS = (
    *("target", "availability", "irf_type", "creator", "telescope", "night", "zenith", "livetime"),
    *("bytes", "run", "ra_pnt", "dec_pnt", "x", "y", "z"),
)
"""All that filters, sums and facets look at: half as much to read as the whole rows."""
Index("run_facts", *(run.c[_name] for _name in FACTS))

run_words = Table(
    "run_words",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("words", Words, nullable=False),
)
"""Lower-case text that free text is sought in. Read through for each search: LIKE over 100 000 takes
12 ms, means the same in both databases and finds parts of words, which SQLite's FTS5 does not."""

run_detail = Table(
    "run_detail",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("adler32", Text),
    Column("created_at", Text),
    Column("metadata", Text, nullable=False),
    # Why metadata that looked like ours were refused.
    Column("fault", Text),
)
Index("run_detail_by_fault", run_detail.c.fault)
Index("run_detail_by_created_at", run_detail.c.created_at, run_detail.c.run_id)

replica = Table(
    "replica",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("rse", Words, primary_key=True),
    Column("state", Text, nullable=False),
    Column("pfn", Text),
)

collection = Table(
    "collection",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("did", Words, nullable=False, unique=True),
    Column("scope", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("runs", Integer, nullable=False, default=0),
    Column("livetime", Double, nullable=False, default=0.0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Column("at_destination", Integer, nullable=False, default=0),
    Column("targets", Text, nullable=False, default="[]"),
    Column("night_from", Words),
    Column("night_to", Words),
    Column("words", Words, nullable=False, default=""),
)

membership = Table(
    "membership",
    metadata,
    Column("collection_id", Integer, ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
)
"""A dataset's own files."""
Index("membership_by_run", membership.c.run_id, membership.c.collection_id)

nesting = Table(
    "nesting",
    metadata,
    Column("parent_id", Integer, ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True),
    Column("child_id", Integer, ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True),
)
"""A container's own children."""
Index("nesting_by_child", nesting.c.child_id, nesting.c.parent_id)

rule = Table(
    "rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("did", Words, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("expires_at", Text),
)
"""Rules whose RSE expression includes the destination."""

lock = Table(
    "lock",
    metadata,
    Column("rule_id", Text, ForeignKey("rule.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", Integer, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
)
"""Locks of rules that are stuck: which of their files are."""
Index("lock_by_run", lock.c.run_id)
