"""Citations that letters and the catalogue carry, bilingual, each as far as its text was seen."""

from __future__ import annotations

D164_RECEIPT = (
    "Nghị định 164/2025/NĐ-CP, chưa thấy số điều (baochinhphu.vn) / "
    "Decree 164/2025, article not seen (baochinhphu.vn)"
)
D164_CONDITIONS = D164_RECEIPT
Q366 = "Quyết định 366/QĐ-BHXH ngày 29/4/2026 / Decision 366/QD-BHXH of 29 Apr 2026"
Q838 = "Quyết định 838/QĐ-BHXH ngày 05/6/2024 / Decision 838/QD-BHXH of 5 Jun 2024"


def law41(articles: str) -> str:
    """The Law on Social Insurance of 2024, with articles as `29` or `28(4)`."""
    return f"Luật BHXH 41/2024/QH15, Điều {articles} / Law 41/2024/QH15, Art {articles}"


def d158(articles: str) -> str:
    """Decree 158/2025 on compulsory social insurance."""
    return f"Nghị định 158/2025/NĐ-CP, Điều {articles} / Decree 158/2025, Art {articles}"
