"""The points of questions, in words and as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from ...assignment.spec import Question
from ...messages import Message, say


def written_number(x: float, language: str, decimals: int | None = None) -> str:
    """A number as "0,75" in Spanish, "0.75" in English; without `decimals` at most two, and no more than needed."""
    text = f"{round(x, 2):g}" if decimals is None else f"{x:.{decimals}f}"
    return text.replace(".", ",") if language == "es" else text


def worth(question: Question, language: str) -> str:
    """The points of a question and their source: "1,25 puntos", "opcional, bono 0,5, lo da una persona"."""
    if not question.bonus and not question.reviewed:
        return _points(written_number(question.points, language), language)
    return _shared(question, language).render(language)


def _shared(question: Question, language: str) -> Message:
    """The words if a person gives some of the points, or if they are a bonus."""
    code, read = written_number(question.points, language), written_number(question.reviewed, language)
    if question.bonus:
        if question.points and question.reviewed:
            return say("optional, bonus {code}, and {read} given by a person", code=code, read=read)
        if question.reviewed:
            return say("optional, bonus {read}, given by a person", read=read)
        return say("optional, bonus {code}", code=code)
    if question.points:
        return say("{points}, and {read} given by a person", points=_points(code, language), read=read)
    return say("{points}, given by a person", points=_points(read, language))


def _points(number: str, language: str) -> str:
    return (say("1 point") if number == "1" else say("{number} points", number=number)).render(language)


def table(questions: Sequence[Question], language: str) -> str:
    """A row for each question (id, title, points), and below them the sum over the required questions."""
    titles = (say("Question"), say("Topic"), say("Worth"))
    rows = [[title.render(language) for title in titles], ["---"] * 3]
    rows += [[q.id, q.title.render(language), worth(q, language)] for q in questions]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    required = sum(q.points + q.reviewed for q in questions if not q.bonus)
    points = _points(written_number(required, language), language)
    total = say("The required questions add up to {points}.", points=points)
    sentences = [total.render(language)]
    if any(q.bonus for q in questions):
        sentences.append(
            say("A bonus makes up for lost points, but it does not raise the grade above the maximum.").render(language)
        )
    return "\n".join([*lines, "", " ".join(sentences)])
