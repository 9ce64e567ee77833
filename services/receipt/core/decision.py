"""The decision of design §5: facts x event -> facts, then clock and letters that follow from them.

Any order and any repetition of the three topics ends in the same state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from schemas.ebook import DossierCompleted, NotEntered, RefusedRow
from schemas.envelope import Event
from schemas.intake import DossierRefused, DossierSubmitted, WithdrawalSubmitted
from schemas.signature import (
    SignatureOverturned,
    SignatureRejected,
    SignatureUndetermined,
    SignatureValidated,
)
from services.receipt.core import sla
from services.receipt.core.dossier import (
    Completion,
    Dossier,
    Filing,
    NotEnteredRows,
    Overturn,
    Source,
    Verdict,
)
from services.receipt.core.letter import Policy, write_letters

_NOT_ENTERED: tuple[NotEntered, ...] = get_args(NotEntered)
Versions = Mapping[int, Dossier]
"""Those of one code, by number."""
VerdictEvent = SignatureValidated | SignatureRejected | SignatureUndetermined
Told = (
    DossierSubmitted
    | DossierRefused
    | WithdrawalSubmitted
    | VerdictEvent
    | SignatureOverturned
    | DossierCompleted
)


@dataclass(frozen=True, slots=True)
class Change:
    """A document as it was read (None: not there) and as it must become, in one write."""

    before: Dossier | None
    after: Dossier
    events: tuple[Event, ...] = ()


def concerns(event: Event) -> str | None:
    """The code of the dossier that an event tells something about; None if receipt has no use."""
    if isinstance(event, DossierRefused):
        answered = event.data.header is not None and event.data.version is not None
        return event.data.dossier_code if answered else None
    return event.data.dossier_code if isinstance(event, Told) else None


def decide(
    told: Iterable[tuple[Event, str]], known: Mapping[str, Dossier], now: datetime, policy: Policy
) -> list[Change]:
    """The changes that events (with their origins), in order, make to the documents of `known`.

    `known` holds every stored version of every code that the events concern, by document id.
    """
    versions: defaultdict[str, dict[int, Dossier]] = defaultdict(dict)
    for dossier in known.values():
        versions[dossier.code][dossier.version] = dossier
    learnt: dict[str, Dossier] = {}
    for event, origin in told:
        own = versions[event.subject]
        for dossier in _learn(event, origin, own, now, policy):
            own[dossier.version] = learnt[dossier.document_id] = dossier
    changes = (advance(known.get(key), after, now, policy) for key, after in learnt.items())
    return [change for change in changes if change.after != change.before]


def advance(before: Dossier | None, after: Dossier, now: datetime, policy: Policy) -> Change:
    """Look at the clock, then write the letters that are called for."""
    looked = sla.look(after, now)
    dossier, notices = write_letters(looked.dossier, policy)
    return Change(before, dossier, (*looked.events, *notices))


def _learn(
    event: Event, origin: str, own: Versions, now: datetime, policy: Policy
) -> list[Dossier]:
    match event:
        case DossierSubmitted() | DossierRefused():
            return _file(event, origin, own, now, policy)
        case WithdrawalSubmitted():
            return _withdraw(event, own)
        case SignatureValidated() | SignatureRejected() | SignatureUndetermined():
            return [_judge(_at(own, event.subject, event.data.version), event)]
        case SignatureOverturned():
            return [_overturn(_at(own, event.subject, event.data.version), event)]
        case DossierCompleted():
            return [_complete(_at(own, event.subject, event.data.version), event, origin)]
    return []


def _at(own: Versions, code: str, version: int) -> Dossier:
    return own.get(version) or Dossier(code=code, version=version)


def _newest_first(own: Versions) -> list[Dossier]:
    return [own[version] for version in sorted(own, reverse=True)]


def _file(
    event: DossierSubmitted | DossierRefused,
    origin: str,
    own: Versions,
    now: datetime,
    policy: Policy,
) -> list[Dossier]:
    header, version = event.data.header, event.data.version
    if header is None or version is None:
        return []
    dossier = _at(own, event.subject, version)
    if dossier.filing is not None:
        return []
    refused = isinstance(event, DossierRefused)
    filing = Filing(
        source=_source(event, origin),
        header=header,
        refused=refused,
        defects=event.data.defects if isinstance(event, DossierRefused) else (),
    )
    clock = sla.arm(event.received_at, now, policy.sla_seconds)
    filed = dossier.model_copy(update={"filing": filing, "clock": clock})
    return [_take_over_withdrawal(filed, own)]


def _take_over_withdrawal(dossier: Dossier, own: Versions) -> Dossier:
    """A withdrawal that came before anything could be withdrawn applies to what is filed now."""
    withdrawn = [other for other in _newest_first(own) if other.withdrawal is not None]
    if not withdrawn or any(other.open_to_withdrawal for other in withdrawn):
        return dossier
    return dossier.model_copy(update={"withdrawal": withdrawn[0].withdrawal})


def _withdraw(event: WithdrawalSubmitted, own: Versions) -> list[Dossier]:
    """To the newest version that is open; kept with version 1 while there is none."""
    versions = _newest_first(own)
    if any(version.withdrawal is not None for version in versions):
        return []
    open_ones = [version for version in versions if version.open_to_withdrawal]
    target = open_ones[0] if open_ones else _at(own, event.subject, 1)
    return [target.model_copy(update={"withdrawal": event.id})]


def _judge(dossier: Dossier, event: VerdictEvent) -> Dossier:
    report = event.data.report
    try_later = report.sub_indication == "TRY_LATER"
    match event:
        case SignatureValidated():
            verdict = Verdict(event_id=event.id, attempt=event.data.attempt, indication="VALIDATED")
        case SignatureRejected():
            verdict = _negative(event, "REJECTED")
        case SignatureUndetermined():
            verdict = _negative(event, "TRY_LATER" if try_later else "UNDETERMINED")
    stands = dossier.verdict
    if stands is not None and _weight(stands) >= _weight(verdict):
        return dossier
    return dossier.model_copy(update={"verdict": verdict})


def _negative(
    event: SignatureRejected | SignatureUndetermined,
    indication: Literal["REJECTED", "UNDETERMINED", "TRY_LATER"],
) -> Verdict:
    data = event.data
    return Verdict(
        event_id=event.id, attempt=data.attempt, indication=indication, defects=data.defects
    )


def _weight(verdict: Verdict) -> tuple[bool, int, str]:
    """A final verdict stands over one that will be tried again, a later attempt over an earlier."""
    return verdict.final, verdict.attempt, str(verdict.event_id)


def _overturn(dossier: Dossier, event: SignatureOverturned) -> Dossier:
    stands = dossier.overturn
    if stands is not None and str(stands.event_id) <= str(event.id):
        return dossier
    overturn = Overturn(event_id=event.id, defects=event.data.defects)
    return dossier.model_copy(update={"overturn": overturn})


def _not_entered(row: RefusedRow) -> NotEntered | None:
    return next((why for why in _NOT_ENTERED if row.reasons == (why,)), None)


def _complete(dossier: Dossier, event: DossierCompleted, origin: str) -> Dossier:
    data = event.data
    if any(done.decision_number == data.decision_number for done in dossier.completions):
        return dossier
    completion = Completion(
        source=_source(event, origin),
        decision_number=data.decision_number,
        expected=data.expected,
        done=len(data.done),
        refused_rows=tuple(row.row for row in data.refused if _not_entered(row) is None),
        not_entered=tuple(
            NotEnteredRows(why=why, rows=rows)
            for why in _NOT_ENTERED
            if (rows := tuple(row.row for row in data.refused if _not_entered(row) == why))
        ),
    )
    both = (*dossier.completions, completion)
    ordered = tuple(sorted(both, key=lambda done: done.decision_number))
    return dossier.model_copy(update={"completions": ordered})


def _source(event: Event, origin: str) -> Source:
    return Source(
        event_id=event.id,
        origin=origin,
        received_at=event.received_at,
        correlation_id=event.correlation_id,
        traceparent=event.traceparent,
    )
