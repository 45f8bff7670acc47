"""The `d` of a test: the case's sizes and inputs, and what a test may do with the answers. The same on both sides."""

from __future__ import annotations

import contextlib
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import randn  # as it is before a student's code can replace it

from . import counted, networks, own_class
from .calls import Calls, tensors_in
from .draws import F32, Draws

MOST_ROWS = 100_000
REPLAY = "replay"  # the evidence of a frozen data set's rows
STAND_IN = "stand_in"  # the module of stand-ins
ABSENT: Any = object()


class Missing(Exception):
    """The answers lack a name; the text is a sentence's end: "is not defined"."""

    def __init__(self, name: str, why: str = "") -> None:
        super().__init__(why)
        self.name = name


class Odd(Exception):
    """An answer has a form that cannot be judged: `name` should have this `shape`, or lacks these parameters."""

    def __init__(self, name: str, *, shape: str = "", parameters: str = "", found: str = "") -> None:
        super().__init__(name)
        self.content = {"name": name, "shape": shape, "parameters": parameters, "found": found}


@dataclass(frozen=True)
class Answers:
    """The program that a test looks at: a student's, or the reference's.

    `resolve(name)` gives its object by a dotted name and raises NameError or AttributeError; `snippet(inputs, without)`
    yields the outputs of a snippet question that end in no suffix of `without`; `moves` records requests for devices.
    """

    resolve: Callable[[str], Any]
    snippet: Callable[[Mapping[str, Any], tuple[str, ...]], Iterable[tuple[str, Any]]]
    moves: Any = None
    asked: Sequence[str] = ()  # the devices that the program asked about at load
    files: Mapping[str, str] = field(default_factory=dict)  # the paths of the assignment's data files


@dataclass(frozen=True)
class Unchanged:
    """Evidence that can only take points away: whether an argument still has its values."""

    holds: bool


