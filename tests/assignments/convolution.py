# %% assignment convolution: A convolution by hand
# scale: 0 to 10, 1 decimals
# languages: en
# %% given
import torch
# %% question size: The size of the output
# points: 2
# %% text en [markdown]
# `output_size(n, k, stride, padding)` returns how many places (an int) a filter of `k` pixels has along `n` pixels.
# %% solution
def output_size(n, k, stride, padding):
    return (n + 2 * padding - k) // stride + 1
# %% test sizes
@public(cases=[[5, 3, 1, 0], [6, 3, 2, 0], [5, 3, 1, 1]])
@hidden(cases=[[7, 2, 3, 1], [8, 8, 1, 0], [9, 4, 2, 2]])
def test(d):
    return {"sizes": [output_size(*case) for case in d.cases]}
# %% wrong no-first-place: The first place counts too. [raw]
# - + 1
# %% wrong one-sided-padding: Padding is added on both sides. [raw]
# - 2 * padding
# + padding
# %% right count
def output_size(n, k, stride, padding):
    return len(range(-padding, n + padding - k + 1, stride))
# %% stand-in output_size
# stays home
def output_size(n, k, stride, padding):
    return len(range(0, n + 2 * padding - k + 1, stride))
# %% question conv: Forward
# points: 5
# needs: size
# forbidden: torch.conv2d, torch.nn.functional.conv2d, torch.nn.Conv2d, torch.nn.functional.unfold, torch.nn.Unfold
# %% text en [markdown]
# `conv2d(x, w, b, stride=1, padding=0)`, of `x` (B, C, H, W) and filters `w` (K, C, h, v), returns (B, K, H', W'): at
# each place the sum of the products of the filter and the pixels under it, plus the filter's bias `b`
# (K,). The filter is not flipped; the padding consists of zeros.
# %% solution
def conv2d(x, w, b, stride=1, padding=0):
    (B, C, H, W), (K, _, h, v) = x.shape, w.shape
    padded = x.new_zeros(B, C, H + 2 * padding, W + 2 * padding)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    out = x.new_empty(B, K, output_size(H, h, stride, padding), output_size(W, v, stride, padding))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = padded[:, None, :, i * stride : i * stride + h, j * stride : j * stride + v]
            out[:, :, i, j] = (patch * w).sum(dim=(2, 3, 4)) + b
    return out
# %% test images
@public(B=2, C=1, K=1, H=4, W=5, h=2, v=2, stride=1, padding=0)
@public("stride and padding", B=1, C=2, K=3, H=5, W=4, h=3, v=2, stride=2, padding=1)
@hidden(B=2, C=3, K=2, H=6, W=7, h=2, v=3, stride=3, padding=2)
def test(d):
    x, w, b = d.normal(d.B, d.C, d.H, d.W), d.normal(d.K, d.C, d.h, d.v), d.normal(d.K)
    return {"output": conv2d(x, w, b, d.stride, d.padding)}
# %% wrong flipped: The filter is not flipped. [raw]
# - patch * w)
# + patch * w.flip(2, 3))
# %% wrong no-bias: Each filter has its bias. [raw]
# - .sum(dim=(2, 3, 4)) + b
# + .sum(dim=(2, 3, 4))
# %% wrong ignores-stride: Neighbouring places are `stride` pixels apart. [raw]
# - i * stride : i * stride + h
# + i : i + h
# %% hostile shape-without-numbers: 0 points
def conv2d(x, w, b, stride=1, padding=0):
    return torch.empty(2, 1, 3, 4, device="meta")
# %% question edges: A filter for edges
# points: 3
# %% text en [markdown]
# `edge_filter()`: a tensor (3, 3) whose answer is 0 on a constant image and at least 1, in absolute value, on an
# upright edge (columns 0, 0, 1).
# %% solution
def edge_filter():
    return torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
# %% test filter
@public(levels=[1.0, 5.0])
@hidden(levels=[3.0, -2.0])
def test(d):
    return {"filter": d.tensor(edge_filter(), "edge_filter()", shape=(3, 3))}
def judge(d, seen, right):
    w = seen["filter"].double()
    still, edge = [level * float(w.sum()) for level in d.levels], float(w[:, 2].sum())
    yield holds(max(map(abs, still)) < 1e-5 and abs(edge) >= 1, "0 on constant images, an edge", got=[*still, edge])
# %% wrong blur: The numbers of the filter add up to 0. [raw]
# - [2.0, 0.0, -2.0]
# + [2.0, 1.0, 2.0]
# %% wrong lying-edges: The filter answers to upright edges. [raw]
# - [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
# + [[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]]
