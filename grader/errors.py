"""The exception tree: errors are for the grader, results are for students.

GraderError                     base of all errors that this package raises on purpose
├── UsageError                  the command cannot be carried out as asked (exit status 2)
│   ├── AssignmentError         the assignment's table is broken
│   ├── ChangedSubmission       files have changed while a command was at work on them
│   └── SandboxUnavailable      no sandbox of the asked level on this machine
├── UnreadableSubmission        nothing of a submission can be read
├── EmptyCheck                  a check compared nothing: our fault, never a pass
└── WorkerError                 the student's process gave no usable answer
    ├── NotAnswered             the asked name does not exist, or was left as the template has it
    ├── OddAnswer               the answer has a form that cannot be judged
    ├── StudentRaised           the student's code raised
    ├── CallTimedOut            no answer within the limit
    ├── OutOfMemory             the memory limit was reached
    ├── WorkerDied              the process ended without an answer
    └── WireError               the bytes from the worker are not a valid answer
"""

from __future__ import annotations

from dataclasses import dataclass

from .messages import Message, Text, as_message


class GraderError(Exception):
    """The base of all errors that this package raises on purpose; its text is one sentence that says what to do."""


class UsageError(GraderError):
    """The command cannot be carried out as asked."""


class AssignmentError(UsageError):
    """The assignment's table is broken."""


class SandboxUnavailable(UsageError):
    """No sandbox of the asked level on this machine."""


class ChangedSubmission(UsageError):
    """The files of a submission are no longer those that were found when the command began."""


class UnreadableSubmission(GraderError):
    """Nothing of a submission can be read; the text says why, in words for its author."""


class EmptyCheck(GraderError):
    """A check compared nothing: an error in the assignment or in the grader, never a pass."""


class WorkerError(GraderError):
    """The student's process gave no usable answer."""


@dataclass(frozen=True)
class Frame:
    """One line of a student's traceback: its place in the notebook, or in another file of the student."""

    cell: int
    line: int
    function: str = ""
    file: str = ""  # "" for the notebook itself


class NotAnswered(WorkerError):
    """The asked name does not exist in the student's program, or was left as the template has it."""

    def __init__(self, name: str, detail: Message | Text | None = None) -> None:
        super().__init__(f"{name} was not answered")
        self.name = name
        self.detail = None if detail is None else as_message(detail)


class OddAnswer(WorkerError):
    """The answer has a form that cannot be judged; the message says which form."""

    def __init__(self, message: Message | Text) -> None:
        super().__init__(message.render("en"))
        self.message = as_message(message)


class StudentRaised(WorkerError):
    """The student's code raised; all of this error's content is text from the worker."""

    def __init__(self, kind: str, text: str, frames: tuple[Frame, ...] = ()) -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text
        self.frames = frames


class CallTimedOut(WorkerError):
    """No answer within the limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class OutOfMemory(WorkerError):
    """The memory limit was reached."""


class WorkerDied(WorkerError):
    """The student's process ended without an answer; `how` says so in words (status or signal)."""

    def __init__(self, how: Message) -> None:
        super().__init__(how.render("en"))
        self.how = how


class WireError(WorkerError):
    """The bytes from the worker are not a valid answer."""
