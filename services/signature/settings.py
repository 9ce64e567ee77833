"""The knobs of signature."""

from __future__ import annotations

from pathlib import Path

from services.chassis import settings as chassis
from services.chassis.settings import Positive


class Settings(chassis.Settings):
    """Where the trust list lies, what is accepted, how often to look again."""

    trust_list_path: Path
    """The trust list (JSON); certificates and CRLs are found relative to it."""
    accept_pkcs1: bool = True
    """Accept RSA PKCS#1 v1.5; each such verdict says `pkcs1_by_policy`."""
    retry_first_seconds: Positive = 60
    """First wait after TRY_LATER; doubles to retry_max_seconds, and never ends."""
    retry_max_seconds: Positive = 600
    retry_lease_seconds: Positive = 30
    """How long one replica keeps what it looks at from the others."""
