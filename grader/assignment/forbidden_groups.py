"""The groups of names that a question may forbid with one word, and the check that a forbidden name exists."""

from __future__ import annotations

from collections.abc import Iterable
from pydoc import locate

from .slips import Slip, closest

_HOMES = ("torch", "torch.Tensor", "torch.nn.functional", "torch.special")


def _names(**homes: str) -> tuple[str, ...]:
    return tuple(f"{home.replace('__', '.')}.{name}" for home, names in homes.items() for name in names.split())


_READY = (
    "sigmoid_backward tanh_backward threshold_backward elu_backward silu_backward gelu_backward mish_backward "
    "hardtanh_backward hardsigmoid_backward hardswish_backward leaky_relu_backward softplus_backward "
    "log_sigmoid_backward glu_backward logit_backward _prelu_kernel_backward rrelu_with_noise_backward "
    "_softmax_backward_data _log_softmax_backward_data mse_loss_backward nll_loss_backward "
    "binary_cross_entropy_backward"
)
# What a person should see although no list for students names it: other libraries, and the numbers of a complex step.
ELSEWHERE = {
    "autograd": (
        "builtins.complex",
        *_names(
            torch="complex64 complex128 cfloat cdouble", numpy="gradient complex64 complex128 cdouble",
            mpmath="diff diffs taylor", sympy="diff Derivative", scipy__optimize="approx_fprime",
            scipy__differentiate="derivative jacobian", jax="grad vjp jvp jacrev jacfwd",
        ),
    ),
    "losses": ("sklearn.metrics.log_loss",),
}  # fmt: skip
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
    "autograd": (
        *("torch.Tensor.backward", "torch.autograd.functional.*"),
        *_names(
            torch__autograd="backward grad Function gradcheck gradgradcheck",
            torch__autograd__forward_ad="make_dual enter_dual_level",
            torch__func="grad grad_and_value vjp jvp jacrev jacfwd hessian linearize",
            functorch="grad grad_and_value vjp jvp jacrev jacfwd hessian",
            torch__nn="grad.*",
            # Where all of these end, by whatever name they were called.
            torch__autograd__Variable___execution_engine="run_backward",
            torch__autograd__graph="Node disable_saved_tensors_hooks",
            torch___functorch__eager_transforms="_grad_increment_nesting _jvp_increment_nesting",
            torch___C="_enter_dual_level", torch___C___functorch="_grad_increment_nesting _jvp_increment_nesting",
            # Ready derivatives.
            torch="_softmax_backward_data _log_softmax_backward_data",
            torch__ops__aten=_READY,
            torch___C___nn=_READY,  # of older versions
            torch___decomp__decompositions=_READY,
        ),
        *ELSEWHERE["autograd"],
    ),
    "losses": (
        *_names(
            torch__nn__functional="cross_entropy nll_loss kl_div", torch__nn="CrossEntropyLoss NLLLoss KLDivLoss",
            torch="nll_loss kl_div", torch___C___nn="cross_entropy_loss nll_loss nll_loss_nd nll_loss2d",
            torch__ops__aten="cross_entropy_loss nll_loss nll_loss_nd nll_loss2d nll_loss_forward kl_div",
            torch___refs__nn__functional="nll_loss kl_div",
        ),
        *ELSEWHERE["losses"],
    ),
    "optim": ("torch.optim.*", *_names(torch="_fused_sgd_ _fused_adam_ _fused_adamw_ _fused_adagrad_")),
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
    home, _, name = entry.removesuffix(".*").rpartition(".")
    owner = locate(home) if home else None
    if owner is None:
        known = closest(entry, (*GROUPS, "torch.", "numpy."), f"write a dotted name, or one of {', '.join(GROUPS)}")
        raise Slip(f"nothing is called `{entry}`, which the question forbids: {known}")
    if not hasattr(owner, name) and locate(f"{home}.{name}") is None:
        known = closest(name, dir(owner), "write a name that it has")
        raise Slip(f"`{home}` has no `{name}`, which the question forbids: {known}")