class CaseView(Draws):
    """One case of a test, as `d`."""

    def __init__(
        self,
        sizes: Mapping[str, Any],
        seed: int,
        answers: Answers,
        calls: Calls,
        emit: Callable[[str, Any], None],
        *,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
        given: Mapping[str, Any] | None = None,
        rows: Sequence[Any] | None = None,
        recorded: Mapping[str, torch.Tensor] | None = None,
        exact: bool = False,
    ) -> None:
        super().__init__(seed, dtype, device, recorded)
        self.__dict__.update(sizes)
        self.given = {n: self.real(v) if isinstance(v, torch.Tensor) else v for n, v in (given or {}).items()}
        self._answers = answers
        self._calls = calls
        self._emit = emit
        self._rows = rows
        self._exact = exact
        self._filled: dict[int, tuple[Any, list[networks.Slot]]] = {}
        self._folders: list[str] = []

    # The answers

    def name(self, name: str, default: Any = ABSENT) -> Any:
        """The answers' object of this name ("FFNN.backward" too); without it the default, or the test ends."""
        try:
            return self._answers.resolve(name)
        except (NameError, AttributeError):
            if default is not ABSENT:
                return default
            raise Missing(name) from None

    def own(self, name: str, default: Any = ABSENT) -> Any:
        """As `name`, but a stand-in for a wrong earlier answer does not count: it must not do this question's work."""
        found = self.name(name, default)
        if getattr(found, "__module__", "") == STAND_IN:
            if default is not ABSENT:
                return default
            raise Missing(name)
        return found

    def names(self, names: str) -> list[Any]:
        """The answers' objects of these names, which spaces separate."""
        return [self.name(name) for name in names.split()]

    def missing(self, name: str) -> Any:
        """End the test: the answers do not define this name."""
        raise Missing(name)

    def raised(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
        """The name of the exception that the call raises, or "nothing"."""
        try:
            function(*args, **kwargs)
        except Exception as error:
            return type(error).__name__
        return "nothing"

    def snippet(self, without: Sequence[str] = (), /, **inputs: Any) -> Iterable[tuple[str, Any]]:
        """The outputs of a snippet question for these inputs, as pairs; not those that end in a suffix of `without`."""
        return self._answers.snippet(inputs, tuple(without))

    # Networks

    def fill(
        self,
        net: Any,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        scalars: Mapping[str, float] | None = None,
        scale: float | None = None,
        like: Any = None,
    ) -> Any:
        """Give a network the case's parameter values; later draws have the network's precision.

        `shapes`: the canonical shape of each parameter by the author's name; a parameter is recognised by its shape,
        transposed or not. `scalars`: parameters of one number, recognised by their value. `like`: a filled network of
        the same class whose shapes all differ; parameters are then recognised by their place in it. Raises Odd for a
        network without such parameters.
        """
        if isinstance(net, torch.nn.Module):
            net.to(device=self.device, dtype=torch.float64 if self._exact else None)
        own = networks.named(net)
        try:
            if like is None:
                slots = networks.recognise(own, shapes, scalars or {})
            else:
                slots = networks.placed_as(own, networks.named(like), self._slots(like), shapes or {})
        except networks.Unrecognised as error:
            raise Odd(type(net).__name__, parameters=str(error)) from None
        for slot in slots:
            if slot.name in (scalars or {}):
                continue
            std = networks.start_scale(slot.shape) if scale is None else scale
            make = lambda g, slot=slot, std=std: std * randn(slot.shape, generator=g, dtype=F32)  # noqa: E731
            if type(own[slot.own]) is torch.nn.Parameter:
                own[slot.own].__class__ = networks.Filled
            networks.put(own[slot.own], self.stream(f"{slot.name} {slot.shape} {std:.6g}", make), slot)
        if not self._exact:
            self.dtype = next((p.dtype for p in own.values() if p.is_floating_point()), self.dtype)
        self._filled[id(net)] = (net, slots)
        return net

    def _slots(self, net: Any) -> list[networks.Slot]:
        known = self._filled.get(id(net))
        return known[1] if known is not None else networks.recognise(networks.named(net), None, {})

    def parameters(self, net: Any) -> torch.Tensor:
        """All recognised parameters as one vector, in the order and orientation of `fill`."""
        own = networks.named(net)
        found = [networks.canonical(own[s.own], s).reshape(-1) for s in self._slots(net) if s.own in own]
        return torch.cat(found) if found else torch.zeros(0)

    def gradients(self, net: Any, only: Container[str] | None = None) -> Iterator[tuple[str, Any]]:
        """("W1.grad", tensor or None) for each recognised parameter, or those whose names are in `only`."""
        own = networks.named(net)
        for slot in self._slots(net):
            if only is None or slot.name in only:
                yield f"{slot.name}.grad", networks.gradient(own[slot.own], slot) if slot.own in own else None

    # Records

    def watch(self, target: Any, method: str, limit: int = 200) -> list[own_class.Call]:
        """The calls of a method of this object from now on, with copies of their arguments, at most `limit`."""
        return own_class.watch(target, method, limit)

    @contextlib.contextmanager
    def moves(self) -> Iterator[list[list[Any]]]:
        """A list of [what, device, entries] for each move that is asked for inside.

        what: "module", "tensor" (then the number of its entries is known, else it is 0) or "question". A question is a
        look at whether there is CUDA; those of the notebook's first lines are listed too.
        """
        found: list[list[Any]] = [["question", device, 0] for device in self._answers.asked]
        recorder = self._answers.moves
        recorder.drain()
        with recorder:
            yield found
        found += [[m["what"], m["device"], m["entries"]] for m in recorder.drain()]

    @contextlib.contextmanager
    def uses(self, names: str = "", *, operations: bool = False, **more: Any) -> Iterator[dict[str, dict[str, Any]]]:
        """What is done inside with these functions of the answers, or more: {"f": {"calls", "entries", ...}}.

        `entries` are those of the first tensor of each call, so that a loop over examples counts like one call for all;
        `inputs`: the different absolute values among them; `complex`: one of them was complex; `shifted`: two
        inputs differ by the same small step in all entries, as for a finite difference. Functions without Python
        code are not counted. With `operations` those of torch on complex numbers are counted too, as "torch".
        """
        functions = {name: self.name(name, None) for name in names.split()} | more
        found = {name: counted.no_work() for name in (*functions, *(["torch"] if operations else ()))}
        all_operations = counted.Operations(found["torch"]) if operations else contextlib.nullcontext()
        with all_operations, counted.worked(functions, found):
            yield found

    def replay(self, make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The data set `make(*args, **kwargs)`, frozen: two looks at it see the same rows."""
        if self._rows is not None:
            self._emit(REPLAY, list(self._rows))
            return Rows(args[0] if args and isinstance(args[0], int) else len(self._rows), self._rows)
        data = make(*args, **kwargs)
        rows = [data[i] for i in range(min(len(data), MOST_ROWS))]
        self._emit(REPLAY, rows)

        def frozen(original: Callable[..., Any]) -> Callable[..., Any]:
            def item(index: Any) -> Any:
                known = type(index) is int and -len(rows) <= index < len(rows)
                return own_class.copied(rows[index])[0] if known else original(index)

            return item

        own_class.replace_method(data, "__getitem__", frozen)
        return data

    def unchanged(self, value: Any) -> Unchanged:
        """Evidence that can only take points away: whether the answers left this tensor or array as it was."""
        return Unchanged(not any(t.data_ptr() in self._calls.spoilt for t in tensors_in(value)))

    def tensor(self, value: Any, name: str, shape: Sequence[int | None] | None = None) -> torch.Tensor:
        """The value as a tensor of this shape (None: any size); another answer becomes a sentence for the student."""
        try:
            tensor = torch.as_tensor(value)
        except Exception:
            raise Odd(name, shape=_shown(shape), found=type(value).__name__) from None
        if shape is not None:
            fits = len(shape) == tensor.dim() and all(
                n is None or n == m for n, m in zip(shape, tensor.shape, strict=True)
            )
            if not fits:
                raise Odd(name, shape=_shown(shape), found=_shown(tensor.shape))
        return tensor

    # The machine

    def seed(self) -> None:
        """Seed torch, NumPy and random from the case."""
        number = self.seed_number % (1 << 32)
        random.seed(number)
        torch.default_generator.manual_seed(number)
        if (numpy := sys.modules.get("numpy")) is not None:
            numpy.random.seed(number)

    def folder(self) -> str:
        """A new temporary folder."""
        self._folders.append(tempfile.mkdtemp())
        return self._folders[-1]

    def file(self, name: str) -> str:
        """The path of a data file of the assignment."""
        return self._answers.files[name]

    def end(self) -> None:
        """Remove the folders."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


def _shown(shape: Sequence[int | None] | None) -> str:
    """A shape as NumPy writes it: (3,) for three numbers; * for any size."""
    sizes = ["*" if n is None else str(n) for n in shape or ()]
    return "" if shape is None else f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


class Rows(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """Rows in the order in which another loop used them: each access returns the next one, whatever its index."""

    def __init__(self, size: int, rows: Sequence[Any]) -> None:
        self._size = size
        self._rows = list(rows)
        self._next = 0
        pairs = [r for r in rows[:size] if isinstance(r, (tuple, list)) and len(r) == 2]
        if pairs and all(isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) for x, y in pairs):
            with contextlib.suppress(RuntimeError):
                self.data = torch.stack([x for x, _ in pairs])
                self.targets = torch.stack([y for _, y in pairs])

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < self._size:
            raise IndexError(index)
        row = self._rows[self._next % len(self._rows)]
        self._next += 1
        return row
