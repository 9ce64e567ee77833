"""What a tired person reads at the end of the demo."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rich.console import Console
from rich.table import Table

from services.portal.accounts import Account
from services.portal.picture import Delay, Picture
from services.portal.script import Script

LIMIT_SECONDS = 7200
LETTERS = {
    "01": "01 receipt and appointment (giấy tiếp nhận và hẹn trả)",
    "02": "02 supplement request (yêu cầu bổ sung)",
    "03": "03 refusal (từ chối)",
    "05": "05 processing stopped (dừng giải quyết)",
    "RESULT": "result: complete (kết quả)",
}
STATUS = {
    2: "received, with an appointment",
    3: "refused",
    5: "to be supplemented",
    8: "stopped",
    10: "done, result returned",
}


def summarise(
    console: Console, script: Script, picture: Picture, book: dict[str, Any] | None
) -> None:
    """Where each dossier ended, how fast the letters were, and one book."""
    console.print(_dossiers(script, picture))
    console.print(_letters(picture.delays))
    if book is not None:
        console.print(_book(book, len(picture.result.books)))
    unreadable = sum(picture.result.unreadable.values())
    console.print(
        f"{unreadable} records could not be read and were answered with the reason: "
        + ", ".join(f"{reason} {n}" for reason, n in sorted(picture.result.unreadable.items()))
    )
    console.print(f"{picture.result.dead_letters} records are in the dead letters.")


def differences(script: Script, picture: Picture) -> list[str]:
    """Every point in which the run was not as it must be."""
    expected, actual = script.expected.as_json(), picture.result.as_json()
    found = []
    for part in ("dossiers", "books"):
        for name in sorted(expected[part].keys() | actual[part].keys()):
            wanted, got = expected[part].get(name), actual[part].get(name)
            if wanted != got:
                found.append(f"{part} {name}: expected {wanted}, was {got}")
    found += [
        f"{part}: expected {expected[part]}, was {actual[part]}"
        for part in ("unreadable", "dead_letters")
        if expected[part] != actual[part]
    ]
    return found


def _dossiers(script: Script, picture: Picture) -> Table:
    first: dict[str, float] = {}
    for delay in picture.delays:
        first[delay.code] = min(delay.seconds, first.get(delay.code, delay.seconds))
    table = Table("dossier", "what went in", "where it ended", "letters", "first letter after")
    for code, scene in script.scenes.items():
        account = picture.result.dossiers[code]
        wanted = script.expected.dossiers[code]
        mark = "" if account.as_json() == wanted.as_json() else " [red]NOT AS EXPECTED[/red]"
        letters = ", ".join(sorted(letter.split()[1] for letter in account.letters))
        after = f"{first[code]:.1f} s" if code in first else "–"
        table.add_row(code, scene.title, _ending(account) + mark, letters or "none", after)
    return table


def _ending(account: Account) -> str:
    """In words, from the last thing that the portal was told."""
    words = STATUS.get(max(account.statuses, default=0), "answered")
    reasons = [v.partition("(")[2].rstrip(")") for v in account.verdicts if "(" in v]
    reasons += [v.partition("(")[2].rstrip(")") for v in account.intake if "(" in v]
    rows = [
        f"{len(rows['done'])} people done, {len(rows['refused'])} refused"
        for rows in account.completed.values()
    ]
    if any(letter.endswith("undeliverable") for letter in account.letters):
        reasons.append("nobody to write to")
    details = "; ".join([*rows, *dict.fromkeys(reasons)])
    return f"{words} ({details})" if details else words


def _letters(delays: list[Delay]) -> Table:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for delay in delays:
        by_kind[delay.kind].append(delay.seconds)
    table = Table("letter", "sent", "fastest", "slowest", "of the 2 hours", title="Letters")
    for kind, seconds in sorted(by_kind.items()):
        share = f"{max(seconds) / LIMIT_SECONDS:.2%}"
        ends = (f"{min(seconds):.1f} s", f"{max(seconds):.1f} s")
        table.add_row(LETTERS[kind], str(len(seconds)), *ends, share)
    return table


def _book(content: dict[str, Any], count: int) -> Table:
    table = Table("", "", title=f"One of {count} books")
    for alias in content["aliases"]:
        table.add_row(alias["type"], alias["value"])
    for name, value in content["identity"].items():
        table.add_row(name, str(value))
    for section in ("contributions", "benefits"):
        for entry in content[section]:
            span = f"{entry.get('from_month') or entry.get('from_date')} – "
            span += str(entry.get("to_month") or entry.get("to_date") or "")
            table.add_row(section, f"{span} {entry.get('unit_name') or entry.get('regime')}")
    return table
