"""The data set of real images."""

from __future__ import annotations

import sys

import pytest
import torch
from torch.testing import assert_close

from reference.tarea2.images import digits


def test_digits_are_scaled_and_one_hot():
    """scikit-learn's digits are 1797 rows of 64 pixels in [0, 1] with one-hot labels of 10 classes."""
    pytest.importorskip("sklearn")
    x, y = digits().tensors
    assert x.shape == (1797, 64)
    assert (x.min(), x.max()) == (0, 1)
    assert_close(y.sum(dim=1), torch.ones(1797))
    assert y.shape == (1797, 10)


def test_missing_scikit_learn_is_named(monkeypatch):
    """Without scikit-learn the import fails, and the test of 4e is not tried."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="sklearn"):
        digits()
