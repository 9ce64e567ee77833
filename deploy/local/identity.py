"""Which process a file of an earlier run means: a pid alone may belong to somebody else by now."""

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Identity:
    """A pid together with the time at which that process started."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The identity of a living process."""
        started = _start_time(pid)
        return cls(pid, started) if started else None

    @classmethod
    def of_this_process(cls) -> "Identity":
        """Our own identity."""
        return cls(os.getpid(), _start_time(os.getpid()) or "")

    @property
    def is_alive(self) -> bool:
        """Whether exactly this process lives; a zombie does not."""
        return Identity.of(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Signal this process, and never another one that has its pid now."""
        if self.is_alive:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within this time."""
        deadline = time.monotonic() + seconds
        while self.is_alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def write(self, file: Path) -> None:
        """Put it into a file, whole or not at all."""
        half = file.with_name(f"{file.name}.half")
        half.write_text(json.dumps(asdict(self)))
        half.replace(file)

    @classmethod
    def read(cls, file: Path) -> "Identity | None":
        """The living process that a file names; None if it is gone, reused, or unreadable."""
        try:
            content = json.loads(file.read_text())
            identity = cls(int(content["pid"]), str(content["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # a stale or torn file is no error: nothing runs that we know of
        return identity if identity.is_alive else None


def _start_time(pid: int) -> str | None:
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if after_name[0] in "ZX" else after_name[19]
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None
