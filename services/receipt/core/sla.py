"""The two-hour clock: deadline, at-risk time and outcome. Pure, and monotone in `now`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from schemas.envelope import Cause, Event
from schemas.receipt import AtRiskData, BreachedData, MetData, SlaAtRisk, SlaBreached, SlaMet
from services.receipt.core.dossier import Clock, Dossier, Letter, usable

AT_RISK_SHARE = 0.75
BreachReason = Literal["late", "ambiguous", "undeliverable"]


@dataclass(frozen=True, slots=True)
class Looked:
    """A dossier after the clock was looked at, and what has to be published."""

    dossier: Dossier
    events: tuple[Event, ...] = ()


def arm(received_at: datetime, now: datetime, sla_seconds: float) -> Clock:
    """The clock of a record that the broker took at `received_at`.

    A clock that is over when it is armed (a stopped intake) has no deadline left to save by an
    early receipt: the verdict, seconds behind, gets another quarter of the time to come first.
    """
    due_at = received_at + timedelta(seconds=sla_seconds)
    at_risk_at = received_at + timedelta(seconds=sla_seconds * AT_RISK_SHARE)
    early_at = at_risk_at if now < due_at else now + (due_at - at_risk_at)
    return Clock(received_at=received_at, at_risk_at=at_risk_at, due_at=due_at, early_at=early_at)


def lease_lives(dossier: Dossier, now: datetime) -> bool:
    """Whether a sender may be talking to the relay for the submitter right now."""
    return any(lease_until(letter) > now for letter in _to_submitter(dossier) if letter.lease)


def lease_until(letter: Letter) -> datetime:
    """When the letter's lease ends; only for a letter that has one."""
    assert letter.lease is not None
    return letter.lease.until


def look(dossier: Dossier, now: datetime) -> Looked:
    """What the clock says at `now`: at risk, time for an early receipt, breached, or nothing.

    Looking twice publishes nothing twice.
    """
    if dossier.clock is None:
        return Looked(dossier)
    clock, update, events = dossier.clock, dict[str, object](), list[Event]()
    if not dossier.early and now >= clock.early_at and _waits_for_verdict(dossier):
        update["early"] = True
    if dossier.outcome is None and now >= clock.at_risk_at and not dossier.at_risk:
        update["at_risk"] = True
        if now < clock.due_at:  # afterwards the breach says it all
            events.append(_at_risk(dossier, clock))
    if dossier.outcome is None and now >= clock.due_at and not lease_lives(dossier, now):
        update["outcome"] = "breached"
        events.append(_breached(dossier, clock, _reason(dossier)))
    return Looked(dossier.model_copy(update=update), tuple(events)) if update else Looked(dossier)


def next_look_at(dossier: Dossier) -> datetime | None:
    """When `look` may next have something to say; None if never."""
    clock = dossier.clock
    if clock is None:
        return None
    times = []
    if not dossier.early and _waits_for_verdict(dossier):
        times.append(clock.early_at)
    if dossier.outcome is None:
        leases = [lease_until(letter) for letter in _to_submitter(dossier) if letter.lease]
        times.append(max([clock.due_at, *leases]))
        if not dossier.at_risk:
            times.append(clock.at_risk_at)
    return min(times, default=None)


def settle(dossier: Dossier, letter: Letter, sent_at: datetime) -> Looked:
    """The outcome once the relay took `letter`: the first one to the submitter decides."""
    clock = dossier.clock
    if letter.recipient != "SUBMITTER" or dossier.outcome is not None or clock is None:
        return Looked(dossier)
    met = sent_at <= clock.due_at
    event = (
        _met(dossier, clock, letter, sent_at)
        if met
        else _breached(dossier, clock, "ambiguous" if letter.ambiguous else "late")
    )
    outcome = "met" if met else "breached"
    return Looked(dossier.model_copy(update={"outcome": outcome}), (event,))


def waiting_since(dossier: Dossier) -> datetime | None:
    """The append time of a dossier whose submitter has no letter yet; None once answered."""
    if dossier.clock is None or any(letter.finished for letter in _to_submitter(dossier)):
        return None
    return dossier.clock.received_at


def answered_at(dossier: Dossier) -> datetime | None:
    """When the relay first took a letter to the submitter."""
    times = (letter.sent_at for letter in _to_submitter(dossier) if letter.sent_at)
    return min(times, default=None)


def _to_submitter(dossier: Dossier) -> list[Letter]:
    return [letter for letter in dossier.letters if letter.recipient == "SUBMITTER"]


def _waits_for_verdict(dossier: Dossier) -> bool:
    filing, verdict = dossier.filing, dossier.verdict
    open_verdict = verdict is None or not verdict.final
    return (
        filing is not None
        and not filing.refused
        and open_verdict
        and dossier.overturn is None
        and dossier.withdrawal is None
    )


def _reason(dossier: Dossier) -> BreachReason:
    letters = _to_submitter(dossier)
    if dossier.filing is not None and not usable(dossier.filing.header.submitter.email):
        return "undeliverable"
    if any(letter.ambiguous or letter.state == "sending" for letter in letters):
        return "ambiguous"
    if any(letter.state == "undeliverable" for letter in letters):
        return "undeliverable"
    return "late"


def _at_risk(dossier: Dossier, clock: Clock) -> SlaAtRisk:
    data = AtRiskData(dossier_code=dossier.code, version=dossier.version, due_at=clock.due_at)
    names = (dossier.version, "AtRisk")
    return SlaAtRisk.derive(_cause(dossier), dossier.code, names, data, time=clock.at_risk_at)


def _breached(dossier: Dossier, clock: Clock, reason: BreachReason) -> SlaBreached:
    data = BreachedData(
        dossier_code=dossier.code, version=dossier.version, due_at=clock.due_at, reason=reason
    )
    names = (dossier.version, "breached")
    return SlaBreached.derive(_cause(dossier), dossier.code, names, data, time=clock.due_at)


def _met(dossier: Dossier, clock: Clock, letter: Letter, sent_at: datetime) -> SlaMet:
    data = MetData(
        dossier_code=dossier.code,
        version=dossier.version,
        due_at=clock.due_at,
        met_at=sent_at,
        letter_id=letter.letter_id,
        kind=letter.kind,
    )
    return SlaMet.derive(
        _cause(dossier, letter), dossier.code, (dossier.version, "met"), data, time=sent_at
    )


def _cause(dossier: Dossier, letter: Letter | None = None) -> Cause:
    assert dossier.filing is not None
    return dossier.filing.source.as_cause(letter.cause_id if letter else None)
