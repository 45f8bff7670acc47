"""Functions in the reference's place in the public checks of 4c, with a network that differentiates itself by autograd.

The right results of a student's training loop depend on the student's own batches, so they cannot be recorded. These
functions compute them on the student's machine. They hold nothing of the solution: `entrenar_FFNN` makes a loop from
the recorded steps of another loop (traces.py), right or wrong.
"""

import torch


class FFNN(torch.nn.Module):
    """Layers of h W + b and an activation, then softmax. `backward` sets .grad to the gradients of the cross entropy.

    Like the reference's, `backward` uses the given y_pred, and computes the hidden layers with the current parameters.
    So a loop that makes its step at the wrong moment gives other values.
    """

    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        widths = [F, *l_h, C]
        self.activations = [*l_a, lambda u: torch.softmax(u, 1)]
        self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(n, m)) for n, m in zip(widths, widths[1:])])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(m)) for m in widths[1:]])

    def forward(self, x):
        return list(self.layers(x))[-1][2]

    def layers(self, x):
        """For each layer: its input, the input of its activation, and its output."""
        for W, b, f in zip(self.W, self.b, self.activations):
            u = (x @ W + b).detach()
            yield x, u, f(u)
            x = f(u)

    @torch.enable_grad()
    def backward(self, x, y, y_pred=None):
        kept = list(self.layers(x))
        # Rows of y_pred sum to 1, so their logarithms can serve as logits.
        logits = (self.forward(x) if y_pred is None else y_pred).detach().clamp(min=1e-8).log().requires_grad_()
        loss = torch.nn.functional.cross_entropy(logits, y.to(x.dtype))
        (upstream,) = torch.autograd.grad(loss, logits)
        for layer in reversed(range(len(self.W))):
            W, b = self.W[layer], self.b[layer]
            h = kept[layer][0].detach().clone().requires_grad_()
            below, W.grad, b.grad = torch.autograd.grad(h @ W + b, (h, W, b), upstream)
            if layer:
                u = kept[layer - 1][1].clone().requires_grad_()
                (upstream,) = torch.autograd.grad(self.activations[layer - 1](u), u, below)


def RandomDataset(N, F, C):
    """N examples on which loops are tried; they need not be random here."""
    labels = torch.arange(N) % C
    return torch.utils.data.TensorDataset(torch.linspace(-1, 1, N * F).reshape(N, F), torch.eye(C)[labels])


def _measure(which, y_pred, y):
    """A number that a loop may report of a batch, by torch's own functions. `y` is one-hot, of `y_pred`'s dtype."""
    f, y_pred = torch.nn.functional, y_pred.detach()
    if which == "loss":
        # The rows of a prediction need not sum to 1. One-hot labels have no entropy.
        return float(f.kl_div(y_pred.clamp(min=1e-8).log(), y, reduction="batchmean"))
    if which == "hits":
        return float((y_pred.argmax(1) == y.argmax(1)).double().mean())
    if which == "squares":
        return float(f.mse_loss(y_pred, y))
    assert which == "swapped"
    entropy = torch.special.entr(y_pred).sum() / len(y_pred)
    return float(f.kl_div(y.clamp(min=1e-8).log(), y_pred, reduction="batchmean") + entropy)


def _returned(form, batches):
    """A value from its recorded form: None, lists, and sums of [measure, batch, factor]."""
    if form is None:
        return None
    if "list" in form:
        return [_returned(part, batches) for part in form["list"]]
    parts = ((factor, which, batches[k] if which else ()) for which, k, factor in form["sum"])
    return sum(factor * (_measure(which, batch[2], batch[1]) if which else 1.0) for factor, which, batch in parts)


def entrenar_FFNN(traces):
    """A training loop that repeats the steps that were recorded for these sizes."""

    def train(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
        sizes = [len(dataset), epochs, batch_size, device]
        trace = next(t for t in traces if t["sizes"] == sizes)
        for what, place in trace["moves"]:
            if what == "question":
                torch.cuda.is_available()
            else:
                (red if what == "module" else torch.zeros(1)).to(place)
        batches = []
        for step, *what in trace["steps"]:
            if step == "forward":
                xs, ys = zip(*(dataset[i] for i in what[0]))
                x, y = torch.stack(xs), torch.stack(ys)
                batches.append((x, y, red.forward(x)))
            elif step == "backward":
                red.backward(*batches[what[0]])
            else:
                getattr(optimizador, step)()
        return _returned(trace["returned"], batches)

    return train
