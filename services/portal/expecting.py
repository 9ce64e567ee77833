"""What must come of the demo's records, written from the rules and never from what was seen."""

from __future__ import annotations

from services.portal.accounts import Result, letter, named
from services.portal.faults import Expected
from services.portal.filing import Filed
from services.portal.settlement import Settled

_SECTION_OF = {
    "IDENTITY": "identity",
    "CONTRIBUTION": "contributions",
    "BENEFIT": "benefits",
    "UNEMPLOYMENT": "unemployment",
}
NEWLY_FILED, STOPPED, DONE, RETURNED = 1, 8, 9, 10


def expect_filed(result: Result, filed: Filed, expected: Expected) -> None:
    """A dossier version: admitted or refused, judged, answered by one letter to each addressee."""
    account = result.dossiers[filed.code]
    account.intake.append(named(expected.intake, expected.reason))
    if expected.intake == "DossierSubmitted":
        account.statuses.add(NEWLY_FILED)
    if expected.verdict:
        account.verdicts.append(named(expected.verdict, expected.sub))
    if expected.status:
        account.statuses.add(expected.status)
    if expected.letter is None:
        return
    if expected.letter.endswith("!"):
        kind = expected.letter.removesuffix("!")
        account.letters.append(letter(filed.version, kind, "SUBMITTER", undeliverable=True))
        return
    _expect_letter(result, filed, expected.letter)
    account.sla[str(filed.version)] = "met"


def expect_try_later(result: Result, filed: Filed) -> None:
    """A verdict that says that there is none yet, before the one that counts."""
    result.dossiers[filed.code].verdicts.append(named("SignatureUndetermined", "TRY_LATER"))


def expect_withdrawn(result: Result, filed: Filed) -> None:
    """A withdrawal stops the dossier and is confirmed by letter 05."""
    account = result.dossiers[filed.code]
    account.intake.append("WithdrawalSubmitted")
    account.statuses.add(STOPPED)
    _expect_letter(result, filed, "05")


def expect_answer(result: Result, code: str, kind: str, reason: str | None = None) -> None:
    """An answer of intake that changes nothing else."""
    result.dossiers[code].intake.append(named(kind, reason))


def expect_rejected_settlement(result: Result, settled: Settled, reason: str) -> None:
    """A settlement that reaches no book."""
    account = result.dossiers[settled.code]
    account.intake.append("SettlementSubmitted")
    account.verdicts.append(named("SettlementRejected", reason))


def expect_settled(result: Result, filed: Filed, settled: Settled) -> None:
    """A settlement that reaches the books: every granted row, and a result letter."""
    account = result.dossiers[settled.code]
    account.intake.append("SettlementSubmitted")
    account.verdicts.append("SettlementAuthenticated")
    account.statuses |= {DONE, RETURNED}
    account.completed[settled.decision_number] = {
        "done": [row["row"] for row in settled.rows if row["outcome"] == "GRANTED"],
        "refused": [row["row"] for row in settled.rows if row["outcome"] == "REFUSED"],
    }
    _expect_letter(result, filed, "RESULT")
    for row in settled.rows:
        if row["outcome"] == "GRANTED":
            book = result.books[row["person"]["identifiers"][0]["value"]]
            book.update(_SECTION_OF[fact["kind"]] for fact in row["facts"])
            book["settlements"] += 1


def _expect_letter(result: Result, filed: Filed, kind: str) -> None:
    account, owner = result.dossiers[filed.code], filed.draft.owner
    account.letters.append(letter(filed.version, kind, "SUBMITTER"))
    account.mails.append(filed.submitter.email)
    if owner is not None:
        account.letters.append(letter(filed.version, kind, "OWNER"))
        account.mails.append(owner.email)
