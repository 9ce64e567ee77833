"""Collection `fingerprints`: which key this database's person ids were derived with."""

from __future__ import annotations

from services.chassis.errors import StartupError
from services.chassis.mongo import Database, DuplicateKeyError

PERSON_ID_KEY = "person_id_key"


async def confirm(database: Database, fingerprint: str) -> None:
    """Stored at the first start; StartupError if the database was begun with another key."""
    try:
        await database.fingerprints.insert_one({"_id": PERSON_ID_KEY, "fingerprint": fingerprint})
    except DuplicateKeyError:
        stored = await database.fingerprints.find_one({"_id": PERSON_ID_KEY})
        if stored["fingerprint"] != fingerprint:
            raise StartupError(
                "The person id key is not the one that this database's books were made with: "
                "give the original key in PERSON_ID_KEY or PERSON_ID_KEY_FILE."
            ) from None
