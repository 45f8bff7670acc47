"""The groups of names that a question may forbid with one word, and the check that a forbidden name exists."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from contextlib import suppress
from types import ModuleType

from .slips import Slip, closest

_HOMES = ("torch", "torch.Tensor", "torch.nn.functional", "torch.special")


def _names(**homes: str) -> tuple[str, ...]:
    return tuple(f"{home.replace('__', '.')}.{name}" for home, names in homes.items() for name in names.split())


GROUPS = {
    "activations": (
        *(f"{home}.{name}" for home in _HOMES for name in ("sigmoid", "tanh", "relu", "celu", "softmax")),
        *_names(
            torch="sigmoid_ tanh_ relu_ celu_ log_softmax", torch__Tensor="sigmoid_ tanh_ relu_ log_softmax",
            torch__nn__functional="silu log_softmax logsigmoid relu_ celu_ elu",
            torch__nn="Sigmoid Tanh ReLU CELU Softmax SiLU LogSoftmax", torch__special="expit log_softmax",
        ),
        "torch.ops.*",
    ),
    "autograd": ("torch.Tensor.backward", "torch.autograd.*", "torch.func.*", "functorch.*", "torch.nn.grad.*"),
    "losses": (
        *_names(
            torch__nn__functional="cross_entropy nll_loss kl_div", torch__nn="CrossEntropyLoss NLLLoss KLDivLoss",
            torch="nll_loss kl_div",
        ),
        "torch.ops.*",
    ),
    "optim": ("torch.optim.*",),
}  # fmt: skip
# Spelled as code may write them; not every home in GROUPS has every name.
_UNCHECKED = frozenset(name for names in GROUPS.values() for name in names)


def forbidden_names(entries: Iterable[str]) -> tuple[str, ...]:
    """The dotted names of a `forbidden` header, groups replaced by their names; an unknown name is a slip."""
    found: list[str] = []
    for entry in entries:
        if entry not in GROUPS and entry not in _UNCHECKED:
            _resolve(entry)
        found += GROUPS.get(entry, (entry,))
    return tuple(dict.fromkeys(found))


def _resolve(entry: str) -> None:
    first, *rest = entry.removesuffix(".*").split(".")
    if "." not in entry or not first.isidentifier() or importlib.util.find_spec(first) is None:
        known = closest(entry, (*GROUPS, "torch.", "numpy."), f"write a dotted name, or one of {', '.join(GROUPS)}")
        raise Slip(f"nothing is called `{entry}`, which the question forbids: {known}")
    here: object = importlib.import_module(path := first)
    for part in rest:
        if isinstance(here, ModuleType):
            with suppress(ImportError):
                importlib.import_module(f"{path}.{part}")
        if not hasattr(here, part):
            known = closest(part, dir(here), "write a name that it has")
            raise Slip(f"`{path}` has no `{part}`, which the question forbids: {known}")
        here, path = getattr(here, part), f"{path}.{part}"
