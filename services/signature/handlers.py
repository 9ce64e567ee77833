"""The edges: what is read from intake, and the look again at what waits for evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from schemas.envelope import Event
from schemas.intake import IntakeEvent
from services.chassis.errors import TransientError
from services.chassis.records import Received
from services.signature.core.batch import codes_of, decide, decide_again
from services.signature.core.decisions import Rules
from services.signature.deps import Deps

RACES = 20
"""How often a race lost to another writer is run again before the chassis waits and repeats."""


async def _rules(deps: Deps) -> Rules:
    return Rules(await deps.evidence.current(), deps.policy, deps.plan)


async def on_intake_events(batch: Sequence[Received[IntakeEvent]], deps: Deps) -> list[Event]:
    """A verdict for every dossier and settlement; a redelivery repeats what is stored.

    Deciding runs beside the event loop: heartbeats go on while signatures are verified.
    """
    rules = await _rules(deps)
    codes = codes_of(batch)
    for _ in range(RACES):
        known = await deps.dossiers.load(codes)
        decision = await asyncio.to_thread(decide, batch, known, rules)
        if await deps.dossiers.save(decision.changed):
            deps.metrics.count(decision.verdicts)
            return list(decision.events)
    raise TransientError(f"{RACES} races lost to other writers of the same dossiers")


async def look_again(deps: Deps) -> bool:
    """One round over what is due; says whether more is. What others changed is due again later."""
    now = deps.clock.now()
    until = now + timedelta(seconds=deps.retry_lease_seconds)
    due = await deps.dossiers.claim(now, until, deps.retry_batch)
    if not due:
        return False
    rules = await _rules(deps)
    known = await deps.dossiers.load({code for code, _ in due})
    decision = await asyncio.to_thread(decide_again, due, known, rules, now)
    if await deps.dossiers.save(decision.changed):
        deps.metrics.count(decision.verdicts)
    return len(due) == deps.retry_batch
