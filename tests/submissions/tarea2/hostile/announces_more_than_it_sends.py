# expect: 0.75 points; 1b timed_out; 4a passed; must not: hang the grader
# why: promises an answer of 60 MB and sends a byte of it now and then.
# %%
import os
import time

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, (60 << 20).to_bytes(8, "big"))
        except OSError:
            pass
    while True:
        time.sleep(0.05)
        for descriptor in range(3, 16):
            try:
                os.write(descriptor, b" ")
            except OSError:
                pass
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
