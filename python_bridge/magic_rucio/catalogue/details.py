"""Everything the index knows of one run."""

from __future__ import annotations

from sqlalchemy import Connection, select

from magic_rucio.catalogue.models import Hdu, ReplicaState, RunDetail
from magic_rucio.catalogue.pages import SHOWN, to_run
from magic_rucio.catalogue.rows import read_observation
from magic_rucio.catalogue.tables import collection, membership, replica, run, run_detail
from magic_rucio.errors import NotFoundError


def run_detail_of(connection: Connection, did: str) -> RunDetail:
    """Return a run's details.

    Raises
    ------
    NotFoundError
        Where the index has no such run.
    """
    row = connection.execute(select(*SHOWN, run.c.id).where(run.c.did == did)).first()
    if row is None:
        raise NotFoundError(
            f"The catalogue has no run {did[:200]}.",
            advice="It may be new or removed: refresh the catalogue.",
        )
    detail = connection.execute(select(run_detail).where(run_detail.c.run_id == row.id)).first()
    observation = read_observation(detail.metadata) if detail else None
    held = (
        select(collection.c.did)
        .join(membership, membership.c.collection_id == collection.c.id)
        .where(membership.c.run_id == row.id)
        .order_by(collection.c.did)
    )
    replicas = connection.execute(
        select(replica).where(replica.c.run_id == row.id).order_by(replica.c.rse)
    ).all()
    return RunDetail.model_construct(
        **vars(to_run(row)),
        stop=observation.date_stop if observation else None,
        ontime=observation.ontime if observation else None,
        instrument=observation.instrument if observation else None,
        adler32=detail.adler32 if detail else None,
        created_at=detail.created_at if detail else None,
        datasets=list(connection.execute(held).scalars()),
        replicas=[ReplicaState(rse=r.rse, state=r.state, pfn=r.pfn) for r in replicas],
        hdus=[Hdu(**hdu.model_dump()) for hdu in observation.hdus] if observation else [],
        metadata=observation.model_dump(exclude_none=True, exclude={"hdus"}) if observation else {},
    )
