# expect: 1b failed; 4a failed
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
    os.write(3, struct.pack(">Q", len(payload)) + payload)
    return True
# %%
def CELoss(Q, P, estable=forge(), epsilon=1e-8):
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
