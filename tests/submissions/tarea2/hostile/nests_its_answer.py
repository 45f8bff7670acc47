# expect: 0.75 points; 1b failed; 4a passed; must not: end the grader
# why: lists in lists, deeper than any stack; who shows them recursively falls.
# %%
import torch
# %%
def nested():
    answer = []
    for _ in range(100_000):
        answer = [answer]
    return answer
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return nested()
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
