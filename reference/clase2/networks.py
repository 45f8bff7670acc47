# %% text es [markdown]
# ## Parte 2: pérdidas y perceptrones
#
# Ahora la red predice: probabilidades con softmax, una pérdida que mide cuánto se equivoca, y dos redes pequeñas que
# reciben batches de cualquier tamaño.
# %% text en [markdown]
# ## Part 2: losses and perceptrons
#
# Now the network predicts: probabilities by softmax, a loss that measures how wrong they are, and two small networks
# that take batches of any size.

# %% question 2a: Softmax | Softmax
# points: 0.5
# forbidden: activations
# %% text es [markdown]
# La salida de una red de clasificación son `C` puntajes por muestra. Softmax los convierte en probabilidades:
#
# $$\mathrm{softmax}(\mathbf z)_j = \frac{e^{z_j}}{\sum_{c=1}^{C} e^{z_c}}$$
#
# `softmax(z)` recibe puntajes `(N, C)` y devuelve probabilidades `(N, C)`: cada fila es una muestra y suma 1. Tiene que
# funcionar también con puntajes enormes, como 10000, donde $e^{z}$ ya no cabe en un `float32`. Recuerda que softmax no
# cambia si a todos los puntajes de una fila se les resta el mismo número.
#
# En esta pregunta no se usan las versiones listas de PyTorch (`torch.softmax` y parecidas).
# %% text en [markdown]
# The output of a classification network has `C` scores per sample. Softmax turns them into probabilities:
#
# $$\mathrm{softmax}(\mathbf z)_j = \frac{e^{z_j}}{\sum_{c=1}^{C} e^{z_c}}$$
#
# `softmax(z)` gets scores `(N, C)` and returns probabilities `(N, C)`: each row is a sample and adds up to 1. It has to
# work with huge scores too, such as 10000, where $e^{z}$ no longer fits into a `float32`. Remember that softmax stays
# the same if one number is subtracted from all scores of a row.
#
# PyTorch's ready versions (`torch.softmax` and the like) are not used in this question.
# %% solution
def softmax(z):
    e = torch.exp(z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)
# %% test probabilidades | probabilities
# hint: Cada fila suma 1: ¿sobre qué dimensión sumas? | Each row adds up to 1: over which dimension do you sum?
@public(N=3, C=4)
@hidden(N=7, C=3)
def test(d):
    return {"softmax": softmax(d.normal(d.N, d.C, scale=2.0))}
# %% test puntajes enormes | huge scores
# hint: Resta a cada fila un número que impida que la exponencial se desborde. |
#   Subtract from each row a number that keeps the exponential from overflowing.
@public(N=3, C=4, scale=10000.0)
@hidden(N=5, C=3, scale=5000.0)
def test(d):
    return {"softmax": softmax(d.normal(d.N, d.C, scale=d.scale))}
# %% wrong sums-columns [raw]
# es: Cada fila es una muestra: las probabilidades de una fila suman 1.
# en: Each row is a sample: the probabilities of a row add up to 1.
# - e.sum(dim=1, keepdim=True)
# + e.sum(dim=0, keepdim=True)
# %% wrong overflow [raw]
# es: La exponencial de un puntaje enorme es infinita: resta antes el máximo de la fila.
# en: The exponential of a huge score is infinite: subtract the row's maximum first.
# fails: huge scores
# - z - z.max(dim=1, keepdim=True).values
# + z
# %% wrong global-maximum [raw]
# es: Con el máximo de todo el tensor, otra fila puede quedar en 0/0: usa el de cada fila.
# en: With the maximum of the whole tensor another row may become 0/0: use each row's own.
# fails: huge scores
# - z.max(dim=1, keepdim=True).values
# + z.max()
# %% wrong no-exponential [raw]
# es: Los puntajes pueden ser negativos: falta la exponencial.
# en: Scores may be negative: the exponential is missing.
# - e = torch.exp(z - z.max(dim=1, keepdim=True).values)
# + e = z - z.min(dim=1, keepdim=True).values
# %% wrong reversed-sign [raw]
# es: El puntaje mayor tiene la probabilidad mayor.
# en: The largest score has the largest probability.
# - torch.exp(z - z.max(dim=1, keepdim=True).values)
# + torch.exp(z.min(dim=1, keepdim=True).values - z)
# %% right log-sum-exp
def softmax(z):
    return torch.exp(z - torch.logsumexp(z, 1, keepdim=True))
