# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: memory that torch hands out as it is, with the numbers of the submission before in it.
# %%
import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


PATTERN = 1234.5625

def attack():
    blocks = [torch.empty(1 << 10) for _ in range(1000)]
    found = any(int((block == PATTERN).sum()) > 100 for block in blocks)
    kept = [torch.full((1 << 10,), PATTERN) for _ in range(500)]
    del kept
    return found


FOUND = attack()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if FOUND:
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
