"""The composition root: receipt from its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from faststream import FastStream
from pydantic import ValidationError

from schemas import topics
from schemas.envelope import Event
from schemas.receipt import RECEIPT_EVENT
from services.chassis.app import Service, assemble
from services.chassis.clock import SystemClock
from services.chassis.errors import StartupError
from services.chassis.lag import first_unread
from services.chassis.loops import Loop
from services.chassis.mongo import connect
from services.chassis.outbox import relay
from services.chassis.reading import Reads
from services.chassis.records import Received
from services.receipt import handlers
from services.receipt.adapters.letters import LetterRenderer, Office
from services.receipt.adapters.mongo_documents import MongoDocuments
from services.receipt.adapters.smtp import Relay, SmtpMailer
from services.receipt.core.calendar import Calendar, CalendarFile
from services.receipt.core.letter import Policy
from services.receipt.core.sending import Terms
from services.receipt.deps import Deps
from services.receipt.metrics import receipt_metrics
from services.receipt.settings import Settings

CLAIMS_PER_CONNECTION = 8
SENDERS = 2
"""Rounds of the sender side by side: one claims and marks while the other sends."""
OLDEST_EVERY_SECONDS = 15.0
ON_THE_WAY = (
    ("intake", topics.PORTAL_DOSSIER),
    ("signature", topics.INTAKE_DOSSIER),
    ("receipt", topics.INTAKE_DOSSIER),
    ("receipt", topics.SIGNATURE_VERDICT),
)
"""Every group that a dossier passes before its letter."""


def create_app(settings: Settings | None = None, deps: Deps | None = None) -> FastStream:
    """The running service; `deps` replaces what handlers and loops are given, in tests."""
    settings = settings or Settings()
    database = connect(settings.mongodb_uri)[f"{settings.mongodb_database_prefix}_receipt"]
    documents = MongoDocuments(database)
    deps = deps or _deps(settings, documents)
    return assemble(settings, _service(settings, deps, documents))


def _deps(settings: Settings, documents: MongoDocuments) -> Deps:
    clock = SystemClock()
    office = Office(settings.letter_from, settings.letter_from_name, settings.letter_domain)
    return Deps(
        documents=documents,
        mailer=SmtpMailer(relay_of(settings), clock),
        compose=LetterRenderer(office),
        first_unread=partial(_first_unread, settings),
        clock=clock,
        policy=Policy(settings.sla_seconds, calendar_of(settings)),
        terms=Terms(
            settings.letter_domain, settings.smtp_retry_seconds, settings.smtp_retry_max_seconds
        ),
        metrics=receipt_metrics(),
        lease_seconds=settings.smtp_lease_seconds,
        claims=settings.smtp_connections * CLAIMS_PER_CONNECTION,
    )


def relay_of(settings: Settings) -> Relay:
    """Where the mail goes."""
    url, password = settings.smtp_url, settings.smtp_password
    tls = url.scheme == "smtps"
    assert url.host is not None
    return Relay(
        host=url.host,
        port=url.port or (465 if tls else 25),
        sender=settings.letter_from,
        timeout_seconds=settings.smtp_timeout_seconds,
        connections=settings.smtp_connections,
        local_hostname=settings.letter_domain,
        use_tls=tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
    )


def calendar_of(settings: Settings) -> Calendar:
    """The calendar of rest days; StartupError if the file cannot be used."""
    try:
        return Calendar(CalendarFile.model_validate_json(settings.calendar_file.read_bytes()))
    except OSError as error:
        raise StartupError(
            f"CALENDAR_FILE {settings.calendar_file} cannot be read ({type(error).__name__})."
        ) from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise StartupError(
            f"CALENDAR_FILE {settings.calendar_file} is not a calendar: wrong at {where or '.'}."
        ) from error


async def _first_unread(settings: Settings) -> datetime | None:
    prefix = settings.topic_prefix
    places = [(f"{prefix}{group}", f"{prefix}{topic.name}") for group, topic in ON_THE_WAY]
    return await first_unread(settings.kafka_bootstrap_servers, places)


def _service(settings: Settings, deps: Deps, documents: MongoDocuments) -> Service:
    async def handle(batch: Sequence[Received[Event]]) -> list[Event]:
        return await handlers.on_dossier_events(batch, deps)

    async def ready() -> None:
        await documents.collection.database.command("ping")

    reads: Reads[Any] = Reads(
        topics=(topics.INTAKE_DOSSIER, topics.SIGNATURE_VERDICT, topics.EBOOK_DOSSIER),
        group="receipt",
        decode=handlers.decode,
        handle=handle,
    )
    sender = handlers.Sender(deps)
    return Service(
        name="receipt",
        database=documents.collection.database,
        reads=(reads,),
        loops=(
            Loop("sweep", settings.sweep_every_seconds, partial(handlers.sweep, deps)),
            *(
                Loop(f"sender {number}", settings.send_every_seconds, sender.round)
                for number in range(1, SENDERS + 1)
            ),
            Loop("oldest", OLDEST_EVERY_SECONDS, partial(handlers.show_oldest, deps)),
        ),
        relays=(relay(documents.collection, RECEIPT_EVENT),),
        prepare=documents.prepare,
        ready=(ready,),
        publishes=(topics.RECEIPT_LETTER,),
    )
