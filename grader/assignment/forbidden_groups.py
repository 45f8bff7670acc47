"""The groups of names that a question may forbid with one word, and the check that a forbidden name exists."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from contextlib import suppress
from types import ModuleType

from .slips import Slip, closest

_HOMES = ("torch", "torch.Tensor", "torch.nn.functional", "torch.special")
_IN_PLACE = {"torch": "sigmoid_ tanh_ relu_ celu_", "torch.Tensor": "sigmoid_ tanh_ relu_"}
_OTHER_ACTIVATIONS = {
    "torch.nn.functional": "silu log_softmax logsigmoid relu_ celu_ elu",
    "torch.nn": "Sigmoid Tanh ReLU CELU Softmax SiLU LogSoftmax",
    "torch.special": "expit log_softmax",
    "torch": "log_softmax",
    "torch.Tensor": "log_softmax",
}


def _names(homes: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{home}.{name}" for home, names in homes.items() for name in names.split())


GROUPS = {
    "activations": (
        *(f"{home}.{name}" for home in _HOMES for name in ("sigmoid", "tanh", "relu", "celu", "softmax")),
        *_names(_IN_PLACE),
        *_names(_OTHER_ACTIVATIONS),
        "torch.ops.*",
    ),
    "autograd": ("torch.Tensor.backward", "torch.autograd.*", "torch.func.*", "functorch.*", "torch.nn.grad.*"),
    "losses": (
        *_names({"torch.nn.functional": "cross_entropy nll_loss kl_div"}),
        *_names({"torch.nn": "CrossEntropyLoss NLLLoss KLDivLoss"}),
        "torch.nll_loss",
        "torch.kl_div",
        "torch.ops.*",
    ),
    "optim": ("torch.optim.*",),
}
# Spelled as code may write them; not every home in GROUPS has every name.
_UNCHECKED = frozenset(name for names in GROUPS.values() for name in names)


def forbidden_names(entries: Iterable[str], line: int) -> tuple[str, ...]:
    """The dotted names of a `forbidden` header, groups replaced by their names; an unknown name is a slip."""
    found: list[str] = []
    for entry in entries:
        if entry not in GROUPS and entry not in _UNCHECKED:
            _resolve(entry, line)
        found += GROUPS.get(entry, (entry,))
    return tuple(dict.fromkeys(found))


def _resolve(entry: str, line: int) -> None:
    first, *rest = entry.removesuffix(".*").split(".")
    if "." not in entry or not first.isidentifier() or importlib.util.find_spec(first) is None:
        known = closest(entry, (*GROUPS, "torch.", "numpy.")) or f"write a group ({', '.join(GROUPS)}) or a dotted name"
        raise Slip(f"nothing is called `{entry}`, which the question forbids: {known}", line)
    here: object = importlib.import_module(first)
    path = first
    for part in rest:
        if not hasattr(here, part) and isinstance(here, ModuleType):
            with suppress(ImportError):
                importlib.import_module(f"{path}.{part}")
        if not hasattr(here, part):
            known = closest(part, tuple(dir(here))) or "write a name that it has"
            raise Slip(f"`{path}` has no `{part}`, which the question forbids: {known}", line)
        here, path = getattr(here, part), f"{path}.{part}"
