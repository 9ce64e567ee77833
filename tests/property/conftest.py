"""Laws speak of values, not of how fast a busy machine is: no deadline for an example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("laws", deadline=None)
settings.load_profile("laws")
