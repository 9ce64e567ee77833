"""The whole system for a person: left running (`up`, `down`, `status`) or for one demo.

`up` leaves one supervisor process behind; everything else is its child and dies with it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from deploy.local import platform, trial
from deploy.local.downloads import CHECKOUT, progress
from deploy.local.errors import PlatformError
from deploy.local.identity import Identity
from deploy.local.platform import Platform
from deploy.local.ports import Ports, require_free
from deploy.local.services import NAMES, Services, services_running
from deploy.local.supervision import supervised

UP = CHECKOUT / "var" / "up"
DEMO = CHECKOUT / "var" / "demo"
STOP_SECONDS = 60.0
POLL_SECONDS = 0.1


@contextmanager
def running(
    directory: Path,
    *,
    ports: Ports,
    settings: Mapping[str, str] = MappingProxyType({}),
    fresh: bool = False,
    names: Sequence[str] = NAMES,
) -> Iterator[tuple[Platform, Services]]:
    """Platform, topics and services, all supervised; nothing is left after the block."""
    for name in names:  # before anything is started
        require_free(getattr(ports, name), name, f"HOSO_{name.upper()}_PORT")
    with platform.start(directory, ports=ports, fresh=fresh) as parts, supervised(parts.processes):
        told = {**(trial.settings(parts.directory) if names else {}), **settings}
        with services_running(parts, settings=told, names=names) as services:
            yield parts, services


def up(directory: Path = UP, *, parts_only: bool = False) -> int:
    """Start the system and leave it running; if it runs already, say so. 0 if it runs."""
    if supervisor := Identity.read(_pid_file(directory)):
        progress(f"Already running (process {supervisor.pid}):\n{_addresses(directory)}", end="")
        return 0
    (directory / "logs").mkdir(parents=True, exist_ok=True)
    _addresses_file(directory).unlink(missing_ok=True)
    log = directory / "logs" / "supervisor.log"
    options = ["--directory", str(directory), *(["--parts-only"] if parts_only else [])]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "supervise", *options],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _follow(child, log, _addresses_file(directory))
    except BaseException:
        child.terminate()
        child.wait(STOP_SECONDS)
        raise


def supervise(directory: Path, names: Sequence[str] = NAMES) -> None:
    """Run the system until a signal comes: the process that `up` leaves behind."""
    if Identity.read(_pid_file(directory)) is not None:
        raise PlatformError(f"The system is already running in {directory}.")
    directory.mkdir(parents=True, exist_ok=True)
    Identity.of_this_process().write(_pid_file(directory))
    try:
        with running(directory, ports=Ports.documented(), names=names) as (parts, services):
            half = _addresses_file(directory).with_suffix(".half")
            half.write_text(describe(parts, services))
            half.replace(_addresses_file(directory))
            while True:
                signal.pause()
    finally:
        _addresses_file(directory).unlink(missing_ok=True)
        _pid_file(directory).unlink(missing_ok=True)


def down(directory: Path = UP) -> int:
    """Stop what `up` left running; nothing to stop is fine. 0 if nothing runs any more."""
    supervisor = Identity.read(_pid_file(directory))
    if supervisor is None:
        progress("Nothing is running.")
        return 0
    supervisor.signal(signal.SIGTERM)
    if not supervisor.wait(STOP_SECONDS):
        supervisor.signal(signal.SIGKILL)  # the kernel then kills all its children
        supervisor.wait(STOP_SECONDS)
    progress("Stopped. The data is kept; `make clean` removes it.")
    return 0


def status(directory: Path = UP) -> int:
    """Print what runs: 0 if the system does, 3 if not."""
    if Identity.read(_pid_file(directory)) is None:
        progress("Not running; start it with `make up`.")
        return 3
    progress(_addresses(directory), end="")
    return 0


def demo(directory: Path = DEMO) -> int:
    """Start everything on empty data, let the portal simulator send its dossiers, stop it all.

    0 only if the simulator saw every story end, and an independent check every outcome.
    """
    if Identity.read(_pid_file(UP)) is not None:
        raise PlatformError(
            "`make up` is running and uses the demo's ports: run `make down` first."
        )
    if os.environ.get("SMTP_URL"):
        raise PlatformError("The demo reads its letters back from its own inbox: unset SMTP_URL.")
    soon = {"RETRY_FIRST_SECONDS": "5", "RETRY_MAX_SECONDS": "10"}  # one CRL comes late
    with running(directory, ports=Ports.documented(), settings=soon, fresh=True) as (parts, _):
        simulate = ["services.cli", "portal", "demo", "--directory", str(directory)]
        simulated = _run_to_end(simulate, parts)
        checked = _run_to_end(["deploy.local.demo_check"], parts)  # knows nothing of hoso's code
        return simulated or checked


def describe(parts: Platform, services: Services) -> str:
    """All addresses, for a person."""
    lines = [
        ("Kafka", parts.bootstrap),
        ("MongoDB", parts.mongodb_uri),
        ("SMTP", parts.smtp_url),
        ("Inbox", parts.inbox_url or "(the SMTP server was given)"),
        *((service.name, f"{service.metrics_url}/metrics") for service in services.all),
        ("logs", str(parts.logs)),
        ("stop it", "make down"),
    ]
    return "".join(f"{name:10} {address}\n" for name, address in lines)


def _run_to_end(module: list[str], parts: Platform) -> int:
    command = [sys.executable, "-m", *module]
    env = {**os.environ, **parts.env, "SMTP_WEB_URL": parts.inbox_url}
    child = subprocess.Popen(command, cwd=CHECKOUT, env=env)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def _follow(child: subprocess.Popen[bytes], log: Path, addresses: Path) -> int:
    """Show the supervisor's progress until the system is up (0) or it gave up (its code)."""
    with log.open() as lines:
        while not addresses.exists():
            ended = child.poll() is not None
            sys.stderr.write(lines.read())
            if ended:
                return child.returncode or 1
            time.sleep(POLL_SECONDS)
        sys.stderr.write(lines.read())
    progress(f"\nThe system is running and stays so:\n{addresses.read_text()}", end="")
    return 0


def _addresses(directory: Path) -> str:
    file = _addresses_file(directory)
    return file.read_text() if file.exists() else "It is still starting.\n"


def _pid_file(directory: Path) -> Path:
    return directory / "supervisor.json"


def _addresses_file(directory: Path) -> Path:
    return directory / "addresses.txt"
