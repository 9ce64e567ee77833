"""The commands `kcat` and `openssl`: the machine's own, or Debian's unpacked into the cache."""

import os
import shlex
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.local import debian
from deploy.local.errors import PlatformError

PACKAGES = {"kcat": "kcat", "openssl": "openssl"}


def find(name: str) -> Path:
    """A command that runs as it is: on PATH, or a wrapper in the cache that knows its libraries."""
    if found := shutil.which(name):
        return Path(found)
    try:
        root = debian.unpacked(name, [PACKAGES[name]], with_missing=True)
        return _wrapper(root, name)
    except PlatformError as error:
        raise PlatformError(f"`{name}` is needed and not on PATH: install it. ({error})") from error


def env(
    names: Iterable[str] = tuple(PACKAGES), base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`base` (this process's environment) with a PATH on which these commands are found."""
    known = dict(os.environ if base is None else base)
    directories = {str(find(name).parent): None for name in names}
    known["PATH"] = os.pathsep.join([*directories, *known.get("PATH", "").split(os.pathsep)])
    return known


def _wrapper(root: Path, name: str) -> Path:
    """A script that runs the unpacked binary with the unpacked libraries."""
    binary = next((path for path in root.glob(f"usr/*bin/{name}") if path.is_file()), None)
    if binary is None:
        raise PlatformError(f"there is no {name} in {root}")
    script = root / "run" / name
    if not script.exists():
        script.parent.mkdir(exist_ok=True)
        half = script.with_name(f".{name}.{os.getpid()}")
        libraries = shlex.quote(debian.library_path(root))
        half.write_text(
            f"#!/bin/sh\nLD_LIBRARY_PATH={libraries}\nexport LD_LIBRARY_PATH\n"
            f'exec {shlex.quote(str(binary))} "$@"\n'
        )
        half.chmod(0o755)
        half.replace(script)
    return script
