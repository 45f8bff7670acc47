# %% text es [markdown]
# ## Parte 3: descenso por el gradiente
#
# Con el gradiente de la pérdida se mejoran los pesos, paso a paso. ¿Cuántas muestras mira cada paso?
# %% text en [markdown]
# ## Part 3: gradient descent
#
# With the loss's gradient the weights get better, step by step. How many samples does each step look at?

# %% question 3a: Reparto en mini-batches | Dealing into mini-batches
# points: 0.5
# %% text es [markdown]
# El descenso por mini-batches usa en cada paso sólo `M` de las `N` muestras. En cada época las muestras se reparten de
# nuevo al azar y cada una participa exactamente una vez.
#
# `minibatches(N, M)` devuelve una lista con el reparto de los índices `0, ..., N-1`: cada elemento de la lista es un
# batch, es decir, un tensor (o una lista) de índices enteros. Todos los batches tienen `M` índices, menos el último,
# que puede tener menos. Dos llamadas dan repartos distintos.
# %% text en [markdown]
# Mini-batch descent uses only `M` of the `N` samples in each step. In each epoch the samples are dealt anew at random,
# and each takes part exactly once.
#
# `minibatches(N, M)` returns a list that deals the indices `0, ..., N-1`: each element of the list is a batch, that is,
# a tensor (or a list) of integer indices. All batches have `M` indices, except for the last one, which may have fewer.
# Two calls deal differently.
# %% solution
def minibatches(N, M):
    order = torch.randperm(N)
    return list(order.split(M))
# %% test reparto | dealing
# hint: Cuenta los índices de todos los batches: cada uno aparece una vez. |
#   Count the indices of all batches: each appears once.
@public(N=10, M=4)
@public("sin resto | no remainder", N=12, M=3)
@hidden(N=23, M=6)
def test(d):
    yield "una época | one epoch", [[int(i) for i in batch] for batch in minibatches(d.N, d.M)]
    yield "otra época | another epoch", [[int(i) for i in batch] for batch in minibatches(d.N, d.M)]
