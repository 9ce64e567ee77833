"""Work that time starts: sweeps, relays, retries. State lives in the store, never in the loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loop:
    """`tick` does one round and says whether more is due at once; errors are the chassis' business.

    Transient errors: the round is repeated after a growing, jittered wait. Anything else: logged
    with its type, counted, and repeated likewise; a loop never ends while the service lives.
    """

    name: str
    every_seconds: float
    tick: Callable[[], Awaitable[bool]]
