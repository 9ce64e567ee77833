"""The composition root: signature from its settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from faststream import FastStream

from schemas import topics
from schemas.envelope import Event
from schemas.intake import INTAKE_EVENT, IntakeEvent
from schemas.signature import SIGNATURE_EVENT
from services.chassis.app import Service, assemble
from services.chassis.clock import SystemClock
from services.chassis.loops import Loop
from services.chassis.mongo import connect
from services.chassis.outbox import relay
from services.chassis.reading import Reads, decodes
from services.chassis.records import Received
from services.signature import handlers
from services.signature.adapters.mongo_dossiers import MongoDossiers
from services.signature.adapters.trust_files import TrustFiles
from services.signature.core.dossier import RetryPlan
from services.signature.core.policy import SignaturePolicy
from services.signature.deps import Deps
from services.signature.metrics import Metrics
from services.signature.settings import Settings


def create_app(settings: Settings | None = None, deps: Deps | None = None) -> FastStream:
    """The running service; `deps` replaces what handlers and loops are given, in tests."""
    settings = settings or Settings()
    database = connect(settings.mongodb_uri)[f"{settings.mongodb_database_prefix}_signature"]
    dossiers = MongoDossiers(database)
    policy, clock = SignaturePolicy(accept_pkcs1=settings.accept_pkcs1), SystemClock()
    evidence = TrustFiles(settings.trust_list_path, policy, clock)
    deps = deps or Deps(
        evidence=evidence,
        dossiers=dossiers,
        policy=policy,
        plan=RetryPlan(settings.retry_first_seconds, settings.retry_max_seconds),
        clock=clock,
        metrics=Metrics(),
        retry_lease_seconds=settings.retry_lease_seconds,
    )
    service = _service(deps, dossiers, min(5.0, settings.retry_first_seconds))
    return assemble(settings, service)


def _service(deps: Deps, dossiers: MongoDossiers, every_seconds: float) -> Service:
    async def handle(batch: Sequence[Received[IntakeEvent]]) -> list[Event]:
        return await handlers.on_intake_events(batch, deps)

    async def prepare() -> None:
        await deps.evidence.current()
        await dossiers.prepare()

    async def ready() -> None:
        await dossiers.documents.database.command("ping")

    reads: Reads[Any] = Reads(
        topics=(topics.INTAKE_DOSSIER,),
        group="signature",
        decode=decodes(INTAKE_EVENT),
        handle=handle,
        outputs=(topics.SIGNATURE_VERDICT,),
    )
    return Service(
        name="signature",
        database=dossiers.documents.database,
        reads=(reads,),
        loops=(Loop("retry", every_seconds, partial(handlers.look_again, deps)),),
        relays=(relay(dossiers.documents, SIGNATURE_EVENT),),
        prepare=prepare,
        ready=(ready,),
    )
