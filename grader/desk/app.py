"""The pages and actions of the desk. Handlers run one at a time, so that the gradebook has one reader and writer."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ..errors import UsageError
from ..report.render import TEMPLATES
from ..run.answers import PICTURES
from ..run.marks import Event, number, points_of, shown
from ..run.republish import republish
from .answers import picture_type
from .care import Care
from .classroom import Classroom
from .guard import Guard
from .pages import HERE, render
from .work import View, queue, work_page

LONGEST_COMMENT = 4000
# A picture that is opened by itself must not run anything either.
ALONE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private",
}


class Desk:
    """The handlers, around one classroom."""

    def __init__(self, room: Classroom, marker: str) -> None:
        self.room, self.account = room, marker

    def page(self, request: Request, name: str, **values: object) -> HTMLResponse:
        """A whole page."""
        shared = {"assignment": self.room.assignment.title.render(self.room.language), "marker": self.marker(request)}
        return HTMLResponse(render(name, self.room.language, **shared, **values))

    def marker(self, request: Request) -> str:
        """The name of the person at this browser."""
        return unquote(request.cookies.get("marker", ""))[:60] or self.account

    # Reading -----------------------------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The questions to read and how far they are."""
        return self.page(
            request, "home.html.j2", progress=self.room.progress(), said=request.query_params.get("said", "")
        )

    async def first(self, request: Request) -> Response:
        """The first answer of a question that waits, or the first one."""
        question = self._question(request).id
        view = self._view(request)
        slugs, waiting = queue(self.room, question, view)
        if not slugs:
            return self.page(request, "nothing.html.j2", question=question)
        code = self.room.code((waiting or slugs)[0])
        return RedirectResponse(f"/mark/{quote(question)}/{code}?view={view}", 303)

    async def mark(self, request: Request) -> Response:
        """The marking page with one answer."""
        question, slug, view = self._question(request), self._slug(request), self._view(request)
        slugs, waiting = queue(self.room, question.id, view)
        return self.page(
            request, "mark.html.j2", work=work_page(self.room, question, slug, view), view=view,
            order=" ".join(map(self.room.code, slugs)), waiting=" ".join(map(self.room.code, waiting)),
            languages=self.room.assignment.languages,
        )  # fmt: skip

    async def work(self, request: Request) -> Response:
        """One answer, as a part of the marking page."""
        question, slug, view = self._question(request), self._slug(request), self._view(request)
        work = work_page(self.room, question, slug, view)
        return HTMLResponse(render("work.html.j2", self.room.language, work=work, view=view))

    async def picture(self, request: Request) -> Response:
        """A saved plot or a pasted photo."""
        path = request.path_params
        found = self.room.work(self._slug(request)).picture(path["file"], path["cell"], path["place"])
        if found is None or not found.content:
            raise HTTPException(404)
        return Response(found.content, media_type=found.kind, headers=ALONE)

    async def beside(self, request: Request) -> Response:
        """A file beside the notebook: a picture, a text, or something to keep."""
        others = self.room.work(self._slug(request)).others
        place = request.path_params["file"]
        if not 0 <= place < len(others):
            raise HTTPException(404)
        file = others[place]
        kind = picture_type(file.data, file.path)
        if kind in PICTURES:
            return Response(file.data, media_type=kind, headers=ALONE)
        guessed = mimetypes.guess_type(file.path)[0] or ""
        if guessed.startswith("text/") or file.path.endswith((".py", ".md", ".json", ".csv")):
            return Response(file.data, media_type="text/plain; charset=utf-8", headers=ALONE)
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(Path(file.path).name)}"}
        return Response(file.data, media_type="application/octet-stream", headers={**ALONE, **named})

    # Marking -----------------------------------------------------------------------------------------------------

    async def save(self, request: Request) -> Response:
        """Keep a mark. The answer says whether another mark came in between; none is lost."""
        is_json = request.headers.get("content-type", "").startswith("application/json")
        asked = await self._asked(request, is_json)
        question, slug = self._asked_for(asked)
        same = self.room.same(slug, question) if asked.get("together") else ()
        before = self.room.standing(slug, question)
        marker = self.marker(request)
        try:
            event = _event(asked, question, marker)
            self.room.give(event, (slug, *same))
        except (UsageError, ValueError) as error:
            if is_json:
                return JSONResponse({"error": str(error)}, 400)
            return RedirectResponse(f"/?said={quote(str(error))}", 303)
        if not is_json:
            return RedirectResponse(f"/mark/{quote(question)}?view={self._view(request)}", 303)
        now = self.room.standing(slug, question)
        told: dict[str, object] = {
            "last": now.last,
            "also": [self.room.code(other) for other in same],
            "points": self._points(now.marks.get(marker)),
        }
        other = before.counts if before.last != event.seen else None
        if other is not None and other.act != event.act:
            told["other"] = {"marker": other.marker, "points": self._points(other)}
        return JSONResponse(told)

    def _points(self, mark: Event | None) -> str:
        points = points_of(mark, self.room.rubric(mark.question)) if mark else None
        return "" if points is None else shown(points)

    async def undo(self, request: Request) -> Response:
        """Withdraw an act, for all answers that it marked."""
        asked = await self._asked(request, is_json=True)
        act = str(asked.get("act", ""))[:64]
        undone = {event.student for event in self.room.marking.withdraw(act, self.marker(request))}
        return JSONResponse({"codes": [self.room.code(s) for s, r in self.room.results.items() if r.student in undone]})

    async def name(self, request: Request) -> Response:
        """Say who marks at this browser."""
        form = await request.form()
        answer = RedirectResponse(_local(form.get("back")), 303)
        answer.set_cookie(
            "marker", quote(str(form.get("marker", "")).strip()[:60], safe=" "), samesite="strict", max_age=31_536_000
        )
        return answer

    async def publish(self, request: Request) -> Response:
        """Write the report with the marks so far."""
        count = republish(self.room.book, self.room.assignment, self.room.run, self.room.submitted)
        return RedirectResponse(f"/?said=published:{count}", 303)

    # Addresses ---------------------------------------------------------------------------------------------------

    async def _asked(self, request: Request, is_json: bool) -> dict[str, Any]:
        if is_json:
            try:
                asked = json.loads(await request.body())
            except ValueError:
                asked = None
            if not isinstance(asked, dict) or not isinstance(asked.get("items", []), list):
                raise HTTPException(400)
            return asked
        form = await request.form()
        return {**form, "items": form.getlist("items")}

    def _asked_for(self, asked: Mapping[str, Any]) -> tuple[str, str]:
        slug = self.room.slugs.get(str(asked.get("code")), "")
        question = str(asked.get("question"))
        if self.room.answer(slug, question) is None:
            raise HTTPException(404)
        return question, slug

    def _question(self, request: Request) -> Any:
        question = self.room.question(request.path_params["question"])
        if question is None:
            raise HTTPException(404)
        return question

    def _slug(self, request: Request) -> str:
        slug = self.room.slugs.get(request.path_params["code"], "")
        if slug not in self.room.results:
            raise HTTPException(404)
        question = request.path_params.get("question")
        if question is not None and self.room.answer(slug, question) is None:
            raise HTTPException(404)
        return slug

    def _view(self, request: Request) -> View:
        return View.of(request.query_params.get("view", ""), self.marker(request))


