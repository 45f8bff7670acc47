"""The names that an assignment needs: an assignment imports only this module of the grader."""

from __future__ import annotations

from .assignment.cases import Case, Draw
from .assignment.parameters_by_shape import in_canonical_shape, recognise_by_shape
from .assignment.spec import Assignment, Misconception, Probe, Question, Scale, Snippet, Tolerance
from .errors import NotAnswered, OddAnswer, StudentRaised, Unavailable, WorkerError
from .judging.checks import Figures, Gradient, Shape, Values
from .judging.compare import summary
from .judging.device_requests import Moves
from .messages import Text
from .release.handout import cells, points
from .sandbox.inside.wire import Handle, Named
from .sandbox.limits import Limits
from .sandbox.verbs import Event, Implementation, Move, Parameter, Value

__all__ = [
    "Assignment",
    "Case",
    "Draw",
    "Event",
    "Figures",
    "Gradient",
    "Handle",
    "Implementation",
    "Limits",
    "Misconception",
    "Move",
    "Moves",
    "Named",
    "NotAnswered",
    "OddAnswer",
    "Parameter",
    "Probe",
    "Question",
    "Scale",
    "Shape",
    "Snippet",
    "StudentRaised",
    "Text",
    "Tolerance",
    "Unavailable",
    "Value",
    "Values",
    "WorkerError",
    "cells",
    "in_canonical_shape",
    "points",
    "recognise_by_shape",
    "summary",
]
