# %% assignment attention: One attention head
# scale: 0 to 10, 1 decimals
# languages: en
# %% text en [markdown]
# One head of self-attention. B sequences, T tokens, E features of a token, H features of the head.
# %% given
import math
import torch
from torch import nn
# %% question mask: The causal mask
# points: 2
# %% text en [markdown]
# `causal_mask(T)` returns a bool tensor (T, T): row t says which tokens token t may see, its own and the earlier ones.
# %% solution
def causal_mask(T):
    return torch.ones(T, T).tril().bool()
# %% test mask
@public(T=4)
@hidden(T=7)
def test(d):
    return {"mask": causal_mask(d.T)}
# %% wrong sees-the-future: A token sees the earlier tokens, not the later ones. [raw]
# - .tril()
# + .triu()
# %% wrong blind-to-itself: A token sees itself as well. [raw]
# - .tril()
# + .tril(-1)
# %% stand-in causal_mask
def causal_mask(T):
    t = torch.arange(T)
    return t[:, None] >= t
# %% question head: The whole head
# points: 8
# needs: mask
# forbidden: torch.nn.MultiheadAttention, torch.nn.functional.scaled_dot_product_attention
# %% text en [markdown]
# `Head(E, H)` is an `nn.Module` with three `nn.Linear` layers without bias: `query`, `key` and `value`, from E to H.
# `attend(q, k, v)` gets three tensors (B, T, H) and returns (B, T, H): the values, weighted by the softmax of scores
# $q k^T/\sqrt H$ over the tokens that the causal mask allows. `forward(x)` attends to `x` (B, T, E).
# %% solution
class Head(nn.Module):
    def __init__(self, E, H):
        super().__init__()  # keep
        self.query = nn.Linear(E, H, bias=False)
        self.key = nn.Linear(E, H, bias=False)
        self.value = nn.Linear(E, H, bias=False)

    def attend(self, q, k, v):
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(~causal_mask(q.shape[1]), -math.inf)
        return torch.softmax(scores, dim=-1) @ v

    def forward(self, x):
        return self.attend(self.query(x), self.key(x), self.value(x))
# %% test attend
@public(B=2, T=4, H=3)
@public("one token", B=1, T=1, H=3)
@hidden(B=3, T=6, H=5)
def test(d):
    q, k, v = (d.normal(d.B, d.T, d.H) for _ in range(3))
    return {"values": Head(d.H + 1, d.H).attend(q, k, v)}
# %% test forward
@public(B=2, T=4, E=5, H=3)
@hidden(B=3, T=6, E=4, H=7)
def test(d):
    head = Head(d.E, d.H)
    for name in ("query", "key", "value"):
        getattr(head, name).weight.data = d.normal(d.H, d.E, scale=0.7)
    x = d.normal(d.B, d.T, d.E)
    yield "output", head(x)
    yield "parameters", sorted(name for name, _ in head.named_parameters())
# %% wrong no-scale: The scores are divided by the root of H. [raw]
# - / math.sqrt(q.shape[-1])
# %% wrong softmax-over-queries: The weights of each query add up to 1. [raw]
# - dim=-1
# + dim=1
# %% wrong crossed-layers: Queries meet keys; values are weighted. [raw]
# fails: forward
# - self.key(x), self.value(x)
# + self.value(x), self.key(x)
# %% hostile no-attention: 0 points
class Head(nn.Module):
    attend = forward = lambda self, *x: x[0].new_full(x[0].shape, math.nan)
