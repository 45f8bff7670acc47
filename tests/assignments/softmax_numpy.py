# %% assignment softmax_numpy: Softmax regression in NumPy
# scale: 0 to 100, 0 decimals
# languages: en
# preload: numpy
# %% text en [markdown]
# Softmax regression with NumPy arrays only. `X` (N, F) are samples, `y` (N,) class indices, `theta` (F, C) weights.
# %% given
import numpy as np
# %% question probs: Probabilities
# points: 30
# %% text en [markdown]
# `probabilities(X, theta)` returns an array (N, C) whose rows add up to 1. It has to work with huge scores.
# %% solution
def probabilities(X, theta):
    Z = X @ theta
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
# %% test rows
@public(N=4, F=3, C=5, scale=1.0)
@public("huge scores", N=4, F=3, C=5, scale=3000.0)
@hidden(N=9, F=2, C=3, scale=2000.0)
def test(d):
    return {"P": probabilities(d.numpy.normal(d.N, d.F), d.numpy.normal(d.F, d.C, scale=d.scale))}
# %% wrong overflow: exp of a huge number is infinite: subtract each row's maximum. [raw]
# - np.exp(Z - Z.max(axis=1, keepdims=True))
# + np.exp(Z)
# %% wrong columns: Each row is a sample. [raw]
# - E.sum(axis=1, keepdims=True)
# + E.sum(axis=0, keepdims=True)
# %% right log-sum-exp
def probabilities(X, theta):
    Z = X.dot(theta)
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1)[:, None])
# %% stand-in probabilities
# stays home
def probabilities(X, theta):
    Z = X @ theta
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))
# %% question loss: Mean cross entropy
# points: 30
# needs: probs
# %% text en [markdown]
# `loss(X, y, theta)` returns the mean over the samples of $-\log$ of the right class's probability.
# %% solution
def loss(X, y, theta):
    P = probabilities(X, theta)
    return -np.log(P[np.arange(len(y)), y]).mean()
# %% test value
@public(N=5, F=3, C=4)
@hidden(N=8, F=4, C=3)
def test(d):
    return {"loss": loss(d.numpy.normal(d.N, d.F), d.numpy.classes(d.N, d.C), d.numpy.normal(d.F, d.C))}
# %% wrong sum: The mean over the samples is asked. [raw]
# - .mean()
# + .sum()
# %% wrong all-classes: Only the right class's probability counts. [raw]
# - P[np.arange(len(y)), y]
# + P[:, y]
# %% hostile array-that-equals-everything: 0 points
class Yes(np.ndarray):
    __eq__ = __le__ = __lt__ = lambda self, other: np.ones(self.shape, dtype=bool)

def loss(X, y, theta):
    return np.array(0.25).view(Yes)
# %% question step: A step, in place
# points: 40
# needs: probs
# %% text en [markdown]
# `step(X, y, theta, lr)` makes one step of gradient descent on the loss. It changes `theta` itself and returns nothing.
# %% solution
def step(X, y, theta, lr):
    P = probabilities(X, theta)
    P[np.arange(len(y)), y] -= 1
    theta -= lr * X.T @ P / len(y)
# %% test theta
@public(N=6, F=3, C=4)
@hidden(N=9, F=5, C=3)
def test(d):
    theta = d.numpy.normal(d.F, d.C)
    returned = step(d.numpy.normal(d.N, d.F), d.numpy.classes(d.N, d.C), theta, 0.5)
    return {"theta": theta, "returned": returned}
def judge(d, seen, right):
    yield must("step returns nothing", seen["returned"] is None)
# %% wrong copy: theta itself has to change. [raw]
# - theta -= lr
# + theta = theta - lr
# %% wrong no-mean: The loss is a mean, and so is its gradient. [raw]
# - / len(y)
