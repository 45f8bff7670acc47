"""The untrusted process of one submission: it keeps the program's names and objects and answers requests.

A request is a dict with "do", the name of a method below without its underscore, and that method's arguments;
"after" holds requests that are done before it and answered together with it.
The answer is a dict: "value", or "raised" = {kind, text, frames}; "mutated", the arguments that the call
changed in place; "tripped", the forbidden names that it called; "lost", whether this process can answer nothing more.
Student code can falsify all of this: an answer is evidence, and the judge compares it.
"""

from __future__ import annotations

import builtins
import ctypes
import inspect
import random
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch

from .calls import Calls
from .case_view import STAND_IN, Answers, CaseView, Unchanged
from .exceptions import described
from .recorders import SUPPLIED, Events, MoveRecorder, Tripwires
from .travelling import globals_of, is_answer_of, plain, run_test
from .wire import LENGTH, Handle, Named, decode, encode, frame_length, framed

# Source is padded to its line in the cell; no real cell is longer.
MAX_LINE = 100_000


class Stream(Protocol):
    """The connection to the other side: a socket, or two pipes (worker_without_fork.Pipes)."""

    def recv_into(self, buffer: memoryview) -> int:
        """Fill the buffer with the bytes that are there; 0 at the end of the stream."""

    def sendall(self, data: bytes) -> None:
        """Send all bytes."""


