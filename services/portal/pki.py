"""A small national PKI in a directory: root, licensed CAs, a specialised CA, an e-ID service.

Leaves are issued when asked for, never stored, so any number of people can sign; a revoked leaf
takes one of the serial numbers that every CRL lists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.portal import certificates, keystore
from services.portal.certificates import Algorithm, Authority, IssuerKey, Validity
from services.portal.signing import Signer

Condition = Literal["GOOD", "EXPIRED", "REVOKED", "UNKNOWN_CA", "CRL_MISSING"]
"""What is wrong with a signing certificate; CRL_MISSING: issued by the CA that is late."""

AUTHORITIES: dict[str, tuple[str, Algorithm]] = {
    "root": ("Tổ chức chứng thực quốc gia (mô phỏng)", "PS256"),
    "ca1": ("CA Công cộng Sao Mai (mô phỏng)", "PS256"),
    "ca2": ("CA Công cộng Hoa Sen (mô phỏng)", "ES256"),
    "ca3": ("CA Công cộng Cánh Buồm (mô phỏng)", "ES256"),
    "specialised": ("CA chuyên dùng Chính phủ (mô phỏng)", "ES256"),
    "stranger": ("CA Không Phép (mô phỏng)", "ES256"),
}
SERVICE_TYPES = {
    "root": "ROOT",
    "ca1": "CA",
    "ca2": "CA",
    "ca3": "CA",
    "specialised": "SPECIALISED",
    "eid": "EID",
}
LATE = "ca3"
"""The licensed CA whose CRL is not there until `publish_crl`."""
EID_ISSUER = "https://eid.example.com"
RSA_POOL = 4
REVOKED_SERIALS = range(0x5245_564F_4B45_0001, 0x5245_564F_4B45_0101)
CRL_RESERVE = timedelta(days=7)
_CACHED_SIGNERS = 4096


class Pki:
    """The authorities and what they issue; `trust_list` is the file that signature reads."""

    def __init__(
        self, directory: Path, authorities: dict[str, Authority], eid: Signer, pool: list[IssuerKey]
    ) -> None:
        self.directory = directory
        self.eid = eid
        self._authorities = authorities
        self._rsa_pool = pool
        self._signers: dict[tuple[str, ...], Signer] = {}
        self._issued = 0

    @property
    def trust_list(self) -> Path:
        """The plain JSON trust-list file."""
        return self.directory / "trust-list.json"

    @classmethod
    def create(cls, directory: Path, seed: int = 0, *, now: datetime | None = None) -> Pki:
        """A new PKI in `directory`; the CRL of the late CA is left out. `seed` is in its names."""
        now = now or _now()
        (directory / "private").mkdir(parents=True, exist_ok=True)
        (directory / "private").chmod(0o700)
        authorities = _new_authorities(seed, now)
        eid_key = certificates.new_key("ES256")
        name = certificates.subject_name("Dịch vụ định danh điện tử (mô phỏng)", [])
        certificate = certificates.leaf(
            authorities["root"], name, eid_key, Validity(now - timedelta(days=200), now + _EID_LIFE)
        )
        for number in range(RSA_POOL):
            keystore.write_key(
                directory / "private" / f"rsa-{number}.key", certificates.new_key("PS256")
            )
        for label, authority in authorities.items():
            keystore.write_key(directory / "private" / f"{label}.key", authority.key)
            keystore.write_certificate(directory / f"{label}.pem", authority.certificate)
        keystore.write_key(directory / "private" / "eid.key", eid_key)
        keystore.write_certificate(directory / "eid.pem", certificate)
        pki = cls.load(directory, now=now, renew=False)
        for label in SERVICE_TYPES:
            if label not in {LATE, "eid"}:
                pki.publish_crl(label, now=now)
        keystore.replace(
            pki.trust_list, json.dumps(_trust_list(now), ensure_ascii=False, indent=1).encode()
        )
        return pki

    @classmethod
    def load(cls, directory: Path, *, now: datetime | None = None, renew: bool = True) -> Pki:
        """The PKI of `directory`; CRLs that end within a week are made anew."""
        private = directory / "private"
        authorities = {
            label: Authority(
                keystore.read_certificate(directory / f"{label}.pem"),
                keystore.read_issuer_key(file),
            )
            for label in AUTHORITIES
            for file in [private / f"{label}.key"]
        }
        certificate = keystore.read_certificate(directory / "eid.pem")
        eid = Signer(keystore.read_key(private / "eid.key"), "ES256", (keystore.der(certificate),))
        pool = [
            keystore.read_issuer_key(private / f"rsa-{number}.key") for number in range(RSA_POOL)
        ]
        pki = cls(directory, authorities, eid, pool)
        if renew:
            pki.renew_crls(now=now or _now())
        return pki

    @classmethod
    def open(cls, directory: Path, seed: int = 0) -> Pki:
        """The PKI of `directory`, created if there is none."""
        if (directory / "trust-list.json").exists():
            return cls.load(directory)
        return cls.create(directory, seed)

    def publish_crl(self, label: str, *, now: datetime | None = None) -> Path:
        """Put a fresh CRL of the authority in place, whole or not at all."""
        now = now or _now()
        crl = certificates.revocation_list(
            self._authorities[label], REVOKED_SERIALS, now, number=int(now.timestamp())
        )
        path = self.directory / "crl" / f"{label}.crl"
        path.parent.mkdir(exist_ok=True)
        keystore.replace(path, crl.public_bytes(Encoding.DER))
        return path

    def withdraw_crl(self, label: str = LATE) -> None:
        """Take the authority's CRL away, as if it had never been published."""
        (self.directory / "crl" / f"{label}.crl").unlink(missing_ok=True)

    def renew_crls(self, *, now: datetime) -> None:
        """Publish again every CRL that is in place and ends within a week."""
        for path in (self.directory / "crl").glob("*.crl"):
            crl = x509.load_der_x509_crl(path.read_bytes())
            if crl.next_update_utc is None or crl.next_update_utc < now + CRL_RESERVE:
                self.publish_crl(path.stem, now=now)

    def signer(
        self,
        common_name: str,
        uids: Iterable[str],
        algorithm: Algorithm,
        condition: Condition = "GOOD",
    ) -> Signer:
        """A person's or an organisation's signing certificate and key; repeated while cached.

        Several UIDs stand in one multi-valued RDN or in several, as both occur in the field.
        """
        uids = tuple(uids)
        identity = (common_name, *uids, algorithm, condition)
        if (known := self._signers.get(identity)) is not None:
            return known
        digest = hashlib.sha256("|".join(uids).encode()).digest()
        label = {"UNKNOWN_CA": "stranger", "CRL_MISSING": LATE}.get(
            condition, ("ca1", "ca2")[digest[0] % 2]
        )
        name = certificates.subject_name(common_name, uids, joined=digest[1] % 2 == 0)
        return self._remember(identity, self._issue(label, name, algorithm, digest, condition))

    def agency(self, code: str, *, label: str = "specialised") -> Signer:
        """The certificate of an agency, `UID=MNS:<agency code>`, from the specialised CA."""
        identity = (label, code)
        if (known := self._signers.get(identity)) is not None:
            return known
        name = certificates.subject_name(
            f"Cơ quan BHXH {code}", [f"MNS:{code}"], organisation="Bộ Tài chính"
        )
        return self._remember(identity, self._issue(label, name, "ES256", code.encode(), "GOOD"))

    def _issue(
        self, label: str, name: x509.Name, algorithm: Algorithm, digest: bytes, condition: Condition
    ) -> Signer:
        issuer = self._authorities[label]
        rsa = algorithm in {"PS256", "RS256"}
        key = self._rsa_pool[digest[-1] % RSA_POOL] if rsa else certificates.new_key(algorithm)
        validity = Validity.past(_now()) if condition == "EXPIRED" else Validity.around(_now())
        serial = None
        if condition == "REVOKED":
            serial = REVOKED_SERIALS[self._issued % len(REVOKED_SERIALS)]
            self._issued += 1
        certificate = certificates.leaf(issuer, name, key, validity, serial=serial)
        return Signer(key, algorithm, (keystore.der(certificate), keystore.der(issuer.certificate)))

    def _remember(self, identity: tuple[str, ...], signer: Signer) -> Signer:
        if len(self._signers) >= _CACHED_SIGNERS:
            del self._signers[next(iter(self._signers))]
        self._signers[identity] = signer
        return signer


