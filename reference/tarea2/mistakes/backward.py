"""Mistakes in FFNN.backward (questions 3a and 3b)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import Parameter

from ..activations import celu, d_celu, d_relu, d_sig, d_swish, relu, sig, softmax, swish, tanh
from ..network import DERIVATIVES, FFNN, PARAMETRIC, Activation, HiddenStates
from .decisions import decided
from .row import AFTER_BACKWARD, row

Backward = Callable[[FFNN, Tensor, Tensor, Tensor], None]


def _slope(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    slope: Tensor = DERIVATIVES[f](u, *parameter)[0] if f in PARAMETRIC else DERIVATIVES[f](u)
    return slope


def _parameter_slope(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    slope: Tensor = DERIVATIVES[f](u, *parameter)[1]
    return slope


def _mean(g: Tensor) -> Tensor:
    return g / len(g)


@decided
def backward(
    *,
    error: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, y: y_pred - y,
    scale: Callable[[Tensor], Tensor] = _mean,
    slope: Callable[..., Tensor] = _slope,
    used: Callable[[int, int], int] = lambda layer, layers: layer,
    weight: Callable[[Tensor, Tensor], Tensor] = lambda h, du: h.T @ du,
    bias: Callable[[Tensor], Tensor | None] = lambda du: du.sum(0),
    layers: Callable[[int], range] = range,
    output: Callable[[int], bool] = lambda layers: True,
    output_bias: Callable[[int], bool] = lambda layers: True,
    parameter: Callable[[Tensor, Tensor, Tensor], Tensor | None] = lambda dh, slope, du: (dh * slope).sum(),
    parameter_slope: Callable[..., Tensor] = _parameter_slope,
    parameters_of: Callable[[int], bool] = lambda layer: True,
    accumulates: Callable[[Tensor], bool] = lambda p: False,
) -> Backward:
    """FFNN.backward with one of its decisions replaced; without arguments it is the reference's.

    error: the slope of one example's loss at the output layer's input;  scale: from this slope to that of the mean
    slope: f'(u), from the activation f, u and its parameter;  used: the layer whose activation is differentiated
    weight, bias: the gradients of a layer;  layers: the hidden layers that get gradients, from their number
    output, output_bias: whether U and c get their gradients
    parameter: the gradient of beta or alpha, from dh, the derivative and du
    parameter_slope: that derivative;  parameters_of: the layers whose beta or alpha gets a gradient
    accumulates: the parameters whose gradients are added to the previous ones
    """

    @torch.no_grad()
    def method(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        states: HiddenStates = self.hidden_states(x)
        count = len(self.Ws)

        def put(p: Parameter, g: Tensor | None) -> None:
            p.grad = p.grad + g if accumulates(p) and p.grad is not None and g is not None else g

        du = scale(error(y_pred, y))
        if output(count):
            put(self.U, weight(states.h[-1], du))
        if output_bias(count):
            put(self.c, bias(du))
        dh = du @ self.U.T
        for k in reversed(range(count)):
            f, u = self.l_a[used(k, count)], states.u[k]
            own = () if self.act_params[k] is None else (self.act_params[k],)
            du = dh * slope(f, u, *own)
            if k in layers(count):
                put(self.Ws[k], weight(states.h[k], du))
                put(self.bs[k], bias(du))
            if own and parameters_of(k):
                put(own[0], parameter(dh, parameter_slope(self.l_a[k], u, *own), du))
            dh = du @ self.Ws[k].T

    return method


# 3a: the output layer --------------------------------------------------------------------------------------------

backward_no_mean = backward(scale=lambda g: g)
backward_mean_over_entries = backward(scale=lambda g: g / g.numel())
backward_mean_over_classes = backward(scale=lambda g: g / g.shape[1])
backward_fixed_batch = backward(scale=lambda g: g / 8)
backward_sign = backward(error=lambda y_pred, y: y - y_pred)
backward_doubled = backward(scale=lambda g: 2 * _mean(g))
backward_halved = backward(scale=lambda g: _mean(g) / 2)
backward_mean_twice = backward(scale=lambda g: _mean(_mean(g)))
backward_only_the_loss = backward(error=lambda y_pred, y: -y / y_pred)
backward_diagonal_only = backward(error=lambda y_pred, y: y * (y_pred - 1))
backward_sigmoid_output = backward(error=lambda y_pred, y: (y_pred - y) * y_pred * (1 - y_pred))
backward_softmax_again = backward(error=lambda y_pred, y: softmax(y_pred, 1) - y)
backward_without_labels = backward(error=lambda y_pred, y: y_pred)
backward_hard_prediction = backward(
    error=lambda y_pred, y: (y_pred == y_pred.amax(1, keepdim=True)).to(y_pred.dtype) - y
)

# 3a: the slopes of the hidden layers -----------------------------------------------------------------------------


def _instead(f: Activation, slope: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """A wrong slope for one activation, and the right slopes for the others."""
    return lambda g, u, *parameter: slope(u) if g is f else _slope(g, u, *parameter)


def _all_but_parametric_as_celu(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    return _slope(f if f in (relu, swish) else celu, u, *parameter)


def _of_parameter(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    return (_parameter_slope if f in PARAMETRIC else _slope)(f, u, *parameter)


backward_at_h = backward(slope=lambda f, u, *p: _slope(f, f(u, *p), *p))
backward_without_slope = backward(slope=lambda f, u, *p: torch.ones_like(u))
backward_function_for_slope = backward(slope=lambda f, u, *p: f(u, *p))
backward_slope_twice = backward(slope=lambda f, u, *p: _slope(f, u, *p) ** 2)
backward_relu_everywhere = backward(slope=lambda f, u, *p: d_relu(u))
backward_sig_everywhere = backward(slope=lambda f, u, *p: d_sig(u))
backward_celu_for_the_rest = backward(slope=_all_but_parametric_as_celu)
backward_parameter_slope = backward(slope=_of_parameter)
backward_sig_at_h = backward(slope=_instead(sig, lambda u: d_sig(sig(u))))
backward_sig_without_rest = backward(slope=_instead(sig, sig))
backward_tanh_without_square = backward(slope=_instead(tanh, lambda u: 1 - tanh(u)))
backward_tanh_at_h = backward(slope=_instead(tanh, lambda u: 1 - tanh(tanh(u)) ** 2))
backward_tanh_as_sig = backward(slope=_instead(tanh, d_sig))
backward_tanh_linear = backward(slope=_instead(tanh, torch.ones_like))
backward_sig_linear = backward(slope=_instead(sig, torch.ones_like))
backward_relu_linear = backward(slope=_instead(relu, torch.ones_like))
backward_celu_at_h = backward(slope=_instead(celu, lambda u: d_celu(celu(u))[0]))
backward_celu_as_relu = backward(slope=_instead(celu, d_relu))
backward_swish_at_h = backward(slope=_instead(swish, lambda u: d_swish(swish(u))[0]))
backward_swish_as_sig = backward(slope=_instead(swish, sig))
backward_swish_sigmoid_in_one_term = backward(slope=_instead(swish, lambda u: sig(u) + u * (1 - sig(u))))
backward_activations_reversed = backward(used=lambda layer, layers: layers - 1 - layer)
backward_first_activation = backward(used=lambda layer, layers: 0)
backward_last_activation = backward(used=lambda layer, layers: layers - 1)
backward_next_activation = backward(used=lambda layer, layers: min(layer + 1, layers - 1))
backward_previous_activation = backward(used=lambda layer, layers: max(layer - 1, 0))

# 3a: where the gradients go --------------------------------------------------------------------------------------

backward_bias_mean = backward(bias=lambda du: du.mean(0))
backward_bias_first_example = backward(bias=lambda du: du[0])
backward_bias_last_example = backward(bias=lambda du: du[-1])
backward_bias_one_number = backward(bias=lambda du: du.sum() * torch.ones_like(du[0]))
backward_without_biases = backward(bias=lambda du: None)
backward_weight_mean = backward(weight=lambda h, du: h.T @ du / len(h))
backward_first_example_only = backward(weight=lambda h, du: h[:1].T @ du[:1], bias=lambda du: du[0])
backward_output_only = backward(layers=lambda layers: range(0))
backward_hidden_only = backward(output=lambda layers: False, output_bias=lambda layers: False)
backward_without_output_bias = backward(output_bias=lambda layers: False)
backward_output_bias_in_second_place = backward(output_bias=lambda layers: layers == 1)
backward_last_hidden_only = backward(layers=lambda layers: range(layers - 1, layers))
backward_last_two_hidden_only = backward(layers=lambda layers: range(layers - 2, layers))
backward_without_first_layer = backward(layers=lambda layers: range(1, layers))
backward_without_last_hidden = backward(layers=lambda layers: range(layers - 1))
backward_accumulates = backward(accumulates=lambda p: True)
backward_accumulates_weights = backward(accumulates=lambda p: p.dim() > 1)


def backward_sets_nothing(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
    """The same as when the gradients are returned, or stored on copies of the parameters."""


@torch.no_grad()
def backward_weight_decay(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
    FFNN.backward(self, x, y, y_pred)
    for p in self.parameters():
        if p.grad is not None and p.numel() > 1:
            p.grad += 0.01 * p


# 3b --------------------------------------------------------------------------------------------------------------

parameter_mean = backward(parameter=lambda dh, slope, du: (dh * slope).mean())
parameter_mean_over_batch = backward(parameter=lambda dh, slope, du: (dh * slope).sum() / len(dh))
parameter_after_slope = backward(parameter=lambda dh, slope, du: (du * slope).sum())
parameter_without_upstream = backward(parameter=lambda dh, slope, du: slope.sum())
parameter_without_own_slope = backward(parameter=lambda dh, slope, du: dh.sum())
parameter_no_gradient = backward(parameter=lambda dh, slope, du: None)
parameter_sign = backward(parameter=lambda dh, slope, du: -(dh * slope).sum())
parameter_first_example = backward(parameter=lambda dh, slope, du: (dh * slope)[0].sum())
parameter_slope_of_u = backward(parameter_slope=_slope)
parameter_slope_at_one = backward(parameter_slope=lambda f, u, p: _parameter_slope(f, u))
parameter_slope_at_h = backward(parameter_slope=lambda f, u, p: _parameter_slope(f, f(u, p), p))
parameter_first_layer_only = backward(parameters_of=lambda layer: layer == 0)


def parameter_not_used(self: FFNN, x: Tensor) -> HiddenStates:
    """FFNN.hidden_states whose activations keep their default beta and alpha."""
    us, hs = [], [x]
    for W, b, f in zip(self.Ws, self.bs, self.l_a, strict=True):
        us.append(hs[-1] @ W + b)
        hs.append(f(us[-1]))
    return HiddenStates(u=us, h=hs)


parameter_not_in_slope = backward(slope=lambda f, u, *p: _slope(f, u))

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 3a: the output layer
    row("3a", "backward-sets-nothing", "FFNN.backward", backward_sets_nothing,
        "Ningún parámetro recibe su gradiente: no basta con calcularlo o retornarlo, ni con dejarlo en una copia.",
        "No parameter gets its gradient: computing or returning it is not enough, and neither is leaving it on a copy.", also=AFTER_BACKWARD),
    row("3a", "backward-no-mean", "FFNN.backward", backward_no_mean,
        "La pérdida es el promedio sobre el lote: ese promedio también divide a los gradientes.",
        "The loss is the mean over the batch: that mean divides the gradients as well.", also=AFTER_BACKWARD),
    row("3a", "backward-mean-over-entries", "FFNN.backward", backward_mean_over_entries,
        "El promedio es sobre los ejemplos, no sobre todas las entradas de la matriz.",
        "The mean is over the examples, not over all entries of the matrix.", also=AFTER_BACKWARD),
    row("3a", "backward-mean-over-classes", "FFNN.backward", backward_mean_over_classes,
        "Dividiste por el número de clases en vez del de ejemplos.",
        "You divided by the number of classes instead of the number of examples.", also=AFTER_BACKWARD),
    row("3a", "backward-mean-twice", "FFNN.backward", backward_mean_twice,
        "El promedio sobre el lote aparece dos veces: basta dividir una vez, en la capa de salida.",
        "The mean over the batch appears twice: dividing once, at the output layer, is enough.", also=AFTER_BACKWARD),
    row("3a", "backward-fixed-batch", "FFNN.backward", backward_fixed_batch,
        "Divides por un número fijo: usa el tamaño del lote que llega, porque el último puede ser más chico.",
        "You divide by a fixed number: use the size of the batch that is given, because the last one may be smaller.", also=AFTER_BACKWARD),
    row("3a", "backward-sign", "FFNN.backward", backward_sign,
        "El signo está al revés: piensa hacia dónde crece la pérdida.",
        "The sign is the wrong way round: think about the direction in which the loss grows.", also=AFTER_BACKWARD),
    row("3a", "backward-doubled", "FFNN.backward", backward_doubled,
        "Todo sale al doble: ese 2 viene de derivar un cuadrado, y esta pérdida es la entropía cruzada.",
        "Everything is doubled: that 2 comes from differentiating a square, and this loss is the cross entropy.", also=AFTER_BACKWARD),
    row("3a", "backward-halved", "FFNN.backward", backward_halved,
        "Todo sale a la mitad: sobra un 2 en algún denominador.",
        "Everything is halved: some denominator has an extra 2.", also=AFTER_BACKWARD),
    row("3a", "backward-only-the-loss", "FFNN.backward", backward_only_the_loss,
        "Partes de la derivada respecto de y_pred: falta pasar por softmax.",
        "You start from the derivative with respect to y_pred: the step through softmax is missing.", also=AFTER_BACKWARD),
    row("3a", "backward-diagonal-only", "FFNN.backward", backward_diagonal_only,
        "softmax mezcla las clases: subir una entrada de u baja la probabilidad de todas las demás, y eso falta.",
        "softmax mixes the classes: raising one entry of u lowers the probability of all others, and that is missing.", also=AFTER_BACKWARD),
    row("3a", "backward-sigmoid-output", "FFNN.backward", backward_sigmoid_output,
        "En la salida sobra un factor: al pasar por softmax, la derivada del logaritmo cancela la de las probabilidades.",
        "There is one factor too many at the output: on the way through softmax the logarithm's derivative cancels that of the probabilities.", also=AFTER_BACKWARD),
    row("3a", "backward-softmax-again", "FFNN.backward", backward_softmax_again,
        "y_pred ya tiene probabilidades: softmax no se aplica otra vez.",
        "y_pred already holds probabilities: softmax is not applied again.", also=AFTER_BACKWARD),
    row("3a", "backward-without-labels", "FFNN.backward", backward_without_labels,
        "Las etiquetas no se usan: el gradiente tiene que depender de la clase correcta.",
        "The labels are not used: the gradient must depend on the right class.", also=AFTER_BACKWARD),
    row("3a", "backward-hard-prediction", "FFNN.backward", backward_hard_prediction,
        "Usas la clase elegida en vez de las probabilidades: al elegir la mayor se pierde cuánto le falta a cada una.",
        "You use the chosen class instead of the probabilities: the largest one alone does not show how far off each of them is.", also=AFTER_BACKWARD),

    # 3a: the slopes of the hidden layers
    row("3a", "backward-swish-at-h", "FFNN.backward", backward_swish_at_h,
        "En las capas con swish la derivada se evalúa en h: va en u, antes de activar.",
        "In layers with swish the derivative is taken at h: take it at u, before the activation.", also=AFTER_BACKWARD),
    row("3a", "backward-at-h", "FFNN.backward", backward_at_h,
        "La derivada de la activación se evalúa en u, antes de activar, no en h.",
        "The derivative of the activation is taken at u, before the activation, not at h.", also=AFTER_BACKWARD),
    row("3a", "backward-without-slope", "FFNN.backward", backward_without_slope,
        "Falta multiplicar por la derivada de la activación en las capas escondidas.",
        "The derivative of the activation is missing as a factor in the hidden layers.", also=AFTER_BACKWARD),
    row("3a", "backward-function-for-slope", "FFNN.backward", backward_function_for_slope,
        "Multiplicas por la activación misma: ahí va su derivada.",
        "You multiply by the activation itself: its derivative belongs there.", also=AFTER_BACKWARD),
    row("3a", "backward-slope-twice", "FFNN.backward", backward_slope_twice,
        "La derivada de la activación aparece dos veces: en cada capa se multiplica por ella una sola vez.",
        "The derivative of the activation appears twice: each layer multiplies by it once.", also=AFTER_BACKWARD),
    row("3a", "backward-relu-everywhere", "FFNN.backward", backward_relu_everywhere,
        "Todas las capas usan la derivada de relu: cada una usa la de su activación.",
        "All layers use the derivative of relu: each one uses that of its activation.", also=AFTER_BACKWARD),
    row("3a", "backward-sig-everywhere", "FFNN.backward", backward_sig_everywhere,
        "Todas las capas usan la derivada de la sigmoide: cada una usa la de su activación.",
        "All layers use the derivative of the sigmoid: each one uses that of its activation.", also=AFTER_BACKWARD),
    row("3a", "backward-celu-for-the-rest", "FFNN.backward", backward_celu_for_the_rest,
        "sig y tanh también pueden ser activaciones de una capa: en tu código caen en el caso de celu.",
        "sig and tanh may be activations of a layer as well: in your code they fall into the case of celu.", also=AFTER_BACKWARD),
    row("3a", "backward-parameter-slope", "FFNN.backward", backward_parameter_slope,
        "En celu y swish se usa la derivada respecto de alpha o beta: para seguir hacia atrás va la derivada respecto de u.",
        "For celu and swish you use the derivative with respect to alpha or beta: to go on backwards, use the one with respect to u.", also=AFTER_BACKWARD),
    row("3a", "backward-activations-reversed", "FFNN.backward", backward_activations_reversed,
        "Las activaciones se recorren al revés que las capas: la derivada de cada capa es la de su propia activación.",
        "The activations are taken in the reverse order of the layers: each layer's derivative is that of its own activation.", also=AFTER_BACKWARD),
    row("3a", "backward-first-activation", "FFNN.backward", backward_first_activation,
        "Todas las capas usan la derivada de la primera activación: cada una usa la suya.",
        "All layers use the derivative of the first activation: each one uses its own.", also=AFTER_BACKWARD),
    row("3a", "backward-last-activation", "FFNN.backward", backward_last_activation,
        "Todas las capas usan la derivada de la última activación: cada una usa la suya.",
        "All layers use the derivative of the last activation: each one uses its own.", also=AFTER_BACKWARD),
    row("3a", "backward-next-activation", "FFNN.backward", backward_next_activation,
        "Cada capa usa la derivada de la activación de la capa siguiente: el índice está desplazado en uno.",
        "Each layer uses the derivative of the next layer's activation: the index is off by one.", also=AFTER_BACKWARD),
    row("3a", "backward-previous-activation", "FFNN.backward", backward_previous_activation,
        "Cada capa usa la derivada de la activación de la capa anterior: el índice está desplazado en uno.",
        "Each layer uses the derivative of the previous layer's activation: the index is off by one.", also=AFTER_BACKWARD),
    row("3a", "backward-sig-at-h", "FFNN.backward", backward_sig_at_h,
        "En las capas con sig la sigmoide se aplica dos veces: si partes de h, la sigmoide ya está aplicada.",
        "In layers with sig the sigmoid is applied twice: if you start from h, the sigmoid has already been applied."),
    row("3a", "backward-sig-without-rest", "FFNN.backward", backward_sig_without_rest,
        "La derivada de sig tiene dos factores y falta uno.",
        "The derivative of sig has two factors and one is missing."),
    row("3a", "backward-sig-linear", "FFNN.backward", backward_sig_linear,
        "En las capas con sig falta la derivada de la activación.",
        "In layers with sig the derivative of the activation is missing."),
    row("3a", "backward-tanh-without-square", "FFNN.backward", backward_tanh_without_square,
        "En la derivada de tanh falta un cuadrado.",
        "A square is missing in the derivative of tanh.", also=AFTER_BACKWARD),
    row("3a", "backward-tanh-at-h", "FFNN.backward", backward_tanh_at_h,
        "En las capas con tanh se aplica tanh dos veces: si partes de h, tanh ya está aplicada.",
        "In layers with tanh, tanh is applied twice: if you start from h, tanh has already been applied.", also=AFTER_BACKWARD),
    row("3a", "backward-tanh-as-sig", "FFNN.backward", backward_tanh_as_sig,
        "En las capas con tanh se usa la derivada de la sigmoide: tanh tiene la suya.",
        "In layers with tanh the derivative of the sigmoid is used: tanh has its own.", also=AFTER_BACKWARD),
    row("3a", "backward-tanh-linear", "FFNN.backward", backward_tanh_linear,
        "En las capas con tanh falta la derivada de la activación.",
        "In layers with tanh the derivative of the activation is missing.", also=AFTER_BACKWARD),
    row("3a", "backward-relu-linear", "FFNN.backward", backward_relu_linear,
        "En las capas con relu falta la derivada de la activación.",
        "In layers with relu the derivative of the activation is missing."),
    row("3a", "backward-celu-at-h", "FFNN.backward", backward_celu_at_h,
        "En las capas con celu la derivada se evalúa en h: o usas la u equivocada, o tu celu modifica su entrada y con eso la u guardada.",
        "In layers with celu the derivative is taken at h: either you use the wrong u, or your celu changes its input and with it the u that was kept."),
    row("3a", "backward-celu-as-relu", "FFNN.backward", backward_celu_as_relu,
        "En las capas con celu se usa la derivada de relu: para u negativo celu no es constante.",
        "In layers with celu the derivative of relu is used: for negative u celu is not constant."),
    row("3a", "backward-swish-as-sig", "FFNN.backward", backward_swish_as_sig,
        "En las capas con swish falta un término: swish es un producto y se derivan los dos factores.",
        "In layers with swish a term is missing: swish is a product and both factors are differentiated.", also=AFTER_BACKWARD),
    row("3a", "backward-swish-sigmoid-in-one-term", "FFNN.backward", backward_swish_sigmoid_in_one_term,
        "En la derivada de swish, al segundo término le falta un factor: recuerda la derivada completa de la sigmoide.",
        "In the derivative of swish the second term lacks a factor: recall the full derivative of the sigmoid.", also=AFTER_BACKWARD),

    # 3a: where the gradients go
    row("3a", "backward-bias-mean", "FFNN.backward", backward_bias_mean,
        "El gradiente del sesgo suma sobre el lote: no promedia.",
        "The gradient of the bias sums over the batch: it does not average."),
    row("3a", "backward-bias-first-example", "FFNN.backward", backward_bias_first_example,
        "El gradiente de cada sesgo es el del primer ejemplo: faltan los demás del lote.",
        "The gradient of each bias is that of the first example: the others of the batch are missing."),
    row("3a", "backward-bias-last-example", "FFNN.backward", backward_bias_last_example,
        "El gradiente de cada sesgo es el del último ejemplo: faltan los demás del lote.",
        "The gradient of each bias is that of the last example: the others of the batch are missing."),
    row("3a", "backward-bias-one-number", "FFNN.backward", backward_bias_one_number,
        "El gradiente del sesgo tiene el mismo número en todas sus entradas: se suma solo sobre el lote, no sobre las neuronas.",
        "The gradient of the bias has the same number in all entries: sum over the batch only, not over the units."),
    row("3a", "backward-without-biases", "FFNN.backward", backward_without_biases,
        "Los pesos tienen su gradiente y los sesgos no.",
        "The weights have their gradients and the biases do not."),
    row("3a", "backward-weight-mean", "FFNN.backward", backward_weight_mean,
        "Los gradientes de los pesos se promedian dos veces sobre el lote, y los de los sesgos una: el promedio ya viene desde la salida.",
        "The gradients of the weights are averaged over the batch twice, those of the biases once: the mean already comes from the output."),
    row("3a", "backward-first-example-only", "FFNN.backward", backward_first_example_only,
        "Solo el primer ejemplo del lote llega a los gradientes.",
        "Only the first example of the batch reaches the gradients."),
    row("3a", "backward-output-only", "FFNN.backward", backward_output_only,
        "Las capas escondidas no reciben gradiente: falta seguir hacia atrás desde la salida.",
        "The hidden layers get no gradient: continue backwards from the output."),
    row("3a", "backward-hidden-only", "FFNN.backward", backward_hidden_only,
        "La capa de salida no recibe sus gradientes.",
        "The output layer does not get its gradients."),
    row("3a", "backward-output-bias-in-second-place", "FFNN.backward", backward_output_bias_in_second_place,
        "Con más de una capa escondida el sesgo de la salida queda sin gradiente: revisa el índice con que lo guardas.",
        "With more than one hidden layer the bias of the output is left without a gradient: check the index under which you store it."),
    row("3a", "backward-without-output-bias", "FFNN.backward", backward_without_output_bias,
        "El sesgo de la salida no recibe su gradiente.",
        "The bias of the output does not get its gradient."),
    row("3a", "backward-without-first-layer", "FFNN.backward", backward_without_first_layer,
        "La primera capa escondida no recibe su gradiente: al ciclo le falta una vuelta.",
        "The first hidden layer does not get its gradient: the loop is one iteration short."),
    row("3a", "backward-without-last-hidden", "FFNN.backward", backward_without_last_hidden,
        "La última capa escondida no recibe su gradiente: el ciclo empieza una capa tarde.",
        "The last hidden layer does not get its gradient: the loop starts one layer late."),
    row("3a", "backward-last-hidden-only", "FFNN.backward", backward_last_hidden_only,
        "Solo la última capa escondida recibe su gradiente: falta un ciclo sobre las demás.",
        "Only the last hidden layer gets its gradient: a loop over the others is missing."),
    row("3a", "backward-last-two-hidden-only", "FFNN.backward", backward_last_two_hidden_only,
        "Solo las dos últimas capas escondidas reciben su gradiente: el ciclo tiene que servir para cualquier número de capas.",
        "Only the last two hidden layers get their gradients: the loop must work for any number of layers."),
    row("3a", "backward-accumulates", "FFNN.backward", backward_accumulates,
        "Cada backward reemplaza los gradientes: aquí se suman a los anteriores.",
        "Each backward replaces the gradients: here they are added to the previous ones."),
    row("3a", "backward-accumulates-weights", "FFNN.backward", backward_accumulates_weights,
        "Cada backward reemplaza los gradientes: aquí los de los pesos se suman a los anteriores.",
        "Each backward replaces the gradients: here those of the weights are added to the previous ones."),
    row("3a", "backward-weight-decay", "FFNN.backward", backward_weight_decay,
        "A cada gradiente se le suma una parte del parámetro (weight decay): la pérdida del enunciado no la tiene.",
        "A part of the parameter is added to each gradient (weight decay): the loss in the statement has no such term."),

    # 3b
    row("3b", "parameter-no-gradient", "FFNN.backward", parameter_no_gradient,
        "beta y alpha existen, pero backward no les deja gradiente.",
        "beta and alpha exist, but backward gives them no gradient."),
    row("3b", "parameter-not-used", "FFNN.hidden_states", parameter_not_used,
        "beta y alpha existen, pero la red no los usa en sus activaciones: todo sale como si valieran 1.",
        "beta and alpha exist, but the network does not use them in its activations: everything is as if they were 1."),
    row("3b", "parameter-mean", "FFNN.backward", parameter_mean,
        "Toda la capa usa un solo número: su gradiente suma todas las entradas, no las promedia.",
        "The whole layer shares one number: its gradient sums over all entries, it does not average them."),
    row("3b", "parameter-mean-over-batch", "FFNN.backward", parameter_mean_over_batch,
        "El promedio sobre el lote ya viene desde la salida: aquí se divide otra vez.",
        "The mean over the batch already comes from the output: here it is divided again."),
    row("3b", "parameter-after-slope", "FFNN.backward", parameter_after_slope,
        "Partes del gradiente de u: beta y alpha actúan sobre h, así que hay que partir del gradiente de h.",
        "You start from the gradient of u: beta and alpha act on h, so start from the gradient of h."),
    row("3b", "parameter-without-upstream", "FFNN.backward", parameter_without_upstream,
        "Falta la regla de la cadena: la derivada respecto del parámetro se multiplica por el gradiente que llega a h.",
        "The chain rule is missing: the derivative with respect to the parameter is multiplied by the gradient that arrives at h."),
    row("3b", "parameter-without-own-slope", "FFNN.backward", parameter_without_own_slope,
        "Se suma el gradiente que llega sin multiplicarlo por la derivada respecto del parámetro.",
        "The gradient that arrives is summed without multiplying it by the derivative with respect to the parameter."),
    row("3b", "parameter-slope-of-u", "FFNN.backward", parameter_slope_of_u,
        "Usas la derivada respecto de u: del par, aquí va la del parámetro.",
        "You use the derivative with respect to u: of the pair, the parameter's belongs here."),
    row("3b", "parameter-slope-at-one", "FFNN.backward", parameter_slope_at_one,
        "La derivada respecto del parámetro se evalúa en su valor por defecto: tiene que ser en el valor actual.",
        "The derivative with respect to the parameter is taken at the default value: take it at the current value."),
    row("3b", "parameter-slope-at-h", "FFNN.backward", parameter_slope_at_h,
        "La derivada respecto del parámetro se evalúa en u, antes de activar, no en h.",
        "The derivative with respect to the parameter is taken at u, before the activation, not at h."),
    row("3b", "parameter-not-in-slope", "FFNN.backward", parameter_not_in_slope,
        "Para seguir hacia atrás, la derivada respecto de u también usa el valor actual de beta o alpha.",
        "To go on backwards, the derivative with respect to u also uses the current value of beta or alpha."),
    row("3b", "parameter-sign", "FFNN.backward", parameter_sign,
        "El signo del gradiente de beta y alpha está al revés.",
        "The sign of the gradient of beta and alpha is the wrong way round."),
    row("3b", "parameter-first-example", "FFNN.backward", parameter_first_example,
        "Solo cuenta el primer ejemplo del lote: el gradiente de beta y alpha los suma todos.",
        "Only the first example of the batch counts: the gradient of beta and alpha sums over all examples."),
    row("3b", "parameter-first-layer-only", "FFNN.backward", parameter_first_layer_only,
        "Solo el parámetro de la primera capa recibe gradiente: cada capa puede tener el suyo.",
        "Only the parameter of the first layer gets a gradient: each layer may have its own."),
)  # fmt: skip
