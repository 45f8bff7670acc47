"""Mistakes in gradient descent (question 4a)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

from ..optim import SGD
from .decisions import decided
from .row import row

Step = Callable[[SGD], None]


@decided
def step(
    *,
    rule: Callable[[Parameter, Tensor, float], Tensor] = lambda p, g, lr: p - lr * g,
    rate: Callable[[float, int], float] = lambda lr, n: lr,
    gradient: Callable[[Tensor], Tensor] = lambda g: g,
    which: slice = slice(None),
    moves: Callable[[Parameter, int], bool] = lambda p, n: True,
) -> Step:
    """SGD.step with one of its decisions replaced; without arguments it is the reference's.

    rule: the parameter's new value, from the old one, the gradient and the learning rate
    which: the parameters that are visited;  moves: whether a parameter moves in step n
    rate: the learning rate of step n = 0, 1, ...
    """

    @torch.no_grad()
    def method(self: SGD) -> None:
        count = getattr(self, "count", 0)
        for p in list(self.parameters)[which]:
            if p.grad is not None and moves(p, count):
                p.copy_(rule(p, gradient(p.grad), rate(self.lr, count)))
        self.count = count + 1  # type: ignore[attr-defined]

    return method


def remembering(kept: float, added: float = 1.0) -> Step:
    """SGD.step along v <- kept v + added grad."""

    @torch.no_grad()
    def method(self: SGD) -> None:
        velocity = getattr(self, "velocity", [torch.zeros_like(p) for p in self.parameters])
        for p, v in zip(self.parameters, velocity, strict=True):
            if p.grad is not None:
                v.mul_(kept).add_(added * p.grad)
                p.sub_(self.lr * v)
        self.velocity = velocity  # type: ignore[attr-defined]

    return method


def sgd_keeps_what_came(self: SGD, parameters: Iterable[Parameter], lr: float) -> None:
    # `red.parameters()` is a generator, which is empty after the first step.
    self.parameters = parameters  # type: ignore[assignment]
    self.lr = lr


sgd_nothing = step(moves=lambda p, n: False)
sgd_ascends = step(rule=lambda p, g, lr: p + lr * g)
sgd_lr_squared = step(rate=lambda lr, n: lr * lr)
sgd_without_lr = step(rate=lambda lr, n: 1.0)
sgd_divided_by_lr = step(rate=lambda lr, n: 1 / lr)
sgd_own_lr = step(rate=lambda lr, n: 0.001)
sgd_replaces = step(rule=lambda p, g, lr: -lr * g)
sgd_gradient_minus_parameter = step(rule=lambda p, g, lr: lr * g - p)
sgd_lr_on_both = step(rule=lambda p, g, lr: lr * (p - g))
sgd_parameter_forgets_gradient = step(rule=lambda p, g, lr: p - lr * p)
sgd_subtracts_lr = step(gradient=torch.ones_like)
sgd_multiplies = step(rule=lambda p, g, lr: p * (1 - lr * g))
sgd_sign_only = step(gradient=torch.sign)
sgd_normalised = step(gradient=lambda g: g / g.norm())
sgd_mean_gradient = step(gradient=lambda g: g.mean())
sgd_divided_by_rows = step(gradient=lambda g: g / len(g))
sgd_decaying_lr = step(rate=lambda lr, n: lr / (n + 1))
sgd_doubled = step(rate=lambda lr, n: 2 * lr)
sgd_weight_decay = step(rule=lambda p, g, lr: p - lr * (g + 0.01 * p))
sgd_weights_only = step(moves=lambda p, n: p.dim() > 1)
sgd_first_parameter_only = step(which=slice(0, 1))
sgd_last_parameter_only = step(which=slice(-1, None))
sgd_skips_last = step(which=slice(0, -1))
sgd_skips_first = step(which=slice(1, None))
sgd_momentum = remembering(0.9)
sgd_dampened = remembering(0.9, 0.1)
sgd_sums_gradients = remembering(1.0)

# The table -------------------------------------------------------------------------------------------------------

MISCONCEPTIONS = (
    # 4a
    row("4a", "sgd-nothing", "SGD.step", sgd_nothing,
        "Los parámetros de la red no cambian: asignarle otro valor a una variable, o a tu lista, no cambia el parámetro mismo.",
        "The network's parameters do not change: assigning another value to a variable, or to your list, does not change the parameter itself."),
    row("4a", "sgd-keeps-the-generator", "SGD.__init__", sgd_keeps_what_came,
        "El segundo paso no hace nada: parameters puede ser un generador, que se agota al recorrerlo una vez.",
        "The second step does nothing: parameters may be a generator, which can be gone through only once."),
    row("4a", "sgd-ascends", "SGD.step", sgd_ascends,
        "El paso sube en vez de bajar: mira el signo.",
        "The step goes up instead of down: look at the sign."),
    row("4a", "sgd-without-lr", "SGD.step", sgd_without_lr,
        "La tasa de aprendizaje no se usa.",
        "The learning rate is not used."),
    row("4a", "sgd-own-lr", "SGD.step", sgd_own_lr,
        "La tasa de aprendizaje es fija: usa la que se recibe como argumento.",
        "The learning rate is fixed: use the one that is given as an argument."),
    row("4a", "sgd-lr-squared", "SGD.step", sgd_lr_squared,
        "La tasa de aprendizaje se aplica dos veces.",
        "The learning rate is applied twice."),
    row("4a", "sgd-divided-by-lr", "SGD.step", sgd_divided_by_lr,
        "La tasa de aprendizaje divide al gradiente: una tasa chica debe dar un paso chico.",
        "The learning rate divides the gradient: a small rate should give a small step."),
    row("4a", "sgd-decaying-lr", "SGD.step", sgd_decaying_lr,
        "La tasa de aprendizaje baja en cada paso: aquí es siempre la misma.",
        "The learning rate falls with each step: here it must stay the same."),
    row("4a", "sgd-doubled", "SGD.step", sgd_doubled,
        "Cada paso se da dos veces: revisa si algún parámetro se recorre más de una vez.",
        "Each step is made twice: check whether some parameter is visited more than once."),
    row("4a", "sgd-replaces", "SGD.step", sgd_replaces,
        "El parámetro se reemplaza por el paso: falta partir de su valor.",
        "The parameter is replaced by the step: start from its value."),
    row("4a", "sgd-gradient-minus-parameter", "SGD.step", sgd_gradient_minus_parameter,
        "La resta está al revés: al parámetro se le resta el paso.",
        "The subtraction is the wrong way round: the step is subtracted from the parameter."),
    row("4a", "sgd-lr-on-both", "SGD.step", sgd_lr_on_both,
        "La tasa de aprendizaje multiplica también al parámetro: revisa los paréntesis.",
        "The learning rate multiplies the parameter as well: check the parentheses."),
    row("4a", "sgd-without-gradient", "SGD.step", sgd_parameter_forgets_gradient,
        "El paso usa el valor del parámetro: tiene que usar su gradiente.",
        "The step uses the value of the parameter: it must use its gradient."),
    row("4a", "sgd-subtracts-lr", "SGD.step", sgd_subtracts_lr,
        "Se resta la tasa de aprendizaje sola: falta multiplicarla por el gradiente.",
        "The learning rate alone is subtracted: it has to be multiplied by the gradient."),
    row("4a", "sgd-multiplies", "SGD.step", sgd_multiplies,
        "El paso depende del valor del parámetro: se resta, no se multiplica.",
        "The step depends on the value of the parameter: it is subtracted, not multiplied."),
    row("4a", "sgd-sign-only", "SGD.step", sgd_sign_only,
        "Del gradiente se usa solo el signo: su tamaño también cuenta.",
        "Only the sign of the gradient is used: its size counts as well."),
    row("4a", "sgd-normalised", "SGD.step", sgd_normalised,
        "El gradiente se divide por su norma: aquí se usa tal como es.",
        "The gradient is divided by its norm: here it is used as it is."),
    row("4a", "sgd-mean-gradient", "SGD.step", sgd_mean_gradient,
        "Todas las entradas reciben el gradiente promedio: cada una tiene el suyo.",
        "All entries get the mean gradient: each one has its own."),
    row("4a", "sgd-divided-by-rows", "SGD.step", sgd_divided_by_rows,
        "El gradiente se divide por el largo del parámetro: el promedio sobre el lote ya está en el gradiente.",
        "The gradient is divided by the length of the parameter: the mean over the batch is in the gradient already."),
    row("4a", "sgd-skips-last", "SGD.step", sgd_skips_last,
        "El último parámetro nunca cambia: al ciclo le falta una vuelta.",
        "The last parameter never changes: the loop is one iteration short."),
    row("4a", "sgd-weights-only", "SGD.step", sgd_weights_only,
        "Los sesgos no cambian: el paso es para todos los parámetros.",
        "The biases do not change: the step is for all parameters."),
    row("4a", "sgd-first-parameter-only", "SGD.step", sgd_first_parameter_only,
        "Solo cambia el primer parámetro: revisa dónde termina el ciclo.",
        "Only the first parameter changes: check where the loop ends."),
    row("4a", "sgd-skips-first", "SGD.step", sgd_skips_first,
        "El primer parámetro nunca cambia: el ciclo empieza una vuelta tarde.",
        "The first parameter never changes: the loop starts one iteration late."),
    row("4a", "sgd-last-parameter-only", "SGD.step", sgd_last_parameter_only,
        "Solo cambia el último parámetro: revisa qué queda dentro del ciclo.",
        "Only the last parameter changes: check what is inside the loop."),
    row("4a", "sgd-weight-decay", "SGD.step", sgd_weight_decay,
        "Hay un término que encoge los parámetros (weight decay): aquí no se pide.",
        "There is a term that shrinks the parameters (weight decay): it is not asked for here."),
    row("4a", "sgd-momentum", "SGD.step", sgd_momentum,
        "El segundo paso recuerda al primero (momentum): aquí no se pide.",
        "The second step remembers the first (momentum): it is not asked for here."),
    row("4a", "sgd-dampened", "SGD.step", sgd_dampened,
        "El paso usa un promedio móvil de los gradientes: aquí se usa solo el actual.",
        "The step uses a moving average of the gradients: here only the current one is used."),
    row("4a", "sgd-sums-gradients", "SGD.step", sgd_sums_gradients,
        "Los gradientes de los pasos se van sumando: cada paso usa solo el actual.",
        "The gradients of the steps add up: each step uses the current one only."),
)  # fmt: skip
