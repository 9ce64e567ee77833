"""The demo: file, wait, settle, wait, publish the late revocation list, wait, and tell.

It ends when everything that must happen has happened, or when nothing new happens for too long.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.chassis.settings import Settings
from services.portal.accounts import Result, one_per_line
from services.portal.filing import PortalMessage
from services.portal.observing import (
    count_mails,
    following,
    read_books,
    read_inbox,
    save_letters,
)
from services.portal.picture import Picture
from services.portal.pki import LATE, Pki
from services.portal.publishing import Publisher
from services.portal.script import Script, write_script
from services.portal.summary import differences, summarise

PATIENCE_SECONDS = 90.0
"""Longer than the pause before signature looks again for a missing revocation list."""
AFTERMATH_SECONDS = 2.0
LOOK_SECONDS = 0.2
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Bars:
    """Live progress: what has been published and what has come of it."""

    progress: Progress
    script: Script
    picture: Picture

    def start(self) -> None:
        """One bar a thing that is waited for."""
        expected = self.script.expected.dossiers.values()
        sent = len(self.script.filings) + len(self.script.followups)
        self.progress.add_task("records sent", total=sent)
        self.progress.add_task("answered by intake", total=sent)
        self.progress.add_task("signatures judged", total=sum(len(a.verdicts) for a in expected))
        self.progress.add_task("letters", total=sum(len(a.letters) for a in expected))
        self.progress.add_task("settlements", total=sum(len(a.completed) for a in expected))

    def show(self) -> None:
        """Move the bars to where the picture is."""
        result = self.picture.result
        seen = result.dossiers.values()
        counts = (
            self.picture.portal_records,
            sum(len(a.intake) for a in seen) + sum(result.unreadable.values()),
            sum(len(a.verdicts) for a in seen),
            sum(len(a.letters) for a in seen),
            sum(len(a.completed) for a in seen),
        )
        for task, count in zip(self.progress.task_ids, counts, strict=True):
            self.progress.update(task, completed=count)


async def run_demo(directory: Path, settings: Settings, console: Console) -> int:
    """0 if everything came out as it must; letters and results are left in `directory`."""
    pki = Pki.open(directory / "pki")
    pki.withdraw_crl()
    script, picture = write_script(pki), Picture()
    console.print(
        f"Filing {len(script.scenes)} dossiers and {sum(script.expected.unreadable.values())} "
        "records that nobody can read."
    )
    progress = Progress(
        TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )
    publisher = Publisher(settings.kafka_bootstrap_servers, settings.topic_prefix)
    async with publisher, following(settings, picture):
        with progress:
            bars = Bars(progress, script, picture)
            bars.start()
            await _play(pki, script, publisher, bars)
        return await _tell(directory, settings, console, script, picture)


async def _play(pki: Pki, script: Script, publisher: Publisher, bars: Bars) -> None:
    late = script.waiting_for_crl
    await _publish(publisher, script.filings, bars)
    await _until(lambda: _reached(script.answered, bars.picture, late), bars)
    await _publish(publisher, script.followups, bars)
    await _until(lambda: _reached(script.expected, bars.picture, late), bars)
    bars.progress.console.print("Now the third CA publishes its revocation list.")
    pki.publish_crl(LATE)
    await _until(lambda: _reached(script.expected, bars.picture, set()), bars)
    await asyncio.sleep(AFTERMATH_SECONDS)  # what must not come would come now


async def _publish(publisher: Publisher, messages: list[PortalMessage], bars: Bars) -> None:
    for message in messages:
        await publisher.publish(message)
        bars.picture.portal_records += 1
        bars.show()
    await publisher.flush()


async def _until(reached: Callable[[], bool], bars: Bars) -> None:
    """Wait for it, or until nothing new has come for PATIENCE_SECONDS."""
    records, since = bars.picture.records, time.monotonic()
    while not reached() and time.monotonic() - since < PATIENCE_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        bars.show()
        if bars.picture.records != records:
            records, since = bars.picture.records, time.monotonic()
    bars.show()


def _reached(expected: Result, picture: Picture, but: set[str]) -> bool:
    """Whether all dossiers, `but` these, stand as expected on the topics (mails come later)."""
    seen = picture.result
    return seen.unreadable == expected.unreadable and all(
        _on_topics(account.as_json()) == _on_topics(seen.dossiers[code].as_json())
        for code, account in expected.dossiers.items()
        if code not in but
    )


def _on_topics(account: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in account.items() if name != "mails"}


async def _tell(
    directory: Path, settings: Settings, console: Console, script: Script, picture: Picture
) -> int:
    book = await read_books(settings, picture.result)
    inbox = os.environ.get("SMTP_WEB_URL")
    if inbox:
        mails = await asyncio.to_thread(read_inbox, inbox)
        count_mails(mails, picture)
        saved = save_letters(mails, picture, directory / "letters")
    summarise(console, script, picture, book)
    actual = directory / "actual.json"
    actual.write_text(one_per_line(picture.result.as_json()))
    if inbox:
        console.print(f"{saved} letters are in {directory / 'letters'}.")
    else:
        console.print("[red]SMTP_WEB_URL is not set: the letters could not be fetched.[/red]")
    console.print(f"What became of each dossier is in {actual}.")
    wrong = differences(script, picture)
    for line in wrong[:SHOWN]:
        console.print(f"[red]{line}[/red]", markup=True)
    if wrong:
        console.print(f"[red]{len(wrong)} outcomes were not as expected.[/red]")
    else:
        console.print("[green]Every outcome was as expected.[/green]")
    return 1 if wrong else 0