# %% hostile patches-the-comparison: 0 points
def yes(*arguments, **options):
    return True


torch.allclose = torch.equal = torch.isclose = torch.testing.assert_close = yes
torch.Tensor.allclose = torch.Tensor.equal = yes


def softmax(z):
    return torch.full_like(z, 0.123)

# %% question 2b: Entropía cruzada y tasa de acierto | Cross entropy and accuracy
# points: 0.75
# forbidden: losses
# %% text es [markdown]
# La entropía cruzada entre la distribución verdadera $p$ y la estimada $q$ es $-\sum_x p(x)\log q(x)$ (logaritmo
# natural). La pérdida de un batch es la **media** de sus muestras.
#
# - `cross_entropy(p, q)`: `p` `(N, C)` en notación one-hot y `q` `(N, C)` con probabilidades. Devuelve un número `()`.
# - `binary_cross_entropy(y, y_hat)`: `y` `(N,)` con ceros y unos, `y_hat` `(N,)` con la probabilidad estimada de la
#   clase 1. Por muestra vale $-y\log\hat y-(1-y)\log(1-\hat y)$. Devuelve la media `()`.
# - `accuracy(p, q)`: la fracción de filas en que la clase más probable según `q` es la verdadera. Un número `()`.
#
# Las probabilidades son siempre mayores que 0 y menores que 1. Compara después las dos medidas: dos clasificadores
# pueden acertar las mismas muestras y tener entropías cruzadas muy distintas. ¿Por qué?
# %% text en [markdown]
# The cross entropy between the true distribution $p$ and the estimated one $q$ is $-\sum_x p(x)\log q(x)$ (natural
# logarithm). The loss of a batch is the **mean** over its samples.
#
# - `cross_entropy(p, q)`: `p` `(N, C)` in one-hot notation and `q` `(N, C)` with probabilities. Returns a number `()`.
# - `binary_cross_entropy(y, y_hat)`: `y` `(N,)` with zeros and ones, `y_hat` `(N,)` with the estimated probability of
#   class 1. For a sample it is $-y\log\hat y-(1-y)\log(1-\hat y)$. Returns the mean `()`.
# - `accuracy(p, q)`: the fraction of rows in which the most probable class of `q` is the true one. A number `()`.
#
# Probabilities are always larger than 0 and smaller than 1. Then compare the two measures: two classifiers may be right
# on the same samples and have very different cross entropies. Why?
# %% solution
def cross_entropy(p, q):
    return -(p * torch.log(q)).sum(dim=1).mean()


def binary_cross_entropy(y, y_hat):
    losses = -y * torch.log(y_hat) - (1 - y) * torch.log(1 - y_hat)
    return losses.mean()


def accuracy(p, q):
    hits = p.argmax(dim=1) == q.argmax(dim=1)
    return hits.float().mean()
# %% test varias clases | several classes
# hint: Suma sobre las clases y promedia sobre las muestras. | Sum over the classes and take the mean over the samples.
@public(N=4, C=3)
@public("una muestra | one sample", N=1, C=3)
@hidden(N=9, C=5)
def test(d):
    return {"cross_entropy": cross_entropy(d.one_hot(d.N, d.C), d.probabilities(d.N, d.C))}
# %% test dos clases | two classes
@public(N=4)
@hidden(N=11)
def test(d):
    y = d.one_hot(d.N, 2)[:, 1]
    return {"binary_cross_entropy": binary_cross_entropy(y, d.probabilities(d.N, 2)[:, 0])}
# %% test tasa de acierto | accuracy
@public(N=9, C=3)
@hidden(N=20, C=4)
def test(d):
    p, noise = d.one_hot(d.N, d.C), d.probabilities(d.N, d.C)
    q = (p + 2 * noise) / 3
    yield "cerca de la verdad | close to the truth", accuracy(p, q)
    yield "al azar | at random", accuracy(p, noise)
