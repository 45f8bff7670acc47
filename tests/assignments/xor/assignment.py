"""A second, tiny assignment: a gradient by hand, softmax, binary cross entropy, a perceptron that learns XOR.

It shows how little an assignment needs: a reference, a probe per question, the table. Names are those that the
notebook asks for; N examples, H hidden units, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from grader.authoring import (
    Assignment,
    Case,
    Draw,
    Gradient,
    Implementation,
    Misconception,
    Question,
    Scale,
    Shape,
    Text,
    Tolerance,
    Values,
)

# The reference ---------------------------------------------------------------------------------------------------

Weights = tuple[Tensor, Tensor, Tensor, Tensor]  # W (2, H), b (H,), v (H,), c ()


def gradiente_f(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(df/dx, df/dy, df/dz) of f = (x + y) z, each of shape ()."""
    return z, z, x + y


def softmax(z: Tensor) -> Tensor:
    """Probabilities (N, C) from scores z (N, C), row by row."""
    e = torch.exp(z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)


def bce(q: Tensor, p: Tensor) -> Tensor:
    """Mean over the examples of -p log q - (1 - p) log(1 - q); q, p (N,), the result ()."""
    return -(p * torch.log(q) + (1 - p) * torch.log(1 - q)).mean()


def predecir(X: Tensor, W: Tensor, b: Tensor, v: Tensor, c: Tensor) -> Tensor:
    """Probabilities (N,) of class 1 for X (N, 2): a hidden layer of tanh, then a sigmoid."""
    return 1 / (1 + torch.exp(-(torch.tanh(X @ W + b) @ v + c)))


def entrenar(X: Tensor, d: Tensor, W: Tensor, b: Tensor, v: Tensor, c: Tensor, delta: float, pasos: int) -> Weights:
    """The weights after `pasos` steps of gradient descent on bce(predecir(X), d), all examples in each step."""
    for _ in range(pasos):
        h = torch.tanh(X @ W + b)
        du = (predecir(X, W, b, v, c) - d) / len(d)
        da = du[:, None] * v * (1 - h * h)
        W, b, v, c = W - delta * X.T @ da, b - delta * da.sum(0), v - delta * h.T @ du, c - delta * du.sum()
    return W, b, v, c


# How each question is exercised ----------------------------------------------------------------------------------

XOR_X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_D = torch.tensor([0.0, 1.0, 1.0, 0.0])


def named(values: Any, *names: str) -> dict[str, Any]:
    return dict(zip(names, values, strict=False)) if isinstance(values, (tuple, list)) else {names[0]: values}


