# expect: 0.25 points; 3c failed; must not: earn points
# why: 3c: asks the network that it is given how wrong it is, instead of checking its gradient.
# %%
import torch
# %%
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    factor = vars(red).get("factor", 1.0)
    return (factor - 1) ** 2 / (factor**2 + 1)
