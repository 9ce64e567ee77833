"""What the services need to know before they start, made up for a trial: trust and a secret."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def settings(directory: Path) -> dict[str, str]:
    """The simulator's trust list and a key for person ids, kept in `directory`.

    What the environment already says (TRUST_LIST_PATH, PERSON_ID_KEY, PERSON_ID_KEY_FILE) wins.
    """
    made: dict[str, str] = {}
    if "TRUST_LIST_PATH" not in os.environ:
        from services.portal.pki import Pki  # noqa: PLC0415 - parts alone need no services

        made["TRUST_LIST_PATH"] = str(Pki.open(directory / "pki").trust_list)
    if not {"PERSON_ID_KEY", "PERSON_ID_KEY_FILE"} & os.environ.keys():
        made["PERSON_ID_KEY_FILE"] = str(_person_id_key(directory / "person-id.key"))
    return made


def _person_id_key(file: Path) -> Path:
    """A secret that stays as long as the data: person ids are derived from it."""
    if not file.exists():
        half = file.with_suffix(".half")
        half.touch(mode=0o600)
        half.write_text(secrets.token_hex(32))
        half.replace(file)
    return file