_EID_LIFE = timedelta(days=730)


def _new_authorities(seed: int, now: datetime) -> dict[str, Authority]:
    keys: dict[str, IssuerKey] = {}
    names = {}
    for label, (title, algorithm) in AUTHORITIES.items():
        keys[label] = certificates.new_issuer_key(rsa_key=algorithm != "ES256")
        names[label] = certificates.subject_name(f"{title} {seed}", [], organisation=title)
    root = certificates.root_authority(names["root"], keys["root"], now)
    stranger = certificates.root_authority(names["stranger"], keys["stranger"], now)
    licensed = {
        label: certificates.sub_authority(root, names[label], keys[label], now)
        for label in ("ca1", "ca2", "ca3", "specialised")
    }
    return {"root": root, "stranger": stranger, **licensed}


def _trust_list(now: datetime) -> dict[str, Any]:
    def service(label: str, kind: str) -> dict[str, str]:
        name = AUTHORITIES[label][0] if label in AUTHORITIES else EID_ISSUER
        entry = {"name": name, "type": kind, "status": "granted", "certificate": f"{label}.pem"}
        return entry if kind == "EID" else {**entry, "crl": f"crl/{label}.crl"}

    return {
        "sequence_number": 1,
        "issued": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "next_update": f"{now + timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}",
        "services": [service(label, kind) for label, kind in SERVICE_TYPES.items()],
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
