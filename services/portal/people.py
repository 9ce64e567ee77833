"""People and organisations of a simulated country: seeded, and no two share an identifier.

The six last digits of a personal ID are a permutation of a counter, and the insurance code follows
from the personal ID, so a million people of one seed never collide.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from services.portal.certificates import Algorithm
from services.portal.places import BIRTH_CODES, PROVINCES, STREETS

SURNAMES = (
    *("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ"),
    *("Hồ", "Ngô", "Dương", "Lý", "Đinh", "Mai", "Trịnh", "Đào", "Lương", "Tạ", "Quách", "Thạch"),
)
MIDDLES = {
    "MALE": ("Văn", "Hữu", "Đức", "Minh", "Quang", "Công", "Quốc", "Xuân", "Thế", "Trọng"),
    "FEMALE": ("Thị", "Ngọc", "Thu", "Kim", "Phương", "Diệu", "Hồng", "Thùy", "Bích", "Mỹ"),
}
GIVEN = {
    "MALE": (
        *("An", "Bình", "Cường", "Dũng", "Đạt", "Hưng", "Khánh", "Long", "Nghĩa", "Phúc", "Sơn"),
        *("Thắng", "Trường", "Tuấn", "Việt", "Vững"),
    ),
    "FEMALE": (
        *("Anh", "Chi", "Diễm", "Giang", "Hạnh", "Hương", "Lan", "Ly", "Mai", "Nga", "Nhung"),
        *("Oanh", "Quyên", "Thảo", "Trang", "Tuyết", "Yến"),
    ),
}
ETHNICITIES = ("Kinh",) * 8 + ("Tày", "Khmer", "Mường", "Thái", "Nùng", "Ê Đê")
TRADES = (
    *("May mặc", "Cơ khí", "Thủy sản", "Vận tải", "Xây dựng", "Phần mềm", "Dược phẩm", "Nội thất"),
    *("Chè", "Cà phê", "Gạch ngói", "Điện tử", "Giày da", "Bao bì", "Nông sản"),
)
WORDS = (
    "Hòa Bình",
    "Thành Công",
    "Phương Đông",
    "Sông Hồng",
    "Trường Sơn",
    "Bình Minh",
    "Sao Việt",
)
UNIT_LETTERS = ("TA", "TB", "TE", "HN", "YN", "DN", "BW", "TZ")
MANAGED_PREFIXES = {"defence": "QD", "police": "CA"}
"""Unit codes that begin so belong to units whose people's books defence or police keep."""
ALGORITHMS: tuple[Algorithm, ...] = (
    *("PS256",) * 7,
    *("RS256",) * 5,
    *("ES256",) * 5,
    *("EdDSA",) * 3,
)
_STEP = 797_003  # coprime with a million: counter -> six digits, one to one
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Person:
    """A person with every identifier and how he or she signs."""

    name: str
    sex: str
    birth_date: str
    personal_id: str
    email: str
    phone: str
    address: dict[str, str]
    ethnicity: str
    algorithm: Algorithm

    @property
    def si_code(self) -> str:
        """The ten-digit insurance code, the same wherever it is asked for."""
        return si_code_of(self.personal_id)

    @property
    def uids(self) -> tuple[str, ...]:
        """What the certificate's subject says."""
        return (f"CCCD:{self.personal_id}",)

    @property
    def eid(self) -> tuple[dict[str, str], int | str]:
        """Subject and level of the e-ID account."""
        return {"type": "CCCD", "value": self.personal_id}, 2

    def party(self) -> dict[str, Any]:
        """The person as a submitter or owner declares it."""
        return {
            "kind": "PERSON",
            "name": self.name,
            "identifier": {"type": "CCCD", "value": self.personal_id},
            "email": self.email,
            "phone": self.phone,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True)
