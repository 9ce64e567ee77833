"""MongoDB's own engine as a server on 127.0.0.1, with its data in a directory."""

import platform
import sys
from pathlib import Path

from deploy.local import debian, downloads, ports
from deploy.local.errors import PlatformError
from deploy.local.process import Process

SERVER = Path(__file__).with_name("mongodb.mjs")
NEEDED_GLIBC = (2, 38)
NEXT_DEBIAN = "trixie"
COMMITS_REACH_THE_JOURNAL_FILE = "transaction_sync=(enabled=true,method=none)\n"
# `j: true` alone: this build sometimes acknowledges on a journal flush that began before the write,
# which is then in the engine's memory only (seen: up to 129 of 200 acknowledged inserts lost by
# SIGKILL on a busy machine). Written at commit, it survives the process; `j: true` syncs the disk.


class MongoServer(Process):
    """A running engine."""

    def __init__(self, directory: Path, port: int, logs: Path | None = None) -> None:
        self.port = port
        self.uri = f"mongodb://{ports.HOST}:{port}/?directConnection=true"
        data = directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        (data / "WiredTiger.config").write_text(COMMITS_REACH_THE_JOURNAL_FILE)
        modules = downloads.npm_packages()
        super().__init__(
            "MongoDB",
            [*_node(), SERVER, modules, data, str(port)],
            log=(logs or directory / "logs") / "mongodb.log",
            is_ready=lambda: ports.accepts(f"{ports.HOST}:{port}"),
        )


def start(directory: Path, port: int | None = None) -> MongoServer:
    """An engine that is ready to serve; its data in `directory` survives stop and kill."""
    server = create(directory, port)
    server.start()
    return server


def create(directory: Path, port: int | None = None, *, logs: Path | None = None) -> MongoServer:
    """As `start`, but not launched; its log in `logs` if given."""
    port = port or ports.free_port()
    ports.require_free(port, "MongoDB", "HOSO_MONGODB_PORT")
    return MongoServer(directory.resolve(), port, logs)


def _node() -> list[str]:
    """How to run Node with a C library new enough for the engine."""
    node = str(downloads.node())
    if sys.platform != "linux" or _glibc() >= NEEDED_GLIBC:
        return [node]
    try:
        packages = ("libc6", "libgcc-s1", "libstdc++6")
        root = debian.unpacked(NEXT_DEBIAN, packages, release=NEXT_DEBIAN)
        libraries = debian.library_directory(root)
    except PlatformError as error:
        needed = ".".join(map(str, NEEDED_GLIBC))
        raise PlatformError(
            f"The MongoDB engine needs glibc {needed} and this machine has "
            f"{'.'.join(map(str, _glibc()))}: set MONGODB_URI to a MongoDB of your own. ({error})"
        ) from error
    loader = next(path for name in debian.LOADERS if (path := libraries / name).exists())
    return [str(loader), "--library-path", str(libraries), node]


def _glibc() -> tuple[int, ...]:
    name, version = platform.libc_ver()
    return tuple(map(int, version.split("."))) if name == "glibc" else (0, 0)
