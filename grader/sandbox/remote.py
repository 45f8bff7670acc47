"""A student's program in a lane: load it, send it the tests of a question, collect the evidence."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..errors import CallTimedOut, OddAnswer, OutOfMemory, StudentRaised, WireError, WorkerDied, WorkerError
from ..messages import say
from .connection import Connection
from .inside.wire import Malformed
from .lane import ProgramHost, ResourceUsage
from .limits import Limits
from .replies import Tripped, listed, names_in, raised, tripped
from .requests import groups_of, is_too_long, statement_request, tests_request
from .runnable import RunnableProgram, RunnableStatement
from .test_runs import Came, GivenUp, TestRun, TestSources, error_of

# The cell of the judge's own statements; a notebook's cells are numbered from 1.
OWN_CELL = 0
# Statements that may crash before the rest of the program is given up; the time that they take limits those that hang.
MAX_LOST = 8
# Bytes of answers that one submission may send, over all its lives. An honest submission sends 0.1 MB; an assignment
# whose calls return MNIST's test images would receive 31 MB a call. The judge keeps a question's answers in memory
# while it compares, so this limits the judge's memory too.
MAX_SENT = 256 << 20
SENT_TOO_MUCH = "the worker has sent more than a submission may"
# Characters of source that are sent in one request; a long notebook has some 20,000.
MAX_TOGETHER = 200_000
# After so many runs of a question that never end, no more are tried; each costs its time limit.
MOST_TIMEOUTS = 2
# The kernel counts CPU time in steps of 0.01 s: what is left of a limit after a time-out may be a few of them.
LEAST_S = 0.05
# The time limit after a submission's first run that timed out: right answers take milliseconds.
SECOND_CHANCE_S = 1.0


class RemoteProgram:
    """A program that runs in the worker.

    After a time-out, a crash or a lack of memory, the next test starts the program afresh.
    """

    def __init__(
        self,
        lane: ProgramHost,
        program: RunnableProgram,
        limits: Limits | None = None,
    ) -> None:
        self._lane = lane
        self._program = program
        self._limits = limits or lane.limits
        self._connection: Connection | None = None
        self._life: Connection | None = None  # the same; also after an error, until the process is ended
        self._told: list[dict[str, Any]] = []  # requests that are sent with the next one
        self._forbidden: tuple[str, ...] = ()
        self._lost: dict[int, WorkerError] = {}  # statements that hang or crash and are never run again
        self._together = True  # until one of the statements hangs or crashes
        self._lost_s = 0.0  # the time that the lost statements took
        self._used = ResourceUsage()
        self._room = MAX_SENT
        self._tripped: list[Tripped] = []
        self.load_errors: tuple[tuple[RunnableStatement, WorkerError], ...] = ()
        self.patience = self._limits.call_s  # seconds for each further call
        self._suspected = False  # whether the next statement that hangs has been tried before
        self._unheard = False  # whether the process may still send evidence of runs that nobody waits for
        self._until = math.inf  # on the clock of `_elapsed`: then every verb times out

    # The program's life

    def start(self) -> None:
        """Run the program's statements in a fresh child, without those that hang or crash."""
        while True:
            self._end()
            self._told = []
            self._connection = self._life = self._lane.begin(self._program.files)
            try:
                self._load()
                return
            except _NotTogether as found:
                self._together = False
                self._suspected = isinstance(found.__cause__, CallTimedOut)
            except _Lost as lost:
                self._lost_s += min(lost.seconds, self._limits.call_s)  # by the clock it may be more
                # A statement that hangs is tried once more before it is given up.
                hangs = isinstance(lost.error, CallTimedOut) and self._limits.again
                self._suspected = hangs and not self._suspected
                if not self._suspected:
                    self._lost[lost.index] = lost.error
            except BaseException:
                self._connection = None  # half a program answers nothing
                raise

    def end(self) -> ResourceUsage:
        """End the submission; the resources that it used and its output, over all its lives."""
        self._end()
        return self._used

    @contextlib.contextmanager
    def instead(self, program: RunnableProgram) -> Iterator[RemoteProgram]:
        """Run another program of the same submission in place of this one, which starts afresh at its next request."""
        self._end()
        other = RemoteProgram(self._lane, program, self._limits)
        other._until, other.patience = self._until - self._elapsed(), self.patience
        other._forbidden = self._forbidden
        other._room = self._room - self._used.received
        try:
            other.start()
            yield other
        finally:
            self._used += other.end()

    def _end(self) -> None:
        self._connection = self._life = None
        self._unheard = False
        used = self._lane.end()
        # Each life may print up to the limit; the output of the first lives is enough.
        full = len(self._used.output) >= self._limits.output_kb * 1024
        self._used += replace(used, output="") if full else used

    def _load(self) -> None:
        statements = self._program.statements
        # After too many lost statements, the program is what precedes the last of them.
        if self._lost and (len(self._lost) >= MAX_LOST or self._lost_s >= self._limits.load_s):
            statements = statements[: max(self._lost)]
        errors: dict[int, WorkerError] = dict(self._lost)
        until = self._elapsed() + self._limits.load_s
        if self._program.modules or self._program.cells:
            named = {path: list(names) for path, names in self._program.modules.items()}
            self._tell("modules", modules=named, cells=dict(self._program.cells))
        if self._forbidden:
            self._tell("forbid", names=self._forbidden)
        waiting = []
        indices = [index for index in range(len(statements)) if index not in self._lost]
        found = self._run_together(indices) if self._together else None
        for position, index in enumerate(indices):
            error = found[position] if found is not None else self._run(index, until)
            if error is not None:
                errors[index] = error
                if isinstance(error, StudentRaised) and error.kind == "NameError":
                    waiting.append(index)
        # Students often run cells in another order than the notebook's; one more pass finds the names that are
        # defined further down.
        for index in waiting:
            error = self._run(index, until)
            if error is None:
                del errors[index]
        self.load_errors = tuple((self._program.statements[i], errors[i]) for i in sorted(errors))

    def _run_together(self, indices: Sequence[int]) -> list[WorkerError | None] | None:
        """Run these statements in one request: the error of each, or None when they are too long for one request.

        When a statement hangs or crashes, the request does not tell which. They then run one by one in a fresh child.
        """
        requests = [statement_request(self._program.statements[index]) for index in indices]
        if sum(len(request["source"]) for request in requests) > MAX_TOGETHER:
            return None
        try:
            answers = listed(self._ask("run_all", self._limits.call_s, statements=requests))
            if len(answers) != len(indices):
                raise WireError("the worker answered for another number of statements")
            return [None if answer is None else raised(answer) for answer in answers]
        except WorkerError as error:
            if self._spent():
                raise
            raise _NotTogether from error
        except Malformed as error:
            raise _NotTogether from error

    def _run(self, index: int, until: float) -> WorkerError | None:
        statement = self._program.statements[index]
        began = self._elapsed()
        left = self._left(until)
        if left <= 0:
            return CallTimedOut(self._limits.load_s)
        try:
            self._ask("run", min(left, self._limits.call_s), **statement_request(statement))
        except StudentRaised as error:
            if self._connection is None:
                raise _Lost(index, error, self._elapsed() - began) from error
            return error
        except Malformed:
            raise _Lost(index, OddAnswer(say("it is too long")), 0.0) from None
        except WorkerError as error:
            if self._spent():
                raise
            raise _Lost(index, error, self._elapsed() - began) from error
        return None

    # Tests

    def run_tests(self, sources: TestSources, runs: Sequence[TestRun], timeouts: int = 0) -> Iterator[Came]:
        """The evidence of each run, in order. One request asks for all; an error costs only the run that it ends.

        A run that times out is tried once more, alone, in a fresh process; so is one whose process ends after others
        have run in it, since what they left behind may have ended it. `timeouts`: the runs of the same question that
        have timed out before.
        """
        waiting = list(range(len(runs)))
        repeated: set[int] = set()
        alone = False
        while waiting:
            if timeouts >= MOST_TIMEOUTS:
                yield from (Came(error=GivenUp(timeouts)) for _ in waiting)
                return
            some = {k: runs[k] for k in waiting[: 1 if alone else None]}
            fresh = waiting[0] if self._connection is None or self._unheard else None  # the first run of its process
            for number, came in self._ran(sources, some, runs):
                timed_out = isinstance(came.error, CallTimedOut)
                ended = isinstance(came.error, (WorkerDied, OutOfMemory)) and number != fresh
                again = (timed_out and self._limits.again) or ended
                if again and number not in repeated and not self._spent():
                    alone = True
                    repeated.add(number)
                    break
                if timed_out and not runs[number].relative:
                    timeouts += 1
                    self.patience = min(self.patience, SECOND_CHANCE_S)
                alone = False
                waiting.remove(number)
                yield came

    def _ran(
        self, sources: TestSources, runs: dict[int, TestRun], all_runs: Sequence[TestRun]
    ) -> Iterator[tuple[int, Came]]:
        """The runs by number, up to the first that ends the process."""
        came = Came()
        number, last = next(iter(runs)), next(reversed(runs))
        try:
            connection = self._connected()
            groups = groups_of(self._program, sources.snippet)
            told, self._told = self._told, []
            for earlier in told:
                connection.ask(earlier, self.patience)
            try:
                connection.tell(tests_request(sources, groups, runs, all_runs))
            except Malformed:
                if not is_too_long(groups):
                    raise  # the author's inputs are
                yield number, replace(came, error=OddAnswer(say("it is too long")))
                return
            for number, run in runs.items():
                if self._connection is not connection:
                    return  # it has ended with the run before: the others need a fresh process
                came = Came()
                self._hear(number, run.seconds, came)
                self._unheard = number != last
                yield number, came
        except WorkerError as error:
            self._end()  # at once: the code may still run, and what it has sent counts
            yield number, replace(came, error=error)

    def _hear(self, number: int, seconds: float, came: Came) -> None:
        """Collect the replies of one run."""
        connection = self._connection
        assert connection is not None
        while True:
            reply = connection.hear(min(self._allowed(), seconds, self.patience))
            if reply.get("run") != number:
                raise WireError("the worker answered for another test")
            if "end" not in reply:
                came.add(reply.get("name"), reply.get("value"), reply.get("must"))
                continue
            came.error = error_of(reply["end"])
            came.mutated = names_in(reply.get("mutated"))
            self._tripped += [tripped(t) for t in listed(reply.get("tripped"))]
            if reply.get("lost") is True:
                self._connection = None
            return

    # The judge's requests besides the verbs

    def set_forbidden(self, names: Sequence[str]) -> None:
        """Note from now on calls of these dotted names only ("torch.optim.*": all its public names).

        When set before `start`, the calls of the program's own top-level statements are noted too.
        """
        self._forbidden = tuple(names)
        if self._connection is not None:
            self._tell("forbid", names=self._forbidden)

    def take_tripped(self) -> tuple[Tripped, ...]:
        """Forbidden calls since the last time."""
        taken, self._tripped = tuple(self._tripped), []
        return taken

    def _tell(self, verb: str, /, **content: Any) -> None:
        """Store a request without an answer. It is sent with the next request that has one, which raises its errors."""
        if self._connection is None:
            self.start()
        self._told.append({"do": verb, **content})

    def _ask(self, verb: str, /, seconds: float | None = None, **content: Any) -> Any:
        left = self._allowed()
        connection = self._connected()
        request = {"do": verb, **content}
        told, self._told = self._told, []
        limit = min(left, self.patience if seconds is None else seconds)
        try:
            return connection.ask({**request, "after": told}, limit)
        except StudentRaised:
            if connection.lost:
                self._connection = None  # only this process has lost the GPU
            raise
        except (WorkerError, Malformed):  # the stored requests are lost with a request that cannot be sent
            self._connection = None
            raise
        finally:
            self._tripped += [tripped(t) for t in connection.tripped]

    def _connected(self) -> Connection:
        """The channel to a process that waits for a request; WireError after too many bytes."""
        if self._received() > self._room:
            raise WireError(SENT_TOO_MUCH)
        if self._connection is None or self._unheard:
            self.start()
        assert self._connection is not None
        return self._connection

    def _allowed(self) -> float:
        """The seconds that are left; CallTimedOut if there are none, WireError after too many bytes."""
        left = self._left(self._until)
        if left <= 0:
            raise CallTimedOut(self._limits.submission_s)
        if self._received() > self._room:
            raise WireError(SENT_TOO_MUCH)
        return left

    def _received(self) -> int:
        return self._used.received + (self._connection.received if self._connection else 0)

    def _spent(self) -> bool:
        """Whether the submission has used up its time or its bytes, so that no request will be answered."""
        return self.is_late or self._received() > self._room

    # Time

    def allow(self, seconds: float) -> None:
        """Let all requests from now on together take this long; a busy machine does not shorten it."""
        if self._life is not None:
            self._life.look_again()
        self._until = self._elapsed() + seconds

    @property
    def is_late(self) -> bool:
        """Whether the time that was allowed is over."""
        return self._left(self._until) <= 0

    def _elapsed(self) -> float:
        """Seconds that answers have taken, over all lives, without those in which the code had to wait for a CPU."""
        return self._used.counted_s + (self._life.counted_s if self._life else 0.0)

    def _left(self, until: float) -> float:
        left = until - self._elapsed()
        if left < self._limits.call_s and self._life is not None:
            self._life.look_again()
            left = until - self._elapsed()
        return left if left > LEAST_S else 0.0


class _NotTogether(Exception):
    """The statements cannot be run in one request."""


class _Lost(Exception):
    """A statement that ended the child."""

    def __init__(self, index: int, error: WorkerError, seconds: float) -> None:
        super().__init__(index)
        self.index = index
        self.error = error
        self.seconds = seconds
