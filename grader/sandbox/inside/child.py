"""The untrusted process of one submission: it keeps the program's names and objects and answers requests.

A request is a dict with "do", the name of a method below without its underscore, and that method's arguments;
"after" holds requests that are done before it and answered together with it. The answer is a dict: "value", or
"raised" = {kind, text, frames}; "tripped", the forbidden names that it called; "lost", whether this process can answer
nothing more. "tests" is answered by many dicts: each piece of evidence ("run", "name", "value", "must"), and the end of
each run ("run", "end", "mutated", "tripped", "lost", "cpu").
Student code can falsify all of this: an answer is evidence, and the judge compares it.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import os
import random
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import torch

from . import drives, no_gpu, own_files, sources
from .calls import Calls
from .case_view import Answers, CaseView, Unchanged
from .counted import unwatched
from .exceptions import described
from .recorders import MoveRecorder, Tripwires
from .supplied import stand_in
from .travelling import globals_of, is_answer_of, plain, run_test
from .wire import LENGTH, decode, encode, frame_length, framed

# Source is padded to its line in the cell; no real cell is longer.
MAX_LINE = 100_000
# Annotations are not evaluated: a name that is missing in one must not cost a definition.
LAZY = __future__.annotations.compiler_flag


NO_FILES: Mapping[str, str] = types.MappingProxyType({})


class Stream(Protocol):
    """The connection to the other side: a socket, or two pipes (worker_without_fork.Pipes)."""

    def recv_into(self, buffer: memoryview) -> int:
        """Fill the buffer with the bytes that are there; 0 at the end of the stream."""

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""


class Child:
    """One submission's names, objects and records."""

    def __init__(
        self, moves: MoveRecorder, tripwires: Tripwires, device: str, files: Mapping[str, str] = NO_FILES
    ) -> None:
        # Student code runs in a module __main__, as in a notebook.
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names: dict[str, Any] = module.__dict__
        self.names["__builtins__"] = builtins
        self.device = device
        self.moves = moves
        self.tripwires = tripwires
        self.files = files
        self.spaces: dict[str, dict[str, Any]] = {}  # the names of the student's modules, by path
        self.own = ["__main__"]  # the names of all modules of the student's code
        sources.forget()
        self.asked: list[str] | None = None  # devices that the program asked about at load, known at the first test
        random.seed(0)
        torch.default_generator.manual_seed(0)  # torch.manual_seed also records the stack, for a GPU's generator
        if device != "cpu":
            torch.manual_seed(0)
            # The first use of the GPU makes the context, which takes seconds; a student's first call must not pay them.
            torch.zeros(1, device=device)

    def serve(self, connection: Stream, own: str = "") -> None:
        """Answer until the other side hangs up; `own` is the folder of the student's files, "" for none."""
        drives.install(os.getcwd())
        if own:
            own_files.lay_out(own)
        if self.device == "cpu":
            no_gpu.install()
        while True:
            prefix = _receive(connection, LENGTH.size)
            if prefix is None:
                return
            payload = _receive(connection, frame_length(prefix))
            if payload is None:
                return
            request = decode(payload)
            if request["do"] == "tests":
                self.run_tests(request, lambda reply: connection.sendall(framed(reply)))
            else:
                connection.sendall(framed(self.answer(request)))

    def answer(self, request: dict[str, Any]) -> bytes:
        """The payload that answers a request; an exception of student code becomes part of the payload."""
        tripped: list[dict[str, Any]] = []
        try:
            for earlier in request.pop("after", ()):
                self._do(earlier)
            value = self._do(request)
            self._settle()
            tripped = self.tripwires.drain()
            return encode({"value": value, "tripped": tripped, "cpu": time.process_time()}, kinds=True)
        except BaseException as error:  # student code may raise anything, also SystemExit and KeyboardInterrupt
            tripped = tripped or self.tripwires.drain()
            lost = self._is_lost()
            return encode({"raised": described(error), "tripped": tripped, "lost": lost, "cpu": time.process_time()})

    def run_tests(self, request: dict[str, Any], send: Callable[[bytes], None]) -> None:
        """Run a question's tests, case after case; each piece of evidence is sent at once, then each case's end."""
        own = {name: self.names[name] for name in request["own"] if name in self.names}
        groups = request["snippet"]
        if self.asked is None:
            self.asked = [m["device"] for m in self.moves.drain() if m["what"] == "question"]
        answers = Answers(
            self._resolve, lambda *asked: self._snippet(groups, *asked), self.moves, self.asked, self.files
        )
        names = globals_of(request["given"], request["helpers"], own, request["asked"], answers)
        for run in request["runs"]:
            number = run["number"]
            calls = Calls(is_answer_of(*self.own), run["in_place"])

            def emit(name: str, value: Any, number: int = number) -> None:
                must = isinstance(value, Unchanged)
                with unwatched():
                    send(encode({"run": number, "name": name, "value": plain(value), "must": must}, kinds=True))

            view = CaseView(
                run["sizes"], run["seed"], answers, calls, emit,
                dtype=getattr(torch, run["precision"]), device=self.device, given=self._arguments(run["given"]),
                recorded=run["recorded"],
            )  # fmt: skip
            before = torch.get_default_dtype(), torch.is_grad_enabled()
            error = run_test(run["source"], names, view, calls, emit, request["asked"], run["counts"], self.own)
            torch.set_default_dtype(before[0])
            torch.set_grad_enabled(before[1])
            lost = self._is_lost() if self.device != "cpu" else False
            send(encode({
                "run": number, "end": error, "mutated": calls.mutated, "tripped": self.tripwires.drain(),
                "lost": lost, "cpu": time.process_time(),
            }))  # fmt: skip
            if lost:
                return

    def _snippet(
        self, groups: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any], without: tuple[str, ...]
    ) -> Iterator[tuple[str, Any]]:
        """The outputs of a snippet question; a group of statements that raises costs only its own outputs."""
        raised: BaseException | None = None
        for group in groups:
            outputs = {name: own for name, own in group["outputs"].items() if not name.endswith(without)}
            if not outputs:
                continue
            try:
                found = self._evaluate_group(group["statements"], dict(inputs), outputs, group.get("module", ""))
            except Exception as error:
                raised = error
                continue
            yield from found.items()
        if raised is not None:
            raise raised

    def _settle(self) -> None:
        """Wait for the GPU, so that its errors are reported for the request that caused them."""
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)

    def _is_lost(self) -> bool:
        """Whether this process can answer nothing more: a device-side assert leaves no usable context behind."""
        try:
            self._settle()
        except BaseException:
            return True
        return False

    def _do(self, request: dict[str, Any]) -> Any:
        verb = request.pop("do")
        return getattr(self, f"_{verb}")(**request)

    # Requests: the program

    def _modules(self, modules: Mapping[str, Sequence[str]], cells: Mapping[str, int]) -> None:
        """Make the student's modules, still empty: {path: names under which code imports it}. Statements fill them."""
        own_files.know(cells)
        for path, names in modules.items():
            module = types.ModuleType(names[0])
            module.__file__ = os.path.abspath(path)
            module.__package__ = names[0] if path.endswith("__init__.py") else names[0].rpartition(".")[0]
            module.__dict__["__builtins__"] = builtins
            self.spaces[path] = module.__dict__
            self.own.append(names[0])
            for name in names:
                if name.partition(".")[0] not in sys.stdlib_module_names:
                    sys.modules[name] = module
        # A package holds its modules as attributes, also where it has no file of its own.
        for name in [name for names in modules.values() for name in names]:
            inner = sys.modules.get(name)
            while "." in name and inner is not None:
                name, _, attribute = name.rpartition(".")
                package = sys.modules.setdefault(name, types.ModuleType(name))
                package.__dict__.setdefault("__path__", [])
                package.__dict__.setdefault(attribute, inner)
                inner = package

    def _run(self, source: str, cell: int, line: int, stands_for: str = "", module: str = "") -> None:
        """Run one statement of the notebook or of a module, or bind a stand-in."""
        if stands_for:
            self._stand_in(stands_for, source)
            return
        self._execute(source, f"<cell {cell}>", line, self._space(module))

    def _space(self, module: str) -> dict[str, Any]:
        return self.spaces[module] if module else self.names

    def _run_all(self, statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """Run statements of the notebook in order: for each, None or the exception that it raised."""
        results: list[dict[str, Any] | None] = []
        for statement in statements:
            try:
                self._run(**statement)
                results.append(None)
            except BaseException as error:
                results.append(described(error))
        return results

    def _stand_in(self, name: str, source: str) -> None:
        """Bind a stand-in of the assignment to a name or a method of the program."""
        owner, _, attribute = name.rpartition(".")
        try:
            original = self._resolve(name)
        except (NameError, AttributeError):
            original = None
        right = stand_in(source, attribute, original)
        if owner:
            setattr(self._resolve(owner), attribute, right)
            return
        # Under each name that the wrong answer has, also in the student's modules.
        for space in (self.names, *self.spaces.values()):
            for own in [own for own, value in space.items() if original is not None and value is original]:
                space[own] = right
            if original is None:
                space.setdefault(name, right)
        self.names[name] = right

    def _execute(self, source: str, filename: str, line: int, names: dict[str, Any]) -> None:
        sources.remember(filename, min(max(line - 1, 0), MAX_LINE), source)
        code = _compiled(source, filename, line)
        if code.co_flags & inspect.CO_COROUTINE:
            _run_to_its_end(types.FunctionType(code, names)())
        else:
            exec(code, names)

    def _evaluate_group(
        self,
        statements: Sequence[Mapping[str, Any]],
        inputs: dict[str, Any],
        outputs: Mapping[str, str],
        module: str = "",
    ) -> dict[str, Any]:
        """Run statements with `inputs` in place, read variables ({output: variable}), undo all assignments.

        The statements run in the program's own namespace, because its functions may read the inputs as globals.
        """
        names = self._space(module)
        before = dict(names)
        try:
            with unwatched():
                for variable in outputs.values():
                    names.pop(variable, None)  # an older value is not an answer
                names.update(self._arguments({k: _fresh(v) for k, v in inputs.items()}))
            for statement in statements:
                self._run(statement["source"], statement["cell"], statement["line"], module=module)
            return {out: names[variable] for out, variable in outputs.items() if variable in names}
        finally:
            names.clear()
            names.update(before)

    def _forbid(self, names: Sequence[str]) -> None:
        self.tripwires.watch_for(names, self.names)
        for space in self.spaces.values():
            self.tripwires.watch_for(names, space)

    # Values

    def _resolve(self, name: str) -> Any:
        """A name of the program, or a dotted one ("FFNN.backward")."""
        first, *rest = name.split(".")
        if first not in self.names:
            raise NameError(f"name {first!r} is not defined", name=first)
        found = self.names[first]
        for part in rest:
            found = getattr(found, part)
        return found

    def _arguments(self, value: Any) -> Any:
        """The inputs with their tensors on the device. Each request brings fresh tensors."""
        if isinstance(value, torch.Tensor):
            return value if self.device == "cpu" else value.to(self.device)
        if isinstance(value, (list, tuple)):
            return type(value)(self._arguments(v) for v in value)
        if isinstance(value, dict):
            return {k: self._arguments(v) for k, v in value.items()}
        return value


@lru_cache(maxsize=1000)
def _compiled(source: str, filename: str, line: int) -> types.CodeType:
    """The code of a statement; those of a snippet run in each case."""
    padded = "\n" * min(max(line - 1, 0), MAX_LINE) + source
    try:
        code: types.CodeType = compile(padded, filename, "exec", LAZY, dont_inherit=True)
    except SyntaxError:
        if "await" not in source and "async" not in source:
            raise
        # A notebook's cells may await something outside functions.
        code = compile(padded, filename, "exec", LAZY | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _run_to_its_end(coroutine: Any) -> None:
    import asyncio  # few submissions need it

    async def waits() -> None:
        await coroutine

    asyncio.run(waits())


def _receive(connection: Stream, size: int) -> bytearray | None:
    """Exactly `size` bytes; None at the end of the stream."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            return None
        view = view[count:]
    return data


def _fresh(value: Any) -> Any:
    """A copy of a tensor for each group: a group must not see changes that an earlier one made in place."""
    return value.clone() if isinstance(value, torch.Tensor) else value
