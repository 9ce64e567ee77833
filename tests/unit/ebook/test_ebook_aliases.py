from __future__ import annotations

from dataclasses import replace

from schemas.parties import Identifier
from services.ebook.core.aliases import Alias, AliasChange, Claim, applied, person_of, plan
from services.ebook.core.identity import alias_name, person_id

KEY = b"key"
A = Identifier(type="CCCD", value="001190012345")
B = Identifier(type="SI", value="0190012345")
C = Identifier(type="PASSPORT", value="C1234567")


def held_by_another(identifier: Identifier, person: str) -> Alias:
    return Alias(alias_name(identifier), person, "another", 1, held=True)


def test_a_new_person_is_named_by_the_best_identifier_and_has_all_of_them() -> None:
    claim = Claim("s", 1, (A, B))
    changes = plan([claim], {}, KEY)
    assert changes == tuple(
        AliasChange(None, Alias(alias_name(i), person_id(KEY, A), "s", 1)) for i in (A, B)
    )
    assert plan([claim], applied({}, changes), KEY) == ()


def test_a_known_identifier_brings_the_others_to_its_person() -> None:
    known = {alias_name(B): held_by_another(B, "somebody")}
    (change,) = plan([Claim("s", 1, (A, B))], known, KEY)
    assert change.new == Alias(alias_name(A), "somebody", "s", 1)


def test_what_a_row_relies_on_is_held_before_it_is_decided() -> None:
    claim = Claim("s", 1, (B,))
    loose = replace(held_by_another(B, "somebody"), held=False)
    assert plan([claim], {loose.name: loose}, KEY) == (
        AliasChange(loose, replace(loose, held=True)),
    )


def test_identifiers_of_two_people_are_a_conflict_and_claim_nothing() -> None:
    claim = Claim("s", 1, (A, B, C))
    known = {
        alias_name(A): held_by_another(A, "one"),
        alias_name(B): held_by_another(B, "two"),
    }
    assert plan([claim], known, KEY) == ()
    assert person_of(claim, known) is None


def test_a_lost_race_moves_what_was_claimed_to_the_winner() -> None:
    mine = Alias(alias_name(A), person_id(KEY, A), "s", 1)
    known = {mine.name: mine, alias_name(B): held_by_another(B, "winner")}
    assert plan([Claim("s", 1, (A, B))], known, KEY) == (
        AliasChange(mine, replace(mine, person_id="winner")),
    )


def test_a_lost_race_that_ends_in_a_conflict_releases_what_was_claimed() -> None:
    mine = Alias(alias_name(A), person_id(KEY, A), "s", 1)
    known = {
        mine.name: mine,
        alias_name(B): held_by_another(B, "one"),
        alias_name(C): held_by_another(C, "two"),
    }
    assert plan([Claim("s", 1, (A, B, C))], known, KEY) == (AliasChange(mine, None),)


def test_what_another_row_relies_on_is_never_moved() -> None:
    mine = Alias(alias_name(A), person_id(KEY, A), "s", 1, held=True)
    known = {mine.name: mine, alias_name(B): held_by_another(B, "two")}
    claim = Claim("s", 1, (A, B))
    assert plan([claim], known, KEY) == ()
    assert person_of(claim, known) is None


def test_two_rows_of_one_new_person_agree() -> None:
    first, second = Claim("s", 1, (A, B)), Claim("s", 2, (B, C))
    known = applied({}, plan([first, second], {}, KEY))
    known = applied(known, plan([first, second], known, KEY))
    assert plan([first, second], known, KEY) == ()
    assert {alias.person_id for alias in known.values()} == {person_id(KEY, A)}
    assert [known[alias_name(i)].row for i in (A, B, C)] == [1, 1, 2]
