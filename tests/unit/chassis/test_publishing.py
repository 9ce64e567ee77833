from __future__ import annotations

import pytest

from schemas.topics import INTAKE_DOSSIER, MAX_RECORD_BYTES
from services.chassis.errors import PermanentError
from services.chassis.publishing import check_size, partition_of


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        # org.apache.kafka.common.utils.UtilsTest.testMurmur2
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_lies_where_java_would_put_it(key: bytes, hashed: int) -> None:
    assert partition_of(key, 48) == (hashed & 0x7FFFFFFF) % 48


def test_what_the_topic_cannot_carry_is_permanent_and_shows_no_content() -> None:
    check_size(INTAKE_DOSSIER, b"k", b"x" * (MAX_RECORD_BYTES - 1024))
    with pytest.raises(PermanentError) as raised:
        check_size(INTAKE_DOSSIER, b"k", b"x" * MAX_RECORD_BYTES)
    assert raised.value.reason == "RESULT_TOO_LARGE"
    assert "xxx" not in str(raised.value)
