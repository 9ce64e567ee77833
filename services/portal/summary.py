"""What a tired person reads at the end of the demo."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from services.portal.accounts import Account
from services.portal.picture import Delay, Picture
from services.portal.script import Script

LIMIT_SECONDS = 7200
LETTERS = {
    "01": "01 receipt and appointment / giấy tiếp nhận và hẹn trả",
    "02": "02 supplement request / yêu cầu bổ sung",
    "03": "03 refusal / từ chối",
    "05": "05 processing stopped / dừng giải quyết",
    "RESULT": "result / kết quả",
}
ENDINGS = {
    "RESULT": "done, result returned",
    "05": "stopped",
    "03": "refused",
    "01": "received, appointment given",
    "02": "to be supplemented",
}
"""By the letter that counts, in this order."""
WORDS = {
    "SIG_CRYPTO_FAILURE": "text changed after signing",
    "OUT_OF_BOUNDS_NO_POE": "certificate expired",
    "REVOKED_NO_POE": "certificate revoked",
    "NO_CERTIFICATE_CHAIN_FOUND": "CA not licensed",
    "IDENTITY_MISMATCH": "signer is not the submitter",
    "EID_LEVEL": "e-ID level too low",
    "TRY_LATER": "had to wait for the revocation list",
    "DEFECTS": "defects listed in the letter",
    "CONFLICT": "the other content refused",
    "OUT_OF_SCOPE": "belongs to its own ministry",
    "ALREADY_WITHDRAWN": "late settlement refused",
    "ALREADY_SETTLED": "late withdrawal refused",
    "UNKNOWN_VERSION": "the later version refused",
    "NOT_AN_AGENCY": "forged settlement refused",
    "AGENCY_MISMATCH": "wrong agency's settlement refused",
    "DOSSIER_NOT_VALIDATED": "its settlement refused",
}


def summarise(
    console: Console, script: Script, picture: Picture, book: dict[str, Any] | None
) -> None:
    """Where each dossier ended, how fast the letters were, one book, and what was not read."""
    console.print(_dossiers(script, picture))
    console.print(_letters(picture.delays))
    if book is not None:
        console.print(_book(book, len(picture.result.books)))
    endings = Counter(_ending(picture.result.dossiers[code]) for code in script.scenes)
    tally = ", ".join(f"{count} {ending}" for ending, count in endings.most_common())
    console.print(f"{len(script.scenes)} dossiers: {tally}.")
    reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(picture.result.unreadable.items()))
    unreadable = picture.result.unreadable.total()
    console.print(
        f"{unreadable} records could not be read, each answered with its reason: {reasons}."
    )
    console.print(f"{picture.result.dead_letters} records in the dead letters.")


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
    common = next(iter(script.scenes)).rpartition("-")[0]
    table = Table(box=SIMPLE, title=f"Dossiers {common}-…", pad_edge=False, expand=True)
    table.add_column("code", no_wrap=True)
    table.add_column("what went in", ratio=4)
    table.add_column("where it ended", ratio=6)
    table.add_column("letters", ratio=2)
    table.add_column("first after", no_wrap=True, justify="right")
    for code, scene in script.scenes.items():
        account = picture.result.dossiers[code]
        as_expected = account.as_json() == script.expected.dossiers[code].as_json()
        ended = f"{_ending(account)}{_details(account)}"
        if not as_expected:
            ended = f"[red]NOT AS EXPECTED: {ended}[/red]"
        letters = " ".join(sorted(letter.split()[1] for letter in account.letters))
        after = f"{first[code]:.1f} s" if code in first else ""
        number = code.rpartition("-")[2].lstrip("0") or "0"
        table.add_row(f"…{number:>2}", scene.title, ended, letters or "none", after)
    return table


def _ending(account: Account) -> str:
    """In words, by the letters about the newest version."""
    if not account.letters:
        return "refused without a letter" if account.intake else "not answered"
    newest = max(letter.split()[0] for letter in account.letters)
    kinds = {letter.split()[1] for letter in account.letters if letter.split()[0] == newest}
    return next(words for kind, words in ENDINGS.items() if kind in kinds)


def _details(account: Account) -> str:
    """What else happened, in words."""
    rows = [
        f"{len(rows['done'])} done, {len(rows['refused'])} refused"
        for rows in account.completed.values()
        if rows["refused"]
    ]
    names = [name for name in (*account.verdicts, *account.intake) if "(" in name]
    reasons = [name.partition("(")[2].rstrip(")") for name in names]
    words = [WORDS.get(reason, reason) for reason in reasons]
    if "DossierDuplicated" in account.intake:
        words.append("the repetition recognised")
    if any(letter.endswith("undeliverable") for letter in account.letters):
        words.append("nobody to write to")
    details = "; ".join(dict.fromkeys([*rows, *words]))
    return f" ({details})" if details else ""


def _letters(delays: list[Delay]) -> Table:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for delay in delays:
        by_kind[delay.kind].append(delay.seconds)
    table = Table(box=SIMPLE, title="Letters, against the 2 hours", pad_edge=False)
    for heading in ("letter", "sent", "fastest", "slowest", "of the 2 hours"):
        table.add_column(heading, justify="left" if heading == "letter" else "right")
    for kind, seconds in sorted(by_kind.items()):
        share = f"{max(seconds) / LIMIT_SECONDS:.2%}"
        ends = (f"{min(seconds):.1f} s", f"{max(seconds):.1f} s")
        table.add_row(LETTERS[kind], str(len(seconds)), *ends, share)
    return table


def _book(content: dict[str, Any], count: int) -> Table:
    table = Table(box=SIMPLE, title=f"One of {count} books", show_header=False, pad_edge=False)
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
