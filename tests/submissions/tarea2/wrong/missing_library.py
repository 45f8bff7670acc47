# expect: 1b raised; 4a passed
# why: imports a library that does not exist and needs it.
# %%
import torch
# %%
import mis_funciones_tarea2 as mf
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    return mf.entropia_cruzada(Q, P, epsilon)
# %%
class SGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
