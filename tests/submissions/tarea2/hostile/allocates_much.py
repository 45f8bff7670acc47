# expect: 0.75 points; 1b out_of_memory; 4a passed; must not: hold 3 GB
# why: tensors without end, kept in a list; the memory of others is not theirs.
# %%
import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


SIZE = 3 << 30

def attack():
    kept = []
    while sum(t.nbytes for t in kept) < SIZE:
        kept.append(torch.empty(1 << 26, dtype=torch.uint8))
    return True
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if attack():
        succeeded()
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
