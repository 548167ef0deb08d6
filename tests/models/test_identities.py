"""Which ids belong to one person, as the server has reported it."""

import random

import pytest

from greenapi_async.models.identities import Identities

ANNA, BORIS, CLARA = "79001234567@c.us", "79001234568@c.us", "79001234569@c.us"
LID, NEW_LID, OTHER_LID = "150000000000001@lid", "150000000000002@lid", "150000000000003@lid"
GROUP = "120363043968066561@g.us"

CASES: dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]]]] = {
    "number and lid": ([(ANNA, LID)], [(ANNA, LID)]),
    "in any order": ([(LID, ANNA)], [(ANNA, LID)]),
    "again": ([(ANNA, LID), (LID, ANNA)], [(ANNA, LID)]),
    "a new lid without a number": ([(NEW_LID, LID)], [(NEW_LID, LID)]),
    "a new lid keeps the number": ([(ANNA, LID), (NEW_LID, LID)], [(ANNA, NEW_LID, LID)]),
    "the number is learned last": ([(NEW_LID, LID), (ANNA, LID)], [(ANNA, LID, NEW_LID)]),
    "the number has a new owner": ([(ANNA, LID), (ANNA, OTHER_LID)], [(ANNA, OTHER_LID)]),
    "the number leaves a person with two lids": (
        [(ANNA, LID), (NEW_LID, LID), (ANNA, OTHER_LID)],
        [(NEW_LID, LID), (ANNA, OTHER_LID)],
    ),
    "the person has a new number": ([(ANNA, LID), (BORIS, LID)], [(BORIS, LID)]),
    "of two persons that become one the newer id decides": (
        [(ANNA, LID), (BORIS, NEW_LID), (NEW_LID, LID)],
        [(BORIS, NEW_LID, LID)],
    ),
    "persons of MAX": ([("79001234567@c.us", "10000000")], [(ANNA, "10000000")]),
    "two persons": ([(ANNA, LID), (BORIS, OTHER_LID)], [(ANNA, LID), (BORIS, OTHER_LID)]),
    "one id says nothing": ([(ANNA,), (LID, LID)], []),
    "two numbers say nothing": ([(ANNA, BORIS)], []),
    "groups and texts are no persons": (
        [(ANNA, GROUP), (ANNA, ""), ("0@c.us", LID), ("-1000", ANNA), ("٣@lid", ANNA)],
        [],
    ),
}


@pytest.mark.parametrize(("reports", "persons"), CASES.values(), ids=CASES)
def test_the_newest_report_counts(reports: list[tuple[str, ...]], persons: list[tuple[str, ...]]) -> None:
    identities, stored = Identities(), dict[str, str]()
    for report in reports:
        changes = identities.learn(report)
        stored |= {each: main for each, main in changes.items() if main is not None}
        stored = {each: main for each, main in stored.items() if changes.get(each, main) is not None}
    assert sorted(map(set, identities.persons()), key=min) == sorted(map(set, persons), key=min)
    for person in persons:
        assert {identities.main_id(each) for each in person} == {person[0]}
        assert {identities.ids_of(each)[0] for each in person} == {person[0]}
    restored = Identities()
    assert not restored.restore(stored)
    assert sorted(map(set, restored.persons()), key=min) == sorted(map(set, persons), key=min)


def test_an_unknown_id_stands_for_itself() -> None:
    identities = Identities()
    identities.learn((ANNA, LID))
    assert [identities.main_id(each) for each in (BORIS, GROUP, "")] == [BORIS, GROUP, ""]
    assert identities.ids_of(BORIS) == (BORIS,)


def test_what_is_known_already_is_not_stored_again() -> None:
    identities = Identities()
    assert identities.learn((ANNA, LID)) == {LID: ANNA}
    assert not identities.learn((ANNA, LID))
    assert identities.learn((ANNA, OTHER_LID)) == {LID: None, OTHER_LID: ANNA}


def test_what_was_learned_is_newer_than_what_was_stored() -> None:
    identities = Identities()
    identities.learn((ANNA, NEW_LID))
    changes = identities.restore({LID: ANNA, OTHER_LID: BORIS, "damaged": ANNA})
    assert changes == {LID: None, NEW_LID: ANNA}
    assert identities.ids_of(OTHER_LID) == (BORIS, OTHER_LID)
    assert identities.ids_of(LID) == (LID,)


def test_memory_is_bounded_and_the_persons_met_last_stay() -> None:
    identities = Identities(max_ids=6)
    for number in range(1, 4):
        identities.learn((f"{number}@c.us", f"{number}@lid"))
    assert identities.ids_of("1@lid") == ("1@c.us", "1@lid")
    assert identities.learn(("4@c.us", "4@lid")) == {"4@lid": "4@c.us", "2@lid": None}
    assert len(identities) == 6
    assert identities.main_id("1@lid") == "1@c.us"
    assert identities.main_id("2@lid") == "2@lid"
    for number in range(100):
        identities.learn((ANNA, f"{number + 10}@lid", f"{number + 9}@lid"))
        assert len(identities) <= 6 + 8


def test_two_numbers_are_never_one_person() -> None:
    rng = random.Random(1)
    ids = [f"{number}@{host}" for number in range(1, 8) for host in ("c.us", "lid")]
    identities, stored = Identities(max_ids=12), dict[str, str]()
    for _ in range(3000):
        for each, main in identities.learn(rng.sample(ids, rng.choice((2, 2, 3)))).items():
            stored.pop(each, None)
            if main is not None:
                stored[each] = main
        seen: set[str] = set()
        for person in identities.persons():
            numbers = [each for each in person if each.endswith("@c.us")]
            assert len(numbers) <= 1
            assert len(person) > 1
            assert numbers in ([], [person[0]])
            assert seen.isdisjoint(person)
            seen |= set(person)
            assert {identities.ids_of(each) for each in person} == {person}
        assert len(identities) == len(seen)
        assert stored == {each: person[0] for person in identities.persons() for each in person[1:]}