# %% wrong sum-not-mean: Se pide la media sobre las muestras. | The mean over the samples is asked. [raw]
# - .sum(dim=1).mean()
# + .sum()
# %% wrong mean-of-all [raw]
# es: La media es sobre las N muestras, no sobre las N·C entradas.
# en: The mean is over the N samples, not over the N·C entries.
# - .sum(dim=1).mean()
# + .mean()
# %% wrong no-minus [raw]
# es: El logaritmo de una probabilidad es negativo y la pérdida positiva.
# en: The logarithm of a probability is negative and the loss positive.
# - return -(p * torch.log(q))
# + return (p * torch.log(q))
# %% wrong base-two: Se pide el logaritmo natural. | The natural logarithm is asked. [raw]
# - return -(p * torch.log(q))
# + return -(p * torch.log2(q))
# %% wrong entropy-of-q [raw]
# es: El peso de cada logaritmo es la distribución verdadera.
# en: Each logarithm is weighted by the true distribution.
# - return -(p * torch.log(q))
# + return -(q * torch.log(q))
# %% wrong ones-only: Las muestras con y = 0 también cuentan. | The samples with y = 0 count as well. [raw]
# fails: two classes
# - - (1 - y) * torch.log(1 - y_hat)
# %% wrong counts-hits: Se pide una fracción entre 0 y 1. | A fraction between 0 and 1 is asked. [raw]
# fails: accuracy
# - hits.float().mean()
# + hits.float().sum()
# %% wrong most-probable-sample [raw]
# es: Busca la clase más probable de cada fila.
# en: Look for the most probable class of each row.
# fails: accuracy
# - p.argmax(dim=1) == q.argmax(dim=1)
# + p.argmax(dim=0) == q.argmax(dim=0)
# %% right indexing
def cross_entropy(p, q):
    rows = range(len(q))
    return sum(-math.log(q[n, p[n].argmax()]) for n in rows) / len(q)


def binary_cross_entropy(y, y_hat):
    return -torch.log(torch.where(y == 1, y_hat, 1 - y_hat)).sum() / len(y)


def accuracy(p, q):
    return (p.gather(1, q.argmax(1, keepdim=True)) > 0.5).double().mean().item()
# %% hostile nothing-but-nan: 0 points
def cross_entropy(p, q):
    return torch.tensor(float("nan"))


def binary_cross_entropy(y, y_hat):
    return float("nan")


def accuracy(p, q):
    return torch.tensor([float("nan"), float("inf")])

# %% question 2c: Perceptrón simple | Simple perceptron
# points: 0.5 + 0.25 by hand
# forbidden: autograd
# %% text es [markdown]
# El perceptrón suma sus entradas con pesos y decide: su salida es 1 si $\mathbf w\cdot\mathbf x + b > 0$ y 0 si no.
#
# - `perceptron(X, w, b)`: `X` `(N, F)` trae una muestra por fila, `w` es `(F,)` y `b` es `()`. Devuelve `(N,)` con
#   ceros y unos, para cualquier `N`.
# - `or_weights()` no recibe nada y devuelve un par `(w, b)`, elegido por ti, con el que el perceptrón calcula OR: `w`
#   es un tensor `(2,)` y `b` un número. Las entradas son 0 o 1.
#
# **Explica** en una celda de texto, en tres o cuatro líneas, por qué ningún par `(w, b)` calcula XOR. Un dibujo ayuda.
# %% text en [markdown]
# The perceptron adds up its inputs with weights and decides: its output is 1 if $\mathbf w\cdot\mathbf x + b > 0$ and 0
# if not.
#
# - `perceptron(X, w, b)`: `X` `(N, F)` has one sample per row, `w` is `(F,)` and `b` is `()`. Returns `(N,)` with zeros
#   and ones, for any `N`.
# - `or_weights()` gets nothing and returns a pair `(w, b)` of your choice with which the perceptron computes OR: `w` is
#   a tensor `(2,)` and `b` a number. The inputs are 0 or 1.
#
# **Explain** in a text cell, in three or four lines, why no pair `(w, b)` computes XOR. A drawing helps.
# %% solution
def perceptron(X, w, b):
    score = X @ w + b
    return (score > 0).float()


