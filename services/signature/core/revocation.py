"""Certificate revocation lists (RFC 5280, 5): read once, then one dictionary look-up per signer.

A list that is not complete, not the issuer's own, or not understood does not serve; it never
turns "unknown" into "good".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from services.signature.core.algorithms import is_sha2
from services.signature.core.certificates import Certificate

_ENTRY_PROCESSED = frozenset({x509.CRLReason.oid, x509.InvalidityDate.oid})
_CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified, complete CRL of one CA."""

    sha256: str
    number: int | None
    this_update: datetime
    next_update: datetime
    revoked: Mapping[int, datetime]

    def serves(self, received_at: datetime) -> bool:
        """Contract §3: a list serves when nextUpdate is not before the control time."""
        return self.next_update >= received_at

    def is_revoked(self, serial: int, received_at: datetime) -> bool:
        """Whether the serial was revoked at or before the control time."""
        date = self.revoked.get(serial)
        return date is not None and date <= received_at


class CrlError(ValueError):
    """The list cannot be used; the text is a code from a closed list."""


def _load(raw: bytes) -> x509.CertificateRevocationList:
    try:
        if raw.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_crl(raw)
        return x509.load_der_x509_crl(raw)
    except ValueError:
        raise CrlError("NOT_A_CRL") from None


def _number(crl: x509.CertificateRevocationList) -> int | None:
    for extension in crl.extensions:
        if extension.critical or isinstance(
            extension.value, x509.IssuingDistributionPoint | x509.DeltaCRLIndicator
        ):
            raise CrlError("EXTENSION_NOT_UNDERSTOOD")
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _revoked(crl: x509.CertificateRevocationList) -> dict[int, datetime]:
    dates: dict[int, datetime] = {}
    for entry in crl:
        if any(e.critical and e.oid not in _ENTRY_PROCESSED for e in entry.extensions):
            raise CrlError("ENTRY_EXTENSION_NOT_UNDERSTOOD")
        date = entry.revocation_date_utc
        dates[entry.serial_number] = min(date, dates.get(entry.serial_number, date))
    return dates


def _verify(crl: x509.CertificateRevocationList, issuer: Certificate) -> None:
    if crl.issuer.public_bytes() != issuer.subject:
        raise CrlError("OTHER_ISSUER")
    if not issuer.signs_crls or issuer.key is None:
        raise CrlError("ISSUER_MAY_NOT_SIGN_CRLS")
    if not is_sha2(crl.signature_hash_algorithm) or not crl.is_signature_valid(issuer.key):
        raise CrlError("SIGNATURE")


def read_crl(raw: bytes, issuer: Certificate, *, loaded_at: datetime) -> RevocationList:
    """The list that `issuer` published. Raises CrlError."""
    try:
        crl = _load(raw)
        _verify(crl, issuer)
        number, revoked = _number(crl), _revoked(crl)
        next_update = crl.next_update_utc
    except CrlError:
        raise
    except Exception as error:
        # Whatever the parser raises on a broken list, the list does not serve.
        raise CrlError("NOT_A_CRL") from error
    if next_update is None:
        raise CrlError("NO_NEXT_UPDATE")
    if crl.last_update_utc > loaded_at + _CLOCK_TOLERANCE:
        raise CrlError("NOT_YET_PUBLISHED")
    return RevocationList(
        hashlib.sha256(raw).hexdigest(), number, crl.last_update_utc, next_update, revoked
    )


def is_rollback(new: RevocationList, old: RevocationList) -> bool:
    """Whether `new` was published before `old`: an old list must not hide a later revocation."""
    if new.number is not None and old.number is not None and new.number != old.number:
        return new.number < old.number
    return new.this_update < old.this_update
