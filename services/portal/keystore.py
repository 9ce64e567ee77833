"""Certificates and keys as files: PEM, keys readable by their owner only, replaced whole."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from services.portal.certificates import IssuerKey, PrivateKey


def der(certificate: x509.Certificate) -> bytes:
    """The certificate as x5c and digests want it."""
    return certificate.public_bytes(serialization.Encoding.DER)


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """One PEM certificate."""
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def read_certificate(path: Path) -> x509.Certificate:
    """What `write_certificate` wrote."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def write_key(path: Path, key: PrivateKey) -> None:
    """One unencrypted PKCS#8 key: these keys protect nothing."""
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def read_key(path: Path) -> PrivateKey:
    """What `write_key` wrote."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(
        key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    )
    return key


def read_issuer_key(path: Path) -> IssuerKey:
    """A key that an authority signs with."""
    key = read_key(path)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def replace(path: Path, content: bytes) -> None:
    """The file with this content, whole or as it was before."""
    half = path.with_suffix(".half")
    half.write_bytes(content)
    half.replace(path)
