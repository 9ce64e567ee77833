"""The composition root of intake."""

from __future__ import annotations

from functools import partial
from typing import Any

from faststream import FastStream

from schemas.topics import INTAKE_DOSSIER, PORTAL_DOSSIER
from services.chassis.app import Service, assemble
from services.chassis.mongo import connect
from services.chassis.reading import Reads
from services.intake.adapters.mongo_dedupe import MongoDedupeRows
from services.intake.core.decoding import decode
from services.intake.deps import Deps
from services.intake.handlers import on_portal_records
from services.intake.settings import Settings


def create_app(settings: Settings | None = None, deps: Deps | None = None) -> FastStream:
    """Intake, ready to run."""
    settings = settings or Settings()
    database = connect(settings.mongodb_uri)[f"{settings.mongodb_database_prefix}_intake"]
    rows = MongoDedupeRows(database)
    deps = deps or Deps(dedupe=rows)
    reads: Reads[Any] = Reads(
        topics=(PORTAL_DOSSIER,),
        group="intake",
        decode=decode,
        handle=partial(on_portal_records, deps=deps),
        outputs=(INTAKE_DOSSIER,),
    )
    return assemble(
        settings,
        Service(name="intake", database=database, reads=(reads,), ready=(rows.ready,)),
    )
