"""The author's code at work: the solution, known mistakes in its place, and the functions of a test that never travel.

All of it runs in a process of its own (author_process.py), because the evidence that it reads may be hostile, and
because a known mistake may never end.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..assignment.cases import Case
from ..assignment.course import Test
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from ..sandbox.inside.calls import Calls
from ..sandbox.inside.case_view import REPLAY, Answers, CaseView, Unchanged
from ..sandbox.inside.counted import calls_of
from ..sandbox.inside.own_class import copied
from ..sandbox.inside.recorders import MoveRecorder
from ..sandbox.inside.travelling import NotEvidence, globals_of, is_answer_of, run_test
from ..sandbox.inside.wire import Kind, decode, encode
from .solution import MODULE, Solution, resolve
from .statements import Seen, Unsent

# A student's limit is CPU time. A mistake that sleeps uses none, so the clock on the wall has a limit as well.
WALL = 3.0


@dataclass(frozen=True)
class Place:
    """A test's case: the question, and the positions of the test in it and of the case in the test."""

    question: str
    test: int
    case: int


class Author:
    """The solution of an assignment, ready to run tests; `references` holds what is known of its own runs."""

    def __init__(self, assignment: Assignment, salt: str, references: Mapping[Place, Mapping[str, Any]]) -> None:
        self._assignment = assignment
        self._salt = salt
        self._references = dict(references)
        self._solution = Solution(assignment)
        self._moves = MoveRecorder()
        self._alone = False  # in a process that does nothing else

    def install(self) -> None:
        """Record requests for devices and limit each trial, in a process of its own."""
        self._moves.install()
        self._alone = True
        signal.signal(signal.SIGPROF, _too_long)
        signal.signal(signal.SIGALRM, _too_long)

    def resalt(self, salt: str) -> None:
        """Go on with another salt; the names of the solution and of the mistakes stay."""
        self._salt = salt
        self._references.clear()

    # What the judge asks for

    def reference(self, place: Place) -> dict[str, Any]:
        """The run of the solution in float64: values, arguments changed in place, what `given` and `judge` say.

        Raises AssignmentError for a slip of the author.
        """
        question, test, case = self._at(place)
        where = self._where(question, test, case)
        try:
            given = self._given(place)
        except Exception as error:
            if isinstance(error, _Unavailable):
                raise
            raise AssignmentError(f"{where}: {self._fault(test, error)}") from error
        for name, value in given.items():
            if odd := _odd(decode(encode(value, kinds=True))):
                raise AssignmentError(f"{where}: `given` makes {name!r}, which holds {odd} and cannot be sent")
        found = self._run(place, given=given)
        if found["raised"] is not None:
            raise AssignmentError(f"{where}: {self._slip(test, found['raised'])}")
        if not found["values"]:
            raise AssignmentError(f"{where}: the test returns no evidence")
        for name in found.pop("twice"):
            raise AssignmentError(f"{where}: the test yields {name!r} twice: give each result a name of its own")
        for name, value in found["values"].items():
            if odd := _odd(value):
                raise AssignmentError(
                    f"{where}: the evidence {name!r} holds {odd}, which cannot travel: return numbers, texts, tensors, "
                    "arrays, or lists, tuples and dicts of them"
                )
        found["given"] = given
        if found["in_place"]:
            # The first run got copies. Arguments that are to change in place are passed as they are.
            self._references[place] = found
            found |= {"values": self._run(place, given=given)["values"]}
        for name, most in test.calls.items():
            count = found["values"][calls_of(name)]
            if count > most or count == 0:
                raise AssignmentError(f"{where}: the solution calls {name} {count} times, `calls` allows 1 to {most}")
        if test.faster_than:
            # The first run may load something; the shortest one is disturbed least.
            found["seconds"] = min(self._timed(place, given=given)["seconds"] for _ in range(3))
        if test.exact_dtype:
            single = self._run(place, given=given, exact=False)
            found["dtypes"] = {n: str(v.dtype) for n, v in single["values"].items() if isinstance(v, torch.Tensor)}
        self._references[place] = found
        assessed = self.assess(place, found["values"])
        if assessed["fault"]:
            raise AssignmentError(f"{where}: {assessed['fault']}")
        found |= {"statements": assessed["statements"], "read": assessed["read"]}
        return found

    def references(self, places: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
        """`reference` for several places; {"unavailable": reason} where something is not installed here."""
        found = []
        for question, test, case in places:
            try:
                found.append(self.reference(Place(question, test, case)))
            except _Unavailable as error:
                found.append({"unavailable": str(error)})
        return found

    def accepted(self, place: Place, convention: str) -> dict[str, Any]:
        """The values of another right convention: {} where its run raises."""
        found = self._run(place, given=self._given(place), convention=convention)
        return {} if found["raised"] is not None else found["values"]

    def assess(self, place: Place, seen: Mapping[str, Any], unsent: Sequence[str] = ()) -> dict[str, Any]:
        """The answers of the author's `expected` and `judge` to evidence.

        "expected": right values by name; "statements"; "flags": what a person should look at; "forbidden": what the
        answer must not do and did; "read": the names that `judge` looked at; "fault": an exception. {} where they look
        at evidence that was `unsent`.
        """
        question, test, _ = self._at(place)
        found: dict[str, Any] = {
            "expected": {},
            "statements": [],
            "flags": [],
            "forbidden": [],
            "read": [],
            "fault": "",
        }
        if not test.functions & {"expected", "judge"}:
            return found
        right: dict[str, Any] = dict(self._references[place]["values"])
        given = self._references[place]["given"]
        view = Seen(seen, unsent)
        try:
            with self._exactly():
                names = self._solution.beside(question, test)
                if "expected" in test.functions:
                    values = names["expected"](self._view(place, given), Seen(seen, unsent))
                    if not isinstance(values, dict):
                        raise _NotSaid("expected", "returns a dict of right values", values)
                    for name, value in values.items():
                        full = next((n for n in right if name == n or name in _halves(n)), name)
                        found["expected"][full] = right[full] = value
                if "judge" in test.functions:
                    arguments = (self._view(place, given), view, Seen(right))
                    count = len(inspect.signature(names["judge"]).parameters)
                    statements = names["judge"](*arguments[:count])
                    if not isinstance(statements, (list, tuple, Iterator)):
                        raise _NotSaid("judge", "yields statements such as `holds(...)`", statements)
                    for statement in statements:
                        if not (isinstance(statement, dict) and "kind" in statement):
                            raise _NotSaid("judge", "yields statements such as `holds(...)`", statement)
                        if statement["kind"] not in ("flag", "forbidden"):
                            found["statements"].append(statement)
                        elif not statement["ok"]:
                            found["flags" if statement["kind"] == "flag" else "forbidden"].append(statement["label"])
        except Unsent:
            return {}
        except Exception as error:
            found["fault"] = self._fault(test, error)
        found["read"] = sorted(view.read)
        return found

    def rows(self, place: Place, seen: Mapping[str, Any]) -> str:
        """A digest of the rows that a known mistake would be tried on in the place of a student with this evidence."""
        return hashlib.sha256(encode(self._rows(place, seen), kinds=True)).hexdigest()

    def trial(self, place: Place, mistakes: Sequence[str], rows: Sequence[Any] | None) -> dict[str, Any]:
        """These mistakes in the student's place, in the precision of students, on the rows that the student had."""
        found = self._timed(place, mistakes, given=self._references[place]["given"], rows=rows)
        return found | self.assess(place, found["values"])

    def trials(
        self, place: Place, sets: Sequence[Sequence[str]], seen: Mapping[str, Any] | None
    ) -> list[dict[str, Any]]:
        """`trial` for several sets of mistakes, and whether each was "late"."""
        question, test, _ = self._at(place)
        limit = test.limit_s or question.limit_s or self._assignment.limits.call_s
        rows = self._rows(place, seen)
        found = []
        for mistakes in sets:
            ran: dict[str, Any] = {
                "values": {},
                "raised": {"kind": _TooLong.__name__},
                "seconds": limit,
                **NOTHING_SAID,
            }
            with contextlib.suppress(_TooLong), self._limited(limit):
                ran = self.trial(place, mistakes, copied(rows)[0])
            found.append(ran | {"late": (ran["raised"] or {}).get("kind") == _TooLong.__name__})
        return found

    @contextlib.contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Raise _TooLong in the code that runs meanwhile, after so much CPU time: a mistake may never end."""
        if not self._alone:
            yield
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, WALL * seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)

    # How

    def _at(self, place: Place) -> tuple[Question, Test, Case]:
        question = self._assignment.question(place.question)
        test = question.tests[place.test]
        return question, test, test.cases[place.case]

    def _where(self, question: Question, test: Test, case: Case) -> str:
        return (
            f"{test.source.file}, line {test.source.line}, question {question.id}, test {test.title.render('en')}, "
            f"case {case.title.render('en')}"
        )

    def _slip(self, test: Test, raised: Mapping[str, Any]) -> str:
        line = test.source.line + raised["line"] - 1 if raised["line"] else test.source.line
        text = f"{raised['kind']}: {raised['text']}" if raised["text"] else raised["kind"]
        if raised["kind"] == NotEvidence.__name__:
            return f"a test returns a dict or yields pairs of a name and a value, not {raised['text']}"
        return f"the test raises {text} in line {line}, also with the solution"

    def _fault(self, test: Test, error: Exception) -> str:
        if isinstance(error, _NotSaid):
            return str(error)
        line, traceback = 0, error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == f"<{MODULE} {test.trusted.file}>":
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return f"line {line} of {test.trusted.file} raises {type(error).__name__}: {error}"

    def _given(self, place: Place) -> dict[str, Any]:
        question, test, _ = self._at(place)
        if "given" not in test.functions:
            return {}
        with self._exactly():
            try:
                return dict(self._solution.beside(question, test)["given"](self._view(place)))
            except ImportError as error:
                raise _Unavailable(f"{error.name or error} is not installed") from error

    def _rows(self, place: Place, seen: Mapping[str, Any] | None) -> list[Any] | None:
        question, test, _ = self._at(place)
        if seen is None or REPLAY not in seen:
            return None
        given = self._references[place]["given"]
        if "rows" in test.functions:
            with self._exactly():
                return list(self._solution.beside(question, test)["rows"](self._view(place, given), Seen(seen)))
        return list(seen[REPLAY])

    def _run(
        self,
        place: Place,
        mistakes: Sequence[str] = (),
        *,
        given: Mapping[str, Any],
        convention: str = "",
        exact: bool = True,
        rows: Sequence[Any] | None = None,
    ) -> dict[str, Any]:
        question, test, _ = self._at(place)
        names = self._solution.names(question, mistakes, convention)
        values: dict[str, Any] = {}
        musts: list[str] = []
        twice: list[str] = []

        def yielded(name: str, value: Any) -> None:
            twice.extend({name} & values.keys())
            emit(name, value)

        def emit(name: str, value: Any) -> None:
            if isinstance(value, Unchanged):
                musts.append(name)
                value = value.holds
            values[name] = decode(encode(value, kinds=True))  # as it arrives from a student

        answers = Answers(
            lambda name: resolve(names, name), lambda *asked: self._solution.snippet(question, names, *asked),
            self._moves, (), {file.name: str(file) for file in self._assignment.data_files},
        )  # fmt: skip
        calls = Calls(is_answer_of(MODULE), self._references.get(place, {}).get("in_place", ()))
        own = {name: value for name, value in names.items() if not name.startswith("__")}
        seen = globals_of((), [s.code for s in (*self._assignment.helpers, *question.helpers)], own, (), answers)
        with self._exactly() if exact else contextlib.redirect_stdout(io.StringIO()):
            view = self._view(place, given, answers, calls, emit, exact=exact, rows=rows)
            raised = run_test(test.source.code, seen, view, calls, yielded, question.names, tuple(test.calls))
        return {"values": values, "musts": musts, "raised": raised, "in_place": sorted(calls.changed),
                "drawn": view.drawn, "twice": twice}  # fmt: skip

    def _timed(self, place: Place, *mistakes: Sequence[str], **options: Any) -> dict[str, Any]:
        """`_run` in the precision of students, and the "seconds" of CPU time that it took."""
        began = time.process_time()
        found = self._run(place, *mistakes, exact=False, **options)
        return found | {"seconds": time.process_time() - began}

    def _view(
        self,
        place: Place,
        given: Mapping[str, Any] | None = None,
        answers: Answers | None = None,
        calls: Calls | None = None,
        emit: Any = None,
        *,
        exact: bool = True,
        rows: Sequence[Any] | None = None,
    ) -> CaseView:
        question, test, case = self._at(place)
        names = self._solution.names(question)
        own = Answers(lambda name: resolve(names, name), lambda inputs, without: (), self._moves)
        dtype = torch.float64 if exact else getattr(torch, test.precision)
        return CaseView(
            case.sizes, case_seed(case, self._salt), answers or own, calls or Calls(lambda f: False),
            emit or (lambda name, value: None), dtype=dtype, given=given, rows=rows, recorded=case.draws, exact=exact,
        )  # fmt: skip

    @contextlib.contextmanager
    def _exactly(self) -> Iterator[None]:
        """Compute in float64 and print nothing."""
        torch.set_default_dtype(torch.float64)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                yield
        finally:
            torch.set_default_dtype(torch.float32)


NOTHING_SAID: Mapping[str, Any] = {"expected": {}, "statements": [], "read": [], "fault": ""}


class _TooLong(BaseException):
    """A mistake took more time than a student has."""


def _too_long(number: int, frame: object) -> None:
    raise _TooLong


class _NotSaid(Exception):
    """`expected` or `judge` gives something else than it should."""

    def __init__(self, function: str, does: str, found: Any) -> None:
        super().__init__(f"`{function}` {does}, not {'None' if found is None else type(found).__name__}")


class _Unavailable(Exception):
    """Something that a test needs is not installed here."""


def case_seed(case: Case, salt: str) -> int:
    """The seed of a case in a run: public cases have fixed inputs, hidden ones depend on the salt."""
    text = f"{'' if case.public else salt}|{case.seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _halves(name: str) -> list[str]:
    return [half.strip() for half in name.split("|")]


def _odd(value: Any) -> str:
    """The kind of a part of the value that cannot travel; "" when all of it can."""
    if isinstance(value, Kind):
        return f"a {value.name}"
    if isinstance(value, (list, tuple)):
        return next((odd for part in value if (odd := _odd(part))), "")
    if isinstance(value, dict):
        return next((odd for part in value.values() if (odd := _odd(part))), "")
    return ""
