"""The score of a pair, the threshold of a class, and the groups that likely pairs form; with invented fingerprints."""

from __future__ import annotations

import random

import pytest

from grader.copies.compare import Comparison, Pair, clusters
from grader.copies.prints import Line, Print, Work

QUESTIONS = ("1", "2", "3", "4")


def work(*hashes: tuple[int, str]) -> Work:
    return Work([Line(1, 1, "", q) for q in QUESTIONS], [Print(h, *[QUESTIONS.index(q)] * 2) for h, q in hashes])


def honest(seed: int) -> list[tuple[int, str]]:
    """40 prints, a quarter of which many have."""
    rng = random.Random(seed)
    usual = [(k, QUESTIONS[k % 4]) for k in rng.sample(range(30), 10)]
    return usual + [(rng.getrandbits(50) + 100, QUESTIONS[k % 4]) for k in range(30)]


def compared(*more: Work, size: int = 20, **options) -> Comparison:
    works = [work(*honest(k)) for k in range(size)]
    return Comparison([*works, *more], options.pop("current", size + len(more)), **options)


def likely(comparison: Comparison) -> list[tuple[int, int]]:
    threshold = comparison.threshold()
    return [(p.a, p.b) for p in comparison.ranked(threshold) if comparison.is_likely(p, threshold)]


def test_honest_works_are_not_likely_copies():
    assert likely(compared()) == []


def test_a_whole_copy_is_likely_and_so_is_a_copied_question():
    whole = work(*honest(3))
    part = work(*[p for p in honest(5) if p[1] == "2"], *[p for p in honest(99) if p[1] != "2"])
    assert likely(compared(whole, part)) == [(3, 20), (5, 21)]


def test_a_group_that_copied_does_not_hide_itself():
    ring = [work(*honest(0))] * 5
    assert set(likely(compared(*ring))) >= {(0, 20), (0, 24), (20, 24)}


def test_what_all_have_counts_nothing():
    shared = [(k, "1") for k in range(1000, 1060)]
    works = [work(*honest(k), *shared) for k in range(20)]
    assert likely(Comparison(works, 20)) == []


def test_works_of_earlier_years_are_compared_with_the_class_and_not_with_each_other():
    old = work(*honest(2))
    assert likely(compared(old, work(*honest(77)), work(*honest(77)), current=20)) == [(2, 20)]


def test_members_of_a_group_are_not_compared():
    assert likely(compared(work(*honest(3)), apart=[(3, 20)])) == []


def test_a_small_class_has_no_threshold_and_lists_what_is_mostly_the_same():
    comparison = compared(work(*honest(1)), size=3)
    assert comparison.threshold() is None
    assert likely(comparison) == [(1, 3)]


@pytest.mark.parametrize("works", [[], [work()], [work(), work()]])
def test_without_code_nothing_is_found(works):
    assert likely(Comparison(works, len(works))) == []


def test_pairs_form_groups():
    pairs = [Pair(a, b, 1.0, 1.0) for a, b in [(0, 1), (5, 6), (1, 2), (8, 9), (2, 0)]]
    assert clusters(pairs) == [[0, 1, 2], [5, 6], [8, 9]]