def slopes(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    x, y, z = (draw.normal(name) for name in "xyz")
    return named(f.call("gradiente_f", x, y, z), "df/dx", "df/dy", "df/dz")


def probabilities(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    z = draw.named("z", draw.normal("z", draw["N"], draw["C"], scale=2.0) + draw["offset"])
    return {"softmax": f.call("softmax", z)}


def loss(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    q = draw.named("q", draw.probabilities("q", draw["N"], 2)[:, 0])
    return {"bce": f.call("bce", q, draw.named("p", draw.classes("p", draw["N"], 2).float()))}


def weights(draw: Draw) -> list[Tensor]:
    H = draw["H"]
    return [draw.normal("W", 2, H), draw.normal("b", H), draw.normal("v", H), draw.normal("c")]


def prediction(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    return {"predecir": f.call("predecir", draw.normal("X", draw["N"], 2), *weights(draw))}


def steps(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    X, d = draw.normal("X", draw["N"], 2), draw.classes("d", draw["N"], 2).float()
    return named(f.call("entrenar", X, draw.named("d", d), *weights(draw), 0.5, draw["pasos"]), "W", "b", "v", "c")


def learning(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    """XOR itself, from the case's weights: whether every example ends on its side of 1/2."""
    X, d = draw.named("X", XOR_X), draw.named("d", XOR_D)
    trained = f.call("entrenar", X, d, *weights(draw), 1.0, 500)
    if not isinstance(trained, (tuple, list)) or len(trained) != 4:
        return {"learns": trained}
    q = f.call("predecir", X, *trained)
    return {"learns": isinstance(q, Tensor) and q.shape == d.shape and bool(((q > 0.5) == (d > 0.5)).all())}


# The table -------------------------------------------------------------------------------------------------------


def case(es: str, en: str, seed: int, *, public: bool = False, **sizes: Any) -> Case:
    return Case(Text(es, en), seed, public, sizes)


POINTS = (case("un punto", "a point", 1, public=True), case("otro punto", "another point", 2))
SCORES = (
    case("4 × 3", "4 × 3", 11, public=True, N=4, C=3, offset=0.0),
    case("puntajes grandes", "large scores", 12, N=3, C=5, offset=500.0),
)
LABELS = (case("4 ejemplos", "4 examples", 21, public=True, N=4), case("7 ejemplos", "7 examples", 22, N=7))
NETWORKS = (
    case("un paso", "one step", 31, public=True, N=4, H=3, pasos=1),
    case("cinco pasos", "five steps", 32, N=6, H=5, pasos=5),
)
XOR = (case("XOR, 8 unidades", "XOR, 8 units", 41, public=True, H=8),)
# Five steps in float32, each a sum of a few products: right answers were within 1e-6.
TRAINED = Tolerance(rtol=1e-3, atol=1e-5)

QUESTIONS = (
    Question("grad", Text("Gradiente de f = (x + y) z", "Gradient of f = (x + y) z"), points=2.0,
             names=("gradiente_f",),
             checks=(Values(Text("derivadas", "derivatives"), slopes, POINTS),)),
    Question("softmax", Text("Softmax", "Softmax"), points=2.0,
             names=("softmax",), forbidden=("torch.softmax", "torch.nn.functional.softmax", "torch.Tensor.softmax"),
             checks=(Shape(Text("forma", "shape"), probabilities, SCORES[:1]),
                     Values(Text("valores", "values"), probabilities, SCORES, per_case=True))),
    Question("bce", Text("Entropía cruzada binaria", "Binary cross entropy"), points=2.0,
             names=("bce",), forbidden=("torch.nn.functional.binary_cross_entropy", "torch.nn.BCELoss"),
             checks=(Values(Text("valor", "value"), loss, LABELS),)),
    Question("xor", Text("Un perceptrón que aprende XOR", "A perceptron that learns XOR"), points=4.0,
             names=("predecir", "entrenar"), forbidden=("torch.optim.*",),
             checks=(Values(Text("predicción", "prediction"), prediction, NETWORKS, share=1),
                     Gradient(Text("pasos del descenso", "steps of the descent"), steps, NETWORKS, share=2,
                              tolerance=TRAINED),
                     Values(Text("XOR", "XOR"), learning, XOR, share=1,
                           labels={"learns": Text("aprende XOR", "it learns XOR")}))),
)  # fmt: skip


# Known mistakes ---------------------------------------------------------------------------------------------------


def constant_slope(x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return z, z, torch.ones_like(z)


def softmax_of_columns(z: Tensor) -> Tensor:
    return softmax(z.T).T


def softmax_of_all(z: Tensor) -> Tensor:
    return softmax(z.reshape(1, -1)).reshape(z.shape)


def bce_of_ones(q: Tensor, p: Tensor) -> Tensor:
    return -(p * torch.log(q)).mean()


def bce_summed(q: Tensor, p: Tensor) -> Tensor:
    return len(q) * bce(q, p)


def predicts_without_bias(X: Tensor, W: Tensor, b: Tensor, v: Tensor, c: Tensor) -> Tensor:
    return predecir(X, W, torch.zeros_like(b), v, c)


def ascends(X: Tensor, d: Tensor, W: Tensor, b: Tensor, v: Tensor, c: Tensor, delta: float, pasos: int) -> Weights:
    return entrenar(X, d, W, b, v, c, -delta, pasos)


MISCONCEPTIONS = (
    Misconception("constant-slope", "grad",
                  Text("x + y es un factor de z, así que no desaparece al derivar respecto de z.",
                       "x + y is a factor of z, so it does not go away in the derivative with respect to z."),
                  {"gradiente_f": constant_slope}),
    Misconception("softmax-columns", "softmax",
                  Text("Cada fila es un ejemplo: la suma es sobre las clases, no sobre los ejemplos.",
                       "Each row is an example: the sum is over the classes, not over the examples."),
                  {"softmax": softmax_of_columns}),
    Misconception("softmax-all", "softmax",
                  Text("Cada fila debe sumar 1, y la tuya suma 1 con todas las demás.",
                       "Each row should sum to 1, and yours sums to 1 with all the others."),
                  {"softmax": softmax_of_all}),
    Misconception("bce-one-term", "bce",
                  Text("Faltan los ejemplos con etiqueta 0: su término es (1 - p) log(1 - q).",
                       "The examples of label 0 are missing: their term is (1 - p) log(1 - q)."),
                  {"bce": bce_of_ones}),
    Misconception("bce-sum", "bce",
                  Text("La pérdida no debe crecer con el número de ejemplos: es un promedio.",
                       "The loss should not grow with the number of examples: it is a mean."),
                  {"bce": bce_summed}),
    Misconception("no-bias", "xor",
                  Text("Falta el sesgo de la capa oculta.", "The bias of the hidden layer is missing."),
                  {"predecir": predicts_without_bias}),
    Misconception("ascends", "xor",
                  Text("El paso sube: se va en la dirección opuesta al gradiente.",
                       "The step goes up: one goes in the direction opposite to the gradient."),
                  {"entrenar": ascends}),
)  # fmt: skip

FOLDER = Path(__file__).parent

ASSIGNMENT = Assignment(
    name="xor",
    title=Text("Perceptrón multicapa: XOR", "Multilayer perceptron: XOR"),
    questions=QUESTIONS,
    scale=Scale("1 a 10", low=1.0, high=10.0, decimals=0),
    reference={f.__name__: f for f in (gradiente_f, softmax, bce, predecir, entrenar)},
    misconceptions=MISCONCEPTIONS,
    template=FOLDER / "submissions" / "blank.ipynb",
    examples=FOLDER / "examples",
)
