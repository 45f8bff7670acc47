# expect: 0.75 points; 1b crashed; 4a passed; must not: earn points
# why: sends what only process 1 may say, as packets and as lines, on every descriptor.
# %%
import json
import os

import torch
# %%
SAID = (
    {"ready": True}, {"done": {"cpu_s": 0.0, "rss_mb": 0.0}}, {"exited": 0, "why": ""},
    {"points": [{"1b": 1.25, "4a": 0.75}] * 2}, {"do": "end"},
)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    for descriptor in range(64):
        for message in SAID:
            try:
                os.write(descriptor, json.dumps(message).encode() + b"\n")
            except OSError:
                pass
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