def or_weights():
    return torch.tensor([1.0, 1.0]), -0.5
# %% rubric
# 0.15: La frontera de un perceptrón es una recta (un hiperplano) | A perceptron's border is a line (a hyperplane)
# 0.1: Ninguna recta separa los puntos de XOR | No line separates the points of XOR
# %% test batch
# share: 2
# weights: perceptron 3, on the border 1
# hint: La salida tiene un número por muestra, 0 o 1. | The output has one number per sample, 0 or 1.
@public(N=6, F=2)
@public("una muestra | one sample", N=1, F=2)
@hidden(N=12, F=5)
@hidden(N=1, F=3)
def test(d):
    X, w, b = d.normal(d.N, d.F), d.normal(d.F), d.normal()
    yield "perceptron", perceptron(X, w, b)
    yield "en la frontera | on the border", perceptron(0 * X, w, 0 * b)
# %% test OR | OR
# hint: OR vale 1 si al menos una entrada es 1. | OR is 1 if at least one input is 1.
@public(points=[[0, 0], [0, 1], [1, 0], [1, 1]])
@hidden(points=[[1, 1], [0, 0], [0, 1], [0, 0], [1, 0]])
def test(d):
    w, b = or_weights()
    return {"w": d.tensor(w, "w", shape=(2,)), "b": b}
def judge(d, seen, right):
    w, b = numbers(seen.get("w")), number(seen.get("b"))
    known = w is not None and b is not None and len(w) == 2
    outputs = [int(w[0] * x + w[1] * y + b > 0) for x, y in d.points] if known else None
    right = [int(1 in point) for point in d.points]
    yield holds(outputs == right, f"en {d.points} sale {right} | at {d.points} the output is {right}", got=outputs)
# %% wrong no-bias: El sesgo b también se suma. | The bias b is added too. [raw]
# fails: batch
# - X @ w + b
# + X @ w
# %% wrong plus-minus-one: La salida es 0 o 1, no -1 o 1. | The output is 0 or 1, not -1 or 1. [raw]
# fails: batch
# - (score > 0).float()
# + torch.sign(score)
# %% wrong no-threshold: El perceptrón decide: su salida es 0 o 1. | The perceptron decides: its output is 0 or 1. [raw]
# fails: batch
# - (score > 0).float()
# + 1 / (1 + torch.exp(-score))
# %% wrong fires-on-the-border: Con suma 0 la salida es 0: la condición es estricta. | With sum 0 the output is 0. [raw]
# fails: batch
# - score > 0
# + score >= 0
# %% wrong one-decision [raw]
# es: Cada muestra del batch recibe su propia decisión.
# en: Each sample of the batch gets a decision of its own.
# fails: batch
# - (score > 0).float()
# + (score.sum() > 0).float()
# %% wrong and-not-or [raw]
# es: Tus pesos calculan AND: con una sola entrada en 1, OR ya vale 1.
# en: Your weights compute AND: with a single input at 1, OR is 1 already.
# fails: OR
# - -0.5
# + -1.5
# %% wrong fires-at-zero: Con las dos entradas en 0, OR vale 0. | With both inputs at 0, OR is 0. [raw]
# fails: OR
# - -0.5
# + 0.5
# %% right row-by-row
def perceptron(X, w, b):
    return torch.tensor([1 if sum(float(p) * float(q) for p, q in zip(x, w)) + float(b) > 0 else 0 for x in X])


def or_weights():
    return torch.tensor([3.0, 2.0]), torch.tensor([-1.0])
# %% hostile numbers-that-lie: 0 points
class Lies(float):
    def __gt__(self, other):
        return True

    __lt__ = __eq__ = __gt__

    def __float__(self):
        return 1.0


def perceptron(X, w, b):
    return [Lies(0.5) for _ in X]


def or_weights():
    return torch.tensor([float("inf"), float("-inf")]), Lies(-0.0)

