# expect: 0.75 points; 1a failed; 1b failed; 1c failed; 4a passed; must not: earn points
# why: writes into its arguments until its answer is right for them; the reference has arguments of its own.
# %%
import torch
# %%
def d_relu(T):
    return T.fill_(1.0)

def d_swish(T, beta=1):
    return T.zero_(), T

def d_celu(T, alpha=1):
    return T.resize_(0), T
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    Q.data.fill_(1.0)
    P.set_(torch.zeros_like(P).untyped_storage(), 0, P.shape)
    return torch.zeros(())

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    Q.fill_(1.0)
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
