"""Mistakes in the gradients of single layers (questions 2a to 2c). They return variables by name, as ..network does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..activations import celu, d_celu, d_relu, d_sig, d_swish, relu, swish
from .decisions import decided
from .row import row

Grads = dict[str, Tensor]

# 2a --------------------------------------------------------------------------------------------------------------


@decided
def slope(
    *,
    error: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, y: y_pred - y,
    scale: Callable[[Tensor], Tensor] = lambda g: g / len(g),
    prediction: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, u: y_pred,
    returned: Callable[[Tensor], Tensor] = lambda g: g,
) -> Callable[..., Grads]:
    """2a with one of its decisions replaced; without arguments it is the reference's.

    error: the slope of one example's loss at the output layer's input;  scale: from this slope to that of the mean
    prediction: the values that are taken for the probabilities, from y_pred and uLm1
    """

    def snippet(y: Tensor, y_pred: Tensor, uLm1: Tensor, **_: Any) -> Grads:
        return {"dL_duLm1": returned(scale(error(prediction(y_pred, uLm1), y)))}

    return snippet


slope_no_mean = slope(scale=lambda g: g)
slope_mean_over_entries = slope(scale=lambda g: g / g.numel())
slope_mean_over_classes = slope(scale=lambda g: g / g.shape[1])
slope_fixed_batch = slope(scale=lambda g: g / 5)
slope_opposite_sign = slope(error=lambda y_pred, y: y - y_pred)
slope_only_the_loss = slope(error=lambda y_pred, y: -(y / y_pred))
slope_diagonal_only = slope(error=lambda y_pred, y: y * (y_pred - 1))
slope_softmax_again = slope(prediction=lambda y_pred, u: y_pred.softmax(1))
slope_of_sigmoid = slope(error=lambda y_pred, y: (y_pred - y) * y_pred * (1 - y_pred))
slope_of_squares = slope(scale=lambda g: 2 * g / len(g))
slope_before_softmax = slope(prediction=lambda y_pred, u: u)
slope_without_labels = slope(error=lambda y_pred, y: y_pred)
slope_summed = slope(returned=lambda g: g.sum(0))
slope_zero = slope(returned=torch.zeros_like)

# 2b --------------------------------------------------------------------------------------------------------------


@decided
def output(
    *,
    arrives: Callable[[Tensor], Tensor] = lambda du: du,
    dU: Callable[[Tensor, Tensor], Tensor] = lambda h, du: h.T @ du,
    dc: Callable[[Tensor], Tensor] = lambda du: du.sum(0),
    dh: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda du, U, h: du @ U.T,
) -> Callable[..., Grads]:
    """2b with one of its formulas replaced; without arguments it is the reference's.

    In the formulas h is the layer's input, and du is the gradient that they start from. `arrives` makes du from the
    given dL_duLm1.
    """

    def snippet(hL: Tensor, U: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
        du = arrives(dL_duLm1)
        return {"dL_dU": dU(hL, du), "dL_dc": dc(du), "dL_dhL": dh(du, U, hL)}

    return snippet


output_divided_again = output(arrives=lambda du: du / len(du))
output_weight_divided_again = output(dU=lambda h, du: h.T @ du / len(h))
output_weight_transposed = output(dU=lambda h, du: du.T @ h)
output_weight_per_example = output(dU=lambda h, du: torch.einsum("bl,bc->blc", h, du))
output_bias_mean = output(dc=lambda du: du.mean(0))
output_bias_not_summed = output(dc=lambda du: du)
output_bias_keepdim = output(dc=lambda du: du.sum(0, keepdim=True))
output_bias_over_classes = output(dc=lambda du: du.sum(1))
output_bias_one_number = output(dc=lambda du: du.sum())
output_bias_first_example = output(dc=lambda du: du[0])
output_bias_ones = output(dc=lambda du: torch.ones_like(du[0]))
output_input_transposed = output(dh=lambda du, U, h: U @ du.T)
output_input_summed = output(dh=lambda du, U, h: (du @ U.T).sum(0))
output_input_times_h = output(dh=lambda du, U, h: du @ U.T * h)

# 2c --------------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "celu": celu, "swish": swish}


def _slope(name: str, u: Tensor) -> Tensor:
    return d_relu(u) if name == "relu" else (d_celu(u) if name == "celu" else d_swish(u))[0]


@decided
def hidden(
    *,
    du: Callable[[str, Tensor, Tensor], Tensor] = lambda name, dh, u: dh * _slope(name, u),
    dW: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda h, du, dh: h.T @ du,
    db: Callable[[Tensor, Tensor], Tensor] = lambda du, dh: du.sum(0),
    dh: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = lambda du, W, dh, h: du @ W.T,
) -> Callable[..., Grads]:
    """2c for the three activations with one of its four formulas replaced; without arguments it is the reference's.

    In the formulas dh is the given gradient of the layer's output, dL_dhkm1, and h the layer's input.
    """

    def snippet(hk: Tensor, Wk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: Any) -> Grads:
        found: Grads = {}
        for name in FUNCTIONS:
            slope = du(name, dL_dhkm1, uk)
            found |= {
                f"dL_duk_{name}": slope,
                f"dL_dWk_{name}": dW(hk, slope, dL_dhkm1),
                f"dL_dbk_{name}": db(slope, dL_dhkm1),
                f"dL_dhk_{name}": dh(slope, Wk, dL_dhkm1, hk),
            }
        return found

    return snippet


def _of_parameter(name: str, u: Tensor) -> Tensor:
    return d_relu(u) if name == "relu" else (d_celu(u) if name == "celu" else d_swish(u))[1]


OTHER = {"relu": "relu", "celu": "swish", "swish": "celu"}

hidden_at_h = hidden(du=lambda name, dh, u: dh * _slope(name, FUNCTIONS[name](u)))
hidden_without_slope = hidden(du=lambda name, dh, u: dh)
hidden_without_upstream = hidden(du=lambda name, dh, u: _slope(name, u))
hidden_function_for_slope = hidden(du=lambda name, dh, u: dh * FUNCTIONS[name](u))
hidden_slope_twice = hidden(du=lambda name, dh, u: dh * _slope(name, u) ** 2)
hidden_slope_added = hidden(du=lambda name, dh, u: dh + _slope(name, u))
hidden_relu_slope = hidden(du=lambda name, dh, u: dh * d_relu(u))
hidden_sig_slope = hidden(du=lambda name, dh, u: dh * d_sig(u))
hidden_slopes_exchanged = hidden(du=lambda name, dh, u: dh * _slope(OTHER[name], u))
hidden_parameter_slope = hidden(du=lambda name, dh, u: dh * _of_parameter(name, u))
hidden_sign = hidden(du=lambda name, dh, u: -dh * _slope(name, u))
hidden_divided_again = hidden(du=lambda name, dh, u: dh * _slope(name, u) / len(dh))
hidden_weight_transposed = hidden(dW=lambda h, du, dh: du.T @ h)
hidden_weight_without_slope = hidden(dW=lambda h, du, dh: h.T @ dh)
hidden_weight_divided = hidden(dW=lambda h, du, dh: h.T @ du / len(h))
hidden_bias_mean = hidden(db=lambda du, dh: du.mean(0))
hidden_bias_not_summed = hidden(db=lambda du, dh: du)
hidden_bias_keepdim = hidden(db=lambda du, dh: du.sum(0, keepdim=True))
hidden_bias_over_units = hidden(db=lambda du, dh: du.sum(1))
hidden_bias_without_slope = hidden(db=lambda du, dh: dh.sum(0))
hidden_bias_one_number = hidden(db=lambda du, dh: du.sum())
hidden_input_without_slope = hidden(dh=lambda du, W, dh, h: dh @ W.T)
hidden_input_transposed = hidden(dh=lambda du, W, dh, h: W @ du.T)
hidden_input_times_h = hidden(dh=lambda du, W, dh, h: du @ W.T * h)

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 2a
    row("2a", "slope-no-mean", "2a", slope_no_mean,
        "La pérdida es el promedio sobre el lote: ese promedio también divide al gradiente.",
        "The loss is the mean over the batch: that mean divides the gradient as well."),
    row("2a", "slope-mean-over-entries", "2a", slope_mean_over_entries,
        "El promedio es sobre los ejemplos, no sobre todas las entradas de la matriz.",
        "The mean is over the examples, not over all entries of the matrix."),
    row("2a", "slope-mean-over-classes", "2a", slope_mean_over_classes,
        "Dividiste por el número de clases en vez del de ejemplos.",
        "You divided by the number of classes instead of the number of examples."),
    row("2a", "slope-fixed-batch", "2a", slope_fixed_batch,
        "Divides por un número fijo: usa el tamaño del lote que llega.",
        "You divide by a fixed number: use the size of the batch that is given."),
    row("2a", "slope-opposite-sign", "2a", slope_opposite_sign,
        "El signo está al revés: piensa hacia dónde crece la pérdida.",
        "The sign is the wrong way round: think about the direction in which the loss grows."),
    row("2a", "slope-only-the-loss", "2a", slope_only_the_loss,
        "Esa es la derivada respecto de y_pred: falta pasar por softmax.",
        "That is the derivative with respect to y_pred: the step through softmax is missing."),
    row("2a", "slope-diagonal-only", "2a", slope_diagonal_only,
        "softmax mezcla las clases: subir una entrada de u baja la probabilidad de todas las demás, y eso falta.",
        "softmax mixes the classes: raising one entry of u lowers the probability of all others, and that is missing."),
    row("2a", "slope-softmax-again", "2a", slope_softmax_again,
        "y_pred ya tiene probabilidades: softmax no se aplica otra vez.",
        "y_pred already holds probabilities: softmax is not applied again."),
    row("2a", "slope-of-sigmoid", "2a", slope_of_sigmoid,
        "Sobra un factor: al pasar por softmax, la derivada del logaritmo cancela la de las probabilidades.",
        "There is one factor too many: on the way through softmax the logarithm's derivative cancels that of the probabilities."),
    row("2a", "slope-of-squares", "2a", slope_of_squares,
        "El 2 viene de derivar un cuadrado: esta pérdida es la entropía cruzada.",
        "The 2 comes from differentiating a square: this loss is the cross entropy."),
    row("2a", "slope-before-softmax", "2a", slope_before_softmax,
        "Comparas u con las etiquetas: hay que comparar las probabilidades.",
        "You compare u with the labels: compare the probabilities with them."),
    row("2a", "slope-without-labels", "2a", slope_without_labels,
        "Las etiquetas no se usan: el gradiente tiene que depender de la clase correcta.",
        "The labels are not used: the gradient must depend on the right class."),
    row("2a", "slope-summed", "2a", slope_summed,
        "Se perdió la dimensión del lote: el gradiente tiene la misma forma que u.",
        "The dimension of the batch was lost: the gradient has the shape of u."),
    row("2a", "slope-zero", "2a", slope_zero,
        "Todas las entradas son 0: la forma está bien, falta la fórmula.",
        "All entries are 0: the shape is right, the formula is missing."),

    # 2b
    row("2b", "output-bias-mean", "2b", output_bias_mean,
        "El gradiente del sesgo suma sobre el lote: el promedio ya venía en dL_duLm1.",
        "The gradient of the bias sums over the batch: the mean was already in dL_duLm1."),
    row("2b", "output-bias-not-summed", "2b", output_bias_not_summed,
        "Todos los ejemplos usan el mismo sesgo: su gradiente suma los de todo el lote.",
        "All examples share the same bias: its gradient sums those of the whole batch."),
    row("2b", "output-bias-keepdim", "2b", output_bias_keepdim,
        "Los números están bien, pero sobra una dimensión de tamaño 1: el gradiente tiene la forma de c.",
        "The numbers are right, but there is an extra dimension of size 1: the gradient has the shape of c."),
    row("2b", "output-bias-over-classes", "2b", output_bias_over_classes,
        "Sumaste sobre las clases: el gradiente del sesgo tiene un número por clase.",
        "You summed over the classes: the gradient of the bias has one number per class."),
    row("2b", "output-bias-one-number", "2b", output_bias_one_number,
        "Sumaste todo: el gradiente del sesgo tiene un número por clase.",
        "You summed everything: the gradient of the bias has one number per class."),
    row("2b", "output-bias-first-example", "2b", output_bias_first_example,
        "El gradiente del sesgo es el del primer ejemplo: faltan los demás del lote.",
        "The gradient of the bias is that of the first example: the others of the batch are missing."),
    row("2b", "output-bias-ones", "2b", output_bias_ones,
        "Ese 1 es solo la derivada de u respecto de c: falta multiplicarla por lo que llega, que es la regla de la cadena.",
        "That 1 is only the derivative of u with respect to c: the chain rule multiplies it by what arrives."),
    row("2b", "output-weight-transposed", "2b", output_weight_transposed,
        "El gradiente de U está traspuesto: debe tener la misma forma que U.",
        "The gradient of U is transposed: it should have the shape of U."),
    row("2b", "output-weight-divided-again", "2b", output_weight_divided_again,
        "En el gradiente de U el promedio sobre el lote está dos veces: ya venía en dL_duLm1.",
        "The mean over the batch is in the gradient of U twice: it was already in dL_duLm1."),
    row("2b", "output-divided-again", "2b", output_divided_again,
        "El promedio sobre el lote ya venía en dL_duLm1: aquí no se divide otra vez.",
        "The mean over the batch was already in dL_duLm1: it is not divided again here."),
    row("2b", "output-weight-per-example", "2b", output_weight_per_example,
        "Hay un gradiente de U por ejemplo: falta sumarlos sobre el lote.",
        "There is a gradient of U per example: they still have to be summed over the batch."),
    row("2b", "output-input-transposed", "2b", output_input_transposed,
        "El gradiente de hL está traspuesto: debe tener la misma forma que hL.",
        "The gradient of hL is transposed: it should have the shape of hL."),
    row("2b", "output-input-summed", "2b", output_input_summed,
        "Cada ejemplo tiene su propio hL: su gradiente no se suma sobre el lote.",
        "Each example has its own hL: its gradient is not summed over the batch."),
    row("2b", "output-input-times-h", "2b", output_input_times_h,
        "En el gradiente de hL sobra un factor: la derivada de u respecto de hL no depende de hL.",
        "There is one factor too many in the gradient of hL: the derivative of u with respect to hL does not depend on hL."),

    # 2c
    row("2c", "hidden-at-h", "2c", hidden_at_h,
        "La derivada se evalúa en u, antes de la activación, no en h.",
        "The derivative is taken at u, before the activation, not at h."),
    row("2c", "hidden-without-slope", "2c", hidden_without_slope,
        "Falta la derivada de la activación en dL_duk.",
        "The derivative of the activation is missing in dL_duk."),
    row("2c", "hidden-without-upstream", "2c", hidden_without_upstream,
        "dL_duk es solo la derivada de la activación: la regla de la cadena la multiplica por el gradiente que llega.",
        "dL_duk is only the derivative of the activation: the chain rule multiplies it by the gradient that arrives."),
    row("2c", "hidden-function-for-slope", "2c", hidden_function_for_slope,
        "dL_duk usa la activación misma: ahí va su derivada.",
        "dL_duk uses the activation itself: its derivative belongs there."),
    row("2c", "hidden-slope-twice", "2c", hidden_slope_twice,
        "La derivada de la activación aparece dos veces: en cada capa se multiplica por ella una sola vez.",
        "The derivative of the activation appears twice: each layer multiplies by it once."),
    row("2c", "hidden-slope-added", "2c", hidden_slope_added,
        "La regla de la cadena multiplica el gradiente que llega por la derivada: no los suma.",
        "The chain rule multiplies the gradient that arrives by the derivative: it does not add them."),
    row("2c", "hidden-relu-slope", "2c", hidden_relu_slope,
        "Esa es la derivada de relu: cada activación usa la suya.",
        "That is the derivative of relu: each activation uses its own."),
    row("2c", "hidden-sig-slope", "2c", hidden_sig_slope,
        "Esa es la derivada de la sigmoide: cada activación usa la suya.",
        "That is the derivative of the sigmoid: each activation uses its own."),
    row("2c", "hidden-slopes-exchanged", "2c", hidden_slopes_exchanged,
        "Las derivadas de celu y swish están cambiadas entre sí.",
        "The derivatives of celu and swish are swapped."),
    row("2c", "hidden-parameter-slope", "2c", hidden_parameter_slope,
        "Del par usas la derivada respecto de alpha o beta: aquí va la derivada respecto de u.",
        "You use the derivative with respect to alpha or beta: of the pair, the one with respect to u belongs here."),
    row("2c", "hidden-sign", "2c", hidden_sign,
        "El signo de dL_duk está al revés: la regla de la cadena no lo cambia.",
        "The sign of dL_duk is the wrong way round: the chain rule does not change it."),
    row("2c", "hidden-divided-again", "2c", hidden_divided_again,
        "El promedio sobre el lote ya venía en el gradiente que llega: aquí no se divide otra vez.",
        "The mean over the batch was already in the gradient that arrives: it is not divided again here."),
    row("2c", "hidden-weight-transposed", "2c", hidden_weight_transposed,
        "El gradiente de Wk está traspuesto: debe tener la misma forma que Wk.",
        "The gradient of Wk is transposed: it should have the shape of Wk."),
    row("2c", "hidden-weight-without-slope", "2c", hidden_weight_without_slope,
        "El gradiente de Wk se calcula con dL_duk, no con lo que llega a h: te saltaste la activación.",
        "The gradient of Wk is computed from dL_duk, not from the gradient that arrives at h: you skipped the activation."),
    row("2c", "hidden-weight-divided", "2c", hidden_weight_divided,
        "En el gradiente de Wk sobra el promedio: ya venía en el gradiente que llega.",
        "The mean over the batch is in the gradient of Wk twice: it was already in the gradient that arrives."),
    row("2c", "hidden-bias-mean", "2c", hidden_bias_mean,
        "El gradiente del sesgo suma sobre el lote: no promedia.",
        "The gradient of the bias sums over the batch: it does not average."),
    row("2c", "hidden-bias-not-summed", "2c", hidden_bias_not_summed,
        "Todos los ejemplos usan el mismo sesgo: su gradiente suma los de todo el lote.",
        "All examples share the same bias: its gradient sums those of the whole batch."),
    row("2c", "hidden-bias-keepdim", "2c", hidden_bias_keepdim,
        "Los números están bien, pero sobra una dimensión de tamaño 1: el gradiente tiene la forma de bk.",
        "The numbers are right, but there is an extra dimension of size 1: the gradient has the shape of bk."),
    row("2c", "hidden-bias-over-units", "2c", hidden_bias_over_units,
        "Sumaste sobre las neuronas: el gradiente del sesgo tiene un número por neurona.",
        "You summed over the units: the gradient of the bias has one number per unit."),
    row("2c", "hidden-bias-one-number", "2c", hidden_bias_one_number,
        "Sumaste todo: el gradiente del sesgo tiene un número por neurona.",
        "You summed everything: the gradient of the bias has one number per unit."),
    row("2c", "hidden-bias-without-slope", "2c", hidden_bias_without_slope,
        "El gradiente del sesgo se calcula con dL_duk, no con lo que llega a h: te saltaste la activación.",
        "The gradient of the bias is computed from dL_duk, not from the gradient that arrives at h: you skipped the activation."),
    row("2c", "hidden-input-without-slope", "2c", hidden_input_without_slope,
        "El gradiente de hk se calcula con dL_duk, no con lo que llega a la capa: te saltaste la activación.",
        "The gradient of hk is computed from dL_duk, not from the gradient that arrives at the layer: you skipped the activation."),
    row("2c", "hidden-input-transposed", "2c", hidden_input_transposed,
        "El gradiente de hk está traspuesto: debe tener la misma forma que hk.",
        "The gradient of hk is transposed: it should have the shape of hk."),
    row("2c", "hidden-input-times-h", "2c", hidden_input_times_h,
        "En el gradiente de hk sobra un factor: la derivada de uk respecto de hk no depende de hk.",
        "There is one factor too many in the gradient of hk: the derivative of uk with respect to hk does not depend on hk."),
)  # fmt: skip
