# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: names with line ends, dashes, bytes of no encoding, and folders that nobody may change.
# %%
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


NAMES = (b"-rf", b"a\nb", b"\xff\xfe", b" ", b"*", b"$(touch x)", b"\x1b[2J", b"x" * 255)

def attack():
    folder = os.fsencode(os.getcwd())
    found = any(os.path.lexists(os.path.join(folder, b"locked-" + name[:200])) for name in NAMES)
    for name in NAMES:
        path = os.path.join(folder, b"locked-" + name[:200])
        if not os.path.lexists(path):
            os.mkdir(path)
            open(os.path.join(path, name), "w").close()
            os.chmod(path, 0o500)
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