class Organisation:
    """An employer: unit and tax code, and who represents it."""

    name: str
    tax_code: str
    unit_code: str
    email: str
    phone: str
    address: dict[str, str]
    representative: Person
    algorithm: Algorithm

    @property
    def uids(self) -> tuple[str, ...]:
        """Tax code and the representative's personal ID: a multi-valued identity."""
        return (f"MST:{self.tax_code}", f"CCCD:{self.representative.personal_id}")

    @property
    def eid(self) -> tuple[dict[str, str], int | str]:
        """Subject and level of the e-ID account."""
        return {"type": "MST", "value": self.tax_code}, "ORG"

    def party(self) -> dict[str, Any]:
        """The organisation as a submitter declares it."""
        return {
            "kind": "ORGANISATION",
            "name": self.name,
            "identifier": {"type": "MST", "value": self.tax_code},
            "email": self.email,
            "phone": self.phone,
            "address": self.address,
        }


Submitter = Person | Organisation


def si_code_of(personal_id: str) -> str:
    """The insurance code that the agency gives to this personal ID."""
    digest = hashlib.sha256(personal_id.encode()).digest()
    return f"{int.from_bytes(digest[:4], 'big') % 10_000:04d}{personal_id[-6:]}"


def plain(name: str) -> str:
    """A name without diacritics, dotted and in lower case, for e-mail addresses."""
    decomposed = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return letters.lower().replace(" ", ".")


class Country:
    """The people and organisations of one seed, in one order."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"country-{seed}")
        self._offset = self._random.randrange(_MILLION)
        self._people = 0
        self._organisations = 0

    def person(self, *, born: tuple[int, int] = (1965, 2006)) -> Person:
        """Somebody new."""
        chance = self._random
        number, self._people = self._people, self._people + 1
        sex = chance.choice(("MALE", "FEMALE"))
        name = " ".join(
            (chance.choice(SURNAMES), chance.choice(MIDDLES[sex]), chance.choice(GIVEN[sex]))
        )
        birth = date(chance.randint(*born), 1, 1) + timedelta(days=chance.randrange(365))
        # Circular 07/2016/TT-BCA Art 7: place, century and sex, year, six digits
        century_and_sex = 2 * (birth.year // 100 - 19) + (sex == "FEMALE")
        digits = (number * _STEP + self._offset) % _MILLION
        return Person(
            name=name,
            sex=sex,
            birth_date=birth.isoformat(),
            personal_id=(
                f"{chance.choice(BIRTH_CODES)}{century_and_sex}{birth.year % 100:02d}{digits:06d}"
            ),
            email=f"{plain(name)}.{number}@example.com",
            phone=f"09{chance.randrange(10**8):08d}",
            address=self._address(),
            ethnicity=chance.choice(ETHNICITIES),
            algorithm=chance.choice(ALGORITHMS),
        )

    def organisation(self, *, managed: str | None = None) -> Organisation:
        """An employer nobody has seen; `managed` is "defence" or "police"."""
        chance = self._random
        number, self._organisations = self._organisations, self._organisations + 1
        trade, word = chance.choice(TRADES), chance.choice(WORDS)
        letters = MANAGED_PREFIXES[managed] if managed else chance.choice(UNIT_LETTERS)
        tax_digits = (number * _STEP + self._offset) % _MILLION
        branch = f"-{chance.randint(1, 40):03d}" if not chance.randrange(5) else ""
        return Organisation(
            name=f"Công ty {chance.choice(('TNHH', 'Cổ phần'))} {trade} {word} {number + 1}",
            tax_code=f"{chance.choice(('0100', '0300', '0400', '1800'))}{tax_digits:06d}{branch}",
            unit_code=f"{letters}{number % 10_000:04d}{chance.choice('ABCDEKZ')}",
            email=f"nhansu.{plain(trade).replace('.', '')}.{number}@example.com",
            phone=f"02{chance.randrange(10**8):08d}",
            address=self._address(),
            representative=self.person(born=(1960, 1990)),
            algorithm=chance.choice(ALGORITHMS),
        )

    def _address(self) -> dict[str, str]:
        province, ward = self._random.choice(PROVINCES)
        street = f"Số {self._random.randint(1, 300)} đường {self._random.choice(STREETS)}"
        return {"street": street, "ward": ward, "province": province}
