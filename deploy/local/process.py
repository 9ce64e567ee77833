"""One child process: started, awaited, paused, killed and stopped, never left behind.

Every child leads its own process group, writes to one log file, and is killed by the kernel
when this process dies, however it dies.
"""

import contextlib
import functools
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from deploy.local.errors import PlatformError

LIFELINE = Path(__file__).with_name("lifeline.py")
POLL_SECONDS = 0.03


class Process:
    """A named child with a log file; `is_ready` says when it can be used.

    `wanted` is true from a start until a stop; a kill does not change it, so a supervisor
    (`supervision.py`) starts a killed or crashed child again and leaves a stopped one alone.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        is_ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        ready_seconds: float = 60.0,
        grace_seconds: float = 15.0,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._is_ready = is_ready
        self._env = dict(os.environ if env is None else env)
        self._cwd = cwd
        self.wanted = False
        self._log_start = 0
        self._control = threading.RLock()
        self._ready_seconds = ready_seconds
        self._grace_seconds = grace_seconds
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running (or last) child."""
        if self._popen is None:
            raise PlatformError(f"{self.name} was never started.")
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return None if self._popen is None else self._popen.poll()

    @property
    def is_running(self) -> bool:
        """Whether the child lives (paused counts as living)."""
        return self._popen is not None and self._popen.poll() is None

    def launch(self) -> None:
        """Start the child without waiting until it is ready."""
        with self._control:
            if self.is_running:
                raise PlatformError(f"{self.name} is already running as process {self.pid}.")
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._log_start = self.log.stat().st_size if self.log.exists() else 0
            self._popen = _spawn(self._command, self._env, self.log, self._cwd)
            self.wanted = True

    def relaunch_if_wanted(self) -> bool:
        """Start a child that ended although it is wanted; whether that was so."""
        with self._control:
            if not self.wanted or self.is_running:
                return False
            self.launch()
            return True

    def wait_ready(self, seconds: float | None = None) -> None:
        """Return when it can be used; one that ends or hangs is an error with its last words."""
        allowed = self._ready_seconds if seconds is None else seconds
        deadline = time.monotonic() + allowed
        while not self._is_ready():
            if not self.is_running:
                raise PlatformError(
                    f"{self.name} ended with code {self.exit_code} before it was ready; "
                    f"see {self.log}:\n{self.last_words()}"
                )
            if time.monotonic() > deadline:
                raise PlatformError(
                    f"{self.name} was not ready after {allowed:.0f} s; "
                    f"see {self.log}:\n{self.last_words()}"
                )
            time.sleep(POLL_SECONDS)

    def start(self) -> None:
        """Start it and wait until it is ready; on failure nothing is left running."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.wanted = False
            self.kill()
            raise

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after the grace. Stopping what does not run is fine."""
        self.request_stop()
        if self._popen is None:
            return
        try:
            self._popen.wait(self._grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def request_stop(self) -> None:
        """SIGTERM without waiting; a paused child is woken so that it can hear it."""
        with self._control:
            self.wanted = False
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        popen = self._popen
        self._signal(signal.SIGKILL)
        if popen is not None:
            popen.wait()

    def restart(self) -> None:
        """Stop it if it runs, then start it again: same command, same data, same ports."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: alive, silent, its connections open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def last_words(self, lines: int = 15) -> str:
        """The end of what it logged since its last launch."""
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        # poll() reaps under a lock, so a pid that is not reaped yet is still ours.
        if self._popen is not None and self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended in this very moment
                os.killpg(self._popen.pid, number)


def _spawn(
    command: list[str], env: dict[str, str], log: Path, cwd: Path | None
) -> subprocess.Popen[bytes]:
    """A child of the one thread that outlives all others.

    The kernel's parent-death signal follows the *thread* that started a child, so a child that
    a short-lived worker thread had started would be killed when that thread ends.
    """
    lifeline = [sys.executable, "-I", "-S", str(LIFELINE), str(os.getpid()), *command]

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                lifeline,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    started: Future[subprocess.Popen[bytes]] = Future()
    _spawner().put((start, started))
    return started.result()


_Order = tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]


@functools.cache
def _spawner() -> "queue.SimpleQueue[_Order]":
    """The queue of the thread that starts all children and lives as long as this process."""
    orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()

    def serve() -> None:
        while True:
            start, started = orders.get()
            try:
                started.set_result(start())
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                started.set_exception(error)

    threading.Thread(target=serve, name="spawner", daemon=True).start()
    return orders
