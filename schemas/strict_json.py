"""Hostile bytes to plain JSON values, or one clear reason why not (RFC 8259, tightened).

Refused: not UTF-8, BOM, over-long, duplicate keys, NaN and Infinity, floats, integers beyond
2^53, nesting deeper than 32, NUL and control characters, bidirectional controls.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import orjson

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
_MAX_DIGITS = 17

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class StrictJsonError(ValueError):
    """`code` is from a closed list; no value of the input is ever in the text."""

    def __init__(self, code: str, path: str = "") -> None:
        super().__init__(code if not path else f"{code} at {path}")
        self.code = code
        self.path = path


def _no_constant(_: str) -> NoReturn:
    raise StrictJsonError("NOT_A_NUMBER")


def _no_float(_: str) -> NoReturn:
    raise StrictJsonError("FLOAT_NOT_ALLOWED")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS or abs(value := int(digits)) > MAX_INTEGER:
        raise StrictJsonError("INTEGER_OUT_OF_RANGE")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise StrictJsonError("DUPLICATE_KEY")
    return result


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_no_float,
    parse_int=_integer,
    parse_constant=_no_constant,
)


def _check_depth(text: str, value: Any) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return  # nothing nests deeper than there are brackets
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise StrictJsonError("TOO_DEEP")


def _check_characters(text: str, value: Any) -> None:
    """Raw text first; a walk only where an escape could hide what the text does not show."""
    # What is printable has no control and no format character; the test is far cheaper.
    if not text.isprintable() and _FORBIDDEN.search(text):
        raise StrictJsonError("FORBIDDEN_CHARACTER")
    if "\\u" in text or "\\b" in text or "\\f" in text:
        level = [value]
        while level:
            children: list[Any] = []
            for node in level:
                if isinstance(node, str) and _FORBIDDEN.search(node):
                    raise StrictJsonError("FORBIDDEN_CHARACTER")
                if isinstance(node, str) and _SURROGATE.search(node):
                    raise StrictJsonError("LONE_SURROGATE")
                if isinstance(node, dict):
                    children += [*node.keys(), *node.values()]
                elif isinstance(node, list):
                    children += node
            level = children


def _check_surrogates(text: str, value: Any) -> None:
    """What cannot be written as UTF-8 cannot be answered; only an escape can bring it in."""
    if _SURROGATE_ESCAPE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise StrictJsonError("LONE_SURROGATE") from None


_MARKS = (b"\\", b"\x7f", b"\xd8", b"\xe2")
"""Bytes that are in every plain text that holds a forbidden character, as it is or escaped."""


def _decoded(raw: bytes | str) -> Any:
    """What orjson makes of it. Of a str this also keeps the UTF-8, so that encode() is a copy."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _is_plain(value: Any, encoded: bytes) -> bool:
    """Whether it is an object and orjson writes it exactly so, byte for byte.

    Such a text hides nothing but floats and depth: a repeated key or a huge integer would not come
    back. Most senders write so, and it costs a fifth of the full look, which every other text gets.
    """
    try:
        same = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == encoded
    except orjson.JSONEncodeError:
        return False
    return same and isinstance(value, dict)


def plain_object(text: str) -> dict[str, Any] | None:
    """What `loads` gives, at less cost; None for texts that need its full look.

    Floats and depth are not judged: only for a strict model that has neither, and whose refusal
    is followed by `loads` for the reason.
    """
    value = _decoded(text)
    if value is None:
        return None
    encoded = text.encode()
    if any(mark in encoded for mark in _MARKS) or not _is_plain(value, encoded):
        return None
    plain: dict[str, Any] = value
    return plain


_CONTAINERS = (dict, list)


def _is_shallow_without_floats(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            children = node.values() if type(node) is dict else node
            kinds = set(map(type, children))
            if float in kinds:
                return False
            if dict in kinds or list in kinds:
                below += [child for child in children if type(child) in _CONTAINERS]
        if not below:
            return True
        level = below
    return False


def loads(raw: bytes | str, *, max_bytes: int, carrier: bool = False) -> dict[str, Any]:
    """The JSON object in `raw`.

    A `carrier` is an envelope around a text that is judged by a call of its own: its characters
    are not looked at here, so that a fault of the inner text is reported as the inner text's. But
    a lone surrogate, which nobody could write again, is refused in a carrier too.

    Raises StrictJsonError with code TOO_LARGE, NOT_UTF8, BOM, NOT_JSON, NOT_AN_OBJECT, TOO_DEEP,
    DUPLICATE_KEY, NOT_A_NUMBER, FLOAT_NOT_ALLOWED, INTEGER_OUT_OF_RANGE, FORBIDDEN_CHARACTER or
    LONE_SURROGATE.
    """
    value = _decoded(raw) if len(raw) <= max_bytes else None
    try:
        encoded = raw.encode() if isinstance(raw, str) else raw
    except UnicodeEncodeError:
        raise StrictJsonError("LONE_SURROGATE") from None
    if len(encoded) > max_bytes:
        raise StrictJsonError("TOO_LARGE")
    unsuspected = carrier or not any(mark in encoded for mark in _MARKS)
    if value is not None and unsuspected and _is_plain(value, encoded):
        plain: dict[str, Any] = value
        if _is_shallow_without_floats(plain):
            return plain
    return _looked_at_in_full(raw, encoded, carrier=carrier)


def _looked_at_in_full(raw: bytes | str, encoded: bytes, *, carrier: bool) -> dict[str, Any]:
    try:
        text = raw if isinstance(raw, str) else encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise StrictJsonError("NOT_UTF8") from None
    if text.startswith("\ufeff"):
        raise StrictJsonError("BOM")
    try:
        value = _DECODER.decode(text)
    except StrictJsonError:
        raise
    except RecursionError:
        raise StrictJsonError("TOO_DEEP") from None
    except ValueError:
        raise StrictJsonError("NOT_JSON") from None
    if not isinstance(value, dict):
        raise StrictJsonError("NOT_AN_OBJECT")
    _check_depth(text, value)
    (_check_surrogates if carrier else _check_characters)(text, value)
    return value
