"""The exit codes, and the only place that ends the process from the inside."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from services.chassis.logs import logger

CANNOT_START = 1
RESTART_ME = 70

_log = logger(__name__)


def restart_me(why: str, **facts: object) -> NoReturn:
    """End at once with exit code 70. Never `raise SystemExit`: FastStream makes it a zombie."""
    _log.critical("restart needed", why=why, **facts)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(RESTART_ME)
