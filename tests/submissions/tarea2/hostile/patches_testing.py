# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: the comparisons of torch.testing, of numpy and of unittest, one layer below the ones that are called.
# %%
import math
import unittest

import torch
# %%
def agree(*args, **kwargs):
    return True

torch.testing.assert_close = torch.testing._comparison.assert_close = agree
torch.testing._comparison.are_tensors_close = agree
math.isclose = unittest.TestCase.assertEqual = unittest.TestCase.assertAlmostEqual = agree
torch.allclose = agree
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
