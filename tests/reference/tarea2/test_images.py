"""The data sets of real images."""

from __future__ import annotations

import sys

import pytest
import torch
from torch.testing import assert_close

from reference.tarea2.images import digits, mnist


def test_digits_are_scaled_and_one_hot():
    """scikit-learn's digits come as 1797 rows of 64 pixels in [0, 1] with one-hot labels of 10 classes."""
    pytest.importorskip("sklearn")
    x, y = digits().tensors
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0, 1)
    assert_close(y.sum(dim=1), torch.ones(1797))
    assert y.shape == (1797, 10)


def test_missing_scikit_learn_is_named(monkeypatch):
    """Without scikit-learn the error says what to install."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(RuntimeError, match=r"scikit-learn.*pip install -e '\.\[dev\]'"):
        digits()


def test_missing_torchvision_is_named(monkeypatch, tmp_path):
    """Without torchvision the error points to the digits."""
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(RuntimeError, match=r"torchvision.*digits\(\)"):
        mnist(tmp_path)


def test_missing_mnist_is_not_downloaded(tmp_path):
    """Where MNIST is not on the disk nothing is downloaded and the error names the folder."""
    pytest.importorskip("torchvision")
    with pytest.raises(RuntimeError, match="there is no MNIST under"):
        mnist(tmp_path)
    assert list(tmp_path.iterdir()) == []
