"""The files sent are those that were signed: same order, role, name, size and digest."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator, Sequence

from schemas.content import BoundAttachment
from schemas.parties import Defect
from schemas.portal import MAX_INLINE_BYTES, Attachment
from services.intake.core import defects


def attachment_defects(
    sent: Sequence[Attachment], signed: Sequence[BoundAttachment] | None
) -> Iterator[Defect]:
    """All that is wrong with the files; `signed` is None where the text does not tell."""
    if signed is not None:
        yield from _disagreements(sent, signed)
    inline_bytes = 0
    for number, file in enumerate(sent):
        if file.inline is None:
            continue
        inline_bytes += len(file.inline) * 3 // 4 - file.inline[-2:].count("=")
        yield from _inline_defects(file, file.inline, f"attachments.{number}")
    if inline_bytes > MAX_INLINE_BYTES:
        yield defects.ATTACHMENTS_TOO_LARGE


def _disagreements(
    sent: Sequence[Attachment], signed: Sequence[BoundAttachment]
) -> Iterator[Defect]:
    for number, (file, bound) in enumerate(zip(sent, signed, strict=False)):
        if (file.role, file.name, file.size, file.sha256) != (
            bound.role,
            bound.name,
            bound.size,
            bound.sha256,
        ):
            yield defects.attachment(
                "MISMATCH",
                f"attachments.{number}",
                "Tệp gửi kèm không đúng với tệp đã ký",
                "The file sent is not the file that was signed",
            )
    for number in range(len(sent), len(signed)):
        yield defects.attachment(
            "NOT_SENT",
            f"attachments.{number}",
            "Thiếu tệp đã ký",
            "A file that was signed was not sent",
        )
    for number in range(len(signed), len(sent)):
        yield defects.attachment(
            "NOT_SIGNED",
            f"attachments.{number}",
            "Tệp gửi kèm không có trong nội dung đã ký",
            "A file was sent that was not signed",
        )


def _inline_defects(file: Attachment, inline: str, path: str) -> Iterator[Defect]:
    try:
        content = binascii.a2b_base64(inline.encode(), strict_mode=True)
    except (binascii.Error, ValueError):
        yield defects.attachment(
            "ENCODING", path, "Tệp gửi kèm không đọc được", "The file is not valid base64"
        )
        return
    if len(content) != file.size:
        yield defects.attachment(
            "SIZE", path, "Dung lượng tệp không đúng", "The file's size is not the declared one"
        )
    if hashlib.sha256(content).hexdigest() != file.sha256:
        yield defects.attachment(
            "DIGEST", path, "Nội dung tệp không đúng", "The file's digest is not the declared one"
        )
