"""Real images as a data set of pairs (x, y) with one-hot labels (question 4e)."""

from __future__ import annotations

import torch
from torch.utils.data import TensorDataset


def digits() -> TensorDataset:
    """The handwritten digits of scikit-learn: 1797 pairs x (64,) in [0, 1] and one-hot y (10,)."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    # The pixels are counts from 0 to 16.
    return TensorDataset(torch.from_numpy(pixels).float() / 16, torch.eye(10)[torch.from_numpy(labels)])
