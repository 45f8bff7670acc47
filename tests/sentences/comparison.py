"""The sentences about two values that were compared: the numbers, the category for hidden cases, the likely cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from grader.assignment.tolerance import FLOAT32
from grader.judging.compare import Comparison, compare
from grader.messages import Message
from grader.sandbox.inside.wire import Kind

from .sentence import Sentence

ROWS = torch.tensor([[1.0, 2.0, 4.0], [3.0, 7.0, 5.0]])
SQUARE = torch.tensor([[1.0, 2.0], [5.0, 4.0]])
NUMBER = torch.tensor(12.0)


def compared(actual: Any, expected: Any, **sizes: int) -> Comparison:
    return compare("y", actual, expected, FLOAT32, sizes)


def cause(actual: Any, expected: Any, **sizes: int) -> Message:
    found = compared(actual, expected, **sizes).cause
    assert found is not None
    return found


def with_nan(folder: Path) -> Comparison:
    return compared(torch.where(ROWS > 4, torch.nan, ROWS), ROWS)


SITUATIONS = {
    "equal": lambda folder: compared(ROWS, ROWS).message,
    "equal pairs": lambda folder: compared((1.0, 2.0), (1.0, 2.0)).message,
    "off in some entries": lambda folder: compared(ROWS + torch.eye(2, 3), ROWS).message,
    "off, in a hidden case": lambda folder: compared(ROWS + torch.eye(2, 3), ROWS).category,
    "a number that is off": lambda folder: compared(11.5, NUMBER).message,
    "a fact": lambda folder: compared(True, True).message,
    "another count": lambda folder: compared(7, "13").message,
    "a fact that is not so": lambda folder: compared(False, True).message,
    "a fact that is not so, in a hidden case": lambda folder: compared(False, True).category,
    "nothing": lambda folder: compared(None, ROWS).message,
    "a number for a list": lambda folder: compared(1.5, (1.0, 2.0)).message,
    "too few values": lambda folder: compared((1.0,), (1.0, 2.0)).message,
    "too few values, in a hidden case": lambda folder: compared((1.0,), (1.0, 2.0)).category,
    "no tensor": lambda folder: compared(Kind("dict"), ROWS).message,
    "no tensor, in a hidden case": lambda folder: compared(Kind("dict"), ROWS).category,
    "another shape": lambda folder: compared(ROWS[0], ROWS).message,
    "another shape, in a hidden case": lambda folder: compared(ROWS[0], ROWS).category,
    "no entries": lambda folder: compared(ROWS[:0], ROWS[:0]).message,
    "nan": lambda folder: with_nan(folder).message,
    "nan, in a hidden case": lambda folder: with_nan(folder).category,
    "a dimension too many": lambda folder: cause(ROWS[None], ROWS),
    "transposed": lambda folder: cause(SQUARE.T, SQUARE),
    "transposed shape": lambda folder: cause(ROWS.T + 9, ROWS),
    "not summed": lambda folder: cause(ROWS, ROWS.sum(0)),
    "not averaged": lambda folder: cause(ROWS, ROWS.mean(0)),
    "not summed to a number": lambda folder: cause(ROWS, ROWS.sum()),
    "not averaged to a number": lambda folder: cause(ROWS, ROWS.mean()),
    "zero": lambda folder: cause(0 * ROWS, ROWS),
    "negative": lambda folder: cause(-ROWS, ROWS),
    "a factor with a name": lambda folder: cause(ROWS * 6, ROWS, B=6),
    "a factor without one": lambda folder: cause(ROWS * 1.7, ROWS),
    "moved": lambda folder: cause(ROWS + 0.5, ROWS),
    "shifted": lambda folder: cause(ROWS.roll(1, 1), ROWS),
    "permuted": lambda folder: cause(ROWS.flatten()[[5, 0, 4, 1, 3, 2]].reshape(2, 3), ROWS),
    "averaged": lambda folder: cause(ROWS.mean(0, keepdim=True).expand(2, 3), ROWS),
}
SENTENCES: dict[str, Sentence] = {
    "equal": Sentence(
        "y es igual a la referencia",
        "y equals the reference",
    ),
    "equal pairs": Sentence(
        "y es igual a la referencia",
        "y equals the reference",
    ),
    "off in some entries": Sentence(
        "y está mal en 2 de 6 entradas; la mayor diferencia es 1.0e+00 en (0, 0) y se permite 1.0e-04",
        "y is off in 2 of 6 entries; the largest gap is 1.0e+00 at (0, 0), 1.0e-04 is allowed",
    ),
    "off, in a hidden case": Sentence(
        "los valores de y difieren de los esperados",
        "the values of y differ from the expected ones",
    ),
    "a number that is off": Sentence(
        "y: se obtuvo 11.5; se esperaba 12 (± 1.2e-03)",
        "y is 11.5, expected 12 (± 1.2e-03)",
    ),
    "a fact": Sentence(
        "y: sí, como se esperaba",
        "y is yes, as expected",
    ),
    "another count": Sentence(
        "y: se obtuvo 7; se esperaba 13",
        "y is 7, expected 13",
    ),
    "a fact that is not so": Sentence(
        "se esperaba: y; no es así",
        "expected: y; it is not so",
    ),
    "a fact that is not so, in a hidden case": Sentence(
        "no es lo esperado: y",
        "y is not as expected",
    ),
    "nothing": Sentence(
        "y es None: no se calculó o no se devolvió nada",
        "y is None: nothing was computed",
    ),
    "a number for a list": Sentence(
        "y debería tener 2 valores, pero se obtuvo 1.5",
        "y should have 2 values, but it is 1.5",
    ),
    "too few values": Sentence(
        "la cantidad de valores de y es 1; se esperaba 2",
        "the number of values of y is 1, expected 2",
    ),
    "too few values, in a hidden case": Sentence(
        "y tiene una cantidad equivocada de valores",
        "y has the wrong number of values",
    ),
    "no tensor": Sentence(
        "y debería ser un tensor de forma (2, 3), pero es de tipo dict",
        "y should be a tensor of shape (2, 3), but its type is dict",
    ),
    "no tensor, in a hidden case": Sentence(
        "y no es un tensor",
        "y is not a tensor",
    ),
    "another shape": Sentence(
        "y tiene forma (3,); se esperaba (2, 3)",
        "y has shape (3,), expected (2, 3)",
    ),
    "another shape, in a hidden case": Sentence(
        "y tiene una forma equivocada",
        "y has the wrong shape",
    ),
    "no entries": Sentence(
        "y está vacío",
        "y is empty",
    ),
    "nan": Sentence(
        "y tiene 2 de 6 entradas nan o inf; la primera es nan en (1, 1)",
        "y has 2 of 6 entries that are nan or inf; the first is nan at (1, 1)",
    ),
    "nan, in a hidden case": Sentence(
        "y tiene entradas nan o inf",
        "y has entries that are nan or inf",
    ),
    "a dimension too many": Sentence(
        "las entradas están bien, pero la forma no: mira keepdim, squeeze y unsqueeze",
        "the entries are right, but the shape is not: look at keepdim, squeeze and unsqueeze",
    ),
    "transposed": Sentence(
        "el resultado es la traspuesta de la respuesta correcta",
        "the result is the transpose of the right answer",
    ),
    "transposed shape": Sentence(
        "la forma es la traspuesta de la esperada",
        "the shape is the transpose of the expected one",
    ),
    "not summed": Sentence(
        "la suma del resultado sobre la dimensión 0 es la respuesta correcta: falta esa suma",
        "the sum of the result over dimension 0 is the right answer: that sum is missing",
    ),
    "not averaged": Sentence(
        "el promedio del resultado sobre la dimensión 0 es la respuesta correcta: falta ese promedio",
        "the mean of the result over dimension 0 is the right answer: that mean is missing",
    ),
    "not summed to a number": Sentence(
        "la suma de todas las entradas es la respuesta correcta: el resultado debería ser un solo número",
        "the sum of all entries is the right answer: the result should be a single number",
    ),
    "not averaged to a number": Sentence(
        "el promedio de todas las entradas es la respuesta correcta: el resultado debería ser un solo número",
        "the mean of all entries is the right answer: the result should be a single number",
    ),
    "zero": Sentence(
        "todo da cero",
        "every entry is zero",
    ),
    "negative": Sentence(
        "el signo es el contrario",
        "every entry has the opposite sign",
    ),
    "a factor with a name": Sentence(
        "el resultado es B = 6 veces el correcto",
        "every entry is B = 6 times the right one",
    ),
    "a factor without one": Sentence(
        "el resultado es 1.7 veces el correcto",
        "every entry is 1.7 times the right one",
    ),
    "moved": Sentence(
        "todas las entradas difieren en la misma cantidad",
        "every entry is off by the same amount",
    ),
    "shifted": Sentence(
        "el resultado está desplazado en una posición a lo largo de la dimensión 1",
        "the result is shifted by one along dimension 1",
    ),
    "permuted": Sentence(
        "los valores son correctos, pero están en otro orden",
        "the values are right, but they are in another order",
    ),
    "averaged": Sentence(
        "se promedió sobre la dimensión 0, donde cada entrada debería conservar su propio valor",
        "the result was averaged over dimension 0, where each entry should keep its own value",
    ),
}
