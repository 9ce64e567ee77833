"""The edges: what is read from intake, and the look again at what waits for evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from schemas.envelope import Event
from schemas.intake import IntakeEvent
from services.chassis.records import Received
from services.signature.core.batch import codes_of, decide, decide_again
from services.signature.core.decisions import Rules
from services.signature.deps import Deps


async def _rules(deps: Deps) -> Rules:
    return Rules(await deps.evidence.current(), deps.policy, deps.plan)


async def on_intake_events(batch: Sequence[Received[IntakeEvent]], deps: Deps) -> list[Event]:
    """A verdict for every dossier and settlement; a redelivery repeats what is stored."""
    rules = await _rules(deps)
    codes = codes_of(batch)
    while True:
        decision = decide(batch, await deps.dossiers.load(codes), rules)
        if await deps.dossiers.save(decision.changed):
            deps.metrics.count(decision.verdicts)
            return list(decision.events)


async def look_again(deps: Deps) -> bool:
    """One round over what is due; says whether more is. What others changed is due again later."""
    now = deps.clock.now()
    until = now + timedelta(seconds=deps.retry_lease_seconds)
    due = await deps.dossiers.claim(now, until, deps.retry_batch)
    if not due:
        return False
    rules = await _rules(deps)
    known = await deps.dossiers.load({code for code, _ in due})
    decision = decide_again(due, known, rules, now)
    if await deps.dossiers.save(decision.changed):
        deps.metrics.count(decision.verdicts)
    return len(due) == deps.retry_batch
