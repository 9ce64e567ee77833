"""Signature algorithms (RFC 7518, RFC 8037). The key's type decides; the header must agree with it.

SHA-2 only; no `none`, no HMAC, no SHA-1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from services.signature.core.policy import SignaturePolicy

Kind = Literal["RSA", "P-256", "P-384", "P-521", "ED25519"]
Key = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_CURVES: dict[str, Kind] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_P256_BYTES = 32
_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
_ECDSA = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()


def kind_of(key: object) -> Kind | None:
    """The key's family; None for every type or curve that no policy accepts."""
    match key:
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return _CURVES.get(key.curve.name)
        case ed25519.Ed25519PublicKey():
            return "ED25519"
        case _:
            return None


def rsa_size(key: object) -> tuple[int, int] | None:
    """Bits and exponent of an RSA key."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size, key.public_numbers().e
    return None


def is_strong(kind: Kind | None, size: tuple[int, int] | None, policy: SignaturePolicy) -> bool:
    """Whether signer and CA keys of this kind and RSA size may be relied on."""
    if size is None:
        return kind is not None
    bits, exponent = size
    return (
        policy.min_rsa_bits <= bits <= policy.max_rsa_bits and exponent >= policy.min_rsa_exponent
    )


def _pss(algorithm: hashes.HashAlgorithm) -> padding.PSS:
    # RFC 7518, 3.5: MGF1 with the same hash, salt as long as the hash.
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)


def _rsa(
    padding_: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm
) -> Callable[[Any, bytes, bytes], bool]:
    def verify(key: Any, signature: bytes, signed: bytes) -> bool:
        if len(signature) != (key.key_size + 7) // 8:
            return False  # no leading zeros added or dropped
        try:
            key.verify(signature, signed, padding_, algorithm)
        except InvalidSignature:
            return False
        return True

    return verify


def _es256(key: Any, signature: bytes, signed: bytes) -> bool:
    if len(signature) != 2 * _P256_BYTES:
        return False  # RFC 7518, 3.4: r || s, never DER
    r, s = signature[:_P256_BYTES], signature[_P256_BYTES:]
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        key.verify(der, signed, _ECDSA)
    except InvalidSignature:
        return False
    return True


def _eddsa(key: Any, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One JWA name, the only kind of key that it is for, and how it is checked.

    `verify` may be called with a key of that kind only: its caller compares `kind` first.
    """

    name: str
    kind: Kind
    verify: Callable[[Any, bytes, bytes], bool]
    pkcs1: bool = False


ALGORITHMS = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("PS256", "RSA", _rsa(_pss(_SHA256), _SHA256)),
        Algorithm("PS384", "RSA", _rsa(_pss(_SHA384), _SHA384)),
        Algorithm("PS512", "RSA", _rsa(_pss(_SHA512), _SHA512)),
        Algorithm("RS256", "RSA", _rsa(_PKCS1, _SHA256), pkcs1=True),
        Algorithm("RS384", "RSA", _rsa(_PKCS1, _SHA384), pkcs1=True),
        Algorithm("RS512", "RSA", _rsa(_PKCS1, _SHA512), pkcs1=True),
        Algorithm("ES256", "P-256", _es256),
        Algorithm("EdDSA", "ED25519", _eddsa),
    )
}

CERTIFICATE_HASHES = ("sha256", "sha384", "sha512")


def is_sha2(algorithm: hashes.HashAlgorithm | None) -> bool:
    """Whether a certificate or CRL is signed over SHA-2 (None: Ed25519, which has its own)."""
    return algorithm is None or algorithm.name in CERTIFICATE_HASHES
