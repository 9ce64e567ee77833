"""Test-only entry points that die at a named point: `python -m tests.crashing`.

CRASH_SERVICE and CRASH_AT choose where; the process kills itself there with SIGKILL, once the
point was reached CRASH_AFTER times. The product has no hook for this: the dependency is wrapped.
"""

from __future__ import annotations

import os
import runpy
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from services.chassis.publishing import Publisher

_left = int(os.environ.get("CRASH_AFTER", "3"))


def _die() -> None:
    global _left  # noqa: PLW0603 - one process, one countdown
    _left -= 1
    if _left < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def dying(
    function: Callable[..., Awaitable[Any]], *, before: bool
) -> Callable[..., Awaitable[Any]]:
    """The function, and death before or after it."""

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            _die()
        result = await function(*args, **kwargs)
        if not before:
            _die()
        return result

    return wrapped


def wrap(owner: Any, name: str, *, before: bool) -> None:
    """Make a method deadly."""
    setattr(owner, name, dying(getattr(owner, name), before=before))


def after_publish_before_commit() -> None:
    wrap(Publisher, "send", before=False)


def after_store_before_publish() -> None:
    wrap(Publisher, "send", before=True)


def after_smtp_accept_before_mark() -> None:
    from services.receipt.adapters import smtp  # noqa: PLC0415 - only this point needs it

    wrap(smtp.SmtpMailer, "offer", before=False)


def after_facts_before_book() -> None:
    from services.ebook.adapters import mongo_facts  # noqa: PLC0415 - only this point needs it

    wrap(mongo_facts.MongoFacts, "record", before=False)


POINTS: dict[str, Callable[[], None]] = {
    "after_publish_before_commit": after_publish_before_commit,
    "after_store_before_publish": after_store_before_publish,
    "after_smtp_accept_before_mark": after_smtp_accept_before_mark,
    "after_facts_before_book": after_facts_before_book,
}

if __name__ == "__main__":
    POINTS[os.environ["CRASH_AT"]]()
    runpy.run_module(f"services.{os.environ['CRASH_SERVICE']}", run_name="__main__")