def judge(d, seen, right):
    epochs = [[numbers(batch) or [] for batch in seen.get(n) or []] for n in ("one epoch", "another epoch")]
    indices = [sum(epoch, []) for epoch in epochs]
    sizes = [len(batch) for batch in epochs[0]]
    full = [d.M] * (d.N // d.M) + [d.N % d.M] * (d.N % d.M > 0)
    # Points for the order need most of the indices, none twice.
    most = all(len(i) == len(set(i)) > d.N - d.M and set(i) <= set(range(d.N)) for i in indices)
    yield holds(all(sorted(i) == list(range(d.N)) for i in indices), "cada índice está una vez | each index is there once", weight=2)
    yield holds(most and sizes == full, "batches de M índices | batches of M indices", got=sizes)
    yield holds(most and indices[0] != sorted(indices[0]), "los índices van en otro orden | the indices are in another order")
    yield holds(most and indices[0] != indices[1], "cada época tiene otro reparto | each epoch is dealt anew")
# %% wrong in-order [raw]
# es: El reparto es al azar: con orden fijo cada época repite los mismos batches.
# en: The dealing is at random: in a fixed order each epoch repeats the same batches.
# - torch.randperm(N)
# + torch.arange(N)
# %% wrong same-every-epoch [raw]
# es: Si fijas la semilla dentro de la función, todas las épocas son iguales.
# en: If you fix the seed inside the function, all epochs are equal.
# - torch.randperm(N)
# + torch.randperm(N, generator=torch.Generator().manual_seed(0))
# %% wrong drops-the-rest [raw]
# es: El último batch, con menos muestras, también cuenta.
# en: The last batch, with fewer samples, counts too.
# - order.split(M)
# + order[: N // M * M].split(M)
# %% wrong with-repetition [raw]
# es: Cada muestra participa exactamente una vez por época.
# en: Each sample takes part exactly once per epoch.
# - torch.randperm(N)
# + torch.randint(N, (N,))
# %% wrong m-batches [raw]
# es: M es el tamaño de un batch, no el número de batches.
# en: M is the size of a batch, not the number of batches.
# - order.split(M)
# + order.chunk(M)
# %% right by-sorting
import random


def minibatches(N, M):
    order = sorted(range(N), key=lambda _: random.random())
    return tuple(order[start : start + M] for start in range(0, N, M))
# %% hostile indices-that-lie: 0 points
class Index(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__

    def __lt__(self, other):
        return True


class Batches(list):
    def __len__(self):
        return 3


def minibatches(N, M):
    return Batches([[Index(0)] * M] * 3)

# %% question 3b: Descenso por el gradiente | Gradient descent
# points: 1
# forbidden: autograd, optim
# %% text es [markdown]
# Una neurona lineal predice $\hat d = X\,W$ y se mide con el error cuadrático medio del batch $\mathcal D_M$:
#
# $$\mathcal L(\mathcal D_M; W) = \frac1M\sum_{m=1}^{M}(\mathbf x_m\cdot W - d_m)^2, \qquad
# W \leftarrow W - \delta\,\nabla_W\mathcal L(\mathcal D_M; W)$$
#
# `gradient_descent(X, d, W, delta, M, epochs)` recibe `X` `(N, F)`, los valores deseados `d` `(N,)`, los pesos
# iniciales `W` `(F,)`, el paso `delta`, el tamaño `M` y el número de épocas. En cada época recorre los batches **en
# orden**: primero las muestras `0, ..., M-1`, luego las `M` siguientes, y así hasta el final; el último batch puede ser
# menor y su pérdida es la media de las muestras que tiene. Con cada batch da un paso. Devuelve los pesos finales
# `(F,)`.
#
# Con `M = N` es el descenso clásico, con `M = 1` el estocástico. Deriva el gradiente a mano.
# %% text en [markdown]
# A linear neuron predicts $\hat d = X\,W$ and is measured by the mean squared error of the batch $\mathcal D_M$:
#
# $$\mathcal L(\mathcal D_M; W) = \frac1M\sum_{m=1}^{M}(\mathbf x_m\cdot W - d_m)^2, \qquad
# W \leftarrow W - \delta\,\nabla_W\mathcal L(\mathcal D_M; W)$$
#
# `gradient_descent(X, d, W, delta, M, epochs)` gets `X` `(N, F)`, the desired values `d` `(N,)`, the initial weights
# `W` `(F,)`, the step `delta`, the size `M` and the number of epochs. In each epoch it goes through the batches **in
# order**: first the samples `0, ..., M-1`, then the next `M`, and so on to the end; the last batch may be smaller, and
# its loss is the mean of the samples that it has. It makes one step per batch. It returns the final weights `(F,)`.
#
# With `M = N` this is classic descent, with `M = 1` stochastic descent. Derive the gradient by hand.
# %% solution
def gradient_descent(X, d, W, delta, M, epochs):
    for epoch in range(epochs):
        for X_M, d_M in zip(X.split(M), d.split(M)):
            error = X_M @ W - d_M
            gradient = 2 * X_M.T @ error / len(X_M)
            W = W - delta * gradient
    return W
# %% test clásico | classic
# tolerance: 1e-3, 1e-5
# hint: Compara tu gradiente con la derivada numérica de 1c. |
#   Compare your gradient with the numerical derivative of 1c.
@public(N=6, F=2, delta=0.1, epochs=1)
@public(N=6, F=2, delta=0.1, epochs=3)
@hidden(N=9, F=4, delta=0.05, epochs=4)
def test(d):
    return {"W": gradient_descent(d.normal(d.N, d.F), d.normal(d.N), d.normal(d.F), d.delta, d.N, d.epochs)}
# %% test estocástico | stochastic
# tolerance: 1e-3, 1e-5
# hint: Con M = 1 hay un paso por muestra. | With M = 1 there is one step per sample.
@public(N=5, F=2, delta=0.1, epochs=1)
@hidden(N=7, F=3, delta=0.05, epochs=2)
def test(d):
    return {"W": gradient_descent(d.normal(d.N, d.F), d.normal(d.N), d.normal(d.F), d.delta, 1, d.epochs)}
# %% test mini-batches
# tolerance: 1e-3, 1e-5
# share: 2
# hint: Cada paso usa sólo las muestras de su batch, también en el último. |
#   Each step uses only the samples of its batch, in the last one too.
@public(N=6, F=2, M=3, delta=0.1, epochs=2)
@public("último batch menor | smaller last batch", N=7, F=2, M=3, delta=0.1, epochs=1)
@hidden(N=11, F=3, M=4, delta=0.05, epochs=3)
def test(d):
    return {"W": gradient_descent(d.normal(d.N, d.F), d.normal(d.N), d.normal(d.F), d.delta, d.M, d.epochs)}
# %% wrong uphill [raw]
# es: Se avanza en la dirección opuesta al gradiente.
# en: One moves in the direction opposite to the gradient.
# - W - delta * gradient
# + W + delta * gradient
# %% wrong no-factor-two [raw]
# es: La derivada del cuadrado trae un factor 2.
# en: The derivative of the square brings a factor 2.
# - gradient = 2 * X_M.T
# + gradient = X_M.T
# %% wrong summed-gradient [raw]
# es: La pérdida es la media del batch, y el gradiente también.
# en: The loss is the batch's mean, and so is the gradient.
# - / len(X_M)
# %% wrong divided-by-m [raw]
# es: El último batch tiene menos de M muestras: divide por las que tiene.
# en: The last batch has fewer than M samples: divide by those that it has.
# fails: mini-batches
# - / len(X_M)
# + / M
# %% wrong divided-by-n [raw]
# es: La media es sobre las muestras del batch, no sobre todas.
# en: The mean is over the batch's samples, not over all.
# - / len(X_M)
# + / len(X)
# %% wrong whole-data-each-step [raw]
# es: Cada paso usa sólo las muestras de su batch.
# en: Each step uses only the samples of its batch.
# - error = X_M @ W - d_M
# + X_M, d_M = X, d
# + error = X_M @ W - d_M
# %% wrong stale-weights [raw]
# es: Cada paso deriva en los pesos actuales, no en los iniciales.
# en: Each step differentiates at the current weights, not at the initial ones.
# - for epoch in range(epochs):
# + W_0 = W
# + for epoch in range(epochs):
# - X_M @ W - d_M
# + X_M @ W_0 - d_M
# %% wrong one-epoch [raw]
# es: Recorre los datos tantas veces como épocas se piden.
# en: Go through the data as often as epochs are asked.
# - range(epochs)
# + range(1)
# %% wrong ignores-the-rest [raw]
# es: El último batch también da un paso aunque tenga menos muestras.
# en: The last batch makes a step too, even if it has fewer samples.
# fails: mini-batches
# - error = X_M @ W - d_M
# + if len(X_M) < M:
# +     continue
# + error = X_M @ W - d_M
# %% right indices-in-place
def gradient_descent(X, d, W, delta, M, epochs):
    W, N = W.clone(), X.shape[0]
    for start in list(range(0, N, M)) * epochs:
        rows = slice(start, min(start + M, N))
        residual = torch.mv(X[rows], W).sub(d[rows])
        W -= delta * (2 * residual[:, None] * X[rows]).mean(dim=0)
    return W
# %% hostile wipes-its-inputs: 0 points
def gradient_descent(X, d, W, delta, M, epochs):
    # If the inputs were shared, the right answer would become the one that is returned.
    X.zero_()
    d.zero_()
    W.zero_()
    return W

# %% question 3c: Comparación de los descensos | Comparison of the descents
# points: 0.5 by hand
# figures: 1
# %% text es [markdown]
# Inventa un conjunto de unas 100 muestras y entrena la neurona de 3b con los tres descensos, desde los mismos pesos
# iniciales. Dibuja en una figura la pérdida sobre todos los datos después de cada época, una curva por descenso, con
# título, ejes y leyenda. Explica en unas cinco líneas qué diferencias ves y a qué se deben.
# %% text en [markdown]
# Invent a set of about 100 samples and train the neuron of 3b with the three descents, from the same initial weights.
# Plot in one figure the loss over all data after each epoch, one curve per descent, with title, axes and legend.
# Explain in about five lines which differences you see and where they come from.
# %% rubric
# 0.2: Tres curvas desde los mismos pesos, con ejes y leyenda | Three curves from the same weights, with axes and legend
# 0.2: Las explica con el número de pasos por época | Explains them by the number of steps per epoch
# 0.1: Comenta el efecto del paso delta | Comments on the effect of the step delta
