"""The demo's table: each scene files one dossier, says what must come of it, and what follows.

The seed and the dates never change, so neither do the codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from services.portal.faults import EXPECTED, GOOD, Expected, Fault
from services.portal.filing import Filed
from services.portal.simulator import Simulator

SEED = 164
"""After Decree 164/2025."""

Then = Literal[
    "settle",
    "settle_at_once",
    "refuse_second",
    "refuse_every_tenth",
    "refuse_all",
    "forged_by_firm",
    "forged_by_other_agency",
    "settle_in_vain",
    "withdraw",
    "withdraw_too_late",
    "settle_too_late",
    "supplement",
    "skip_a_version",
    "same_record",
    "same_content",
    "conflict",
]
"""What happens after the dossier was answered (`settle_at_once`: before)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One dossier of the demo."""

    title: str
    file: Callable[[Simulator], Filed]
    then: tuple[Then, ...] = ()
    expected: Expected = GOOD
    late_crl: bool = False


def _bad(fault: Fault, title: str, *then: Then) -> Scene:
    return Scene(
        title, lambda sim: sim.bad(fault), then, EXPECTED[fault], late_crl=fault == "crl_missing"
    )


EMPLOYERS = (
    Scene("Employer list, 3 people", lambda sim: sim.employer_list(3), ("settle",)),
    Scene("Employer list, one refused", lambda sim: sim.employer_list(5), ("refuse_second",)),
    Scene("Employer list, 8 people, still open", lambda sim: sim.employer_list(8)),
    Scene("Employer list, 40 people", lambda sim: sim.employer_list(40), ("settle",)),
    Scene(
        "Employer list, 500 people, each tenth refused",
        lambda sim: sim.employer_list(500),
        ("refuse_every_tenth",),
    ),
    Scene("First registration of a firm", lambda sim: sim.registration(4), ("settle",)),
    Scene("First registration, still open", lambda sim: sim.registration(6)),
    Scene(
        "Settlement forged by a firm, then the true one",
        lambda sim: sim.employer_list(5),
        ("forged_by_firm", "settle"),
    ),
    Scene(
        "Settlement by a wrong agency, then the true one",
        lambda sim: sim.employer_list(4),
        ("forged_by_other_agency", "settle"),
    ),
    Scene("Employer list, withdrawn", lambda sim: sim.employer_list(3), ("withdraw",)),
    Scene("The same record twice", lambda sim: sim.employer_list(6), ("same_record",)),
    Scene("Same code, other content", lambda sim: sim.employer_list(4), ("conflict", "settle")),
    Scene("Settled before it was judged", lambda sim: sim.employer_list(3), ("settle_at_once",)),
)
SICKNESS = (
    Scene("Sickness allowance, 2 people", lambda sim: sim.sickness(2), ("settle",)),
    Scene("Sickness allowance, one refused", lambda sim: sim.sickness(3), ("refuse_second",)),
    Scene("Sickness allowance, still open", lambda sim: sim.sickness(1)),
    Scene(
        "The same content under another event id", lambda sim: sim.sickness(2), ("same_content",)
    ),
    Scene("Sickness allowance, withdrawn", lambda sim: sim.sickness(2), ("withdraw",)),
    Scene("Sickness allowance, 4 people", lambda sim: sim.sickness(4), ("settle",)),
)
ONE_TIME = (
    Scene("One-time payment", lambda sim: sim.one_time(), ("settle",)),
    Scene("One-time payment, still open", lambda sim: sim.one_time()),
    Scene("One-time payment, refused", lambda sim: sim.one_time(), ("refuse_all",)),
    Scene(
        "One-time payment, filed by a relative",
        lambda sim: sim.one_time(by_another=True),
        ("settle",),
    ),
    Scene("Filed by a relative, still open", lambda sim: sim.one_time(by_another=True)),
    Scene(
        "Withdrawn, then settled too late",
        lambda sim: sim.one_time(),
        ("withdraw", "settle_too_late"),
    ),
    Scene(
        "Settled, then withdrawn too late",
        lambda sim: sim.one_time(),
        ("settle", "withdraw_too_late"),
    ),
    Scene("A version is skipped", lambda sim: sim.one_time(), ("skip_a_version",)),
)
IDENTITY = (
    Scene("Corrected name or phone", lambda sim: sim.identity_change(), ("settle",)),
    Scene("Correction, still open", lambda sim: sim.identity_change()),
    Scene("Correction, refused", lambda sim: sim.identity_change(), ("refuse_all",)),
    Scene(
        "Correction for two employees",
        lambda sim: sim.identity_change(by_employer=True),
        ("settle",),
    ),
    Scene("Correction, sent twice", lambda sim: sim.identity_change(), ("same_record",)),
)
BAD = (
    _bad("flipped_byte", "One byte changed after signing"),
    _bad("flipped_byte", "One byte changed, and settled in vain", "settle_in_vain"),
    _bad("flipped_byte", "One byte changed"),
    _bad("expired", "Expired certificate"),
    _bad("expired", "Expired certificate"),
    _bad("revoked", "Revoked certificate"),
    _bad("revoked", "Revoked certificate, settled in vain", "settle_in_vain"),
    _bad("unknown_ca", "Certificate of an unlicensed CA"),
    _bad("other_signer", "Signed by somebody else"),
    _bad("other_signer", "Signed by somebody else"),
    _bad("low_eid", "e-ID account of level 1"),
    _bad("no_eid", "No e-ID assertion"),
    _bad("crl_missing", "The CA's revocation list comes late"),
    _bad("crl_missing", "Late revocation list, settled meanwhile", "settle"),
    _bad("missing_component", "No sickness certificate"),
    _bad("missing_component", "No certificate, then supplemented", "supplement", "settle"),
    _bad("wrong_field", "Impossible date of birth"),
    _bad("wrong_field", "Impossible date, then supplemented", "supplement"),
    _bad("closed_procedure", "Procedure that is not open"),
    _bad("wrong_submitter", "A person files what only an employer may"),
    _bad("no_email", "No e-mail address"),
    _bad("bad_email", "E-mail address that nobody can use"),
    _bad("managed_unit", "Unit of the army or the police"),
    _bad("managed_rows", "List with somebody of the army or the police"),
)
SCENES = (*EMPLOYERS, *SICKNESS, *ONE_TIME, *IDENTITY, *BAD)
MALFORMED = 7
"""Records that nobody can read."""
