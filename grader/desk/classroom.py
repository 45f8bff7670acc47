"""A graded class at the desk: submissions, results and marks, and the order in which answers are read."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..assignment.load import load_assignment
from ..assignment.spec import Question
from ..intake.submissions import collect_class
from ..results import QuestionResult, Status, SubmissionResult
from ..run.answers import Given, question_of
from ..run.gradebook import Gradebook
from ..run.last_run import last_run
from ..run.marking import Marking
from ..run.marks import Event, Item, Standing, differ, items_of, points_of, standings
from .answers import Work, alike

WORKS = 6  # submissions that are kept in memory after they were read
EARLIER = 12  # comments that are offered


@dataclass(frozen=True)
class Progress:
    """The reading of one question: how many answers, how many are marked, and by whom."""

    question: Question
    answers: int
    marked: int
    untouched: int  # left as in the students' notebook: nobody needs to read them
    second_look: int
    differing: int  # two markers gave different points
    markers: tuple[tuple[str, int], ...]
    twice: int  # answers that two people marked
    agreed: int  # and with the same points

    @property
    def waiting(self) -> int:
        return self.answers - self.marked


class Classroom:
    """Everything that the pages show. The gradebook is the only thing that changes."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.book = Gradebook.of_report(out)
        self.run = last_run(self.book)
        self.language = self.run.language
        self.load()

    def load(self) -> None:
        """Read the assignment, the submissions and the results; again after a regrade."""
        self.load_assignment()
        roster = Path(self.run.roster) if self.run.roster else None
        self.submitted = collect_class(Path(self.run.submissions), roster, self.run.attempt, groups=self.run.groups)
        self.submissions = {s.slug: s for s in self.submitted.submissions}
        self.marking = Marking(self.book)
        self.results = {slug: r for slug, r in self.marking.results.items() if slug in self.submissions}
        self.by_name = {r.student: slug for slug, r in self.results.items()}
        self.given = Given(self.assignment)
        if not self.book.remembered("desk"):
            self.book.remember("desk", secrets.token_hex(16))
        self.secret = self.book.remembered("desk")
        self.slugs = {self.code(slug): slug for slug in self.submissions}
        self.work = lru_cache(maxsize=WORKS)(self._work)
        self.digests: dict[str, dict[str, str]] = {}
        self._look_at_answers()

    def load_assignment(self) -> None:
        """Read the assignment; it may have changed."""
        self.assignment = load_assignment(Path(self.run.assignment))

    def _work(self, slug: str) -> Work:
        return Work(self.submissions[slug].loaded(), self.given)

    def _look_at_answers(self) -> None:
        """Find answers that are the same, for all questions that a person reads."""
        for slug, result in self.book.current(self.results).items():
            asked = [q for q in result.questions if q.reviewed]
            work = self._work(slug) if asked else None
            for question in asked:
                if work is not None:
                    self.digests.setdefault(question.id, {})[slug] = work.essence(question.id, question)

    # Places ------------------------------------------------------------------------------------------------------

    def code(self, slug: str) -> str:
        """A name for addresses that does not tell whose answer it is."""
        return hashlib.sha256(f"{self.secret}:{slug}".encode()).hexdigest()[:12]

    def question(self, id: str) -> Question | None:
        """A question of the assignment; None if there is no such question."""
        return next((q for q in self.assignment.questions if q.id == id), None)

    def answer(self, slug: str, question: str) -> QuestionResult | None:
        """The result of an answer; None if there is none."""
        result = self.book.newest(slug) if slug in self.results else None
        return question_of(result, question) if result else None

    def to_read(self, question: str) -> list[str]:
        """The answers that a person reads, in an order that is random, stable, and different for each question.

        The answer of a group is there once.
        """
        found = [slug for slug in self.results if self._is_read(slug, question) and slug == self.first_member(slug)]
        return sorted(found, key=lambda slug: hashlib.sha256(f"{self.secret}:{question}:{slug}".encode()).digest())

    def first_member(self, slug: str) -> str:
        """The member of a group whose answer stands for that of all; a student alone stands for themselves."""
        mates = {self.by_name.get(student, slug) for student in self.results[slug].together}
        return min({slug, *mates})

    def _is_read(self, slug: str, question: str) -> bool:
        answer = question_of(self.results[slug], question)
        return answer is not None and answer.is_read

    def untouched(self, slug: str, question: str) -> bool:
        """Whether the answer is as it was given to students, so that there is nothing to read."""
        answer = question_of(self.results[slug], question)
        return answer is not None and answer.untouched

    def same(self, slug: str, question: str) -> Sequence[str]:
        """The other answers to read that say the same."""
        readable = set(self.to_read(question))
        digests = {s: d for s, d in self.digests.get(question, {}).items() if s in readable}
        return [other for other in alike(digests).get(slug, ()) if other != slug]

    # Marks -------------------------------------------------------------------------------------------------------

    def rubric(self, question: str) -> tuple[Item, ...]:
        """The items that marks of this question use."""
        asked = self.question(question)
        return self.book.rubrics().get(question) or (items_of(asked) if asked else ())

    def standings(self) -> Mapping[tuple[str, str], Standing]:
        """What people said about each answer, by student and question."""
        return standings(self.book.events())

    def standing(self, slug: str, question: str) -> Standing:
        """What people said about one answer."""
        student = self.results[slug].student
        return standings(self.book.events(student)).get((student, question), Standing())

    def give(self, event: Event, slugs: Iterable[str]) -> tuple[Event, ...]:
        """Keep the mark for one or several students as one act."""
        students = [self.results[slug].student for slug in slugs]
        return self.marking.give(Event(**{**vars(event), "student": student}) for student in students)

    def earlier_comments(self, question: str) -> list[str]:
        """Comments on other answers to this question, the most frequent first."""
        said = Counter(e.comment for e in self.book.events() if e.question == question and e.comment)
        return [comment for comment, _ in said.most_common(EARLIER)]

    def progress(self) -> list[Progress]:
        """The reading of each question that somebody reads."""
        found = self.standings()
        return [p for q in self.assignment.questions if (p := self._progress(q, found)).answers or p.untouched]

    def _progress(self, question: Question, found: Mapping[tuple[str, str], Standing]) -> Progress:
        rubric = self.rubric(question.id)
        slugs = self.to_read(question.id)
        nothing = [s for s in slugs if self.untouched(s, question.id)]
        marked = {s: found.get((self.results[s].student, question.id), Standing()) for s in slugs}
        given = {s: m for s, m in marked.items() if m.counts and points_of(m.counts, rubric) is not None}
        twice = [m for m in given.values() if len(m.marks) > 1]
        left = [s for s in nothing if s not in given]
        return Progress(
            question,
            answers=len(slugs) - len(left),
            marked=len(given),
            untouched=len(left),
            second_look=sum(m.looks_again for m in marked.values()),
            differing=sum(differ(m, rubric) for m in given.values()),
            markers=tuple(sorted(Counter(name for m in given.values() for name in m.marks).items())),
            twice=len(twice),
            agreed=sum(len({points_of(e, rubric) for e in m.marks.values()}) == 1 for m in twice),
        )

    def graded(self) -> list[SubmissionResult]:
        """The results of all submissions that could be graded."""
        return [r for r in self.results.values() if r.status is Status.GRADED]
