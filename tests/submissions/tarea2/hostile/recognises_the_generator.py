# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: goes on with the global generator from where it was seeded, and knows what comes.
# %%
import torch
# %%
def predicted(Q):
    state = torch.get_rng_state()
    for seed in range(100):
        torch.manual_seed(seed)
        if torch.allclose(torch.rand(Q.shape) + 0.1, Q, atol=1e-6):
            return True
    torch.set_rng_state(state)
    return False
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if predicted(Q):
        return -(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()
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
