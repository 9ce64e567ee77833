"""The knobs of receipt, with units in their names; each is an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AnyUrl, Field, SecretStr, UrlConstraints

from services.chassis.settings import Positive
from services.chassis.settings import Settings as ChassisSettings

CALENDAR = Path(__file__).parent / "core" / "calendar.json"
SmtpUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["smtp", "smtps"], host_required=True)]
Address = Annotated[str, Field(pattern=r"^[!-?A-~]+@[A-Za-z0-9.-]+$", max_length=254)]


class Settings(ChassisSettings):
    """Defaults are those of production, except where a machine of one's own is meant."""

    sla_seconds: Positive = 7200
    """The clock of Decree 164/2025: two hours. At-risk and early letter come at three quarters."""
    smtp_url: SmtpUrl = AnyUrl("smtp://127.0.0.1:1025")
    """smtp:// takes STARTTLS where the relay offers it; smtps:// is TLS from the first byte."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_connections: Annotated[int, Field(ge=1, le=64)] = 4
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=55)] = 20
    """For each command; shorter than the lease."""
    smtp_lease_seconds: Annotated[float, Field(gt=0, le=60)] = 60
    """How long a sender may hold a letter; a sweep waits that long at most before a breach."""
    smtp_retry_seconds: Positive = 5
    """First wait after a temporary refusal; doubles up to smtp_retry_max_seconds."""
    smtp_retry_max_seconds: Positive = 300
    letter_from: Address = "khong-tra-loi@bhxh.example.vn"
    letter_from_name: str = "Hệ thống giải quyết thủ tục bảo hiểm xã hội"
    letter_domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")] = "bhxh.example.vn"
    """Right-hand side of every Message-ID; it must not change while letters are open."""
    sweep_every_seconds: Positive = 1
    send_every_seconds: Positive = 0.25
    calendar_file: Path = CALENDAR
    """Dated rest days that override the `holidays` library, year by year."""
