"""Definitions whose names are similar to an asked name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import TYPE_CHECKING

from .definitions import Definition

if TYPE_CHECKING:
    from .program import Program

# Words that course notebooks use for one another, in Spanish and English; the first word represents the others.
WORDS = (
    "d deriv derivada derivative derivate der gradient grad gradiente dx prime",
    "train training entrenar entrena entrenamiento entrenador fit trainer",
    "network net red ffnn nn model modelo mlp ffn neuralnetwork neuralnet redneuronal",
    "loss perdida error costo cost criterion",
    "ce crossentropy entropiacruzada xent cross entropia",
    "check checking chequeo chequear revisar verificar test",
    "categorical categorica cat indices sparse",
    "dataset data datos datasets",
    "random rand aleatorio aleatorios azar",
    "sgd optimizer optimizador optim gradientdescent descenso",
    "sig sigmoid sigmoide logistic sigm",
    "softmax sm smax",
)
SAME = {word: words.split()[0] for words in WORDS for word in words.split()}
# Joint spellings of WORDS that are also written as two words: "cross_entropy", "entropia_cruzada".
JOINT = (
    ("cross", "entropy"),
    ("entropia", "cruzada"),
    ("gradient", "descent"),
    ("neural", "network"),
    ("neural", "net"),
    ("red", "neuronal"),
)
FILLER = frozenset({"de", "la", "el", "of", "the", "fn", "func", "function", "funcion", "my", "mi", "own"})
# Below this likeness, two names share little more than letters: "d_relu" and "d_celu" have 0.8.
NEAR = 0.82


def near_names(
    program: Program, asked: str, known: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> tuple[Definition, ...]:
    """Functions and classes (methods for "Class.method") with a name similar to `asked`, best first.

    `known` holds further names that students use for an asked name.
    """
    owner, _, short = asked.rpartition(".")
    spellings = [short, *(name.rpartition(".")[2] for name in known.get(asked, ()))]
    others = program.asked - {asked}
    ranked: list[tuple[float, str, Definition]] = []
    for name, definition in program.definitions.items():
        if name in program.asked or not (definition.is_function or definition.is_class):
            continue
        table, _, own = name.rpartition(".")
        if table and table != owner:
            continue
        score = max(_likeness(spelling, own) for spelling in spellings)
        # When CELoss and CategoricalCELoss are both asked, `ce_loss` means CELoss.
        rival = max((_likeness(other.rpartition(".")[2], own) for other in others), default=0.0)
        if score >= max(NEAR, rival):
            ranked.append((-score, name, definition))
    return tuple(definition for _, _, definition in sorted(ranked, key=lambda entry: entry[:2]))


def _likeness(asked: str, own: str) -> float:
    """The likeness of two names: 1 for the same words, 0.9 if one word differs, otherwise that of their letters."""
    left, right = _words(asked), _words(own)
    if _folded(asked) == _folded(own) or left == right:
        return 1.0
    if "d" in left ^ right:
        return 0.0  # a function is not its derivative
    if left & right and len(left ^ right) == 1:
        return 0.9
    # Names of three letters have half of them in common by chance.
    return SequenceMatcher(None, _folded(asked), _folded(own)).ratio() if len(asked) > 3 else 0.0


def _words(name: str) -> frozenset[str]:
    """The words of a name: {"ce", "loss"} for CELoss, ce_loss, cross_entropy_loss, perdida_entropia_cruzada."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    words = [word for word in spaced.lower().split("_") if word and word not in FILLER]
    for first, second in JOINT:
        if first in words and second in words:
            words = [word for word in words if word not in (first, second)] + [first + second]
    return frozenset(SAME.get(word, word) for word in words)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
