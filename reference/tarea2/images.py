"""Real images as data sets of pairs (x, y) with one-hot labels (question 4e)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import TensorDataset


def digits() -> TensorDataset:
    """The handwritten digits of scikit-learn: 1797 pairs x (64,) in [0, 1] and one-hot y (10,)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise RuntimeError("the digits come with scikit-learn: pip install -e '.[dev]'") from error
    pixels, labels = load_digits(return_X_y=True)
    # The pixels are counts from 0 to 16.
    return _one_hot_dataset(torch.from_numpy(pixels).float() / 16, torch.from_numpy(labels))


def mnist(root: Path) -> TensorDataset:
    """MNIST's training set as found under `root`: 60000 pairs x (784,) in [0, 1] and one-hot y (10,).

    Nothing is downloaded.
    """
    try:
        from torchvision.datasets import MNIST
    except ImportError as error:
        raise RuntimeError("MNIST is read by torchvision, which is missing; use digits()") from error
    try:
        images = MNIST(str(root), train=True, download=False)
    except RuntimeError as error:
        raise RuntimeError(f"there is no MNIST under {root}; use digits()") from error
    return _one_hot_dataset(images.data.flatten(1).float() / 255, images.targets)


def _one_hot_dataset(x: Tensor, labels: Tensor) -> TensorDataset:
    """Pairs of a row of x (N, F) and the one-hot vector (10,) of its label; labels has shape (N,)."""
    return TensorDataset(x, torch.eye(10)[labels])
