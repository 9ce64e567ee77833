"""The signature policy as frozen data: what is accepted; every report names the policy's id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DOCUMENT_PURPOSES = frozenset(
    {
        "2.5.29.37.0",  # anyExtendedKeyUsage
        "1.3.6.1.5.5.7.3.2",  # clientAuth: on most Vietnamese tokens
        "1.3.6.1.5.5.7.3.4",  # emailProtection
        "1.3.6.1.5.5.7.3.36",  # documentSigning, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # Microsoft document signing
        "1.2.840.113583.1.1.5",  # Adobe authentic documents
    }
)


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """Limits and allow-lists (signature §4.2). Change a value only together with `version`."""

    accept_pkcs1: bool = True
    """RSA PKCS#1 v1.5 is what tokens in the field make; accepted ones say so in the report."""
    version: str = "hoso-jws-1"
    min_rsa_bits: int = 2048
    max_rsa_bits: int = 8192
    min_rsa_exponent: int = 65537
    claimed_time_tolerance: timedelta = timedelta(minutes=5)
    max_certificates: int = 10
    max_certificate_bytes: int = 16 * 1024
    max_header_bytes: int = 64 * 1024
    purposes: frozenset[str] = DOCUMENT_PURPOSES

    @property
    def id(self) -> str:
        """What reports call this policy."""
        return f"{self.version}/{'pss+pkcs1' if self.accept_pkcs1 else 'pss'}"
