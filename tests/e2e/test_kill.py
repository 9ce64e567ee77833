"""Promise: whatever is killed, nothing is lost, no letter is sent twice outside the stated window,
and every book equals the fold of the topics."""

from __future__ import annotations

import os
import random
import sys
from collections import defaultdict
from itertools import islice
from pathlib import Path

import pytest

from deploy.local.platform import start
from schemas.ebook import CHANGE_EVENT, EntryContested, MergedAway, MergedIn
from services.ebook.core.book import Book, canonical, initial_book
from services.ebook.core.projection import evolve
from services.portal.mixing import Mixed, mixed
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.census import census, is_complete
from tests.faults import Saboteur, load
from tests.mailbox import Mailbox
from tests.system import System, running

CHAOS = "HOSO_CHAOS" in os.environ
KILLS, PARTS = (20, 20) if CHAOS else (2, 1)
SEED = int(os.environ.get("HOSO_SEED", random.randrange(10**6) if CHAOS else 31))
PER_SECOND = 40


@pytest.mark.timeout(3600 if CHAOS else 900)
async def test_kills_at_random_moments_and_named_points_lose_and_repeat_nothing(
    tmp_path: Path, pki: Pki
) -> None:
    sys.stdout.write(f"seed {SEED} (repeat with HOSO_SEED={SEED})\n")
    stream = mixed(Simulator(SEED, pki), sys.maxsize, largest=20)
    messages = (m.message for m in stream if not nobody_to_write_to(m))
    with Mailbox() as mailbox, start(tmp_path / "platform", env={}) as platform:
        settings = {
            "TRUST_LIST_PATH": str(pki.trust_list),
            "SMTP_URL": mailbox.url,
            "SMTP_LEASE_SECONDS": "15",
        }
        async with running(platform, name="kill", settings=settings) as system:
            saboteur = Saboteur(system, random.Random(SEED))
            async with load(platform.bootstrap, system.prefix, messages, PER_SECOND) as sent:
                await saboteur.plan(KILLS, PARTS)
            watch = system.watch
            await watch.until(
                lambda: len(watch.records["portal.dossier.v1"]) == sent.published, "all published"
            )
            await watch.until(
                lambda: is_complete(watch, sent.published), "everything ended after the kills", 400
            )
            await watch.settled(2)
            assert census(watch, system.database("ebook")) == []
            assert not watch.dead_letters()
            assert books_differing_from_the_fold(system) == []
            assert letters_repeated_without_a_crash_between(mailbox, saboteur) == []


def nobody_to_write_to(record: Mixed) -> bool:
    """Its clock ends at due only, two hours from now: not in a test that waits for every end."""
    return (record.expected.letter or "").endswith("!")


def books_differing_from_the_fold(system: System) -> list[str]:
    """Every stored book against the fold of its person's changes, each taken once, in order."""
    folded: dict[str, Book] = {}
    for seen in system.watch.records["ebook.change.v1"]:
        assert seen.value is not None
        change = CHANGE_EVENT.validate_json(seen.value)
        assert not isinstance(change, MergedAway | MergedIn | EntryContested)
        book = folded.get(change.subject) or initial_book(change.subject)
        folded[change.subject] = evolve(book, change)
    stored = {book["_id"]: book for book in system.database("ebook").books.find()}
    wrong = [f"{person} has no book" for person in folded.keys() - stored.keys()]
    wrong += [f"{person} has a book from nowhere" for person in stored.keys() - folded.keys()]
    return wrong + [
        f"{person} differs"
        for person, book in folded.items()
        if person in stored
        and canonical(book) != canonical(Book(person, stored[person]["content"]))
    ]


def letters_repeated_without_a_crash_between(mailbox: Mailbox, saboteur: Saboteur) -> list[str]:
    """A mail may stand twice only with one Message-ID and a crash between its two 250s."""
    times = defaultdict(list)
    for mail in mailbox.mails:
        times[mail.message_id].append(mail.at)
    crashes = [at for name, at in saboteur.struck if name in {"receipt", "mongodb", "kafka"}]
    return [
        f"{message} at {first} and {second}"
        for message, all_ in times.items()
        for first, second in zip(all_, islice(all_, 1, None), strict=False)
        if not any(first - 1 <= crash <= second for crash in crashes)
    ]
