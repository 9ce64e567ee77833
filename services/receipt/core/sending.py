"""Who may send a letter and what an attempt means: leases, retries, the relay's answer.

A letter is offered to a relay only under a living lease, and marked sent only by the holder of it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.envelope import Event
from schemas.receipt import LetterSent, LetterSentData, RecipientRole
from services.receipt.core import sla
from services.receipt.core.dossier import Dossier, Lease, Letter
from services.receipt.core.letter import discriminators, source_of, undeliverable

_ADDRESS = re.compile(r"\S*@\S*")
_REPLY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Terms:
    """How this office sends: the domain of its Message-IDs, and its patience with a relay."""

    domain: str
    first_seconds: float
    most_seconds: float

    def message_id(self, letter_id: UUID) -> str:
        """The same for every attempt, so that a mailbox can tell a repetition."""
        return f"<{letter_id}@{self.domain}>"

    def wait(self, letter: Letter) -> timedelta:
        """After attempt n: first x 2^(n-1), at most `most`, spread over letters by a quarter."""
        wait = min(self.first_seconds * 2 ** min(letter.attempts - 1, 30), self.most_seconds)
        seed = hashlib.sha256(f"{letter.letter_id}/{letter.attempts}".encode()).digest()
        return timedelta(seconds=wait * (0.75 + seed[0] / 512))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay's 250 after the message."""

    at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not taken, for now: 4xx, time-out or lost connection before the message was handed over."""


@dataclass(frozen=True, slots=True)
class Refused:
    """5xx for this recipient or this message: no further attempt can help."""

    at: datetime
    code: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The connection was lost after DATA: the relay may have the letter."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """Never offered to the relay: the lease ran out before DATA."""


Answer = Accepted | Deferred | Refused | Ambiguous | Unsent


@dataclass(frozen=True, slots=True)
class Marked:
    """A dossier after an answer was noted, and what has to be published."""

    dossier: Dossier
    events: tuple[Event, ...] = ()


def next_letters(dossier: Dossier) -> list[Letter]:
    """Per recipient the first letter not finished: letters to one person leave in order."""
    found: dict[RecipientRole, Letter] = {}
    for letter in dossier.letters:
        if not letter.finished:
            found.setdefault(letter.recipient, letter)
    return list(found.values())


def claimable_at(letter: Letter) -> datetime:
    """From when a sender may take it: its next try, or the end of another sender's lease."""
    return sla.lease_until(letter) if letter.state == "sending" else letter.next_try_at


def send_at(dossier: Dossier) -> datetime | None:
    """When a sender should come; None if nothing is to be sent."""
    return min((claimable_at(letter) for letter in next_letters(dossier)), default=None)


def deadline(dossier: Dossier) -> datetime | None:
    """The earliest deadline of what is to be sent: senders take that first."""
    return min((letter.deadline for letter in next_letters(dossier)), default=None)


def claim(dossier: Dossier, now: datetime, lease: Lease) -> Dossier:
    """The dossier with every claimable letter under `lease`.

    A letter whose lease ran out may have reached the relay: whoever held it cannot be asked.
    """
    for letter in next_letters(dossier):
        if claimable_at(letter) > now:
            continue
        taken = {
            "state": "sending",
            "lease": lease,
            "attempts": letter.attempts + 1,
            "ambiguous": letter.ambiguous or letter.state == "sending",
            "dated_at": letter.dated_at or now,
        }
        dossier = dossier.replacing(letter.model_copy(update=taken))
    return dossier


def held(dossier: Dossier, token: str) -> list[Letter]:
    """The letters under the lease of that token."""
    return [letter for letter in dossier.letters if letter.lease and letter.lease.token == token]


def mark(
    dossier: Dossier, letter_id: UUID, token: str, answer: Answer, *, now: datetime, terms: Terms
) -> Marked:
    """Note the relay's answer, if the letter is still claimed under `token`; else change nothing.

    Also after the lease's end: as long as nobody has claimed the letter anew, nobody else sends it.
    """
    letter = dossier.letter(letter_id)
    if letter is None or letter.lease is None or letter.lease.token != token:
        return Marked(dossier)
    match answer:
        case Accepted():
            return _sent(dossier, letter, answer, terms)
        case Refused():
            done = letter.model_copy(update={"state": "undeliverable", "lease": None})
            notice = undeliverable(dossier, letter, answer.code, answer.at)
            return Marked(dossier.replacing(done), (notice,))
        case Unsent():
            back = {"attempts": letter.attempts - 1, "next_try_at": now}
        case Deferred():
            back = {"next_try_at": now + terms.wait(letter)}
        case Ambiguous():
            back = {"next_try_at": now + terms.wait(letter), "ambiguous": True}
    waiting = letter.model_copy(update={"state": "pending", "lease": None, **back})
    return Marked(dossier.replacing(waiting))


def _sent(dossier: Dossier, letter: Letter, answer: Accepted, terms: Terms) -> Marked:
    sent = letter.model_copy(update={"state": "sent", "lease": None, "sent_at": answer.at})
    looked = sla.settle(dossier.replacing(sent), sent, answer.at)
    told = _letter_sent(dossier, sent, answer, terms)
    return Marked(looked.dossier, (told, *looked.events))


def _letter_sent(dossier: Dossier, letter: Letter, answer: Accepted, terms: Terms) -> LetterSent:
    result = letter.kind == "RESULT"
    data = LetterSentData(
        dossier_code=dossier.code,
        version=dossier.version,
        letter_id=letter.letter_id,
        kind=letter.kind,
        recipient=letter.recipient,
        decision_number=letter.decision_number,
        early=letter.early,
        message_id=terms.message_id(letter.letter_id),
        relay_reply=_without_addresses(answer.reply),
        sent_at=answer.at,
        due_at=None if result or dossier.clock is None else dossier.clock.due_at,
        appointment=letter.appointment,
        attempts=letter.attempts,
        portal_status=letter.portal_status,
    )
    cause = source_of(dossier, letter).as_cause(letter.cause_id)
    names = discriminators(letter, dossier.version)
    return LetterSent.derive(cause, dossier.code, names, data, time=answer.at)


def _without_addresses(reply: str) -> str:
    """Relays repeat the recipient in their reply; events name no address."""
    return " ".join(_ADDRESS.sub("[address]", reply).split())[:_REPLY_LENGTH]
