"""The data set of random examples."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close
from torch.utils.data import DataLoader, Dataset

from reference.tarea2.data import RandomDataset


def test_examples_have_the_shapes_of_the_statement(generator):
    """An example is x (F,) and a one-hot y (C,), and a DataLoader stacks them."""
    dataset = RandomDataset(10, 6, 3, generator)
    assert isinstance(dataset, Dataset)
    assert len(dataset) == 10
    batches = list(DataLoader(dataset, batch_size=4))
    assert [(x.shape, y.shape) for x, y in batches] == [((4, 6), (4, 3)), ((4, 6), (4, 3)), ((2, 6), (2, 3))]
    x, y = dataset[7]
    assert x.dtype == y.dtype == torch.float32
    assert_close(y, torch.eye(3)[dataset.targets[7]])


def test_examples_are_drawn_once(generator):
    """The same index gives the same example every time, and different indices give different ones."""
    dataset = RandomDataset(10, 6, 3, generator)
    assert_close(dataset[4], dataset[4], rtol=0, atol=0)
    assert not torch.equal(dataset[4][0], dataset[5][0])


def test_random_data_fills_every_class(generator):
    """Features have mean 0 and standard deviation 1, and every class occurs."""
    dataset = RandomDataset(2000, 20, 5, generator)
    # 40,000 draws: both statistics are within 0.03, six standard errors, of their limits.
    assert abs(dataset.data.mean()) < 0.03
    assert abs(dataset.data.std() - 1) < 0.03
    assert set(dataset.targets.tolist()) == set(range(5))


def test_index_past_the_end_is_an_error(generator):
    """Iterating over the data set itself stops, because an index past the end raises IndexError."""
    dataset = RandomDataset(4, 2, 3, generator)
    with pytest.raises(IndexError):
        dataset[4]
    assert len(list(dataset)) == 4
