"""The demo's script: all records in three waves, and all that must come of them.

First everything is filed; when it has been answered, what follows; last, the late revocation list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.portal import expecting
from services.portal.accounts import Result
from services.portal.faults import GOOD
from services.portal.filing import Filed, PortalMessage
from services.portal.pki import Pki
from services.portal.scenes import MALFORMED, SCENES, SEED, Scene, Then
from services.portal.settlement import Outcome, Settled
from services.portal.simulator import Simulator

EVERY = 10


@dataclass(slots=True)
class Script:
    """`answered` is what must stand on the topics before the second wave goes out."""

    filings: list[PortalMessage] = field(default_factory=list)
    followups: list[PortalMessage] = field(default_factory=list)
    scenes: dict[str, Scene] = field(default_factory=dict)
    answered: Result = field(default_factory=Result)
    expected: Result = field(default_factory=Result)
    waiting_for_crl: set[str] = field(default_factory=set)


def write_script(pki: Pki) -> Script:
    """The same script every time, but for signatures."""
    sim, script = Simulator(SEED, pki), Script()
    filed = [_file(sim, script, scene) for scene in SCENES]
    for _ in range(MALFORMED):
        message, reason = sim.malformed()
        script.filings.append(message)
        for result in (script.answered, script.expected):
            result.unreadable[reason] += 1
    for scene, first in zip(SCENES, filed, strict=True):
        newest = first
        for then in scene.then:
            newest = _follow(sim, script, newest, then)
    return script


def _file(sim: Simulator, script: Script, scene: Scene) -> Filed:
    filed = scene.file(sim)
    script.filings.append(filed.message)
    script.scenes[filed.code] = scene
    for result in (script.answered, script.expected):
        expecting.expect_filed(result, filed, scene.expected)
        if scene.late_crl:
            expecting.expect_try_later(result, filed)
    if scene.late_crl:
        script.waiting_for_crl.add(filed.code)
    return filed


def _follow(sim: Simulator, script: Script, filed: Filed, then: Then) -> Filed:
    """One thing that happens to a dossier; its newest version."""
    send, result = script.followups.append, script.expected
    match then:
        case "settle" | "refuse_second" | "refuse_every_tenth" | "refuse_all":
            settled = sim.settle(filed, _outcomes(then, len(filed.subjects)))
            send(settled.message)
            expecting.expect_settled(result, filed, settled)
        case "settle_at_once":
            settled = sim.settle(filed)
            script.filings.append(settled.message)
            for each in (script.answered, result):
                expecting.expect_settled(each, filed, settled)
        case "supplement":
            filed = sim.supplement(filed)
            send(filed.message)
            expecting.expect_filed(result, filed, GOOD)
        case "withdraw":
            send(sim.withdraw(filed))
            expecting.expect_withdrawn(result, filed)
        case "forged_by_firm" | "forged_by_other_agency" | "settle_in_vain" | "settle_too_late":
            _settle_badly(sim, script, filed, then)
        case _:
            message, answer, reason = _repeat(sim, filed, then)
            send(message)
            expecting.expect_answer(result, filed.code, answer, reason)
    return filed


def _settle_badly(sim: Simulator, script: Script, filed: Filed, then: Then) -> None:
    settled: Settled
    if then == "settle_too_late":
        settled = sim.settle(filed)
        expecting.expect_answer(script.expected, filed.code, "DossierRefused", "ALREADY_WITHDRAWN")
    elif then == "settle_in_vain":
        settled = sim.settle(filed)
        expecting.expect_rejected_settlement(script.expected, settled, "DOSSIER_NOT_VALIDATED")
    else:
        elsewhere = then == "forged_by_other_agency"
        settled = sim.forged_settlement(filed, by_other_agency=elsewhere)
        reason = "AGENCY_MISMATCH" if elsewhere else "NOT_AN_AGENCY"
        expecting.expect_rejected_settlement(script.expected, settled, reason)
    script.followups.append(settled.message)


def _repeat(sim: Simulator, filed: Filed, then: Then) -> tuple[PortalMessage, str, str | None]:
    """A record that intake alone answers: message, answer, reason."""
    match then:
        case "same_record":
            return sim.again(filed, other_event_id=False), "DossierDuplicated", None
        case "same_content":
            return sim.again(filed), "DossierDuplicated", None
        case "conflict":
            return sim.conflict(filed), "DossierRefused", "CONFLICT"
        case "withdraw_too_late":
            return sim.withdraw(filed), "DossierRefused", "ALREADY_SETTLED"
        case "skip_a_version":
            third = sim.supplement(replace(filed, version=2))
            return third.message, "DossierRefused", "UNKNOWN_VERSION"
        case _:
            raise AssertionError(then)


def _outcomes(then: Then, people: int) -> Sequence[Outcome]:
    match then:
        case "refuse_second":
            return ["REFUSED" if row == 1 else "GRANTED" for row in range(people)]
        case "refuse_every_tenth":
            return ["REFUSED" if row % EVERY == 0 else "GRANTED" for row in range(people)]
        case "refuse_all":
            return ["REFUSED"] * people
        case _:
            return ["GRANTED"] * people
