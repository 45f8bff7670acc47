"""Judges share the runs of known mistakes."""

from __future__ import annotations

import os

import torch

from grader.judging.author import Place
from grader.judging.shared_runs import SharedRuns
from grader.judging.trials import Results

HERE = Place("1", 0, 2)


def test_another_process_finds_what_was_added() -> None:
    """Also a run that raises, which has no results."""
    shared = SharedRuns()
    child = os.fork()
    if child == 0:
        values = {"loss": torch.tensor([1.0, float("nan")]), "kind": (True, None), "text": "a"}
        shared.add({(HERE, "", ("one",)): Results(values, frozenset({"loss"})), (HERE, "", ("one", "two")): None})
        os._exit(0)
    os.waitpid(child, 0)
    found = shared.found([(HERE, "", ("one",)), (HERE, "", ("one", "two")), (HERE, "rows", ("one",))])
    assert set(found) == {(HERE, "", ("one",)), (HERE, "", ("one", "two"))}
    assert found[HERE, "", ("one", "two")] is None
    results = found[HERE, "", ("one",)]
    assert results is not None
    assert results.wrong == {"loss"}
    assert results.values["kind"] == (True, None)
    assert torch.equal(results.values["loss"].nan_to_num(7.0), torch.tensor([1.0, 7.0]))


def test_what_cannot_be_written_is_left_out() -> None:
    """The judge that made it still has it."""
    shared = SharedRuns()
    shared.add({(HERE, "", ("one",)): Results({"odd": object()}, frozenset())})
    assert shared.found([(HERE, "", ("one",))]) == {}


def test_a_record_that_is_not_complete_is_read_later() -> None:
    """Another judge may be writing at this moment."""
    shared = SharedRuns()
    shared.add({(HERE, "", ("one",)): None})
    whole = os.pread(shared._file, 1 << 20, 0)
    os.ftruncate(shared._file, len(whole) - 1)
    assert shared.found([(HERE, "", ("one",))]) == {}
    os.write(shared._file, whole[-1:])
    assert shared.found([(HERE, "", ("one",))]) == {(HERE, "", ("one",)): None}
