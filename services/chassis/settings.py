"""Settings that every service has: environment variables to one frozen model; fails loudly."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class Settings(BaseSettings):
    """Each field is the upper-case environment variable of the same name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    kafka_bootstrap_servers: str = "127.0.0.1:19092"
    mongodb_uri: str = "mongodb://127.0.0.1:27117"
    mongodb_database_prefix: str = "hoso"
    """Each service uses the database `<prefix>_<service>`."""
    topic_prefix: str = ""
    """Put before topic and group names, so that tests share one broker."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Serves /metrics, /live and /ready; 0 takes a free port."""
    metrics_host: str = "127.0.0.1"
    """Where that port listens; a container sets it to its own address."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    session_timeout_seconds: Positive = 45
    heartbeat_seconds: Positive = 3
    subscribers: Annotated[int, Field(ge=1, le=4)] = 1
    """Batch subscribers per group and process (1-2 is right)."""
    max_batch_records: Annotated[int, Field(ge=1, le=500)] = 500
    retry_wait_seconds: Positive = 0.25
    """First wait after a transient error; doubles with jitter to retry_wait_max_seconds."""
    retry_wait_max_seconds: Positive = 15
    unexpected_attempts: Annotated[int, Field(ge=1)] = 5
    """Unexpected failures of a batch before it runs record by record."""
