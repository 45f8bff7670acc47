# expect: 1.38 points; 1b passed; 4a failed; must not: end the grader
# why: every network says that it has no parameters; then none can be right, and the grader must not fall.
# %%
import torch
# %%
torch.nn.Module.named_parameters = lambda self, *args, **kwargs: iter(())
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
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
