"""Every topic of the system, once: key, owner, readers, events, partitions and policy.

Topic creation, AsyncAPI and the docs table are generated from here and from the event models.
All topics are partitioned by murmur2(key); the dossier chain has one partition count throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from schemas import deadletters, ebook, intake, portal, receipt, signature
from schemas.envelope import Event

LOCAL_PARTITIONS = 6
PRODUCTION_PARTITIONS = 48
MAX_RECORD_BYTES = 8 * 1024 * 1024
"""hoso's own topics and producer; the portal's topic takes portal.MAX_RECORD_BYTES."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. `readers` are consumer groups; outside readers stand in `outside`."""

    name: str
    key: Literal["dossier id", "person id", "none"]
    owner: str
    readers: tuple[str, ...]
    outside: tuple[str, ...]
    events: tuple[type[BaseModel], ...]
    cleanup: Literal["delete", "compact"] = "delete"
    max_record_bytes: int = MAX_RECORD_BYTES
    single_partition: bool = False

    def partitions(self, count: int) -> int:
        """How many partitions it has where keyed topics have `count`."""
        return 1 if self.single_partition else count

    def dead_letters(self, group: str) -> Topic:
        """The dead-letter topic of one reading group: `<topic>.<group>.dlt`."""
        return Topic(
            name=f"{self.name}.{group}.dlt",
            key="none",
            owner=group.split(".", maxsplit=1)[0],
            readers=(),
            outside=(),
            events=deadletters.DEAD_LETTER_TYPES,
            max_record_bytes=1024 * 1024,
            single_partition=True,
        )


PORTAL_DOSSIER = Topic(
    name="portal.dossier.v1",
    key="dossier id",
    owner="portal",
    readers=("intake",),
    outside=(),
    events=portal.PORTAL_TYPES,
    max_record_bytes=portal.MAX_RECORD_BYTES,
)
INTAKE_DOSSIER = Topic(
    name="intake.dossier.v1",
    key="dossier id",
    owner="intake",
    readers=("signature", "receipt"),
    outside=("portal",),
    events=intake.INTAKE_TYPES,
)
SIGNATURE_VERDICT = Topic(
    name="signature.verdict.v1",
    key="dossier id",
    owner="signature",
    readers=("receipt", "ebook.split"),
    outside=(),
    events=signature.SIGNATURE_TYPES,
)
RECEIPT_LETTER = Topic(
    name="receipt.letter.v1",
    key="dossier id",
    owner="receipt",
    readers=(),
    outside=("portal",),
    events=receipt.RECEIPT_TYPES,
)
EBOOK_CHANGE = Topic(
    name="ebook.change.v1",
    key="person id",
    owner="ebook",
    readers=("ebook.fold",),
    outside=(),
    events=ebook.CHANGE_TYPES,
)
EBOOK_BOOK = Topic(
    name="ebook.book.v1",
    key="person id",
    owner="ebook",
    readers=(),
    outside=("portal", "VNeID"),
    events=(ebook.BookSealed,),
    cleanup="compact",
)
EBOOK_DOSSIER = Topic(
    name="ebook.dossier.v1",
    key="dossier id",
    owner="ebook",
    readers=("receipt",),
    outside=("portal",),
    events=(ebook.DossierCompleted,),
)

TOPICS = (
    PORTAL_DOSSIER,
    INTAKE_DOSSIER,
    SIGNATURE_VERDICT,
    RECEIPT_LETTER,
    EBOOK_CHANGE,
    EBOOK_BOOK,
    EBOOK_DOSSIER,
)
DEAD_LETTERS = tuple(topic.dead_letters(group) for topic in TOPICS for group in topic.readers)

_TOPIC_OF: dict[type[BaseModel], Topic] = {
    event: topic for topic in TOPICS for event in topic.events
}


def topic_of(event: Event) -> Topic:
    """The one topic that carries this type of event. Dead letters have many: not here."""
    return _TOPIC_OF[type(event)]
