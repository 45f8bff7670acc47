# expect: 3a failed "torch does not accept another shape"
# why: the weight gradient is transposed; torch refuses it as .grad.
# %%
import torch
# %%
def sig(T):
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    return 2 * sig(2 * T) - 1

def relu(T):
    return T.clamp(min=0)

def swish(T, beta=1):
    return T * sig(beta * T)

def celu(T, alpha=1):
    return T.clamp(min=0) + alpha * (torch.exp(T.clamp(max=0) / alpha) - 1)

def softmax(T, dim, estable=True):
    if estable:
        T = T - T.max(dim, keepdim=True).values
    e = torch.exp(T)
    return e / e.sum(dim, keepdim=True)
# %%
def d_relu(T):
    return (T > 0).to(T.dtype)

def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + beta * T * s * (1 - s), T ** 2 * s * (1 - s)

def d_celu(T, alpha=1):
    z = T.clamp(max=0) / alpha
    return torch.exp(z), torch.exp(z) * (1 - z) - 1
# %%
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        n = [F] + l_h + [C]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(a, b) * 0.4) for a, b in zip(n, n[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(b)) for b in n[1:]])
        self.l_a = l_a

    def forward(self, x):
        self.h, self.u = [x], []
        for W, b, f in zip(self.W, self.b, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return softmax(self.h[-1] @ self.W[-1] + self.b[-1], 1)

    def slope(self, k):
        f, u = self.l_a[k], self.u[k]
        if f is sig:
            return sig(u) * (1 - sig(u))
        if f is tanh:
            return 1 - tanh(u) ** 2
        if f is relu:
            return d_relu(u)
        if f is swish:
            return d_swish(u)[0]
        return d_celu(u)[0]

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            g = (y_pred - y) / len(y)
            for k in range(len(self.W) - 1, -1, -1):
                self.W[k].grad = g.T @ self.h[k]
                self.b[k].grad = g.sum(0)
                if k > 0:
                    g = (g @ self.W[k].T) * self.slope(k - 1)
