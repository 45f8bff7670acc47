"""The lists that platforms put next to submissions."""

from __future__ import annotations

from grader.intake.exports import gradescope


def test_lists_that_contain_themselves_many_times_are_no_names() -> None:
    """Aliases of YAML make a short text stand for a huge one; only plain texts are names and times."""
    lines = ["x0: &x0 [a, a]", *(f"x{k}: &x{k} [*x{k - 1}, *x{k - 1}]" for k in range(1, 60))]
    entry = "submission_1:\n  :created_at: *x59\n  :submitters:\n  - *x59\n  - :name: *x59\n    :sid: '0123'\n"
    listed = gradescope(("\n".join(lines) + "\n" + entry).encode())["submission_1"]
    assert [person.id for person in listed.people] == ["", "0123"]