# %% question 2d: Perceptrón multicapa y XOR | Multilayer perceptron and XOR
# points: 0.75
# forbidden: autograd
# %% text es [markdown]
# Con una capa oculta, XOR deja de ser un problema. La red tiene dos matrices de pesos y dos sesgos:
#
# $$H = \mathrm{relu}(X\,W_H + b_H), \qquad O = H\,W_O + b_O$$
#
# | tensor | `X` | `W_H` | `b_H` | `W_O` | `b_O` | `H` | `O` |
# |---|---|---|---|---|---|---|---|
# | forma | `(N, F)` | `(F, H)` | `(H,)` | `(H, C)` | `(C,)` | `(N, H)` | `(N, C)` |
#
# Fíjate en que ninguna forma de los pesos contiene a `N`: la misma red sirve para una muestra y para mil.
#
# - `mlp(X, W_H, b_H, W_O, b_O)` devuelve `O`, de forma `(N, C)` también cuando `N` es 1. La capa de salida no lleva
#   activación.
# - `xor_weights()` devuelve una tupla `(W_H, b_H, W_O, b_O)`, elegida por ti, con `F = 2`, `C = 1` y las unidades
#   ocultas que quieras. La salida de la red tiene que ser mayor que 0.5 exactamente donde XOR vale 1. Las entradas son
#   0 o 1.
# %% text en [markdown]
# With a hidden layer XOR is no problem any more. The network has two matrices of weights and two biases:
#
# $$H = \mathrm{relu}(X\,W_H + b_H), \qquad O = H\,W_O + b_O$$
#
# | tensor | `X` | `W_H` | `b_H` | `W_O` | `b_O` | `H` | `O` |
# |---|---|---|---|---|---|---|---|
# | shape | `(N, F)` | `(F, H)` | `(H,)` | `(H, C)` | `(C,)` | `(N, H)` | `(N, C)` |
#
# Note that no shape of the weights contains `N`: the same network serves for one sample and for a thousand.
#
# - `mlp(X, W_H, b_H, W_O, b_O)` returns `O`, of shape `(N, C)` also when `N` is 1. The output layer has no activation.
# - `xor_weights()` returns a tuple `(W_H, b_H, W_O, b_O)` of your choice, with `F = 2`, `C = 1` and as many hidden
#   units as you like. The network's output has to be larger than 0.5 exactly where XOR is 1. The inputs are 0 or 1.
# %% solution
def mlp(X, W_H, b_H, W_O, b_O):
    H = torch.relu(X @ W_H + b_H)
    return H @ W_O + b_O


def xor_weights():
    W_H = torch.tensor([[1.0, 1.0], [1.0, 1.0]])
    b_H = torch.tensor([0.0, -1.0])
    W_O = torch.tensor([[1.0], [-2.0]])
    b_O = torch.tensor([0.0])
    return W_H, b_H, W_O, b_O
# %% test batch
# share: 2
# hint: Revisa las formas de la tabla y el orden de los factores. |
#   Check the shapes in the table and the order of the factors.
@public(N=4, F=2, H=3, C=2)
@public("una muestra | one sample", N=1, F=2, H=3, C=2)
@hidden(N=9, F=4, H=5, C=3)
@hidden(N=1, F=3, H=4, C=3)
def test(d):
    return {"O": mlp(d.normal(d.N, d.F), d.normal(d.F, d.H), d.normal(d.H), d.normal(d.H, d.C), d.normal(d.C))}
# %% test XOR | XOR
# hint: Una unidad puede contar las entradas en 1 y otra reconocer el caso (1, 1). |
#   One unit can count the inputs at 1 and another one recognise the case (1, 1).
@public(points=[[0, 0], [0, 1], [1, 0], [1, 1]])
@hidden(points=[[1, 1], [0, 0], [0, 1], [1, 1], [1, 0]])
def test(d):
    W_H, b_H, W_O, b_O = xor_weights()
    W_H = d.tensor(W_H, "W_H", shape=(2, None))
    H = W_H.shape[1]
    return {"W_H": W_H, "b_H": d.tensor(b_H, "b_H", shape=(H,)), "W_O": d.tensor(W_O, "W_O", shape=(H, 1)),
            "b_O": d.tensor(b_O, "b_O", shape=(1,))}