class Child:
    """One submission's names, objects and records."""

    def __init__(self, moves: MoveRecorder, tripwires: Tripwires, device: str, first: int, files: str = "") -> None:
        # Student code runs in a module __main__, as in a notebook.
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names: dict[str, Any] = module.__dict__
        self.names["__builtins__"] = builtins
        self.supplied: dict[str, Any] = {"__builtins__": builtins, "__name__": "supplied"}
        self.device = device
        # Each life of a program has its own range of numbers, so that a handle of an earlier life names nothing here.
        self.objects: dict[int, Any] = {}
        self.first = first
        self.numbers: dict[int, int] = {}  # id -> number; the objects are kept, so no id is reused
        self.moves = moves
        self.tripwires = tripwires
        self.events = Events()
        self.files = files
        self.mutated: list[str] = []
        random.seed(0)
        torch.manual_seed(0)
        if device != "cpu":
            # The first use of the GPU makes the context, which takes seconds; a student's first call must not pay them.
            torch.zeros(1, device=device)

    def serve(self, connection: Stream) -> None:
        """Answer until the other side hangs up."""
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
        self.mutated = []
        tripped: list[dict[str, Any]] = []
        try:
            for earlier in request.pop("after", ()):
                self._do(earlier)
            value = self._do(request)
            self._settle()
            tripped = self.tripwires.drain()
            return encode({"value": value, "mutated": self.mutated, "tripped": tripped}, self.keep)
        except BaseException as error:  # student code may raise anything, also SystemExit and KeyboardInterrupt
            tripped = tripped or self.tripwires.drain()
            lost = self._is_lost()
            return encode({"raised": described(error), "mutated": self.mutated, "tripped": tripped, "lost": lost})

    def run_tests(self, request: dict[str, Any], send: Callable[[bytes], None]) -> None:
        """Run a question's tests, case after case; each piece of evidence is sent at once, then each case's end."""
        own = {name: self.names[name] for name in request["own"] if name in self.names}
        groups = request["snippet"]
        answers = Answers(self._resolve, lambda inputs: self._snippet(groups, inputs), self.moves, self.files)
        names = globals_of(request["given"], request["helpers"], own, request["asked"], answers)
        for run in request["runs"]:
            number = run["number"]
            calls = Calls(is_answer_of("__main__"), run["in_place"])

            def emit(name: str, value: Any, number: int = number) -> None:
                must = isinstance(value, Unchanged)
                send(encode({"run": number, "name": name, "value": plain(value), "must": must}, _kind_only))

            view = CaseView(
                run["sizes"], run["seed"], answers, calls, emit,
                dtype=getattr(torch, run["precision"]), device=self.device, given=self._arguments(run["given"]),
                recorded=run["recorded"],
            )  # fmt: skip
            before = torch.get_default_dtype(), torch.is_grad_enabled()
            error = run_test(run["source"], names, view, calls, emit, request["asked"])
            torch.set_default_dtype(before[0])
            torch.set_grad_enabled(before[1])
            lost = self._is_lost() if self.device != "cpu" else False
            send(encode({
                "run": number, "end": error, "mutated": calls.mutated, "tripped": self.tripwires.drain(),
                "lost": lost, "cpu": time.process_time(),
            }))  # fmt: skip
            if lost:
                return

    def _snippet(self, groups: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The outputs of a snippet question; a group of statements that raises costs only its own outputs."""
        raised: BaseException | None = None
        for group in groups:
            try:
                found = self._evaluate_group(group["statements"], dict(inputs), group["outputs"])
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

    def keep(self, value: Any, kind: str) -> Handle:
        """The handle of an object; the same object always has the same number."""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = self.first + len(self.objects)
            self.objects[number] = value
        return Handle(number, kind)

    # Requests: the program

    def _run(self, source: str, cell: int, line: int, stands_for: str = "") -> None:
        """Run one statement of the notebook, or bind a stand-in."""
        if stands_for:
            self._stand_in(stands_for, source)
            return
        self._execute(source, f"<cell {cell}>", line)

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

    def _define(self, source: str) -> None:
        """Run the assignment's source of stand-ins where the program, which could answer with them, cannot see them."""
        exec(compile(source, SUPPLIED, "exec", dont_inherit=True), self.supplied)

    def _stand_in(self, name: str, source: str) -> None:
        """Bind a stand-in of the assignment to a name or a method of the program; its helpers stay out of sight."""
        owner, _, attribute = name.rpartition(".")
        try:
            original = self._resolve(name)
        except (NameError, AttributeError):
            original = None
        hidden = {"__builtins__": builtins, "__name__": STAND_IN, "torch": torch, "original": original}
        exec(compile(source, SUPPLIED, "exec", dont_inherit=True), hidden)
        if owner:
            setattr(self._resolve(owner), attribute, hidden[attribute])
        else:
            self.names[name] = hidden[name]

    def _execute(self, source: str, filename: str, line: int) -> None:
        padded = "\n" * min(max(line - 1, 0), MAX_LINE) + source
        exec(compile(padded, filename, "exec", dont_inherit=True), self.names)

    def _evaluate(self, groups: Sequence[Mapping[str, Any]], inputs: dict[str, Any]) -> list[dict[str, Any]]:
        """For each group of statements and its outputs: {"values": ...}, or {"raised": ...}."""
        results: list[dict[str, Any]] = []
        for group in groups:
            try:
                results.append({"values": self._evaluate_group(group["statements"], inputs, group["outputs"])})
            except BaseException as error:
                results.append({"raised": described(error)})
        return results

    def _evaluate_group(
        self, statements: Sequence[Mapping[str, Any]], inputs: dict[str, Any], outputs: Mapping[str, str]
    ) -> dict[str, Any]:
        """Run statements with `inputs` in place, read variables ({output: variable}), undo all assignments.

        The statements run in the program's own namespace, because its functions may read the inputs as globals.
        """
        before = dict(self.names)
        try:
            for variable in outputs.values():
                self.names.pop(variable, None)  # an older value is not an answer
            self.names.update(self._arguments({k: _fresh(v) for k, v in inputs.items()}))
            for statement in statements:
                self._run(statement["source"], statement["cell"], statement["line"])
            return {out: self.names[variable] for out, variable in outputs.items() if variable in self.names}
        finally:
            self.names.clear()
            self.names.update(before)

    def _has(self, name: str) -> bool:
        try:
            self._resolve(name)
        except (NameError, AttributeError):
            return False
        return True

    # Requests: calls and objects

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._observed(self._resolve(name), args, kwargs)

    def _new(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Handle:
        made = self._observed(self._resolve(name), args, kwargs)
        if self.device != "cpu" and isinstance(made, torch.nn.Module):
            made = made.to(self.device)
        return self.keep(made, type(made).__name__)

    def _invoke(self, number: int, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._observed(getattr(self.objects[number], method), args, kwargs)

    def _read(self, number: int, attribute: str) -> Any:
        return getattr(self.objects[number], attribute)

    def _assign(self, number: int, attribute: str, value: Any) -> None:
        setattr(self.objects[number], attribute, self._arguments(value))

    def _parameters(self, number: int) -> list[tuple[str, Any, Any]]:
        return [(name, p, p.grad) for name, p in self._named(number).items()]

    def _named(self, number: int) -> dict[str, Any]:
        """The parameters of a module by name; those that only `parameters()` lists, by their place in that list."""
        found = self.objects[number]
        named = {str(name): p for name, p in getattr(found, "named_parameters", tuple)()}
        known = {id(p) for p in named.values()}
        return named | {f"parameters()[{k}]": p for k, p in enumerate(found.parameters()) if id(p) not in known}

    def _set_parameters(self, number: int, values: Mapping[str, torch.Tensor]) -> None:
        own = self._named(number)
        with torch.no_grad():
            for name, value in values.items():
                own[name].copy_(value)

    def _observed(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = self._arguments(args), self._arguments(kwargs)
        given = {**{str(i): a for i, a in enumerate(args)}, **kwargs}
        before = {name: [(t, t.clone()) for t in _tensors(value)] for name, value in given.items()}
        try:
            return function(*args, **kwargs)
        finally:
            changed = [n for n, pairs in before.items() if any(not _same(t, old) for t, old in pairs)]
            if changed:
                names = _parameter_names(function)
                self.mutated = [names[int(n)] if n.isdigit() and int(n) < len(names) else n for n in changed]

    # Requests: records

    def _watch(self, number: int, methods: Sequence[str]) -> None:
        self.events.watch(number, self.objects[number], methods)

    def _recorded_events(self) -> list[dict[str, Any]]:
        return self.events.drain()

    def _recorded_moves(self) -> list[dict[str, str]]:
        return self.moves.drain()

    def _forbid(self, names: Sequence[str]) -> None:
        self.tripwires.watch_for(names, self.names)

    # Values

    def _resolve(self, name: str) -> Any:
        """A stand-in, a name of the program, or a dotted one ("FFNN.backward")."""
        first, *rest = name.split(".")
        names = self.supplied if first in self.supplied else self.names
        if first not in names:
            raise NameError(f"name {first!r} is not defined")
        found = names[first]
        for part in rest:
            found = getattr(found, part)
        return found

    def _arguments(self, value: Any) -> Any:
        """The arguments with handles and names resolved, tensors on the device. Each request brings fresh tensors."""
        if isinstance(value, Handle):
            return self.objects[value.number]
        if isinstance(value, Named):
            return self._resolve(value.name)
        if isinstance(value, torch.Tensor):
            return value if self.device == "cpu" else value.to(self.device)
        if isinstance(value, (list, tuple)):
            return type(value)(self._arguments(v) for v in value)
        if isinstance(value, dict):
            return {k: self._arguments(v) for k, v in value.items()}
        return value


def _kind_only(value: Any, kind: str) -> Handle:
    """An object that cannot travel is evidence of its kind only."""
    return Handle(0, kind)


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


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _same(now: torch.Tensor, before: torch.Tensor) -> bool:
    """Whether two tensors have the same shape, type and bytes (here a NaN equals itself)."""
    if now.shape != before.shape or now.dtype != before.dtype:
        return False
    now = now.detach().contiguous()
    size = before.numel() * before.element_size()
    if now.is_cuda or before.is_cuda:
        return bool(torch.equal(now.nan_to_num(), before.nan_to_num()))
    return size == 0 or ctypes.string_at(now.data_ptr(), size) == ctypes.string_at(before.data_ptr(), size)


def _parameter_names(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
        return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except BaseException:  # a student's object may raise anything
        return []


def _fresh(value: Any) -> Any:
    """A copy of a tensor for each group: a group must not see changes that an earlier one made in place."""
    return value.clone() if isinstance(value, torch.Tensor) else value
