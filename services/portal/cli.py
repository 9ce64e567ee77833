"""`hoso portal`: the portal simulator."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from schemas.content import ContentError, parse_content
from services.chassis.settings import Settings
from services.portal.accounts import one_per_line
from services.portal.demo import run_demo
from services.portal.dossiers import newest_text
from services.portal.faults import EXPECTED, Fault
from services.portal.filing import Filed
from services.portal.load import Loaded, load_progress
from services.portal.load import load as run_load
from services.portal.pki import LATE, Pki
from services.portal.publishing import Publisher
from services.portal.reading import PortalError
from services.portal.script import write_script
from services.portal.settlement import Outcome, Settled
from services.portal.settlement import settle as decide
from services.portal.simulator import Simulator

portal = typer.Typer(no_args_is_help=True, help="The portal simulator.")
console = Console(stderr=True)

Directory = Annotated[
    Path,
    typer.Option(
        envvar="HOSO_DIRECTORY", help="Where the running system lives; its PKI is in <dir>/pki."
    ),
]
UP = Path("var/up")
SEEDS = 80_000


class Family(StrEnum):
    """What can be filed."""

    EMPLOYER_LIST = "employer-list"
    REGISTRATION = "registration"
    SICKNESS = "sickness"
    ONE_TIME = "one-time"
    IDENTITY = "identity"


@portal.command("pki")
def make_pki(directory: Directory = UP) -> None:
    """Create the simulated national PKI in DIR/pki (before the services start)."""
    pki = Pki.open(directory / "pki")
    typer.echo(pki.trust_list)


@portal.command("crl")
def publish_crl(directory: Directory = UP) -> None:
    """Publish the CRL of the CA that is late with it."""
    typer.echo(_pki(directory).publish_crl(LATE))


@portal.command("load")
def load(
    rate: Annotated[float, typer.Option(min=0.1, help="Records a second.")] = 50,
    count: Annotated[int, typer.Option(min=1, help="How many records.")] = 100_000,
    seed: Annotated[int | None, typer.Option(help="One seed, one world; new if left out.")] = None,
    directory: Directory = UP,
) -> None:
    """Publish a steady, seeded mixture of good and bad records."""
    sim = _simulator(directory, seed)
    console.print(f"seed {sim.seed}")

    async def run() -> Loaded:
        async with _publisher() as publisher:
            with load_progress() as progress:
                return await run_load(sim, publisher, rate=rate, count=count, progress=progress)

    loaded = _run(run)
    table = Table("record", "count", title=f"{count} records in {loaded.seconds:.1f} s")
    for label, number in loaded.records.most_common():
        table.add_row(label, str(number))
    console.print(table)
    if loaded.late_seconds > 1:
        console.print(f"The stream was up to {loaded.late_seconds:.1f} s behind its schedule.")


@portal.command("file")
def file(
    family: Annotated[Family, typer.Argument(help="Kind of dossier.")],
    people: Annotated[int, typer.Option(min=1, max=2000, help="People on a list.")] = 5,
    fault: Annotated[
        str | None, typer.Option(help=f"File a bad one instead: {', '.join(EXPECTED)}.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="New if left out.")] = None,
    directory: Directory = UP,
) -> None:
    """File one dossier and print its code."""
    sim = _simulator(directory, seed)
    filed = sim.bad(_fault(fault)) if fault else _filed(sim, family, people)

    async def run() -> None:
        async with _publisher() as publisher:
            await publisher.publish(filed.message)

    _run(run)
    typer.echo(filed.code)
    console.print(f"Look at it with: hoso dossier show {filed.code}")


@portal.command("settle")
def settle(
    code: Annotated[str, typer.Argument(help="Dossier code.")],
    refuse: Annotated[list[int] | None, typer.Option(help="Row to refuse; repeatable.")] = None,
    decision: Annotated[int, typer.Option(min=1, help="Number of the decision.")] = 1,
    forge: Annotated[bool, typer.Option("--forge", help="Let a wrong agency sign.")] = False,
    directory: Directory = UP,
) -> None:
    """Settle a filed dossier: read its text from the topic, sign a decision, publish it."""
    pki, settings = _pki(directory), Settings()

    async def run() -> Settled:
        async with _publisher() as publisher:
            text = await newest_text(settings.kafka_bootstrap_servers, publisher.topic, code)
            if text is None:
                raise PortalError(f"Nothing was filed under {code}. Is the code complete?")
            settled = _decision(pki, text, refuse or [], decision, forge=forge)
            await publisher.publish(settled.message)
            return settled

    settled = _run(run)
    typer.echo(settled.decision_number)


@portal.command("demo")
def demo(
    directory: Annotated[Path, typer.Option(help="Where letters and results are put.")] = Path(
        "var/demo"
    ),
) -> None:
    """File about 60 varied dossiers, settle some, and show what became of each."""
    raise typer.Exit(_run(lambda: run_demo(directory, Settings(), Console())))


def _decision(pki: Pki, text: str, refuse: list[int], number: int, *, forge: bool) -> Settled:
    try:
        content = parse_content(text)
    except ContentError:
        raise PortalError("Its text does not fit its forms: nobody can settle it.") from None
    signer = pki.agency("G12.99" if forge else content.agency)
    everybody = decide(text, signer, _now, decision=number)
    if strange := set(refuse) - set(range(1, len(everybody.rows) + 1)):
        raise PortalError(f"It has rows 1 to {len(everybody.rows)}, not {sorted(strange)}.")
    outcomes: list[Outcome] = [
        "REFUSED" if row["row"] in refuse else "GRANTED" for row in everybody.rows
    ]
    return decide(text, signer, _now, outcomes=outcomes, decision=number)


def _filed(sim: Simulator, family: Family, people: int) -> Filed:
    match family:
        case Family.EMPLOYER_LIST:
            return sim.employer_list(people)
        case Family.REGISTRATION:
            return sim.registration(people)
        case Family.SICKNESS:
            return sim.sickness(people)
        case Family.ONE_TIME:
            return sim.one_time()
        case Family.IDENTITY:
            return sim.identity_change()


def _fault(name: str) -> Fault:
    found = next((fault for fault in EXPECTED if fault == name), None)
    if found is None:
        raise typer.BadParameter(f"one of {', '.join(EXPECTED)}")
    return found


@portal.command("expected", hidden=True)
def expected(directory: Directory = UP) -> None:
    """Print what must come of the demo: the content of deploy/local/expected.json."""
    typer.echo(one_per_line(write_script(_pki(directory)).expected.as_json()), nl=False)


def _now() -> datetime:
    return datetime.now(UTC)


def _simulator(directory: Path, seed: int | None) -> Simulator:
    """The given seed; without one, a seed that comes back after 22 hours (codes are per seed)."""
    return Simulator(int(time.time()) % SEEDS if seed is None else seed, _pki(directory))


def _pki(directory: Path) -> Pki:
    if not (directory / "pki" / "trust-list.json").exists():
        console.print(
            f"There is no PKI in {directory / 'pki'}, and hoso trusts only the one that it was "
            "started with: start it (`make up`), or give its --directory."
        )
        raise typer.Exit(1)
    return Pki.load(directory / "pki")


def _publisher() -> Publisher:
    settings = Settings()
    return Publisher(settings.kafka_bootstrap_servers, settings.topic_prefix)


T = TypeVar("T")


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of the work, or one sentence and exit code 1 (without the client's own words)."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work())
    except PortalError as error:
        console.print(str(error), style="red")
        raise typer.Exit(1) from None
