# expect: 0.75 points; 1b failed; 4a passed; must not: run code where it is unpickled
# why: objects that run a command when they are unpickled, or copied.
# %%
import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


class Bomb:
    def __reduce__(self):
        return exec, ('print("MARKER", flush=True); open("/tmp/marker", "w").close()',)

    def __copy__(self):
        succeeded()

    __deepcopy__ = __copy__
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return Bomb()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
