"""The trust list, its certificates and CRLs as files; read again when any of them changed.

A list or CRL that is broken, or older than what was used before, leaves the previous one in force.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.chassis.clock import Clock
from services.chassis.errors import StartupError
from services.chassis.logs import logger
from services.signature.core.chain import Evidence
from services.signature.core.policy import SignaturePolicy
from services.signature.core.revocation import CrlError, RevocationList, is_rollback, read_crl
from services.signature.core.trust import (
    Service,
    TrustList,
    TrustListError,
    TrustListFile,
    compile_list,
    parse_list,
)

MAX_CRL_BYTES = 64 * 1024 * 1024
_EARLY_CRL_WAIT = timedelta(minutes=1)
_NEVER = datetime.max.replace(tzinfo=UTC)

log = logger(__name__)

Stamp = tuple[str, int, int, int]


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return (str(path), 0, 0, 0)
    return (str(path), found.st_mtime_ns, found.st_size, found.st_ino)


def _paths(file: TrustListFile, directory: Path) -> tuple[Path, ...]:
    named = (name for s in file.services for name in (s.certificate, s.crl) if name is not None)
    return tuple(directory / name for name in dict.fromkeys(named))


class TrustFiles:
    """The port `EvidenceSource` on files."""

    def __init__(self, path: Path, policy: SignaturePolicy, clock: Clock) -> None:
        self._path, self._policy, self._clock = path, policy, clock
        self._watched: tuple[Path, ...] = (path,)
        self._stamps: tuple[Stamp, ...] = ()
        self._again_at = _NEVER
        self._evidence: Evidence | None = None
        self._lock = asyncio.Lock()
        self._known_crls: dict[tuple[str, str], RevocationList] = {}

    async def current(self) -> Evidence:
        """The newest usable evidence; costs a few stat calls when nothing changed.

        Raises StartupError, with one line that says what is wrong, if there never was any.
        """
        async with self._lock:
            due = self._clock.now() >= self._again_at
            if self._evidence is None or due or self._stamp() != self._stamps:
                self._evidence = await asyncio.to_thread(self._reload)
            return self._evidence

    def _stamp(self) -> tuple[Stamp, ...]:
        return tuple(_stamp(path) for path in self._watched)

    def _reload(self) -> Evidence:
        """Stamps are taken before reading, so that a change meanwhile is read next time."""
        self._stamps, self._again_at = self._stamp(), _NEVER
        previous = self._evidence
        try:
            trust = self._read_list()
        except (TrustListError, OSError) as error:
            if previous is None:
                raise StartupError(f"TRUST_LIST_PATH {self._path}: {_words(error)}") from error
            log.exception("trust list refused, the previous one stays", reason=_words(error))
            trust = previous.trust
        crls = dict(self._read_crls(trust.services, previous))
        if previous is not None and previous.trust.epoch == trust.epoch:
            return Evidence(trust, crls, previous.remembered)
        log.info("trust list loaded", version=trust.sequence_number)
        return Evidence(trust, crls)

    def _read_list(self) -> TrustList:
        raw = self._path.read_bytes()
        file = parse_list(raw)
        self._watch(file)
        granted = (s.certificate for s in file.services if s.status == "granted")
        certificates = {name: (self._path.parent / name).read_bytes() for name in granted}
        trust = compile_list(raw, certificates, self._policy)
        if self._evidence is not None:
            before = self._evidence.trust.sequence_number
            if trust.sequence_number < before:
                raise TrustListError(f"sequence_number went back from {before}")
        return trust

    def _watch(self, file: TrustListFile) -> None:
        watched = (self._path, *_paths(file, self._path.parent))
        if watched != self._watched:
            known = {stamp[0]: stamp for stamp in self._stamps}
            self._watched = watched
            self._stamps = tuple(known.get(str(path)) or _stamp(path) for path in watched)

    def _read_crls(
        self, services: Iterable[Service], previous: Evidence | None
    ) -> Iterable[tuple[str, RevocationList]]:
        before: Mapping[str, RevocationList] = previous.crls if previous is not None else {}
        for service in services:
            if service.entry.crl is None or service.entry.type == "EID":
                continue
            key = service.certificate.sha256
            found = self._read_crl(service, before.get(key))
            if found is not None:
                yield key, found

    def _read_crl(self, service: Service, previous: RevocationList | None) -> RevocationList | None:
        name, issuer = service.entry.crl, service.certificate
        assert name is not None
        try:
            raw = (self._path.parent / name).read_bytes()
            if len(raw) > MAX_CRL_BYTES:
                raise CrlError("TOO_LARGE")  # noqa: TRY301  one place logs every reason
            found = self._parsed(raw, service)
            if previous is not None and is_rollback(found, previous):
                raise CrlError("OLDER_THAN_BEFORE")  # noqa: TRY301  as above
        except (CrlError, OSError) as error:
            if str(error) == "NOT_YET_PUBLISHED":
                self._again_at = self._clock.now() + _EARLY_CRL_WAIT
            log.warning("CRL does not serve", name=issuer.common_name, reason=_words(error))
            return previous
        return found

    def _parsed(self, raw: bytes, service: Service) -> RevocationList:
        key = (service.certificate.sha256, hashlib.sha256(raw).hexdigest())
        known = self._known_crls.get(key)
        if known is None:
            known = read_crl(raw, service.certificate, loaded_at=self._clock.now())
            self._known_crls = {k: v for k, v in self._known_crls.items() if k[0] != key[0]}
            self._known_crls[key] = known
        return known


def _words(error: Exception) -> str:
    """What went wrong, without this machine's paths."""
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}"
    return str(error)
