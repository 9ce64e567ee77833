"""The decisions of signature: a dossier, a record and the evidence in; a dossier and events out.

A record that was decided before gives its stored events again. Events of a version whose outbox is
not empty go through the outbox too, so that they never overtake it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.envelope import Cause, Event
from schemas.intake import DossierSubmitted, SettlementSubmitted
from schemas.signature import VerdictData
from services.signature.core.chain import Evidence
from services.signature.core.dossier import Dossier, RetryPlan, Submission, Version, Waiting
from services.signature.core.judgement import Judgement, VerdictEvent, judge_dossier
from services.signature.core.policy import SignaturePolicy
from services.signature.core.settlement import Ruling, event_of, outcome, rule

Decided = tuple[Dossier, tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What all decisions of one batch rest on."""

    evidence: Evidence
    policy: SignaturePolicy
    plan: RetryPlan


def _verdict(
    event: DossierSubmitted, cause: Cause, attempt: int, judged: Judgement
) -> VerdictEvent:
    data = VerdictData(
        dossier_code=event.data.dossier_code,
        version=event.data.version,
        attempt=attempt,
        report=judged.report,
        defects=judged.defects,
    )
    code, version = event.data.dossier_code, event.data.version
    return judged.event.derive(cause, code, (version, attempt), data)


def _emit(dossier: Dossier, version: Version, events: tuple[Event, ...]) -> Decided:
    if version.has_outbox and events:
        version = replace(version, outgoing=(*version.outgoing, *events))
        events = ()
    return dossier.with_version(version), events


def _later(version: Version, at: datetime) -> Version:
    """Look again at the earliest of what was planned and `at`."""
    planned = min(version.next_try_at, at) if version.next_try_at else at
    return replace(version, next_try_at=planned)


def submit(dossier: Dossier, event: DossierSubmitted, origin: str, rules: Rules) -> Decided:
    """A verdict for a dossier version; TRY_LATER is said once and then looked at again."""
    version = dossier.version(event.data.version)
    if version.is_submitted:
        return _emit(dossier, version, version.verdicts)
    judged = judge_dossier(event.data, rules.evidence, rules.policy, event.received_at)
    verdict = _verdict(event, event.as_cause(origin), 1, judged)
    version = replace(
        version,
        content_sha256=judged.report.content_sha256,
        verdicts=(verdict,),
        open=None if judged.final else Submission(event, origin),
    )
    if not judged.final:
        wait = timedelta(seconds=rules.plan.wait_seconds(0))
        version = _later(version, event.received_at + wait)
    return _emit(dossier, version, (verdict,))


def _decided(version: Version, settlement: Waiting, ruling: Ruling) -> tuple[Version, Event]:
    decided = outcome(settlement, ruling)
    version = replace(version, outcomes=(*version.outcomes, decided))
    return version, event_of(decided, settlement.event)


def settle(dossier: Dossier, event: SettlementSubmitted, origin: str, rules: Rules) -> Decided:
    """An authenticated or rejected settlement, or none yet: then it waits in the dossier."""
    version = dossier.version(event.data.version)
    stored = version.outcome_of(event.data)
    if stored is not None:
        return _emit(dossier, version, (event_of(stored, event),))
    if any(waiting.event.id == event.id for waiting in version.waiting):
        return dossier, ()
    settlement = Waiting(event, origin)
    ruling = rule(dossier, settlement, rules.evidence, rules.policy)
    if ruling.waits:
        version = replace(version, waiting=(*version.waiting, settlement))
        wait = timedelta(seconds=rules.plan.wait_seconds(0))
        return dossier.with_version(_later(version, event.received_at + wait)), ()
    version, answer = _decided(version, settlement, ruling)
    return _emit(dossier, version, (answer,))


def _judge_again(version: Version, rules: Rules) -> Version:
    submission = version.open
    if submission is None:
        return version
    event = submission.event
    judged = judge_dossier(event.data, rules.evidence, rules.policy, event.received_at)
    if not judged.final:
        return version
    verdict = _verdict(event, event.as_cause(submission.origin), 2, judged)
    return replace(
        version,
        open=None,
        verdicts=(*version.verdicts, verdict),
        outgoing=(*version.outgoing, verdict),
    )


def _release(dossier: Dossier, number: int, rules: Rules) -> Dossier:
    """Every waiting settlement that can be decided now, in the order in which they came."""
    for settlement in dossier.version(number).waiting:
        ruling = rule(dossier, settlement, rules.evidence, rules.policy)
        if ruling.waits:
            continue
        version, answer = _decided(dossier.version(number), settlement, ruling)
        version = replace(
            version,
            waiting=tuple(w for w in version.waiting if w is not settlement),
            outgoing=(*version.outgoing, answer),
        )
        dossier = dossier.with_version(version)
    return dossier


def retry(dossier: Dossier, number: int, rules: Rules, now: datetime) -> Dossier:
    """Another look at what waits, silently; what became final leaves through the outbox."""
    dossier = dossier.with_version(_judge_again(dossier.version(number), rules))
    dossier = _release(dossier, number, rules)
    version = dossier.version(number)
    again = version.open is not None or bool(version.waiting)
    wait = timedelta(seconds=rules.plan.wait_seconds(version.tries + 1))
    return dossier.with_version(
        replace(
            version,
            tries=version.tries + 1,
            next_try_at=now + wait if again else None,
        )
    )
