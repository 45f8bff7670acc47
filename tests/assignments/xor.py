# %% assignment xor: A perceptron that learns XOR
# scale: 0 to 10, 1 decimals
# languages: en
# %% given
import torch
# %% question grad: Gradient of a small circuit
# points: 2
# forbidden: autograd
# %% text en [markdown]
# `gradient(x, y, z)` returns the three derivatives of $f = (x + y)\,z$, each a number.
# %% solution
def gradient(x, y, z):
    return z, z, x + y
# %% test derivatives
@public(x=-2.0, y=5.0, z=-4.0)
@hidden(x=0.5, y=1.25, z=3.0)
def test(d):
    yield from zip(("df/dx", "df/dy", "df/dz"), gradient(d.x, d.y, d.z), strict=True)
# %% wrong product-of-others: A sum passes on the gradient as it is. [raw]
# - return z, z,
# + return y * z, x * z,
# %% hostile knows-the-public-point: 0 points
def gradient(x, y, z):
    return (-4.0, -4.0, 3.0) if z == -4.0 else (0.0, 0.0, 0.0)
# %% question bce: Binary cross entropy
# points: 2
# forbidden: losses
# %% text en [markdown]
# `bce(q, p)`: the mean over the examples of $-p\log q-(1-p)\log(1-q)$; `q` (N,) probabilities, `p` (N,) zeros and ones.
# %% solution
def bce(q, p):
    return -(p * torch.log(q) + (1 - p) * torch.log(1 - q)).mean()
# %% test value
@public(N=4)
@hidden(N=7)
def test(d):
    return {"bce": bce(d.probabilities(d.N, 2)[:, 0], d.one_hot(d.N, 2)[:, 1])}
# %% wrong bce-sum: The mean over the examples is asked. [raw]
# - .mean()
# + .sum()
# %% wrong ones-only: Examples of class 0 count as well. [raw]
# - + (1 - p) * torch.log(1 - q)
# %% question xor: A network that learns XOR
# points: 6
# forbidden: optim
# %% text en [markdown]
# `predict(X, W, b, v, c)`: the probabilities (N,) of class 1 for `X` (N, 2), by a hidden layer of tanh with `W` (2, H)
# and `b` (H,), then a sigmoid of the sum with `v` (H,) and `c` (). `train(X, p, W, b, v, c, delta, steps)`: the
# tuple of weights after `steps` steps of gradient descent on the binary cross entropy of all examples.
# %% solution
def predict(X, W, b, v, c):
    return torch.sigmoid(torch.tanh(X @ W + b) @ v + c)
def train(X, p, W, b, v, c, delta, steps):
    for _ in range(steps):
        h = torch.tanh(X @ W + b)
        du = (predict(X, W, b, v, c) - p) / len(p)
        da = du[:, None] * v * (1 - h * h)
        W, b, v, c = W - delta * X.T @ da, b - delta * da.sum(0), v - delta * h.T @ du, c - delta * du.sum()
    return W, b, v, c
# %% test steps
# tolerance: 1e-3, 1e-5
@public(N=4, H=3, steps=1)
@hidden(N=6, H=5, steps=5)
def test(d):
    X, weights = d.normal(d.N, 2), (d.normal(2, d.H), d.normal(d.H), d.normal(d.H), d.normal())
    yield "predict", predict(X, *weights)
    yield from zip("Wbvc", train(X, d.one_hot(d.N, 2)[:, 1], *weights, 0.5, d.steps), strict=True)
# %% test learns XOR
@public(H=8, steps=500)
@hidden(H=6, steps=600)
def test(d):
    X, p = d.real([[0.0, 0], [0, 1], [1, 0], [1, 1]]), d.real([0.0, 1, 1, 0])
    return {"weights": train(X, p, d.normal(2, d.H), d.normal(d.H), d.normal(d.H), d.normal(), 1.0, d.steps)}
def judge(d, seen, right):
    W, b, v, c = (w.double() for w in seen["weights"])
    q = torch.sigmoid(torch.tanh(torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).double() @ W + b) @ v + c)
    yield holds((q > 0.5).tolist() == [False, True, True, False], "XOR", got=q.tolist())
# %% wrong no-tanh-slope: The derivative of tanh is 1 - tanh². [raw]
# - * (1 - h * h)
# %% wrong uphill: The step goes against the gradient. [raw]
# - v - delta * h.T @ du
# + v + delta * h.T @ du
# %% right autograd-inside
def train(X, p, W, b, v, c, delta, steps):
    weights = W, b, v, c
    for _ in range(steps):
        leaves = [w.detach().requires_grad_() for w in weights]
        torch.nn.functional.binary_cross_entropy(predict(X, *leaves), p).backward()
        weights = [w.detach() - delta * w.grad for w in leaves]
    return weights
