"""`hoso dossier`: read-only looks at one dossier."""

from __future__ import annotations

import asyncio

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from services.audit.replay import ReplayError
from services.audit.story import local, story
from services.chassis.settings import Settings

dossier = typer.Typer(no_args_is_help=True, help="One dossier, from the topics.")


@dossier.callback()
def _group() -> None:
    """One dossier, from the topics."""


@dossier.command("show")
def show(code: str) -> None:
    """The dossier's whole story in time order (Asia/Ho_Chi_Minh)."""
    console = Console()
    settings = Settings()
    try:
        with console.status(f"reading the topics at {settings.kafka_bootstrap_servers} ..."):
            steps = asyncio.run(
                story(settings.kafka_bootstrap_servers, code, settings.topic_prefix)
            )
    except ReplayError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    except (KafkaError, OSError) as error:
        console.print(
            f"[red]No answer from Kafka at {settings.kafka_bootstrap_servers} "
            f"({type(error).__name__}): start hoso (`make up`) or correct "
            "KAFKA_BOOTSTRAP_SERVERS.[/red]"
        )
        raise typer.Exit(1) from None
    if not steps:
        console.print(f"No record of {code}. Is the code complete, and this the right Kafka?")
        raise typer.Exit(1)
    console.print(Text(code, style="bold"))
    for step in steps:
        console.print(Text(f"{local(step.at)}  {step.service:<9}  {step.what}"))
        console.print(Padding(Text(f"{step.origin}  {step.gist}", style="dim"), (0, 0, 0, 4)))