def _event(asked: Mapping[str, Any], question: str, marker: str) -> Event:
    """The mark that a page sends; ValueError or UsageError for one that makes no sense."""
    written = str(asked.get("points", "")).strip()
    return Event(
        "",
        question,
        marker=marker,
        act=str(asked.get("act", ""))[:64],
        items=tuple(dict.fromkeys(str(item) for item in asked.get("items", ()))),
        points=number(written) if written else None,
        comment=str(asked.get("comment", ""))[:LONGEST_COMMENT].strip(),
        second_look=bool(asked.get("second_look")),
        settles=bool(asked.get("settles")),
        alone=bool(asked.get("alone")),
        seen=int(asked.get("seen") or 0),
    )


def _local(address: object) -> str:
    """A path of the desk, and no other address."""
    text = str(address or "/")
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) else "/"


def desk(room: Classroom, port: int, token: str, marker: str = "") -> ASGIApp:
    """The whole application, behind its guard."""
    desk = Desk(room, marker)
    routes = [
        Route("/", desk.home),
        Route("/mark/{question}", desk.first),
        Route("/mark/{question}/{code}", desk.mark),
        Route("/work/{question}/{code}", desk.work),
        Route("/picture/{code}/{file:int}/{cell:int}/{place:int}", desk.picture),
        Route("/beside/{code}/{file:int}", desk.beside),
        Route("/save", desk.save, methods=["POST"]),
        Route("/undo", desk.undo, methods=["POST"]),
        Route("/name", desk.name, methods=["POST"]),
        Route("/publish", desk.publish, methods=["POST"]),
        Route("/page.css", _page_css),
        *Care(room, desk.page, desk.marker).routes(),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return Guard(Starlette(routes=routes), port, token)


async def _page_css(request: Request) -> Response:
    return Response((TEMPLATES / "page.css").read_text(encoding="utf-8"), media_type="text/css")
