"""Promise: nothing is lost. Ten thousand mixed records go in, and the census balances."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

import pytest

from deploy.local.platform import Platform
from services.portal.mixing import Mixed, mixed
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.census import census, is_complete
from tests.mailbox import Mailbox
from tests.publish import publish
from tests.system import running
from tests.watch import Watch

RECORDS = 10_000
CHUNK = 500


@pytest.mark.timeout(1200)
async def test_the_census_of_ten_thousand_mixed_records_balances(
    platform: Platform, pki: Pki
) -> None:
    records: dict[str, Mixed] = {}
    with Mailbox() as mailbox:
        settings = {
            "TRUST_LIST_PATH": str(pki.trust_list),
            "SMTP_URL": mailbox.url,
            "SLA_SECONDS": "300",
        }
        async with running(platform, name="census", settings=settings) as system:
            stream = mixed(Simulator(17, pki), RECORDS, largest=200)
            while chunk := list(islice(stream, CHUNK)):
                messages = [record.message for record in chunk]
                origins = await publish(platform.bootstrap, system.prefix, messages)
                records.update(zip(origins, chunk, strict=True))
            watch = system.watch
            await watch.until(
                lambda: len(watch.of("intake.dossier.v1")) >= RECORDS, "every record answered", 600
            )
            await watch.until(lambda: is_complete(watch, RECORDS), "everything ended", 700)
            assert census(watch, system.database("ebook")) == []
            assert not watch.dead_letters()
            assert unexpected_answers(watch, records) == []
            assert unexpected_verdicts(watch, records) == []
            assert unexpected_letters(watch, records) == []


def unexpected_answers(watch: Watch, records: dict[str, Mixed]) -> list[str]:
    """intake's answers that are not what the scenario says must come of the record."""
    return [
        f"{record.label}: {seen.type} {seen.data.get('reason')}"
        for seen in watch.of("intake.dossier.v1")
        for record in [records[seen.event["origin"]]]
        if (seen.type, seen.data.get("reason") if record.expected.reason else None)
        != (record.expected.intake, record.expected.reason)
    ]


def last_verdicts(watch: Watch) -> dict[str, tuple[str, set[str | None]]]:
    """Origin of intake's event to the last verdict on it, and all that it gives as a reason."""
    found = {}
    for seen in watch.of("signature.verdict.v1"):
        report = seen.data.get("report") or {}
        reasons = {
            seen.data.get("reason"),
            *map(report.get, ("identity_failure", "sub_indication")),
        }
        found[seen.event["origin"]] = (seen.type, reasons)
    return found


def unexpected_verdicts(watch: Watch, records: dict[str, Mixed]) -> list[str]:
    """Verdicts that are not what the scenario says."""
    verdicts = last_verdicts(watch)
    wrong = []
    for seen in watch.of("intake.dossier.v1"):
        record = records[seen.event["origin"]]
        verdict, reasons = verdicts.get(seen.origin, (None, {None}))
        sub = record.expected.sub
        if verdict != record.expected.verdict or (sub and sub not in reasons):
            wrong.append(f"{record.label}: {verdict} {reasons}")
    return wrong


def unexpected_letters(watch: Watch, records: dict[str, Mixed]) -> list[str]:
    """Dossiers whose letters to the submitter are not those that their records call for."""
    called_for: dict[str, set[str]] = defaultdict(set)
    for seen in watch.of("intake.dossier.v1"):
        if letter := records[seen.event["origin"]].expected.letter:
            called_for[seen.event["correlationid"]].add(letter)
    sent: dict[str, set[str]] = defaultdict(set)
    for seen in watch.of("receipt.letter.v1", "LetterSent", "LetterUndeliverable"):
        if seen.data["recipient"] == "SUBMITTER":
            mark = "!" if seen.type == "LetterUndeliverable" else ""
            sent[seen.event["correlationid"]].add(seen.data["kind"] + mark)
    for code, letters in called_for.items():
        if "05" in letters and code in sent:
            letters.discard("01")  # a withdrawal may overtake the receipt (contract §4)
            sent[code].discard("01")
    return [
        f"{code}: {sorted(sent.get(code, ()))} instead of {sorted(letters)}"
        for code, letters in called_for.items()
        if sent.get(code, set()) != letters
    ]
