"""`python -m deploy.local up|down|status|demo`: what `make` calls."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from deploy.local import system
from deploy.local.errors import PlatformError
from deploy.local.services import NAMES

COMMANDS = {
    "up": "start the whole system and leave it running",
    "down": "stop it",
    "status": "print what runs, and where",
    "demo": "start everything on empty data, send the demo's dossiers, stop everything",
    "supervise": "what `up` leaves running, in the foreground",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a problem of the platform is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        default = system.DEMO if name == "demo" else system.UP
        command.add_argument("--directory", type=Path, default=default, help="data and logs")
        if name in {"up", "supervise"}:
            command.add_argument(
                "--parts-only",
                action="store_true",
                help="Kafka, MongoDB and the inbox, without the services",
            )
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    try:
        return _run(chosen, chosen.directory.resolve())
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; everything was stopped.", file=sys.stderr)
        return 130


def _run(chosen: argparse.Namespace, directory: Path) -> int:
    match chosen.command:
        case "up":
            return system.up(directory, parts_only=chosen.parts_only)
        case "down":
            return system.down(directory)
        case "status":
            return system.status(directory)
        case "demo":
            return system.demo(directory)
        case _:
            system.supervise(directory, () if chosen.parts_only else NAMES)
            return 0


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C would, so that every `with` block stops what it started."""
    signal.signal(number, signal.SIG_IGN)  # once is enough; SIGKILL is for the impatient
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
