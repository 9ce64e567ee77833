"""The echo service with a producer that nobody acknowledges: what it publishes stays unsaid.

Run with `python -m tests.services_under_test.unheard`; ECHO_UNHEARD names a file that appears once
it waits for an acknowledgement.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from services.chassis.app import run
from services.chassis.publishing import Outgoing, Publisher
from tests.services_under_test.echo import create_app


async def unheard(_publisher: Publisher, records: Sequence[Outgoing]) -> None:
    """Takes everything, sends nothing, and waits."""
    assert records
    Path(os.environ["ECHO_UNHEARD"]).touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    Publisher.send = unheard  # type: ignore[method-assign,assignment]
    run(create_app)
