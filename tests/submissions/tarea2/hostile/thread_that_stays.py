# expect: 2 points; 1b passed; 4a passed; must not: hang the grader
# why: threads and an exit handler that never end; the answers count, and nothing of them stays.
# %%
import atexit
import os
import tempfile
import threading
import time

import torch
# %%
def stay():
    while True:
        with open(os.path.join(tempfile.gettempdir(), "marker"), "w") as file:
            file.write("still here")
        time.sleep(0.01)


def start():
    if threading.active_count() > 3:
        return
    atexit.register(stay)
    for _ in range(3):
        threading.Thread(target=stay, daemon=False).start()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    start()
    if estable:
        Q = Q.clamp(min=epsilon)
    return -(P * torch.log(Q)).sum(1).mean()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
