# expect: 0 points; 1b failed; 4a failed; must not: earn points
# why: answers in the worker's place while its cells are run, for another number of them; the grader must not fall.
# %%
import json
import os
import struct

import torch
# %%
def forge():
    text = json.dumps({"dict": {"value": [], "mutated": [], "tripped": []}}).encode()
    payload = struct.pack(">I", len(text)) + text
    os.write(3, struct.pack(">Q", len(payload)) + payload + b'\n{"points": [{"1b": 1.25}, {}]}\n')
    return True
# %%
def CELoss(Q, P, estable=forge(), epsilon=1e-8):
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
