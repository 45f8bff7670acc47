"""Known mistakes: each is the reference with one function or method changed, and a hint that leads to the repair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from grader.messages import Text
from grader.spec import Misconception

from .activations import celu, d_celu, d_relu, d_swish, relu, sig, softmax, swish
from .losses import CELoss
from .network import DERIVATIVES, FFNN, PARAMETRIC, hidden_layer_celu, hidden_layer_relu, hidden_layer_swish
from .optim import SGD

Grads = dict[str, Tensor]


def mistake(question: str, name: str, es: str, en: str, **changes: Callable[..., Any]) -> Misconception:
    """A row of the table; keywords name what is changed, "__" standing for the dot of a method, "_" before a digit."""
    named = {key.lstrip("_").replace("__", "."): change for key, change in changes.items()}
    return Misconception(name, question, Text(es, en), named)


# 0 ---------------------------------------------------------------------------------------------------------------


def softmax_over_everything(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    e = torch.exp(T - T.max()) if estable else torch.exp(T)
    return e / e.sum()


def softmax_over_first(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T, 0, estable)


def softmax_over_last(T: Tensor, dim: int, estable: bool = True) -> Tensor:
    return softmax(T, -1, estable)


# 1a --------------------------------------------------------------------------------------------------------------


def d_relu_is_relu(T: Tensor) -> Tensor:
    return relu(T)


def d_relu_sign(T: Tensor) -> Tensor:
    return torch.sign(T)


def d_swish_without_product(T: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    s = sig(beta * T)
    return beta * T * s * (1 - s), d_swish(T, beta)[1]


def d_swish_without_chain(T: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    s = sig(beta * T)
    return s + T * s * (1 - s), d_swish(T, beta)[1]


def d_swish_sig_of_x(T: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    s = sig(T)
    return s + beta * T * s * (1 - s), T * T * s * (1 - s)


def d_swish_beta_of_x(T: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    s = sig(beta * T)
    return d_swish(T, beta)[0], T * s * (1 - s)


def d_swish_swapped(T: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor]:
    dT, dbeta = d_swish(T, beta)
    return dbeta, dT


def d_celu_one_everywhere(T: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    return torch.ones_like(T), d_celu(T, alpha)[1]


def d_celu_of_elu(T: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    return torch.where(T > 0, 1.0, alpha * torch.exp(T)), torch.where(T > 0, 0.0, torch.exp(T) - 1)


def d_celu_alpha_outer_only(T: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, torch.exp(T / alpha) - 1)


def d_celu_alpha_sign(T: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    e = torch.exp(T / alpha)
    return d_celu(T, alpha)[0], torch.where(T > 0, 0.0, e - 1 + T / alpha * e)


def d_celu_alpha_zero(T: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    return d_celu(T, alpha)[0], torch.zeros_like(T)


# 1b, 1c ----------------------------------------------------------------------------------------------------------


def _bounded(Q: Tensor, estable: bool, epsilon: float) -> Tensor:
    return Q.clamp(min=epsilon) if estable else Q


def CELoss_sum(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) * len(Q)


def CELoss_mean_of_all(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, epsilon) / Q.shape[1]


def CELoss_swapped(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(P, Q, estable, epsilon)


def CELoss_sign(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -CELoss(Q, P, estable, epsilon)


def CELoss_log_of_P(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log(_bounded(P, estable, epsilon))).sum(1).mean()


def CELoss_base_2(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -(P * torch.log2(_bounded(Q, estable, epsilon))).sum(1).mean()


def CELoss_first_row(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q[:1], P[:1], estable, epsilon)


def CELoss_always_stable(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, True, epsilon)


def CELoss_fixed_epsilon(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, estable, 1e-8)


def CELoss_inverted(Q: Tensor, P: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return CELoss(Q, P, not estable, epsilon)


def CategoricalCELoss_sum(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)[torch.arange(len(Q)), Target]).sum()


def CategoricalCELoss_all_pairs(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return -torch.log(_bounded(Q, estable, epsilon)[:, Target]).mean()


def CategoricalCELoss_sign(Q: Tensor, Target: Tensor, estable: bool = True, epsilon: float = 1e-8) -> Tensor:
    return torch.log(_bounded(Q, estable, epsilon)[torch.arange(len(Q)), Target]).mean()


# 2a to 2c --------------------------------------------------------------------------------------------------------


def no_mean(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": y_pred - y}


def mean_over_entries(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) / y.numel()}


def mean_over_classes(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y_pred - y) / y.shape[1]}


def opposite_sign(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": (y - y_pred) / len(y)}


def only_the_loss(y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    return {"dL_duLm1": -(y / y_pred) / len(y)}


def own_output_gradient(hL: Tensor, U: Tensor, y: Tensor, y_pred: Tensor, **_: Any) -> Grads:
    g = (y_pred - y) / len(y)
    return {"dL_dU": hL.T @ g, "dL_dc": g.sum(0), "dL_dhL": g @ U.T}


def bias_is_mean(hL: Tensor, U: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    return {"dL_dU": hL.T @ dL_duLm1, "dL_dc": dL_duLm1.mean(0), "dL_dhL": dL_duLm1 @ U.T}


def divided_again(hL: Tensor, U: Tensor, dL_duLm1: Tensor, **_: Any) -> Grads:
    B = len(hL)
    return {"dL_dU": hL.T @ dL_duLm1 / B, "dL_dc": dL_duLm1.sum(0) / B, "dL_dhL": dL_duLm1 @ U.T / B}


def hidden(change: Callable[[Tensor, Tensor, Tensor], Tensor], bias: str = "sum") -> Callable[..., Grads]:
    """2c with dL_duk = change(dL_dhkm1, uk, exact), where `exact` is the right dL_duk, for each activation."""

    def snippet(hk: Tensor, Wk: Tensor, bk: Tensor, uk: Tensor, dL_dhkm1: Tensor, **_: Any) -> Grads:
        found: Grads = {}
        for name, layer in (("relu", hidden_layer_relu), ("celu", hidden_layer_celu), ("swish", hidden_layer_swish)):
            exact = layer(hk, Wk, bk, uk, dL_dhkm1)[f"dL_duk_{name}"]
            f = {"relu": relu, "celu": celu, "swish": swish}[name]
            du = change(dL_dhkm1, f(uk), exact) if change is not at_h else dL_dhkm1 * _slope(name, f(uk))
            found |= {
                f"dL_duk_{name}": du,
                f"dL_dWk_{name}": hk.T @ du,
                f"dL_dbk_{name}": du.sum(0) if bias == "sum" else du.mean(0),
                f"dL_dhk_{name}": du @ Wk.T,
            }
        return found

    return snippet


def _slope(name: str, T: Tensor) -> Tensor:
    return d_relu(T) if name == "relu" else (d_celu(T) if name == "celu" else d_swish(T))[0]


def at_h(upstream: Tensor, h: Tensor, exact: Tensor) -> Tensor:
    """Marks the derivative taken at h instead of u."""
    return exact


def upstream_only(upstream: Tensor, h: Tensor, exact: Tensor) -> Tensor:
    return upstream


def times_h(upstream: Tensor, h: Tensor, exact: Tensor) -> Tensor:
    return upstream * h


def right(upstream: Tensor, h: Tensor, exact: Tensor) -> Tensor:
    return exact


# 3a, 3b ----------------------------------------------------------------------------------------------------------


def backward(
    *,
    scale: Callable[[Tensor], float] = lambda y: 1 / len(y),
    at: str = "u",
    bias: Callable[[Tensor], Tensor] = lambda du: du.sum(0),
    upstream: Callable[[Tensor, Tensor], Tensor] = lambda du, W: du @ W.T,
    layers: int | None = None,
    parameter_sum: bool = True,
    accumulate: bool = False,
) -> Callable[..., None]:
    """FFNN.backward with one of its decisions replaced; as it stands it is the reference's."""

    @torch.no_grad()
    def method(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        states = self.hidden_states(x)

        def put(p: Parameter, g: Tensor) -> None:
            p.grad = p.grad + g if accumulate and p.grad is not None else g

        du = (y_pred - y) * scale(y)
        put(self.U, states.h[-1].T @ du)
        put(self.c, bias(du))
        dh = upstream(du, self.U)
        stop = 0 if layers is None else max(len(self.Ws) - layers, 0)
        for k in reversed(range(stop, len(self.Ws))):
            f, param = self.l_a[k], self.act_params[k]
            point = states.u[k] if at == "u" else states.h[k + 1]
            slope = DERIVATIVES[f](point) if param is None else DERIVATIVES[f](point, param)
            du = dh * (slope[0] if f in PARAMETRIC else slope) if at != "none" else dh
            put(self.Ws[k], states.h[k].T @ du)
            put(self.bs[k], bias(du))
            if param is not None:
                each = dh * slope[1]
                put(param, each.sum() if parameter_sum else each.mean())
            dh = upstream(du, self.Ws[k])

    return method


# 3c --------------------------------------------------------------------------------------------------------------


def gradient_check(
    *, ratio: Callable[[Tensor, Tensor], Tensor], one_sided: bool = False, step: float = 2.0
) -> Callable[..., float]:
    """chequeo_gradiente with another final formula or another difference quotient."""

    @torch.no_grad()
    def check(red: FFNN, x: Tensor, y: Tensor, epsilon: float = 1e-6) -> float:
        red.backward(x, y, red.forward(x))
        grad = torch.cat([p.grad.reshape(-1) for p in red.parameters() if p.grad is not None])
        slopes = []
        for p in red.parameters():
            flat = p.data.view(-1)
            for i in range(flat.numel()):
                start = float(flat[i])
                flat[i] = start + epsilon
                up = float(CELoss(red.forward(x), y))
                flat[i] = start if one_sided else start - epsilon
                down = float(CELoss(red.forward(x), y))
                flat[i] = start
                slopes.append((up - down) / ((1 if one_sided else step) * epsilon))
        return float(ratio(grad, torch.tensor(slopes, dtype=grad.dtype)))

    return check


def squared(g: Tensor, a: Tensor) -> Tensor:
    ratio: Tensor = (g - a).square().sum() / (g.square().sum() + a.square().sum())
    return ratio


def not_squared(g: Tensor, a: Tensor) -> Tensor:
    norm = torch.linalg.vector_norm
    return torch.div(norm(g - a), norm(g) + norm(a))


def root(g: Tensor, a: Tensor) -> Tensor:
    return squared(g, a).sqrt()


def without_ratio(g: Tensor, a: Tensor) -> Tensor:
    return (g - a).square().sum()


def one_norm_below(g: Tensor, a: Tensor) -> Tensor:
    return (g - a).square().sum() / g.square().sum()


# 4a --------------------------------------------------------------------------------------------------------------


def step(rule: Callable[[Parameter, Tensor, float, int], Tensor | None]) -> Callable[..., None]:
    """SGD.step that puts rule(p, grad, lr, number of this step) in place of each parameter; None leaves it alone."""

    @torch.no_grad()
    def method(self: SGD) -> None:
        count = getattr(self, "count", 0)
        for p in self.parameters:
            if p.grad is not None:
                value = rule(p, p.grad, self.lr, count)
                if value is not None:
                    p.copy_(value)
        self.count = count + 1  # type: ignore[attr-defined]

    return method


@torch.no_grad()
def momentum(self: SGD) -> None:
    """Heavy ball with 0.9."""
    velocity = getattr(self, "velocity", [torch.zeros_like(p) for p in self.parameters])
    for p, v in zip(self.parameters, velocity, strict=True):
        if p.grad is not None:
            v.mul_(0.9).add_(p.grad)
            p.sub_(self.lr * v)
    self.velocity = velocity  # type: ignore[attr-defined]


MISCONCEPTIONS = (
    mistake("0", "softmax-over-everything", "La suma no es sobre dim sino sobre el tensor entero.",
            "The sum is over the whole tensor, not over dim.", softmax=softmax_over_everything),
    mistake("0", "softmax-over-first", "dim no se usa: la suma es siempre sobre la dimensión 0.",
            "dim is not used: the sum is always over dimension 0.", softmax=softmax_over_first),
    mistake("0", "softmax-over-last", "dim no se usa: la suma es siempre sobre la última dimensión.",
            "dim is not used: the sum is always over the last dimension.", softmax=softmax_over_last),
    mistake("1a", "d-relu-is-relu", "Eso es relu, no su pendiente.", "That is relu, not its slope.", d_relu=d_relu_is_relu),
    mistake("1a", "d-relu-sign", "A la izquierda de 0 relu es constante: ¿qué pendiente tiene una constante?",
            "Left of 0 relu is constant: what is the slope of a constant?", d_relu=d_relu_sign),
    mistake("1a", "d-swish-without-product", "swish es un producto: falta el término en que se deriva el otro factor, T.",
            "swish is a product: the term that differentiates the other factor, T, is missing.",
            d_swish=d_swish_without_product),
    mistake("1a", "d-swish-without-chain", "Regla de la cadena: ¿cuánto cambia sig(beta T) cuando cambia T?",
            "Chain rule: how much does sig(beta T) change when T does?", d_swish=d_swish_without_chain),
    mistake("1a", "d-swish-sig-of-x", "La sigmoide de swish se evalúa en beta T, no en T.",
            "The sigmoid of swish is evaluated at beta T, not at T.", d_swish=d_swish_sig_of_x),
    mistake("1a", "d-swish-beta-of-x", "Respecto de beta: sig(beta T) aporta un factor T por la cadena, y swish ya tiene otro.",
            "With respect to beta: sig(beta T) gives a factor T by the chain rule, and swish has another one.",
            d_swish=d_swish_beta_of_x),
    mistake("1a", "d-swish-swapped", "El par está en el otro orden: primero d/dT, después d/dbeta.",
            "The pair is in the other order: first d/dT, then d/dbeta.", d_swish=d_swish_swapped),
    mistake("1a", "d-celu-one-everywhere", "Para T < 0 celu no es una recta de pendiente 1.",
            "For T < 0 celu is no line of slope 1.", d_celu=d_celu_one_everywhere),
    mistake("1a", "d-celu-of-elu", "Eso es la derivada de elu; en celu la exponencial es de T / alpha.",
            "That is the derivative of elu; celu has the exponential of T / alpha.", d_celu=d_celu_of_elu),
    mistake("1a", "d-celu-alpha-outer-only", "alpha está también dentro de la exponencial: falta ese término.",
            "alpha is inside the exponential as well: that term is missing.", d_celu=d_celu_alpha_outer_only),
    mistake("1a", "d-celu-alpha-sign", "Revisa el signo de la derivada de T / alpha respecto de alpha.",
            "Look at the sign of the derivative of T / alpha with respect to alpha.", d_celu=d_celu_alpha_sign),
    mistake("1a", "d-celu-alpha-forgotten", "La derivada respecto de alpha no es 0 donde T < 0.",
            "The derivative with respect to alpha is not 0 where T < 0.", d_celu=d_celu_alpha_zero),
    mistake("1b", "celoss-sum", "Se pide el promedio sobre los ejemplos, no la suma.",
            "The mean over the examples is asked, not the sum.", CELoss=CELoss_sum),
    mistake("1b", "celoss-mean-of-all", "El promedio es solo sobre los ejemplos: sobre las clases se suma.",
            "The mean is over the examples only: over the classes one sums.", CELoss=CELoss_mean_of_all),
    mistake("1b", "celoss-swapped", "Q y P están cambiados: el logaritmo es de la predicción, Q.",
            "Q and P are swapped: the logarithm is of the prediction, Q.", CELoss=CELoss_swapped),
    mistake("1b", "celoss-sign", "La entropía cruzada no es negativa: mira el signo.",
            "Cross entropy is not negative: look at the sign.", CELoss=CELoss_sign),
    mistake("1b", "celoss-log-of-p", "El logaritmo es de Q, no de P.", "The logarithm is of Q, not of P.",
            CELoss=CELoss_log_of_P),
    mistake("1b", "celoss-base-2", "Logaritmo natural, no en base 2.", "The natural logarithm, not the one to base 2.",
            CELoss=CELoss_base_2),
    mistake("1b", "celoss-first-row", "Solo se cuenta el primer ejemplo del lote.",
            "Only the first example of the batch is counted.", CELoss=CELoss_first_row),
    mistake("1b", "celoss-always-stable", "Con estable=False no se acota Q: el argumento no se usa.",
            "With estable=False Q is not bounded: the argument is not used.", CELoss=CELoss_always_stable),
    mistake("1b", "celoss-fixed-epsilon", "El epsilon del argumento no se usa.", "The argument epsilon is not used.",
            CELoss=CELoss_fixed_epsilon),
    mistake("1b", "celoss-inverted", "estable está al revés: se acota cuando es True.",
            "estable is inverted: Q is bounded when it is True.", CELoss=CELoss_inverted),
    mistake("1c", "categorical-sum", "Se pide el promedio sobre los ejemplos, no la suma.",
            "The mean over the examples is asked, not the sum.", CategoricalCELoss=CategoricalCELoss_sum),
    mistake("1c", "categorical-all-pairs", "Q[:, Target] cruza todas las filas con todas las etiquetas: cada fila tiene la suya.",
            "Q[:, Target] pairs every row with every label: each row has its own.",
            CategoricalCELoss=CategoricalCELoss_all_pairs),
    mistake("1c", "categorical-sign", "La entropía cruzada no es negativa: mira el signo.",
            "Cross entropy is not negative: look at the sign.", CategoricalCELoss=CategoricalCELoss_sign),
    mistake("2a", "no-mean", "La pérdida es el promedio sobre el lote: falta el factor 1/B.",
            "The loss is the mean over the batch: the factor 1/B is missing.", _2a=no_mean),
    mistake("2a", "mean-over-entries", "El promedio es sobre los B ejemplos, no sobre las B·C entradas.",
            "The mean is over the B examples, not over the B·C entries.", _2a=mean_over_entries),
    mistake("2a", "mean-over-classes", "Se dividió por el número de clases en vez del de ejemplos.",
            "It was divided by the number of classes instead of that of examples.", _2a=mean_over_classes),
    mistake("2a", "opposite-sign", "El signo está al revés: ¿hacia dónde crece la pérdida?",
            "The sign is the opposite: in which direction does the loss grow?", _2a=opposite_sign),
    mistake("2a", "only-the-loss", "Esa es la derivada respecto de y_pred; falta pasar por softmax.",
            "That is the derivative with respect to y_pred; the step through softmax is missing.", _2a=only_the_loss),
    mistake("2b", "own-output-gradient", "Usa el dL_duLm1 de la celda de 2a, no una fórmula nueva.",
            "Use the dL_duLm1 of 2a's cell, not a new formula.", _2b=own_output_gradient),
    mistake("2b", "bias-mean", "El sesgo suma sobre el lote; el promedio ya está en dL_duLm1.",
            "The bias sums over the batch; the mean is in dL_duLm1 already.", _2b=bias_is_mean),
    mistake("2b", "divided-again", "El factor 1/B ya está en dL_duLm1: aquí no va otra vez.",
            "The factor 1/B is in dL_duLm1 already: it does not come again here.", _2b=divided_again),
    mistake("2c", "derivative-at-h", "La derivada se evalúa en u, antes de la activación, no en h.",
            "The derivative is taken at u, before the activation, not at h.", _2c=hidden(at_h)),
    mistake("2c", "derivative-forgotten", "Falta la derivada de la activación en dL_duk.",
            "The derivative of the activation is missing in dL_duk.", _2c=hidden(upstream_only)),
    mistake("2c", "activation-for-derivative", "dL_duk usa la activación misma; ahí va su derivada.",
            "dL_duk uses the activation itself; its derivative belongs there.", _2c=hidden(times_h)),
    mistake("2c", "hidden-bias-mean", "El gradiente del sesgo suma sobre el lote, no promedia.",
            "The gradient of the bias sums over the batch, it does not average.", _2c=hidden(right, bias="mean")),
    mistake("3a", "backward-no-mean", "La pérdida es el promedio sobre el lote: falta el factor 1/B.",
            "The loss is the mean over the batch: the factor 1/B is missing.",
            FFNN__backward=backward(scale=lambda y: 1.0)),
    mistake("3a", "backward-mean-over-entries", "El promedio es sobre los B ejemplos, no sobre las B·C entradas.",
            "The mean is over the B examples, not over the B·C entries.",
            FFNN__backward=backward(scale=lambda y: 1 / y.numel())),
    mistake("3a", "backward-sign", "El signo está al revés: ¿hacia dónde crece la pérdida?",
            "The sign is the opposite: in which direction does the loss grow?",
            FFNN__backward=backward(scale=lambda y: -1 / len(y))),
    mistake("3a", "backward-at-h", "La derivada de la activación se evalúa en u, antes de activar, no en h.",
            "The derivative of the activation is taken at u, before activating, not at h.",
            FFNN__backward=backward(at="h")),
    mistake("3a", "backward-without-derivative", "Falta multiplicar por la derivada de la activación.",
            "The factor with the derivative of the activation is missing.", FFNN__backward=backward(at="none")),
    mistake("3a", "backward-bias-mean", "El gradiente del sesgo suma sobre el lote, no promedia.",
            "The gradient of the bias sums over the batch, it does not average.",
            FFNN__backward=backward(bias=lambda du: du.mean(0))),
    mistake("3a", "backward-last-hidden-only", "Solo la última capa escondida recibe su gradiente.",
            "Only the last hidden layer gets its gradient.", FFNN__backward=backward(layers=1)),
    mistake("3a", "backward-two-layers-only", "Solo las dos últimas capas escondidas reciben su gradiente: usa un ciclo.",
            "Only the last two hidden layers get their gradients: use a loop.", FFNN__backward=backward(layers=2)),
    mistake("3a", "backward-accumulates", "Cada backward asigna .grad de nuevo; aquí se suma al anterior.",
            "Each backward sets .grad anew; here it is added to the one before.",
            FFNN__backward=backward(accumulate=True)),
    mistake("3b", "parameter-mean", "Un solo número sirve a toda la capa: su gradiente suma todas las entradas.",
            "One number serves the whole layer: its gradient sums over all entries.",
            FFNN__backward=backward(parameter_sum=False)),
    mistake("3c", "check-not-squared", "La fórmula (19) usa las normas al cuadrado.", "Formula (19) uses squared norms.",
            chequeo_gradiente=gradient_check(ratio=not_squared)),
    mistake("3c", "check-root", "La fórmula (19) no lleva raíz.", "Formula (19) has no root.",
            chequeo_gradiente=gradient_check(ratio=root)),
    mistake("3c", "check-without-ratio", "Falta dividir por las normas: el error es relativo.",
            "The division by the norms is missing: the error is relative.",
            chequeo_gradiente=gradient_check(ratio=without_ratio)),
    mistake("3c", "check-one-norm", "El denominador suma las dos normas al cuadrado.",
            "The denominator sums both squared norms.", chequeo_gradiente=gradient_check(ratio=one_norm_below)),
    mistake("3c", "check-divided-by-epsilon", "El cociente se divide por 2 epsilon: de un lado al otro hay dos pasos.",
            "The quotient is divided by 2 epsilon: from one side to the other there are two steps.",
            chequeo_gradiente=gradient_check(ratio=squared, step=1.0)),
    mistake("4a", "sgd-nothing", "Los parámetros no cambian: p = p - ... solo le da otro valor al nombre p.",
            "The parameters do not change: p = p - ... only gives the name p another value.",
            SGD__step=step(lambda p, g, lr, n: None)),
    mistake("4a", "sgd-first-step-only", "El segundo step() no hace nada: red.parameters() es un generador y se agota.",
            "The second step() does nothing: red.parameters() is a generator and runs out.",
            SGD__step=step(lambda p, g, lr, n: p - lr * g if n == 0 else None)),
    mistake("4a", "sgd-ascends", "Sube en vez de bajar: mira el signo.", "It goes up instead of down: look at the sign.",
            SGD__step=step(lambda p, g, lr, n: p + lr * g)),
    mistake("4a", "sgd-lr-squared", "La tasa de aprendizaje se aplica dos veces.", "The learning rate is applied twice.",
            SGD__step=step(lambda p, g, lr, n: p - lr * lr * g)),
    mistake("4a", "sgd-without-lr", "La tasa de aprendizaje no se usa.", "The learning rate is not used.",
            SGD__step=step(lambda p, g, lr, n: p - g)),
    mistake("4a", "sgd-replaces", "El parámetro se reemplaza por el paso: falta partir de su valor.",
            "The parameter is replaced by the step: it should start from its value.",
            SGD__step=step(lambda p, g, lr, n: -lr * g)),
    mistake("4a", "sgd-weight-decay", "Hay un término que encoge los parámetros (weight decay): aquí no se pide.",
            "There is a term that shrinks the parameters (weight decay): it is not asked here.",
            SGD__step=step(lambda p, g, lr, n: p - lr * (g + 0.01 * p))),
    mistake("4a", "sgd-momentum", "El segundo paso recuerda al primero (momentum): aquí no se pide.",
            "The second step remembers the first (momentum): it is not asked here.", SGD__step=momentum),
)  # fmt: skip
