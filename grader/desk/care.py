"""The pages beside marking: what needs a person, one student, the class, and regrades."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..errors import UsageError
from ..messages import say
from ..report.student_page import standing
from ..report.words import number, sentence, status_badge
from ..run.last_run import last_run, run_again
from ..run.marking import apply_rubrics, changed_rubrics, told
from ..run.marks import WAIVED, Event, Standing, shown
from ..run.marks import number as exact
from ..run.names import accept
from ..run.outputs import with_marks
from ..run.regrade import DIFF, SIDE, Preview, keep, preview
from ..run.requests import take_requests
from .class_view import class_view
from .classroom import Classroom
from .needs import likely_copies, needs

Page = Callable[..., HTMLResponse]


class Care:
    """The handlers, around one classroom; `page` prints, `marker` says who is at the browser."""

    def __init__(self, room: Classroom, page: Page, marker: Callable[[Request], str]) -> None:
        self.room, self.page, self.marker = room, page, marker
        self.busy = False

    def routes(self) -> list[Route]:
        """The addresses of these pages."""
        get: list[tuple[str, Callable[[Request], Awaitable[Response]]]] = [
            ("/needs", self.needs), ("/student/{code}", self.student), ("/class", self.classes),
            ("/regrade", self.regrade), ("/copies", self.copies),
        ]  # fmt: skip
        post = [("/accept", self.accept), ("/override", self.override), ("/requests", self.requests),
                ("/regrade", self.regrading)]  # fmt: skip
        return [*(Route(path, f) for path, f in get), *(Route(path, f, methods=["POST"]) for path, f in post)]

    async def needs(self, request: Request) -> Response:
        """The list of what needs a person."""
        return self.page(request, "needs.html.j2", needs=needs(self.room), said=request.query_params.get("said", ""))

    async def copies(self, request: Request) -> Response:
        """The likely copies with their matching lines, as `grade copies` found them."""
        return self.page(request, "copies.desk.html.j2", page=likely_copies(self.room))

    async def classes(self, request: Request) -> Response:
        """The class with search and filters."""
        return self.page(request, "class.desk.html.j2", view=class_view(self.room, request.query_params))

    async def student(self, request: Request) -> Response:
        """All questions of a student, with points in place of the checks', earlier results and the history of marks."""
        room, language = self.room, self.room.language
        slug = self._slug(request.path_params["code"])
        whole = room.book.newest(slug) or room.results[slug]
        result = with_marks(whole, room.book.marks(whole.student), room.assignment, complete=not room.run.only)
        found = room.standings()
        graded = f"{{:.{room.assignment.scale.decimals}f}}".format
        questions = []
        for q in result.questions:
            checks = found.get((result.student, q.id), Standing()).checks
            lost = dict.fromkeys(sentence(f.cause or f.message, language) for f in q.findings if not f.passed)
            questions.append({
                "id": q.id, "title": q.title.render(language), "badge": standing(q, language),
                "points": number(q.points + (q.awarded or 0.0)), "maximum": number(q.possible + q.reviewed),
                "possible": number(q.possible) if q.possible else "", "read": q.is_read,
                "problems": list(lost)[:4], "comment": checks.comment if checks else "",
                "decided": shown(checks.points) if checks and checks.points is not None else "",
            })  # fmt: skip
        history = [
            {"at": r.graded_at, "total": number(r.total), "grade": "" if r.grade is None else graded(r.grade),
             "points": ", ".join(f"{q.id}: {number(q.points)}" for q in r.questions)}
            for r in room.book.history(slug)
        ]  # fmt: skip
        return self.page(
            request, "student.desk.html.j2", student=result.student, together=result.together,
            code=room.code(slug), status=status_badge(result.status, language),
            grade="" if result.grade is None else graded(result.grade), total=number(result.total), questions=questions,
            notes=[sentence(note, language) for note in result.notes], history=history,
            late=[sentence(note, language) for note in result.late_notes], late_days=result.late_days or 0,
            waived=result.late_days_waived, log=list(room.marking.log(result.student, "")),
            said=request.query_params.get("said", ""),
        )  # fmt: skip

    async def override(self, request: Request) -> Response:
        """Give points in place of those of the checks, or waive late days."""
        form = await request.form()
        slug = self._slug(str(form.get("code")))
        points, question = str(form.get("points", "")).strip(), str(form.get("question", WAIVED))
        said = ""
        try:
            event = Event(
                self.room.results[slug].student, question, kind="checks" if question else "waive",
                marker=self.marker(request), points=exact(points) if points else None,
                comment=str(form.get("comment", "")).strip()[:4000], alone=bool(form.get("alone")),
            )  # fmt: skip
            self.room.marking.give([event])
        except UsageError as error:
            said = str(error)
        back = "/needs" if form.get("back") == "/needs" else f"/student/{self.room.code(slug)}"
        return RedirectResponse(f"{back}?said={quote(said)}" if said else back, 303)

    async def requests(self, request: Request) -> Response:
        """Read a list of re-mark requests."""
        async with request.form() as form:
            file = form.get("file")
            data = b"" if file is None or isinstance(file, str) else await file.read()
        try:
            said = str(take_requests(self.room.book, self.room.results, data.decode("utf-8-sig", "replace")))
        except UsageError as error:
            said = str(error)
        return RedirectResponse(f"/needs?said={quote(said)}", 303)

    async def accept(self, request: Request) -> Response:
        """Accept a near name for one student or for all who have it, and grade those again."""
        form = await request.form()
        asked, used, code = (str(form.get(name, "")) for name in ("asked", "used", "code"))
        found = [n for n in needs(self.room).near if (n.asked, n.used) == (asked, used)]
        lines = [line for n in found for line in n.lines if code in ("all", line.code)]
        if not lines:
            raise HTTPException(404)

        def regrade() -> str:
            accept(Path(self.room.run.submissions), [(line.student, asked, used) for line in lines])
            return "" if run_again(self.room.run, quiet=True) in (0, 1) else self._failed()

        return await self._working("/needs", regrade)

    async def regrade(self, request: Request) -> Response:
        """What a regrade would change."""
        found: Preview | None = None
        file = self.room.out / SIDE / DIFF
        if file.is_file():
            found = msgspec.json.decode(file.read_bytes(), type=Preview)
        self.room.load_assignment()
        rubrics = [line for change in changed_rubrics(self.room.book, self.room.assignment) for line in told(change)]
        said = request.query_params.get("said", "")
        look = [(p.question.id, p.second_look) for p in self.room.progress() if p.second_look]
        return self.page(request, "regrade.html.j2", preview=found, rubrics=rubrics, look=look, said=said)

    async def regrading(self, request: Request) -> Response:
        """Make a preview, keep it, or let marks use changed rubrics."""
        what = (await request.form()).get("what")
        if what == "rubrics":
            self.room.load_assignment()
            apply_rubrics(self.room.book, changed_rubrics(self.room.book, self.room.assignment), self.marker(request))
            return RedirectResponse("/regrade", 303)

        def work() -> str:
            if what == "keep":
                return "" if keep(self.room.out, quiet=True) in (0, 1) else self._failed()
            preview(self.room.out)
            return ""

        return await self._working("/regrade", work)

    async def _working(self, back: str, work: Callable[[], str]) -> Response:
        """Do something long in a thread, while others go on marking, and read the class again."""
        if self.busy:
            said = say("the class is being graded: wait for it").render(self.room.language)
            return RedirectResponse(f"{back}?said={quote(said)}", 303)
        self.busy = True
        try:
            said = await run_in_threadpool(work)
        except UsageError as error:
            said = str(error)
        finally:
            self.busy = False
        self.room.run = last_run(self.room.book)
        self.room.load()
        return RedirectResponse(f"{back}?said={quote(said)}" if said else back, 303)

    def _failed(self) -> str:
        return say("grade ended with an error; run it in a terminal to see it").render(self.room.language)

    def _slug(self, code: str) -> str:
        slug = self.room.slugs.get(code, "")
        if slug not in self.room.results:
            raise HTTPException(404)
        return slug
