# expect: 0.75 points; 1b crashed; 4a passed; must not: end the grader
# why: a tensor whose memory has been given back: who reads it dies.
# %%
import ctypes
import mmap

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    mapped = mmap.mmap(-1, 1 << 24)
    answer = torch.frombuffer(mapped, dtype=torch.float32)
    ctypes.CDLL(None).munmap(ctypes.c_void_p(answer.data_ptr()), ctypes.c_size_t(1 << 24))
    return answer
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
