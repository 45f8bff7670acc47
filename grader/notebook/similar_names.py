"""Definitions whose names are similar to an asked name."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
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
# Joint spellings of a derivative with respect to a parameter: "swish_dbeta".
PARAMETERS = {"dbeta": ("d", "beta"), "dalpha": ("d", "alpha"), "dalfa": ("d", "alpha")}
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
    spellings = [_Name.of(name.rpartition(".")[2]) for name in (short, *known.get(asked, ()))]
    others = [_Name.of(other.rpartition(".")[2]) for other in program.asked - {asked}]
    ranked: list[tuple[float, str, Definition]] = []
    for table, own, name, definition in _candidates(program):
        if table and table != owner:
            continue
        score = max(_likeness(spelling, own) for spelling in spellings)
        # When CELoss and CategoricalCELoss are both asked, `ce_loss` means CELoss.
        if score >= NEAR and all(_likeness(other, own) <= score for other in others):
            ranked.append((-score, name, definition))
    return tuple(definition for _, _, definition in sorted(ranked, key=lambda entry: entry[:2]))


def near_variables(program: Program, asked: str, variables: Collection[str]) -> tuple[Definition, ...]:
    """Variables of the notebook with a name similar to `asked`, best first.

    `variables` are all that questions speak of, outputs and inputs: these are no misspelling of one another.
    """
    spelling = _Name.of(asked)
    others = [_Name.of(other) for other in variables if other != asked]
    ranked: list[tuple[float, str, Definition]] = []
    for own, name, definition in _variables(program):
        score = _likeness(spelling, own) if name not in variables else 0.0
        if score >= NEAR and all(_likeness(other, own) < score for other in others):
            ranked.append((-score, name, definition))
    return tuple(definition for _, _, definition in sorted(ranked, key=lambda entry: entry[:2]))


def near_words(words: Iterable[str], asked: str, others: Iterable[str]) -> list[str]:
    """The words that are similar to an asked name, and no more to another one, in their order."""
    spelling, rest = _Name.of(asked), [_Name.of(other) for other in others if other != asked]
    found = []
    for word in words:
        own = _Name.of(word)
        score = _likeness(spelling, own)
        if score >= NEAR and all(_likeness(other, own) < score for other in rest):
            found.append(word)
    return found


@dataclass(frozen=True)
class _Name:
    """The letters by which two names are compared."""

    length: int
    folded: str
    words: frozenset[str]

    @classmethod
    def of(cls, name: str) -> _Name:
        return cls(len(name), name.replace("_", "").lower(), _words(name))


@lru_cache(maxsize=1)  # the missing names of one submission are looked for one after another
def _candidates(program: Program) -> list[tuple[str, _Name, str, Definition]]:
    """The class ("" for none), the comparable name, the full name and the definition of all that may be meant."""
    found = []
    known = {name: place for table in program.by_module.values() for name, place in table.items()}
    for name, definition in (known | dict(program.definitions)).items():
        if name not in program.asked and (definition.is_function or definition.is_class):
            table, _, own = name.rpartition(".")
            found.append((table, _Name.of(own), name, definition))
    return found


@lru_cache(maxsize=1)
def _variables(program: Program) -> list[tuple[_Name, str, Definition]]:
    """The comparable name, the name and the place of all variables; what a statement binds otherwise is none."""
    assigned = (ast.Assign, ast.AnnAssign, ast.AugAssign)
    return [(_Name.of(name), name, d) for name, d in program.definitions.items() if isinstance(d.node, assigned)]


def _likeness(asked: _Name, own: _Name) -> float:
    """The likeness of two names: 1 for the same words, 0.9 if one word differs, otherwise that of their letters.

    A likeness of letters below NEAR is 0.
    """
    if asked.folded == own.folded or asked.words == own.words:
        return 1.0
    different = asked.words ^ own.words
    if "d" in different:
        return 0.0  # a function is not its derivative
    if len(different) == 1 and asked.words & own.words:
        return 0.9
    # Names of three letters have half of them in common by chance.
    if asked.length <= 3 or NEAR * (len(asked.folded) + len(own.folded)) > 2 * min(len(asked.folded), len(own.folded)):
        return 0.0
    letters = SequenceMatcher(None, asked.folded, own.folded)
    return letters.ratio() if letters.quick_ratio() >= NEAR else 0.0


def _words(name: str) -> frozenset[str]:
    """The words of a name: {"ce", "loss"} for CELoss, ce_loss, cross_entropy_loss, perdida_entropia_cruzada."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    words = [word for word in spaced.lower().split("_") if word and word not in FILLER]
    for first, second in JOINT:
        if first in words and second in words:
            words = [word for word in words if word not in (first, second)] + [first + second]
    words = [part for word in words for part in PARAMETERS.get(word, (word,))]
    return frozenset(SAME.get(word, word) for word in words)
