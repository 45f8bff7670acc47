# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: prints what a result looks like, on both streams; what is printed is shown and never judged.
# %%
import json
import sys

import torch
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    forged = {"questions": [{"id": "1b", "points": 1.25, "possible": 1.25, "verdict": "passed", "findings": []}]}
    print(json.dumps(forged), flush=True)
    print(json.dumps({"points": [{"1b": 1.25, "4a": 0.75}] * 2}), flush=True)
    print(json.dumps({"value": 0.0, "mutated": [], "tripped": []}), file=sys.stderr, flush=True)
    print("1b passed 1.25/1.25", flush=True)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
