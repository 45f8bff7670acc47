# expect: full except xor (not answered)
# why: in-place operations, a loop over the rows, Python's own sum.
# %%
import torch


# %%
def gradiente_f(x, y, z):
    return [z, z, y + x]


# %%
def softmax(z):
    rows = []
    for row in z:
        e = (row - row.max()).exp()
        e /= e.sum()
        rows.append(e)
    return torch.stack(rows)


# %%
def bce(q, p):
    return -sum(torch.log(a) if b == 1 else torch.log(1 - a) for a, b in zip(q, p, strict=True)) / len(q)
