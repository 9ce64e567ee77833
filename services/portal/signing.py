"""Signatures as the portal's users make them: detached JWS over the exact text, e-ID assertions.

RFC 7515 Appendix F (detached, flattened); the protected header is exactly alg, x5c, x5t#S256, sigT.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from services.portal.certificates import Algorithm, PrivateKey

_P256_BYTES = 32


def base64url(data: bytes) -> str:
    """Base64url without padding, as JOSE writes it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, what it is used with, and the chain that vouches for it (leaf first, DER)."""

    key: PrivateKey
    algorithm: Algorithm
    chain: tuple[bytes, ...]

    def sign(self, data: bytes) -> bytes:
        """The raw JOSE signature of `data` (RFC 7518 §3, RFC 8037 §3.1)."""
        key = self.key
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(data)
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, _rsa_padding(self.algorithm), hashes.SHA256())
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")

    @property
    def x5c(self) -> list[str]:
        """The chain as JOSE headers carry it."""
        return [b64encode(certificate).decode() for certificate in self.chain]


def detached_jws(text: str, signer: Signer, signed_at: datetime) -> dict[str, str]:
    """A flattened JWS over the UTF-8 bytes of `text`, payload detached."""
    header = {
        "alg": signer.algorithm,
        "x5c": signer.x5c,
        "x5t#S256": base64url(hashlib.sha256(signer.chain[0]).digest()),
        "sigT": rfc3339(signed_at),
    }
    protected = base64url(orjson.dumps(header))
    signing_input = f"{protected}.{base64url(text.encode())}".encode()
    return {"protected": protected, "signature": base64url(signer.sign(signing_input))}


def eid_assertion(
    text: str,
    service: Signer,
    *,
    issuer: str,
    subject: dict[str, str],
    loa: int | str,
    authenticated_at: datetime,
) -> str:
    """What an e-ID service says of the account that filed `text`: a compact JWS."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "loa": loa,
        "auth_time": int(authenticated_at.timestamp()),
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    header = {"alg": service.algorithm, "x5c": service.x5c}
    signing_input = f"{base64url(orjson.dumps(header))}.{base64url(orjson.dumps(claims))}"
    return f"{signing_input}.{base64url(service.sign(signing_input.encode()))}"


def rfc3339(at: datetime) -> str:
    """The instant in UTC, to the second, as RFC 3339 writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rsa_padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    if algorithm == "RS256":
        return padding.PKCS1v15()
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
