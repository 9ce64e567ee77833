"""JWS by the letter of our profile: strict base64url, strict JSON, no header that is not known.

Whatever deviates is a JwsFormatError with a reason from a closed list, never another exception.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.strict_json import StrictJsonError, loads
from services.signature.core.policy import SignaturePolicy

SIGNATURE_NAMES = frozenset({"alg", "x5c", "x5t#S256", "sigT"})
SIGNATURE_OPTIONAL = frozenset({"typ", "cty"})
ASSERTION_NAMES = frozenset({"alg", "x5c"})
ASSERTION_OPTIONAL = frozenset({"typ", "cty", "kid", "x5t#S256"})

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SEGMENTS = 3


class JwsFormatError(ValueError):
    """Not a JWS of our profile; `reason` holds no value of the input."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What a protected header claims. Only the first certificate is ever looked at."""

    alg: str
    certificate: str
    thumbprint: str | None
    claimed_time: datetime | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """A compact JWS taken apart, nothing verified."""

    header: Header
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def encode(raw: bytes) -> bytes:
    """base64url without padding (RFC 7515, 2)."""
    # Two replacements cost less than the one translation of base64.urlsafe_b64encode.
    standard = binascii.b2a_base64(raw, newline=False)
    return standard.replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")


def decode(text: str, part: str) -> bytes:
    """The bytes behind exactly one base64url form: no padding, no other characters, no loose bits.

    Raises JwsFormatError.
    """
    standard = text.replace("-", "+").replace("_", "/") + "==="[: -len(text) % 4]
    try:
        raw = binascii.a2b_base64(standard, strict_mode=True)
    except ValueError:
        raise JwsFormatError(f"BASE64URL_{part}") from None
    # What strict mode lets pass: the standard alphabet, and at the end padding and loose bits.
    start, whole = len(text) // 4 * 4, len(raw) // 3 * 3
    if "+" in text or "/" in text or encode(raw[whole:]).decode() != text[start:]:
        raise JwsFormatError(f"BASE64URL_{part}")
    return raw


def signing_input(protected: str, payload: bytes) -> bytes:
    """RFC 7515, 5.1: the bytes that are signed; the payload is put back from where it travels."""
    return protected.encode() + b"." + encode(payload)


def thumbprint(der: bytes) -> str:
    """x5t#S256 of a certificate (RFC 7515, 4.1.8)."""
    return encode(hashlib.sha256(der).digest()).decode()


def certificate_der(text: str) -> bytes:
    """The DER behind an x5c element: strict base64 with padding (RFC 7515, 4.1.6)."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise JwsFormatError("X5C") from None
    if base64.b64encode(raw) != text.encode():
        raise JwsFormatError("X5C")
    return raw


def _object(raw: bytes, part: str, limit: int) -> dict[str, Any]:
    try:
        return loads(raw, max_bytes=limit)
    except StrictJsonError as error:
        raise JwsFormatError(f"{part}_{error.code}") from None


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise JwsFormatError("SIGT")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise JwsFormatError("SIGT") from None


def _leaf(chain: Any, policy: SignaturePolicy) -> str:
    if not isinstance(chain, list) or not 1 <= len(chain) <= policy.max_certificates:
        raise JwsFormatError("X5C")
    limit = policy.max_certificate_bytes * 4 // 3 + 4
    for item in chain:
        if not isinstance(item, str) or not 0 < len(item) <= limit:
            raise JwsFormatError("X5C")
    return str(chain[0])


def _header(
    values: dict[str, Any],
    required: frozenset[str],
    optional: frozenset[str],
    policy: SignaturePolicy,
) -> Header:
    names = values.keys()
    if not required <= names:
        raise JwsFormatError("HEADER_MISSING")
    if names != required and not names <= required | optional:
        raise JwsFormatError("HEADER_UNKNOWN")
    for name, value in values.items():
        if name != "x5c" and not isinstance(value, str):
            raise JwsFormatError("HEADER_TYPE")
    return Header(
        alg=values["alg"],
        certificate=_leaf(values["x5c"], policy),
        thumbprint=values.get("x5t#S256"),
        claimed_time=_instant(values["sigT"]) if "sigT" in values else None,
    )


def read_signature_header(protected: str, policy: SignaturePolicy) -> Header:
    """The protected header of a detached signature. Raises JwsFormatError."""
    if len(protected) > policy.max_header_bytes:
        raise JwsFormatError("HEADER_TOO_LARGE")
    values = _object(decode(protected, "HEADER"), "HEADER", policy.max_header_bytes)
    return _header(values, SIGNATURE_NAMES, SIGNATURE_OPTIONAL, policy)


@functools.lru_cache(maxsize=256)
def _assertion_header(protected: str, policy: SignaturePolicy) -> Header:
    """An e-ID service's header is the same on every assertion."""
    values = _object(decode(protected, "HEADER"), "HEADER", policy.max_header_bytes)
    return _header(values, ASSERTION_NAMES, ASSERTION_OPTIONAL, policy)


def read_assertion(compact: str, policy: SignaturePolicy) -> Assertion:
    """A compact JWS with its claims. Raises JwsFormatError."""
    if len(compact) > policy.max_header_bytes:
        raise JwsFormatError("TOO_LARGE")
    segments = compact.split(".")
    if len(segments) != _SEGMENTS:
        raise JwsFormatError("SEGMENTS")
    protected, payload, signature = segments
    return Assertion(
        header=_assertion_header(protected, policy),
        claims=_object(decode(payload, "CLAIMS"), "CLAIMS", policy.max_header_bytes),
        signed=f"{protected}.{payload}".encode(),
        signature=decode(signature, "SIGNATURE"),
    )
