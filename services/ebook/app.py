"""The composition root: settings, stores and the two groups of ebook."""

from __future__ import annotations

from functools import partial

from faststream import FastStream

from schemas.topics import EBOOK_CHANGE, EBOOK_DOSSIER, SIGNATURE_VERDICT
from services.chassis.app import Service, assemble
from services.chassis.mongo import Database, connect
from services.chassis.reading import Reads
from services.ebook.adapters import mongo_fingerprints
from services.ebook.adapters.mongo_aliases import MongoAliases
from services.ebook.adapters.mongo_books import MongoBooks
from services.ebook.adapters.mongo_facts import MongoFacts
from services.ebook.adapters.mongo_settlements import MongoSettlements
from services.ebook.core.identity import fingerprint
from services.ebook.deps import Deps
from services.ebook.handlers import decode_change, decode_verdict, on_changes, on_verdicts
from services.ebook.settings import Settings


def create_app(settings: Settings | None = None, deps: Deps | None = None) -> FastStream:
    """The application; reads the environment unless settings are given."""
    settings = settings or Settings()
    database = connect(settings.mongodb_uri)[f"{settings.mongodb_database_prefix}_ebook"]
    deps = deps or stores(database, settings.person_key())
    return assemble(settings, service(database, deps))


def stores(database: Database, person_key: bytes) -> Deps:
    """The real stores of one database."""
    return Deps(
        aliases=MongoAliases(database.aliases),
        settlements=MongoSettlements(database.settlements),
        facts=MongoFacts(database.facts),
        books=MongoBooks(database.books),
        person_key=person_key,
    )


def service(database: Database, deps: Deps) -> Service:
    """What the chassis runs."""

    async def prepare() -> None:
        await mongo_fingerprints.confirm(database, fingerprint(deps.person_key))
        await database.facts.create_index("person_id")

    async def answers() -> None:
        await database.command("ping")

    split = Reads(
        topics=(SIGNATURE_VERDICT,),
        group="ebook.split",
        decode=decode_verdict,
        handle=partial(on_verdicts, deps=deps),
        outputs=(EBOOK_CHANGE, EBOOK_DOSSIER),
    )
    fold = Reads(
        topics=(EBOOK_CHANGE,),
        group="ebook.fold",
        decode=decode_change,
        handle=partial(on_changes, deps=deps),
        outputs=(EBOOK_DOSSIER,),
    )
    return Service("ebook", database, (split, fold), prepare=prepare, ready=(answers,))
