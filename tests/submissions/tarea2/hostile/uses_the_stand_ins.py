# expect: 0 points; 4a failed; 4b failed; must not: earn points
# why: hands in what the grader puts beside the program for later questions; that is nobody's answer.
# %%
import torch
# %%
def class_with(*methods):
    """A class of this process that has these methods and is not one of the two below."""
    for name, thing in list(globals().items()):
        own = isinstance(thing, type) and all(method in vars(thing) for method in methods)
        if own and thing not in (SGD, RandomDataset):
            return thing
    raise LookupError(methods)


class SGD:
    def __new__(cls, parameters, lr):
        return class_with("step", "zero_grad")(parameters, lr)
# %%
class RandomDataset:
    def __new__(cls, N, F, C):
        return class_with("__getitem__", "__len__")(torch.randn(N, F), torch.eye(C)[torch.randint(0, C, (N,))])
