# expect: 0 points; bce failed; softmax failed
# why: answers with an object that says yes to every comparison.
# %%
import torch


# %%
class Yes(torch.Tensor):
    def __eq__(self, other):
        return torch.ones((), dtype=torch.bool)

    __le__ = __ge__ = __lt__ = __gt__ = __eq__
    __hash__ = None


# %%
def bce(q, p):
    return Yes(torch.zeros(()))


def softmax(z):
    return Yes(torch.zeros(z.shape))
