"""Ready: every store answers, every group is joined, and the portal's topic has the one clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.mongo import Database
from services.chassis.subscription import ClockState, Subscription

CHECK_SECONDS = 3.0


@dataclass(slots=True)
class Readiness:
    """Asked by /ready; looks, never caches."""

    database: Database
    checks: Sequence[Callable[[], Awaitable[None]]]
    subscriptions: Sequence[Subscription[Any]]
    clock_state: ClockState

    async def reasons(self) -> list[str]:
        """Why the process is not ready; empty if it is."""
        found = [
            f"group {each.group} is joining" for each in self.subscriptions if not each.is_joined
        ]
        if not self.clock_state.ok:
            found.append("the portal's topic does not carry LogAppendTime")
        checks = (self._mongodb, *self.checks)
        answers = await asyncio.gather(*map(_reason, checks))
        return found + [answer for answer in answers if answer]

    async def _mongodb(self) -> None:
        await self.database.command("ping")


async def _reason(check: Callable[[], Awaitable[None]]) -> str:
    name = getattr(check, "__name__", "store").strip("_")
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001  whatever it is, it is the reason
        return f"{name}: {type(error).__name__}"
    return ""
