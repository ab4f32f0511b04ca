"""Fill an empty database: schema, accounts, scopes, RSEs. Runs in Rucio's own environment.

`python bootstrap.py PLAN` reads a JSON file and does what is missing of it, so that it can be run
again after it was killed in the middle or when addresses have changed. With `--wipe` it removes all
that this sandbox has put into a database that is not its own.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
# (Rucio lives in an environment of its own that the type checker does not see.)
# ruff: noqa: S608 - queries are put together of constants only

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rucio.common.types import InternalAccount, InternalScope
from rucio.core import account, account_limit, distance, identity, rse, scope
from rucio.db.sqla.constants import AccountType, DatabaseOperationType, IdentityType, RSEType
from rucio.db.sqla.session import db_session, get_engine
from rucio.db.sqla.util import build_database, create_base_vo, create_root_account
from sqlalchemy import inspect, text

MARK = "magic_sandbox_schema"
"""A table that is made last, so that a schema built by half is seen and built again.

It holds the sandbox's id; `daemons.py` works on no other database.
"""

NO_EMAIL = "sandbox@localhost"


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    if "--wipe" in sys.argv:
        wipe(plan["id"])
        return
    make_schema(plan["id"], own_database=plan["own_database"])
    with db_session(DatabaseOperationType.WRITE) as session:
        for entry in plan["accounts"]:
            make_account(entry, session)
        for name, owner in plan["scopes"].items():
            make_scope(name, owner, session)
        ids = {entry["name"]: make_rse(entry, session) for entry in plan["rses"]}
        for source in ids:
            for destination in ids:
                if source != destination:
                    make_distance(ids[source], ids[destination], session)
        for entry in plan["accounts"]:
            for name, limit in entry["quota_bytes"].items():
                account_limit.set_local_account_limit(
                    InternalAccount(entry["name"]), ids[name], limit, session=session
                )


def make_schema(sandbox_id: str, *, own_database: bool) -> None:
    if owner_of_schema() == sandbox_id:
        return
    if inspect(get_engine()).has_table("accounts"):
        if not own_database:
            sys.exit("the database holds a Rucio that this sandbox has not made; give an empty one")
        drop_all()
    build_database()
    create_base_vo()
    create_root_account()
    with get_engine().begin() as connection:
        # Rucio's own index begins with the RSE; the question here is whether there is any at all.
        connection.execute(
            text(f"create index {MARK}_tombstone on replicas (tombstone) where tombstone is not null")
        )
        connection.execute(text(f"create table {MARK} (sandbox_id text)"))
        connection.execute(text(f"insert into {MARK} values (:id)"), {"id": sandbox_id})


def wipe(sandbox_id: str) -> None:
    if owner_of_schema() == sandbox_id:
        drop_all()


def owner_of_schema() -> str | None:
    """Id of the sandbox that has made the whole schema."""
    if not inspect(get_engine()).has_table(MARK):
        return None
    with get_engine().connect() as connection:
        found: str | None = connection.execute(text(f"select sandbox_id from {MARK}")).scalar()
    return found


def drop_all() -> None:
    with get_engine().begin() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))


def make_account(entry: dict[str, Any], session: Any) -> None:
    name = InternalAccount(entry["name"])
    if entry["name"] == "root":
        return
    if not account.account_exists(name, session=session):
        account.add_account(name, AccountType[entry["type"]], NO_EMAIL, session=session)
        identity.add_identity(
            entry["name"], IdentityType.USERPASS, NO_EMAIL, password=entry["password"], session=session
        )
        identity.add_account_identity(
            entry["name"], IdentityType.USERPASS, name, NO_EMAIL, default=True, session=session
        )
    present = {attribute["key"] for attribute in account.list_account_attributes(name, session=session)}
    for key, value in entry["attributes"].items():
        if key not in present:
            account.add_account_attribute(name, key, value, session=session)


def make_scope(name: str, owner: str, session: Any) -> None:
    if not scope.check_scope(InternalScope(name), session=session):
        scope.add_scope(InternalScope(name), InternalAccount(owner), session=session)


def make_rse(entry: dict[str, Any], session: Any) -> str:
    name = entry["name"]
    if rse.rse_exists(name, session=session):
        rse_id: str = rse.get_rse_id(name, session=session)
    else:
        rse_id = rse.add_rse(
            name,
            deterministic=entry["deterministic"],
            rse_type=RSEType[entry["type"]],
            city=entry["city"],
            country_name=entry["country"],
            longitude=entry["longitude"],
            latitude=entry["latitude"],
            session=session,
        )
        rse.add_protocol(rse_id, entry["protocol"], session=session)
    present = rse.list_rse_attributes(rse_id, session=session)
    for key, value in entry["attributes"].items():
        if key in present and present[key] != value:
            rse.del_rse_attribute(rse_id, key, session=session)
        if present.get(key) != value:
            rse.add_rse_attribute(rse_id, key, value, session=session)
    return rse_id


def make_distance(source: str, destination: str, session: Any) -> None:
    if not distance.get_distances(source, destination, session=session):
        distance.add_distance(source, destination, distance=1, session=session)


if __name__ == "__main__":
    main()
