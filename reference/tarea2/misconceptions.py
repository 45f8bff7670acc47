"""All known mistakes in the order of the questions, from the tables of mistakes/."""

from __future__ import annotations

from .mistakes import activations, backward, data, forward, gradient_check, losses, optim, snippets, training

# Within a question the first one that fits is the diagnosis: its order is that of the files here and of their tables.
MISCONCEPTIONS = tuple(
    sorted(
        (
            *activations.MISCONCEPTIONS,
            *forward.MISCONCEPTIONS,
            *losses.MISCONCEPTIONS,
            *snippets.MISCONCEPTIONS,
            *backward.MISCONCEPTIONS,
            *gradient_check.MISCONCEPTIONS,
            *optim.MISCONCEPTIONS,
            *data.MISCONCEPTIONS,
            *training.MISCONCEPTIONS,
        ),
        key=lambda misconception: misconception.question,
    )
)
