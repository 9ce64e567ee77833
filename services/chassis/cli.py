"""`hoso dlt`: open dead letters, the original records behind them, and their redrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from schemas.topics import DEAD_LETTERS
from services.chassis import startup
from services.chassis.asking import request, watch
from services.chassis.mongo import Database, PyMongoError, connect
from services.chassis.openletters import (
    coordinates,
    of_groups,
    read_dead_letters,
    still_open,
)
from services.chassis.rereading import RecordGoneError, originals
from services.chassis.settings import Settings

T = TypeVar("T")
PATIENCE_SECONDS = 60.0

dlt = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, redrive.")
console = Console()

Group = Annotated[str, typer.Argument(help="The consumer group, e.g. receipt or ebook.fold.")]
Place = Annotated[str, typer.Argument(help="topic/partition/offset, as `list` prints it.")]


@dlt.command("list")
def list_(
    group: Annotated[str | None, typer.Option(help="Only this consumer group.")] = None,
) -> None:
    """Open dead letters, oldest first: what was set aside and not yet redriven."""
    settings = _settings()
    bootstrap, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    read = _run(read_dead_letters(bootstrap, prefix), settings)
    if read.missing:
        console.print(f"[yellow]Not on this Kafka: {', '.join(read.missing)}[/yellow]")
    found = of_groups(still_open(read.events), prefix + group if group else None)
    if not found:
        console.print("No open dead letters.")
        return
    table = Table("group", "record", "reason", "detail", "age")
    now = datetime.now(UTC)
    for event in found:
        data = event.data
        until = "" if data.until_offset is None else f" until {data.until_offset}"
        age = str(now - data.appended_at).partition(".")[0]
        table.add_row(data.group, event.subject + until, data.reason, data.detail, age)
    console.print(table)
    console.print(f"{len(found)} open. Redrive: hoso dlt redrive --group GROUP --all")


@dlt.command("show")
def show(group: Group, place: Place) -> None:
    """The original record where it lies: metadata, headers, value. This is personal data."""
    settings = _settings()
    topic, partition, offset = _coordinates(place)
    try:
        raw = _run(_original(settings, topic, partition, offset), settings)
    except RecordGoneError:
        _fail(f"{place} is gone from Kafka (retention or deletion).")
    letters = _run(
        read_dead_letters(settings.kafka_bootstrap_servers, settings.topic_prefix), settings
    )
    for event in of_groups(still_open(letters.events), settings.topic_prefix + group):
        if event.subject == place:
            console.print(f"set aside   {event.data.reason} {event.data.detail}")
    console.print("[yellow]What follows may be personal data: do not copy it anywhere.[/yellow]")
    appended = datetime.fromtimestamp(raw.timestamp / 1000, tz=UTC).isoformat()
    console.print(f"appended    {appended}", highlight=False)
    console.print(f"key         {raw.key!r}", highlight=False, markup=False)
    for name, value in raw.headers:
        console.print(f"header      {name!r} = {value!r}", highlight=False, markup=False)
    text = "null" if raw.value is None else raw.value.decode("utf-8", "backslashreplace")
    console.print(text, highlight=False, markup=False, soft_wrap=True)


@dlt.command("redrive")
def redrive(
    group: Annotated[str, typer.Option(help="The consumer group that set them aside.")],
    places: Annotated[
        list[str] | None, typer.Argument(help="topic/partition/offset of dead letters.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the group.")] = False,
) -> None:
    """Have the group read the originals again, in order, and free their keys.

    Waits until it is done or says where and why it stopped (exit code 1); nothing is ever lost.
    """
    if everything == bool(places):
        _fail("Say either --all or which records: topic/partition/offset.")
    settings = _settings()
    service = _service(group)
    only = None if everything else [_coordinates(each) for each in places or ()]
    _run(_redrive(settings, service, settings.topic_prefix + group, only), settings)


async def _redrive(
    settings: Settings, service: str, group: str, only: list[tuple[str, int, int]] | None
) -> None:
    client = connect(settings.mongodb_uri)
    database: Database = client[f"{settings.mongodb_database_prefix}_{service}"]
    ids = await request(database, group, only)
    if not ids:
        console.print("Nothing of that is parked: it was redriven, or never set aside.")
        return
    console.print(f"{len(ids)} keys asked for.")
    seen, since = -1, time.monotonic()
    async for progress in watch(database, ids):
        if progress.waiting != seen:
            seen, since = progress.waiting, time.monotonic()
            console.print(f"{progress.waiting} records wait")
        for stopped in progress.stopped if progress.is_over else ():
            console.print(f"[red]stopped[/red] at {stopped}")
        if progress.is_over and progress.stopped:
            raise typer.Exit(1)
        if time.monotonic() - since > PATIENCE_SECONDS and not progress.is_over:
            _fail(
                f"No progress for {PATIENCE_SECONDS:.0f} s: is a process of {service} running? "
                "The request stays and is worked off as soon as one is."
            )
    console.print("[green]done[/green]: everything was read again and the keys are free.")


async def _original(settings: Settings, topic: str, partition: int, offset: int) -> Any:
    async with originals(settings.kafka_bootstrap_servers) as reader:
        return await reader.raw(topic, partition, offset)


def _service(group: str) -> str:
    owners = {topic.name.removesuffix(".dlt"): topic.owner for topic in DEAD_LETTERS}
    groups = {name.split(".v1.", 1)[1]: owner for name, owner in owners.items()}
    if group not in groups:
        _fail(f"There is no group {group}; there are: {', '.join(sorted(groups))}.")
    return groups[group]


def _coordinates(text: str) -> tuple[str, int, int]:
    try:
        return coordinates(text)
    except ValueError:
        _fail(f"{text!r} is not topic/partition/offset, e.g. intake.dossier.v1/3/117.")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        _fail(startup.explain_settings(error))


def _run(work: Coroutine[Any, Any, T], settings: Settings) -> T:
    try:
        return asyncio.run(work)
    except KafkaError as error:
        _fail(startup.explain(error, settings))
    except PyMongoError as error:
        _fail(f"MongoDB does not answer ({type(error).__name__}): check MONGODB_URI.")


def _fail(line: str) -> NoReturn:
    console.print(f"[red]{line}[/red]")
    raise typer.Exit(1)