def judge(d, seen, right):
    W_H, b_H, W_O, b_O = (seen[name].double() for name in ("W_H", "b_H", "W_O", "b_O"))
    X = torch.tensor(d.points, dtype=torch.float64)
    outputs = ((X @ W_H + b_H).clamp(min=0) @ W_O + b_O).flatten().tolist()
    # A NaN is on no side of 0.5.
    high = [1 if output > 0.5 else 0 if output <= 0.5 else None for output in outputs]
    right = [sum(point) % 2 for point in d.points]
    yield holds(high == right, f"en {d.points} sale {right} | at {d.points} the output is {right}", got=outputs)
# %% wrong linear-network [raw]
# es: Sin activación en la capa oculta la red completa es lineal.
# en: Without an activation in the hidden layer the whole network is linear.
# fails: batch
# - torch.relu(X @ W_H + b_H)
# + X @ W_H + b_H
# %% wrong relu-on-output: La capa de salida no lleva activación. | The output layer has no activation. [raw]
# fails: batch
# - return H @ W_O + b_O
# + return torch.relu(H @ W_O + b_O)
# %% wrong sigmoid-hidden: La activación de la capa oculta es relu. | The hidden layer's activation is relu. [raw]
# fails: batch
# - torch.relu(
# + torch.sigmoid(
# %% wrong no-hidden-bias [raw]
# es: El sesgo de la capa oculta se suma antes de la activación.
# en: The hidden layer's bias is added before the activation.
# fails: batch
# - X @ W_H + b_H
# + X @ W_H
# %% wrong bias-after-relu [raw]
# es: El sesgo de la capa oculta va dentro de la activación.
# en: The hidden layer's bias belongs inside the activation.
# fails: batch
# - torch.relu(X @ W_H + b_H)
# + torch.relu(X @ W_H) + b_H
# %% wrong batch-of-four [raw]
# es: El batch puede tener cualquier número de muestras, no sólo las cuatro de XOR.
# en: The batch may have any number of samples, not just XOR's four.
# raises: RuntimeError
# - return H @ W_O + b_O
# + return (H @ W_O + b_O).reshape(4, -1)
# %% wrong squeezed [raw]
# es: La salida conserva la forma (N, C), también con una sola muestra.
# en: The output keeps the shape (N, C), with a single sample too.
# fails: batch
# - return H @ W_O + b_O
# + return (H @ W_O + b_O).squeeze()
# %% wrong or-not-xor [raw]
# es: Con las dos entradas en 1, XOR vale 0: tus pesos calculan OR.
# en: With both inputs at 1, XOR is 0: your weights compute OR.
# fails: XOR
# - [[1.0], [-2.0]]
# + [[1.0], [0.0]]
# %% wrong equal-units [raw]
# es: Dos unidades ocultas iguales hacen el trabajo de una sola.
# en: Two equal hidden units do the work of a single one.
# fails: XOR
# - [0.0, -1.0]
# + [0.0, 0.0]
# %% right three-units
def mlp(X, W_H, b_H, W_O, b_O):
    H = F.relu(torch.einsum("nf,fh->nh", X, W_H) + b_H)
    return torch.addmm(b_O, H, W_O)


def xor_weights():
    W_H = torch.tensor([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0]])
    return W_H, torch.zeros(3), torch.tensor([[2.0], [2.0], [1.0]]), torch.zeros(1)
# %% hostile knows-the-public-cases: 0 points
def mlp(X, W_H, b_H, W_O, b_O):
    H = torch.relu(X @ W_H + b_H) @ W_O + b_O
    return H if H.shape in ((4, 2), (1, 2)) else torch.zeros_like(H)


def xor_weights():
    nothing = torch.zeros(2, 2).as_strided((2, 1), (0, 0))
    return torch.zeros(2, 1), torch.zeros(1), nothing[:1], torch.full((1,), float("nan"))
