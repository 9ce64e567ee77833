"""ebook's knobs: the secret key of person ids, given as a value or as a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from services.chassis.errors import StartupError
from services.chassis.settings import Settings as ChassisSettings

KEY_BYTES = 16


class Settings(ChassisSettings):
    """Exactly one of the two keys; it never changes once books exist."""

    person_id_key: SecretStr | None = None
    person_id_key_file: Path | None = None

    def person_key(self) -> bytes:
        """The key's bytes. Raises StartupError where it is missing, given twice or too short."""
        if (self.person_id_key is None) == (self.person_id_key_file is None):
            raise StartupError(
                "Set exactly one of PERSON_ID_KEY and PERSON_ID_KEY_FILE: the secret that person "
                "ids are derived with. It must never change afterwards."
            )
        key = self._read_key()
        if len(key) < KEY_BYTES:
            raise StartupError(
                f"The person id key has {len(key)} bytes; at least {KEY_BYTES} are needed: "
                "correct PERSON_ID_KEY or PERSON_ID_KEY_FILE."
            )
        return key

    def _read_key(self) -> bytes:
        if self.person_id_key is not None:
            return self.person_id_key.get_secret_value().encode()
        assert self.person_id_key_file is not None
        try:
            return self.person_id_key_file.read_bytes().strip()
        except OSError as error:
            raise StartupError(
                f"Cannot read PERSON_ID_KEY_FILE ({error.strerror}): correct its path or rights."
            ) from None
