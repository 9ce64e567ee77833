"""The census: what went in against what came out, counted on the raw records alone.

Each function returns the violations that it found, as sentences; an empty list is a balance.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from tests.watch import Seen, Watch


def every_record_has_one_answer(watch: Watch) -> list[str]:
    """Contract §2: per portal offset exactly one event id, or one open dead letter of intake."""
    ids: dict[str, set[str]] = defaultdict(set)
    for seen in watch.of("intake.dossier.v1"):
        ids[seen.event["origin"]].add(seen.event["id"])
    opened = open_dead_letters(watch)
    wrong = []
    for seen in watch.records["portal.dossier.v1"]:
        answers = len(ids.pop(seen.origin, ())) + (("intake", seen.origin) in opened)
        if answers != 1:
            wrong.append(f"{seen.origin} has {answers} answers")
    return wrong + [f"an answer to {origin}, which does not exist" for origin in ids]


def open_dead_letters(watch: Watch) -> dict[tuple[str, str], str]:
    """(group, coordinates) to reason of every dead letter that no redrive has closed."""
    opened: dict[tuple[str, str], str] = {}
    for seen in watch.dead_letters():
        data = seen.data
        group = data["group"].removeprefix(watch.prefix)
        where = group, f"{data['topic']}/{data['partition']}/{data['offset']}"
        if seen.type == "RecordRedriven":
            opened.pop(where, None)
        else:
            opened[where] = data["reason"]
    return opened


def clocks(watch: Watch) -> set[tuple[str, int]]:
    """(code, version) of everything that has a clock: submitted, or refused with a letter."""
    return {
        (seen.data["dossier_code"], seen.data["version"])
        for seen in watch.of("intake.dossier.v1", "DossierSubmitted", "DossierRefused")
        if seen.data.get("header")
    }


def outcomes(watch: Watch) -> dict[tuple[str, int], set[tuple[str, str]]]:
    """(code, version) to the (type, id) of its clock's outcomes."""
    found: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for seen in watch.of("receipt.letter.v1", "SlaMet", "SlaBreached"):
        key = seen.data["dossier_code"], seen.data["version"]
        found[key].add((seen.type, seen.event["id"]))
    return found


def every_clock_has_one_outcome(watch: Watch) -> list[str]:
    """Exactly one of met and breached per clock, and none without a clock."""
    armed, ended = clocks(watch), outcomes(watch)
    wrong = [
        f"{key} has {len(ended.get(key, ()))} outcomes"
        for key in armed
        if len(ended.get(key, ())) != 1
    ]
    return wrong + [f"{key} has an outcome but no clock" for key in ended.keys() - armed]


def authenticated(watch: Watch) -> dict[str, list[dict[str, Any]]]:
    """Settlement id to the rows of its text."""
    return {
        seen.event["id"]: json.loads(seen.data["text"])["rows"]
        for seen in watch.of("signature.verdict.v1", "SettlementAuthenticated")
    }


def rows_are_folded_or_refused(watch: Watch, ebook: Any) -> list[str]:
    """Rows of authenticated settlements = folded + refused, in the events and in the books."""
    completed: dict[str, Seen] = {
        seen.data["settlement_id"]: seen for seen in watch.of("ebook.dossier.v1")
    }
    wrong = []
    in_books: Counter[str] = Counter()
    for book in ebook.books.find({}, {"content.settlements": 1}):
        in_books.update(str(s["settlement_id"]) for s in book["content"]["settlements"])
    for settlement, rows in authenticated(watch).items():
        if settlement not in completed:
            wrong.append(f"settlement {settlement} was never completed")
            continue
        data = completed[settlement].data
        numbers = sorted([*data["done"], *(row["row"] for row in data["refused"])])
        if numbers != sorted(row["row"] for row in rows) or data["expected"] != len(rows):
            wrong.append(f"settlement {settlement}: rows {numbers} of {len(rows)}")
        if in_books[settlement] != len(data["done"]):
            wrong.append(f"{settlement}: {in_books[settlement]} in books, {len(data['done'])} done")
    return wrong


def every_verdict_is_single(watch: Watch) -> list[str]:
    """One id per (code, version, attempt), and one final verdict per version."""
    ids: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for seen in watch.of("signature.verdict.v1"):
        if seen.type.startswith("Signature"):
            data = seen.data
            ids[data["dossier_code"], data["version"], data["attempt"]].add(seen.event["id"])
    return [f"{key} has {len(found)} verdicts" for key, found in ids.items() if len(found) != 1]


def repeated_records_are_equal(watch: Watch) -> list[str]:
    """A record that stands twice is the same byte for byte."""
    first: dict[tuple[str, str], bytes | None] = {}
    wrong = []
    for topic, records in watch.records.items():
        if topic == "portal.dossier.v1":
            continue
        for seen in records:
            before = first.setdefault((topic, seen.event["id"]), seen.value)
            if before != seen.value:
                wrong.append(f"{seen.type} {seen.event['id']} on {topic} differs from its first")
    return wrong


def census(watch: Watch, ebook: Any) -> list[str]:
    """Every violation of every balance."""
    return [
        *every_record_has_one_answer(watch),
        *every_clock_has_one_outcome(watch),
        *every_verdict_is_single(watch),
        *rows_are_folded_or_refused(watch, ebook),
        *repeated_records_are_equal(watch),
    ]


def is_complete(watch: Watch, records: int) -> bool:
    """Whether everything that must come has come (cheap; `census` says whether it is right)."""
    answered = {seen.event["origin"] for seen in watch.of("intake.dossier.v1")}
    if len(answered) + sum(group == "intake" for group, _ in open_dead_letters(watch)) < records:
        return False
    submitted = watch.of("intake.dossier.v1", "SettlementSubmitted")
    judged = watch.of("signature.verdict.v1", "SettlementAuthenticated", "SettlementRejected")
    if len({s.event["id"] for s in judged}) < len({s.event["id"] for s in submitted}):
        return False
    completed = {s.data["settlement_id"] for s in watch.of("ebook.dossier.v1")}
    if not set(authenticated(watch)) <= completed:
        return False
    results = {
        (s.data["dossier_code"], s.data["decision_number"])
        for s in watch.of("receipt.letter.v1", "LetterSent", "LetterUndeliverable")
        if s.data["kind"] == "RESULT"
    }
    return len(results) >= len(completed) and clocks(watch) <= outcomes(watch).keys()
