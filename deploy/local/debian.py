"""Debian packages unpacked into the cache: as an ordinary user, with nothing on the system changed.

apt-get downloads and verifies them with the machine's own mirror and keys; dpkg only unpacks.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local import downloads
from deploy.local.errors import PlatformError

SOURCES = Path("/etc/apt/sources.list.d")
LOADERS = ("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1")


def unpacked(
    name: str, packages: Sequence[str], *, release: str | None = None, with_missing: bool = False
) -> Path:
    """A cached directory with these packages unpacked.

    They are of another Debian `release` if given; `with_missing` adds what they depend on and
    this machine does not have.
    """
    target = downloads.cache_directory() / f"debian-{name}"
    with downloads.being_filled(target) as directory:
        if directory is not None:
            downloads.progress(f"fetching {' '.join(packages)} (apt-get download) …")
            _fetch(packages, directory, release=release, with_missing=with_missing)
    return target


def library_directory(root: Path) -> Path:
    """The multiarch library directory of an unpacked `libc6`, with its loader in it."""
    for loader in LOADERS:
        for found in sorted(root.glob(f"**/{loader}")):
            if found.resolve().is_file():
                return found.resolve().parent
    raise PlatformError(f"No dynamic loader in {root}: remove that directory and run it again.")


def library_path(root: Path) -> str:
    """Every directory under `root` that holds shared libraries, as for LD_LIBRARY_PATH."""
    return os.pathsep.join(sorted({str(library.parent) for library in root.glob("**/*.so*")}))


def _fetch(
    packages: Sequence[str], directory: Path, *, release: str | None, with_missing: bool
) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise PlatformError("There is no apt-get here to fetch Debian packages with.")
    with tempfile.TemporaryDirectory(dir=directory) as text:
        work = Path(text)
        apt = ["apt-get", *_private_apt(work, release), "-qq"]
        wanted = [f"{package}/{release}" if release else package for package in packages]
        _run([*apt, "update"], cwd=work)
        if with_missing:
            _run([*apt, "install", "--download-only", "--no-install-recommends", "-y", *wanted])
        else:
            _run([*apt, "download", *wanted], cwd=work)
        for deb in sorted(work.glob("**/*.deb")):
            _run(["dpkg", "-x", str(deb), str(directory)])


def _private_apt(work: Path, release: str | None) -> list[str]:
    """Options that give apt its own lists and cache in `work`, and the sources of `release`."""
    parts = work / "sources.list.d"
    for path in (parts, work / "lists" / "partial", work / "cache" / "archives" / "partial"):
        path.mkdir(parents=True)
    paragraph = _debian_paragraph()
    if release is not None:
        paragraph = "\n".join(
            f"Suites: {release}" if line.lower().startswith("suites:") else line
            for line in paragraph.splitlines()
        )
    (parts / "debian.sources").write_text(f"{paragraph}\n")
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": str(parts),
        "Dir::State::Lists": str(work / "lists"),
        "Dir::Cache": str(work / "cache"),
        "APT::Sandbox::User": "",  # as root too: these directories are private to us
        "Debug::NoLocking": "1",
    }
    return [option for name, value in settings.items() for option in ("-o", f"{name}={value}")]


def _debian_paragraph() -> str:
    """The machine's own first Debian source in deb822 form: its mirror, components and keys."""
    for file in sorted(SOURCES.glob("*.sources")):
        for paragraph in file.read_text().split("\n\n"):
            lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
            text = "\n".join(lines).strip()
            if "debian-archive-keyring" in text and "uris:" in text.lower():
                return text
    raise PlatformError(f"No Debian source with its archive keyring in {SOURCES}.")


def _run(command: Sequence[str], *, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PlatformError(f"{' '.join(command[:1])} failed: {done.stderr.strip()}")
    return done.stdout
