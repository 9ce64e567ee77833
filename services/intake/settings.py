"""Settings of intake: those of the chassis; its rules are dated data, not knobs."""

from __future__ import annotations

from services.chassis import settings as chassis


class Settings(chassis.Settings):
    """No knob of its own."""
