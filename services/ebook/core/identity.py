"""Who a person is: an opaque id from the best identifier, the same whatever order they came in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from schemas.parties import Identifier

PERSON_TYPES = ("CCCD", "SI", "PASSPORT")
"""What may name a person, best first (contract §5). An MST names an organisation."""


def alias_name(identifier: Identifier) -> str:
    """`TYPE|value`: the alias document's `_id`."""
    return f"{identifier.type}|{identifier.value}"


def person_identifiers(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Those that name a person, once each, best type first; within a type as the agency wrote."""
    unique = dict.fromkeys(i for i in identifiers if i.type in PERSON_TYPES)
    return tuple(sorted(unique, key=lambda i: PERSON_TYPES.index(i.type)))


def person_id(key: bytes, first: Identifier) -> str:
    """The id of a person first seen under `first`; without the key it tells nothing."""
    return hmac.new(key, alias_name(first).encode(), hashlib.sha256).hexdigest()


def fingerprint(key: bytes) -> str:
    """Says whether two keys are the same without telling either; never equal to a person id."""
    return hmac.new(key, b"hoso: fingerprint of the person id key", hashlib.sha256).hexdigest()[:32]
