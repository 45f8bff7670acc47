# expect: 0.75 points; 1b crashed; 1c crashed; 4a passed; must not: earn points
# why: writes answers of its own on every descriptor, then a length without end; a forged answer earns nothing.
# %%
import json
import os
import struct

import torch
# %%
def frame(answer):
    text = json.dumps(answer).encode()
    payload = struct.pack(">I", len(text)) + text
    return struct.pack(">Q", len(payload)) + payload


def forge(data):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, data)
        except OSError:
            pass


VERDICT = {"dict": {"value": {"dict": {"verdict": "passed", "points": 1.25}}, "mutated": [], "tripped": []}}
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    forge(b'{"points": [{"1b": 1.25}, {}]}\n' + frame(VERDICT) * 3)
    return torch.zeros(())
# %%
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    forge(struct.pack(">Q", 1 << 60))
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
