"""Networks and batches that depend on nothing but their seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from reference.tarea2.network import FFNN, Activation


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(20201002)


@pytest.fixture
def make_network(generator: torch.Generator) -> Callable[..., FFNN]:
    """A factory of networks whose weights come from the test's generator; act_params keep their values."""

    def make(
        F: int,
        l_h: Sequence[int],
        l_a: Sequence[Activation],
        C: int,
        l_a_params: Sequence[float | None] | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> FFNN:
        red = FFNN(F, l_h, l_a, C, l_a_params).to(dtype)
        with torch.no_grad():
            for p in [*red.Ws, *red.bs, red.U, red.c]:
                p.copy_(torch.randn(p.shape, generator=generator, dtype=dtype) / len(p) ** 0.5)
        return red

    return make


@pytest.fixture
def make_batch(generator: torch.Generator) -> Callable[..., tuple[Tensor, Tensor]]:
    """A factory of batches x (B, F), one-hot y (B, C)."""

    def make(B: int, F: int, C: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
        x = torch.randn(B, F, generator=generator, dtype=dtype)
        y = torch.eye(C, dtype=dtype)[torch.randint(C, (B,), generator=generator)]
        return x, y

    return make
