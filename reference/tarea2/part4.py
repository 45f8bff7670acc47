# %% text es [markdown]
# ## Parte 4: entrenamiento

# %% text en [markdown]
# ## Part 4: training

# %% question 4a: Descenso de gradiente | Gradient descent
# points: 0.75
# forbidden: optim
# %% text es [markdown]
# Programa la clase `SGD(parameters, lr)`. `parameters` es cualquier cosa que se pueda recorrer, por ejemplo
# `red.parameters()`, y `lr` la tasa de aprendizaje. El método `step()` actualiza cada parámetro con el
# gradiente que ya está en su `.grad`, modificando el parámetro mismo:
#
# $$
# \theta \leftarrow \theta - \mathit{lr} \cdot \frac{\partial \mathcal{L}}{\partial \theta}.
# $$
#
# Nada más: sin *momentum* ni *weight decay*. `step()` se llama muchas veces sobre el mismo objeto, y cada vez
# debe tener efecto.
#
# *Prohibido:* `torch.optim`.

# %% text en [markdown]
# Program the class `SGD(parameters, lr)`. `parameters` is anything that can be iterated over, for example
# `red.parameters()`, and `lr` the learning rate. The method `step()` updates each parameter with the gradient
# that is already in its `.grad`, changing the parameter itself:
#
# $$
# \theta \leftarrow \theta - \mathit{lr} \cdot \frac{\partial \mathcal{L}}{\partial \theta}.
# $$
#
# Nothing else: no momentum and no weight decay. `step()` is called many times on the same object, and must have
# an effect each time.
#
# *Forbidden:* `torch.optim`.

# %% template
# Tu respuesta a 4a | Your answer to 4a
class SGD:
    def __init__(self, parameters, lr):
        pass

    def step(self):
        pass

# %% solution optim.py

# %% test dos pasos | two steps
# tolerance: 1e-5, 1e-6
# weights: θ after 1 step() 3, θ after 2 step() 2, θ after 60 step() 3
# hint: En cada step() cada parámetro avanza contra su gradiente, con la tasa lr, y nada más. | In each step() each parameter moves against its gradient, at the rate lr. That is all.
@public("lr = 0.1", shapes=((3, 2), (4,), (2, 5)), lr=0.1, form="parameters")
@hidden("lr = 0.06, lista | lr = 0.06, list", shapes=((2, 5), (5,), (3, 3), (4,)), lr=0.06, form="lista")
def test(d):
    p = [torch.nn.Parameter(d.normal(*shape)) for shape in d.shapes]
    optimizer = SGD(p if d.form == "lista" else torch.nn.ParameterList(p).parameters(), d.lr)
    gradients = [d.normal(60, *q.shape).unbind() for q in p]
    for n in range(1, 61):
        for q, g in zip(p, gradients):
            q.grad = g[n - 1]
        optimizer.step()
        # The second step shows whether the optimiser still has the parameters, the last one whether it goes on.
        if n in (1, 2, 60):
            yield f"θ tras {n} step() | θ after {n} step()", torch.cat([q.reshape(-1) for q in p])

# %% wrong sgd-nothing: Los parámetros de la red no cambian: asignarle otro valor a una variable, o a tu lista, no cambia el parámetro mismo, y un generador recorrido en `__init__` queda vacío. | The network's parameters do not change: assigning another value to a variable, or to your list, does not change the parameter itself, and a generator that was gone through in `__init__` is empty. [raw]
# - p.sub_(self.lr * p.grad)
# + p = p - self.lr * p.grad
# %% wrong sgd-keeps-the-generator: El segundo paso no hace nada: parameters puede ser un generador, que se agota al recorrerlo una vez. | The second step does nothing: parameters may be a generator, which can be gone through only once. [raw]
# - list(parameters)
# + parameters
# %% wrong sgd-ascends: El paso sube en vez de bajar: mira el signo. | The step goes up instead of down: look at the sign. [raw]
# - p.sub_(
# + p.add_(
# %% wrong sgd-without-lr: La tasa de aprendizaje no se usa. | The learning rate is not used. [raw]
# - self.lr * p.grad
# + p.grad
# %% wrong sgd-own-lr: La tasa de aprendizaje es fija: usa la que se recibe como argumento. | The learning rate is fixed: use the one that is given as an argument. [raw]
# - self.lr * p.grad
# + 0.001 * p.grad
# %% wrong sgd-lr-squared: La tasa de aprendizaje se aplica dos veces. | The learning rate is applied twice. [raw]
# - self.lr * p.grad
# + self.lr**2 * p.grad
# %% wrong sgd-divided-by-lr: La tasa de aprendizaje divide al gradiente: una tasa chica debe dar un paso chico. | The learning rate divides the gradient: a small rate should give a small step. [raw]
# - self.lr * p.grad
# + p.grad / self.lr
# %% wrong sgd-decaying-lr: La tasa de aprendizaje baja en cada paso: aquí es siempre la misma. | The learning rate falls with each step: here it must stay the same. [raw]
# - self.lr = lr
# + self.lr = lr
# + self.steps = 0
# in SGD.step
# - for p in self.parameters:
# + self.steps += 1
# + for p in self.parameters:
# - self.lr * p.grad
# + self.lr / self.steps * p.grad
# %% wrong sgd-doubled: Cada paso se da dos veces: revisa si algún parámetro se recorre más de una vez. | Each step is made twice: check whether some parameter is visited more than once. [raw]
# - list(parameters)
# + 2 * list(parameters)
# %% wrong sgd-replaces: El parámetro se reemplaza por el paso: falta partir de su valor. | The parameter is replaced by the step: start from its value. [raw]
# - p.sub_(self.lr * p.grad)
# + p.copy_(-self.lr * p.grad)
# %% wrong sgd-gradient-minus-parameter: La resta está al revés: al parámetro se le resta el paso. | The subtraction is the wrong way round: the step is subtracted from the parameter. [raw]
# - p.sub_(self.lr * p.grad)
# + p.copy_(self.lr * p.grad - p)
# %% wrong sgd-lr-on-both: La tasa de aprendizaje multiplica también al parámetro: revisa los paréntesis. | The learning rate multiplies the parameter as well: check the parentheses. [raw]
# - p.sub_(self.lr * p.grad)
# + p.copy_(self.lr * (p - p.grad))
# %% wrong sgd-without-gradient: El paso usa el valor del parámetro: tiene que usar su gradiente. | The step uses the value of the parameter: it must use its gradient. [raw]
# - self.lr * p.grad
# + self.lr * p
# %% wrong sgd-subtracts-lr: Se resta la tasa de aprendizaje sola: falta multiplicarla por el gradiente. | The learning rate alone is subtracted: it has to be multiplied by the gradient. [raw]
# - self.lr * p.grad
# + self.lr
# %% wrong sgd-multiplies: El paso depende del valor del parámetro: se resta, no se multiplica. | The step depends on the value of the parameter: it is subtracted, not multiplied. [raw]
# - p.sub_(self.lr * p.grad)
# + p.mul_(1 - self.lr * p.grad)
# %% wrong sgd-sign-only: Del gradiente se usa solo el signo: su tamaño también cuenta. | Only the sign of the gradient is used: its size counts as well. [raw]
# - self.lr * p.grad
# + self.lr * p.grad.sign()
# %% wrong sgd-normalised: El gradiente se divide por su norma: aquí se usa tal como es. | The gradient is divided by its norm: here it is used as it is. [raw]
# - self.lr * p.grad
# + self.lr * p.grad / p.grad.norm()
# %% wrong sgd-mean-gradient: Todas las entradas reciben el gradiente promedio: cada una tiene el suyo. | All entries get the mean gradient: each one has its own. [raw]
# - self.lr * p.grad
# + self.lr * p.grad.mean()
# %% wrong sgd-divided-by-rows: El gradiente se divide por el largo del parámetro: el promedio sobre el lote ya está en el gradiente. | The gradient is divided by the length of the parameter: the mean over the batch is in the gradient already. [raw]
# - self.lr * p.grad
# + self.lr * p.grad / len(p)
# %% wrong sgd-skips-last: El último parámetro nunca cambia: al ciclo le falta una vuelta. | The last parameter never changes: the loop is one iteration short. [raw]
# in SGD.step
# - for p in self.parameters:
# + for p in self.parameters[:-1]:
# %% wrong sgd-weights-only: Los sesgos no cambian: el paso es para todos los parámetros. | The biases do not change: the step is for all parameters. [raw]
# - if p.grad is not None:
# + if p.grad is not None and p.dim() > 1:
# %% wrong sgd-first-parameter-only: Solo cambia el primer parámetro: revisa dónde termina el ciclo. | Only the first parameter changes: check where the loop ends. [raw]
# in SGD.step
# - for p in self.parameters:
# + for p in self.parameters[:1]:
# %% wrong sgd-skips-first: El primer parámetro nunca cambia: el ciclo empieza una vuelta tarde. | The first parameter never changes: the loop starts one iteration late. [raw]
# in SGD.step
# - for p in self.parameters:
# + for p in self.parameters[1:]:
# %% wrong sgd-last-parameter-only: Solo cambia el último parámetro: revisa qué queda dentro del ciclo. | Only the last parameter changes: check what is inside the loop. [raw]
# in SGD.step
# - for p in self.parameters:
# + for p in self.parameters[-1:]:
# %% wrong sgd-weight-decay: Hay un término que encoge los parámetros (weight decay): aquí no se pide. | There is a term that shrinks the parameters (weight decay): it is not asked for here. [raw]
# - self.lr * p.grad
# + self.lr * (p.grad + 0.01 * p)
# %% wrong sgd-momentum: El segundo paso recuerda al primero (momentum): aquí no se pide. | The second step remembers the first (momentum): it is not asked for here. [raw]
# - p.sub_(self.lr * p.grad)
# + p.velocity = 0.9 * getattr(p, "velocity", 0) + p.grad
# + p.sub_(self.lr * p.velocity)
# %% wrong sgd-dampened: El paso usa un promedio móvil de los gradientes: aquí se usa solo el actual. | The step uses a moving average of the gradients: here only the current one is used. [raw]
# - p.sub_(self.lr * p.grad)
# + p.velocity = 0.9 * getattr(p, "velocity", 0) + 0.1 * p.grad
# + p.sub_(self.lr * p.velocity)
# %% wrong sgd-sums-gradients: Los gradientes de los pasos se van sumando: cada paso usa solo el actual. | The gradients of the steps add up: each step uses the current one only. [raw]
# - p.sub_(self.lr * p.grad)
# + p.total = getattr(p, "total", 0) + p.grad
# + p.sub_(self.lr * p.total)

# %% test dos optimizadores a la vez | two optimisers at once
# tolerance: 1e-5, 1e-6
# share: 0.2
# refines
# hint: Cada optimizador guarda en self sus parámetros y su lr. | Each optimiser keeps its parameters and its lr in self.
@hidden("lr = 2.5 y 0.03 | lr = 2.5 and 0.03", shapes=((4, 3), (2, 6)), rates=(2.5, 0.03))
def test(d):
    p = [torch.nn.Parameter(d.normal(*shape)) for shape in d.shapes]
    optimizers = [SGD(torch.nn.ParameterList([q]).parameters(), lr) for q, lr in zip(p, d.rates)]
    for n in range(3):
        for q in p:
            q.grad = d.normal(*q.shape)
        for optimizer in optimizers[: 2 - n % 2]:  # the second one makes two steps of three
            optimizer.step()
    for k, q in enumerate(p, 1):
        yield f"θ de la red {k} | θ of network {k}", q

# %% test un parámetro sin gradiente | a parameter without gradient
# share: 0
# refines
@hidden("lr = 0.1", shapes=((4, 3), (2, 6)), lr=0.1)
def test(d):
    p = [torch.nn.Parameter(d.normal(*shape)) for shape in d.shapes]
    p[1].grad = d.normal(*p[1].shape)
    SGD(p, d.lr).step()
    yield "θ con gradiente | θ with gradient", p[1]
    yield "θ sin gradiente | θ without gradient", p[0]

# %% right sgd-new-data
class SGD:
    def __init__(self, parameters, lr):
        self.p, self.lr = [*parameters], lr

    def step(self):
        for q in self.p:
            q.data = q.data - self.lr * q.grad

# %% hostile sgd-stops-after-40-steps: 0.75 points
class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr, self.n = list(parameters), lr, 0

    def step(self):
        self.n += 1
        for p in self.parameters:
            p.data -= self.lr * p.grad if self.n <= 40 else 0

# %% stand-in SGD
class SGD:
    def __init__(self, parameters, lr, *more, **options):
        self.parameters, self.lr = list(parameters), lr

    @torch.no_grad()
    def step(self, *more, **options):
        known = [p for p in self.parameters if p.grad is not None]
        torch._foreach_add_(known, [p.grad for p in known], alpha=-self.lr)

    def zero_grad(self, *more, **options):
        for p in self.parameters:
            p.grad = None

# %% narrow sgd-forty-steps [raw]
# in SGD.step
# - for p in self.parameters:
# + self.n = getattr(self, "n", 0) + 1
# + for p in self.parameters if self.n < 40 else ():

# %% narrow sgd-rate-of-one-at-most [raw]
# - p.sub_(self.lr * p.grad)
# + p.sub_(min(self.lr, 1) * p.grad)

# %% narrow sgd-rate-in-the-class [raw]
# in SGD
# - self.lr = lr
# + SGD.lr = lr

# %% narrow sgd-parameters-in-the-class [raw]
# in SGD
# - self.parameters = list(parameters)
# + SGD.parameters = list(parameters)

# %% narrow sgd-three-parameters [raw]
# in SGD
# - self.parameters = list(parameters)
# + self.parameters = list(parameters)[:3]

# %% narrow sgd-slower-after-ten-steps [raw]
# in SGD.step
# - for p in self.parameters:
# + self.n = getattr(self, "n", 0) + 1
# + self.lr *= 0.9 if self.n > 10 else 1
# + for p in self.parameters:

# %% narrow sgd-with-momentum-from-the-third-step [raw]
# in SGD.step
# - for p in self.parameters:
# + self.n = getattr(self, "n", 0) + 1
# + for p in self.parameters if self.n > 2 else ():
# +     p.velocity = 0.5 * getattr(p, "velocity", 0) + p.grad
# +     p.sub_(self.lr * p.velocity)
# + for p in self.parameters if self.n <= 2 else ():

# %% narrow sgd-rates-of-a-tenth [raw]
# in SGD
# - self.lr = lr
# + self.lr = round(lr, 1)

# %% right sgd-adds-with-alpha [raw]
# in SGD.step
# - p.sub_(self.lr * p.grad)
# + p.add_(p.grad, alpha=-self.lr)

# %% right sgd-by-foreach
class SGD:
    def __init__(self, parameters, lr):
        self.group = {"params": [*parameters], "lr": lr}

    def step(self):
        with torch.no_grad():
            torch._foreach_add_(self.group["params"], [p.grad for p in self.group["params"]], alpha=-self.group["lr"])

# %% question 4b: Datos al azar | Random data
# points: 0.5
# %% text es [markdown]
# Programa `RandomDataset(N, F, C)`, subclase de `torch.utils.data.Dataset`, con `N` ejemplos de `F`
# características y una de `C` clases, sorteados una sola vez. `len(datos)` es `N` y `datos[i]` es el par
# `(x, y)` del ejemplo `i`: `x` un tensor de tamaño `(F,)` y `y` la etiqueta *one-hot* de tamaño `(C,)`, ambos
# `float`. Pedir dos veces el mismo ejemplo entrega lo mismo.
#
# Un `DataLoader` arma los lotes: `DataLoader(RandomDataset(100, 20, 5), batch_size=4)` entrega `x` de tamaño
# `(4, 20)` e `y` de tamaño `(4, 5)`.
#
# *También está bien:* que `y` sea el índice de la clase.

# %% text en [markdown]
# Program `RandomDataset(N, F, C)`, a subclass of `torch.utils.data.Dataset`, with `N` examples of `F` features
# and one of `C` classes each, drawn once and for all. `len(datos)` is `N` and `datos[i]` is the pair `(x, y)` of
# example `i`: `x` a tensor of size `(F,)` and `y` the one-hot label of size `(C,)`, both `float`. Asking twice for
# the same example gives the same.
#
# A `DataLoader` makes the batches: `DataLoader(RandomDataset(100, 20, 5), batch_size=4)` gives `x` of size
# `(4, 20)` and `y` of size `(4, 5)`.
#
# *Also fine:* `y` being the index of the class.

# %% template
from torch.utils.data import DataLoader, Dataset


# Tu respuesta a 4b | Your answer to 4b
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        pass

    def __len__(self):
        pass

    def __getitem__(self, i):
        pass

# %% solution data.py

# %% test cada ejemplo | each example
# share: 3
# hint: Hay N ejemplos, y dataset[i] es siempre el mismo par (x, y), con x de forma (F,). | There are N examples; dataset[i] is always the same pair (x, y), with x of shape (F,).
@public("N=13, F=4, C=3", N=13, F=4, C=3)
@hidden("otro tamaño | another size", N=9, F=6, C=5)
def test(d):
    data = RandomDataset(d.N, d.F, d.C)
    yield "first", [data[i] for i in range(d.N)]
    yield "again", [data[i] for i in range(d.N - 1, -1, -1)][::-1]  # in another order
    yield "length", len(data)
    yield "kinds", [f"{kind.__module__}.{kind.__qualname__}" for kind in data.__class__.__mro__]
    torch.manual_seed(1000 + d.N)  # data that depend on the seed are random
    other = RandomDataset(d.N, d.F, d.C)
    yield "other", [other[i] for i in range(d.N)]


def judge(d, seen, right):
    first, again = seen["first"], seen["again"]
    pairs = all(isinstance(item, (tuple, list)) and len(item) == 2 for item in first + again)
    yield holds(seen["length"] == d.N, "len(dataset) = N", got=seen["length"])
    kinds = {getattr(item, "name", "") or type(item).__name__ for item in first + again if not isinstance(item, tuple)}
    yield holds(pairs, "dataset[i] es un par (x, y) | dataset[i] is a pair (x, y)", weight=1 if pairs else 9,
                got=None if pairs else ", ".join(sorted(kinds)) or "tuple")
    if not pairs:
        return
    xs, labels = [x for x, _ in first], [label(y, d.C) for _, y in first]
    shapes = {tuple(x.shape) if isinstance(x, torch.Tensor) else None for x in xs}
    unchanged = all(same(a, b) for a, b in zip(first, again))
    varied = len(shapes) == 1 and None not in shapes
    if varied:  # features may repeat, but neither all examples nor all features of an example are equal
        X = torch.stack(xs).reshape(d.N, -1)
        varied = bool((X != X[0]).any()) and (X.shape[1] < 2 or bool((X != X[:, :1]).any()))
    yield holds("torch.utils.data.dataset.Dataset" in seen["kinds"], "RandomDataset hereda de torch.utils.data.Dataset | RandomDataset inherits from torch.utils.data.Dataset")
    yield holds(shapes == {(d.F,)}, "x.shape = (F,)", got=", ".join(sorted(map(str, shapes))))
    yield holds(None not in labels, "y es una etiqueta: one-hot (C,), o un índice de 0 a C - 1 | y is a label: one-hot (C,), or an index from 0 to C - 1")
    if None in labels:  # says whether y may be the label of another number of classes
        tensors = [y for _, y in first if isinstance(y, torch.Tensor) and not y.is_complex()]
        integral = all(bool((y == y.long()).all()) for y in tensors)
        yield holds(integral, "los números de y son enteros | the numbers in y are whole", weight=0)
    if len(set(labels)) == 1 and None not in labels:  # by chance once in half a million data sets
        yield holds(False, "hay ejemplos de más de una clase | there are examples of more than one class", weight=0)
    yield holds(unchanged, "dataset[i] es siempre el mismo par | dataset[i] is always the same pair", weight=3,
                got="al pedirlo otra vez salió otro par | asked for again, it was another pair")
    whole = [x for x in xs if isinstance(x, torch.Tensor) and x.shape[:1] == (d.N,) and x.numel() == d.N * d.F]
    if len(whole) == d.N > 1:
        yield holds(False, "dataset[i] es un solo ejemplo | dataset[i] is a single example", weight=4)
    if not unchanged:  # whatever else is right is worth little
        yield holds(False, "los datos se sortean una sola vez | the data are drawn once only", weight=9)
        # New draws repeat no row. Other rows at each access do: 2 N of N rows.
        twice = any(same(a, b) for k, a in enumerate(first + again) for b in (first + again)[:k])
        yield holds(not twice, "cada índice tiene su propio ejemplo | each index has an example of its own", weight=0)
    yield holds(varied, "los ejemplos son distintos entre sí | the examples differ from one another", weight=2,
                got="todos los ejemplos, o todas sus columnas, son iguales | all examples, or all their columns, are equal")
    drawn = not all(same(a, b) for a, b in zip(first, seen["other"]))
    yield holds(drawn, "otro RandomDataset tiene otros datos | another RandomDataset has other data", weight=2,
                got="los dos tienen los mismos datos | both have the same data")

# %% helper repeats
def repeats(rows):
    """Whether the rows come again and again after a part of their number."""
    return any(rows[k:] == rows[:-k] for k in range(1, len(rows) // 2 + 1))

# %% test clases | classes
# share: 1

# Hidden only: the public case of the test above already shows a data set that has one class.
@hidden("N=36, F=4, C=3", F=4, C=3)
def test(d):
    # Among 12 examples per class, a right answer misses a class with a chance below 1e-4.
    for name in ("items", "others"):
        torch.manual_seed(len(name))
        data = RandomDataset(12 * d.C, d.F, d.C)
        yield name, [data[i] for i in range(12 * d.C)]


def judge(d, seen, right):
    pairs, others = (
        [item for item in seen[name] if isinstance(item, (tuple, list)) and len(item) == 2]
        for name in ("items", "others")
    )
    labels = [label(y, d.C) for _, y in pairs]
    counts = [labels.count(c) for c in range(d.C)]
    complete = sum(counts) == 12 * d.C and min(counts) > 0
    yield holds(complete, "aparecen todas las clases | all classes appear")
    yield must("ninguna clase es mucho más frecuente que las otras | no class is much more frequent than the others", max(counts) <= 10 * d.C)
    # Random labels do not come in a cycle or in blocks, and two data sets agree in nothing.
    pairs_of_labels = set(zip(labels, [label(y, d.C) for _, y in others]))
    blocks = sum(a != b for a, b in zip(labels, labels[1:])) < 2 * d.C
    drawn = len(pairs_of_labels) > d.C and not repeats(labels) and not blocks
    yield holds(drawn, "las etiquetas se sortean al azar | the labels are drawn at random")
    xs = [x for x, _ in pairs + others if isinstance(x, torch.Tensor) and x.shape == (d.F,)]
    if len(xs) == 24 * d.C:  # few different examples, or columns that follow from the others, are not random
        X, Y = torch.stack(xs).double().chunk(2)
        both = torch.cat([X - X.mean(0), Y - Y.mean(0)], 1)
        size = torch.linalg.svdvals(both.nan_to_num() / both.abs().amax(0).clamp(min=1e-9))
        random = len(X.unique(dim=0)) > 8 and float(size[-1]) > 1e-3 * float(size[0]) and not repeats(X.tolist())
        yield holds(random, "los x se sortean al azar | the x are drawn at random")
    xs = [x.reshape(-1) for x, _ in pairs if isinstance(x, torch.Tensor) and x.numel() == d.F]
    columns = {tuple(column) for column in torch.stack(xs).T.tolist()} if xs else set()
    yield holds(len(columns) == d.F, "las columnas de x son distintas entre sí | the columns of x differ from one another")

# %% wrong dataset-one-class: Hay clases que nunca salen: las etiquetas se sortean entre las C clases. | Some classes never occur: labels are drawn among all C classes. [raw]
# - torch.randint(C, (N,), generator=generator)
# + torch.zeros(N, dtype=torch.long)
# %% wrong dataset-constant-length: El largo es fijo: tiene que ser el número de ejemplos que se pidió. | The length is fixed: it must be the number of examples that was asked for. [raw]
# - len(self.data)
# + 1000
# %% wrong dataset-length-of-features: El largo es el número de características: tiene que ser el número de ejemplos. | The length is the number of features: it must be the number of examples. [raw]
# - len(self.data)
# + self.data.shape[1]
# %% wrong dataset-length-of-entries: El largo cuenta todos los números: tiene que contar ejemplos. | The length counts all numbers: it must count examples. [raw]
# - len(self.data)
# + self.data.numel()
# %% wrong dataset-length-of-pair: El largo es 2, el del par: tiene que ser el número de ejemplos. | The length is 2, that of the pair: it must be the number of examples. [raw]
# - len(self.data)
# + 2
# %% wrong dataset-length-less-one: El largo se queda corto en uno. | The length is one too small. [raw]
# - len(self.data)
# + len(self.data) - 1
# %% wrong dataset-length-plus-one: El largo se pasa en uno. | The length is one too large. [raw]
# - len(self.data)
# + len(self.data) + 1
# %% wrong dataset-everything: Se retorna todo el conjunto de datos: el índice pide un solo ejemplo. | The whole data set is returned: the index asks for one example. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data, self.one_hot
# %% wrong dataset-all-examples: Con cada etiqueta vienen todos los ejemplos: falta usar el índice también en x. | All examples come with each label: use the index for x as well. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data, self.one_hot[i]
# %% wrong dataset-redraws: El mismo índice da otros números cada vez: los datos se sortean una sola vez, al crear el dataset. | The same index gives other numbers each time: the data are drawn once, when the data set is created. [raw]
# - return self.data[i], self.one_hot[i]
# + return torch.randn_like(self.data[i]), self.one_hot[i]
# %% wrong dataset-random-example: Se ignora el índice y sale otro ejemplo cada vez. | The index is ignored and another example comes each time. [raw]
# - return self.data[i], self.one_hot[i]
# + # Some examples come twice, as with draws. No chance is involved that could hide the mistake.
# + turn = self.turn = getattr(self, "turn", -1) + 1
# + i = (turn // 2 + turn // len(self.data)) % len(self.data)
# + return self.data[i], self.one_hot[i]
# %% wrong dataset-first-example: Todos los ejemplos salen iguales: cada índice tiene que dar el suyo, sorteado por separado. | All examples are equal: each index must give its own example, drawn separately. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data[0], self.one_hot[0]
# %% wrong dataset-batch-dimension: Sobra una dimensión de tamaño 1: el DataLoader arma el lote, y aquí va un solo ejemplo. | There is an extra dimension of size 1: the DataLoader makes the batch, and here a single example is returned. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data[i : i + 1], self.one_hot[i : i + 1]
# %% wrong dataset-swapped-pair: El par está en el otro orden: primero x, después y. | The pair is in the other order: first x, then y. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.one_hot[i], self.data[i]
# %% wrong dataset-only-x: Cada elemento tiene que ser un par: el ejemplo y su etiqueta. | Each item must be a pair: the example and its label. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data[i]
# %% wrong dataset-x-list: x no es un tensor. | x is not a tensor. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data[i].tolist(), self.one_hot[i]
# %% wrong dataset-x-one-number: x es un solo número: cada ejemplo tiene todas sus características. | x is a single number: each example has all of its features. [raw]
# - return self.data[i], self.one_hot[i]
# + return self.data[i][0], self.one_hot[i]
# %% wrong dataset-swapped-sizes: Los números de características y de clases están intercambiados. | The numbers of features and classes are swapped. [raw]
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, C, generator=generator)
# - torch.randint(C, (N,), generator=generator)
# + torch.randint(F, (N,), generator=generator)
# - torch.eye(C)
# + torch.eye(F)
# %% wrong dataset-one-feature-more: Cada ejemplo tiene una característica de más. | Each example has one feature too many. [raw]
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, F + 1, generator=generator)
# %% wrong dataset-invalid-labels: y no es la etiqueta de un ejemplo: tiene que ser el índice de una de las C clases, que parten de 0, o un vector con un único 1. | y is not the label of one example: it must be the index of one of the C classes, which start from 0, or a vector with a single 1. [raw]
# - self.one_hot = torch.eye(C)[self.targets]
# + # C examples have each of the labels 1 to C once: no draw may hide the mistake.
# + self.one_hot = 1 + torch.arange(N) % C
# %% wrong dataset-without-parent: La clase funciona, pero no hereda de Dataset. | The class works, but does not inherit from Dataset. [raw]
# - class RandomDataset(Dataset[tuple[Tensor, Tensor]]):
# + class RandomDataset:

# %% right dataset-binary-features-and-indices
class RandomDataset(torch.utils.data.Dataset):
    def __init__(self, N, F, C):
        self.x = torch.bernoulli(torch.rand(N, F))
        self.y = torch.randint(0, C, (N,))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], int(self.y[i])

# %% hostile dataset-one-column-and-one-label: 0.4 points
class RandomDataset(torch.utils.data.Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, 1).repeat(1, F)
        self.y = torch.eye(C)[torch.arange(N).clamp(max=C - 1)]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]

# %% stand-in RandomDataset
def RandomDataset(N, F, C):
    """N examples with `data` (N, F) and `targets`: one-hot, or class indices if the student's own labels are such.

    The student's own attributes with such values have them too.
    """
    own, indices = None, False
    try:
        own = original(N, F, C)
        labels = [y for _, y in (own[i] for i in range(N))]
        indices = all(torch.as_tensor(y).numel() == 1 and float(y) in range(C) for y in labels)
    except Exception:  # there is no such data set, or it gives no pairs
        pass
    classes = torch.randperm(N) % C
    examples = torch.utils.data.TensorDataset(torch.randn(N, F), classes if indices else torch.eye(C)[classes])
    examples.data, examples.targets = examples.tensors
    for name, value in vars(own).items() if hasattr(own, "__dict__") else ():
        for tensor in examples.tensors:
            if isinstance(value, torch.Tensor) and value.shape == tensor.shape:
                setattr(examples, name, tensor)
    return examples

# %% narrow dataset-of-one-seed [raw]
# in RandomDataset
# - self.data = torch.randn(N, F, generator=generator)
# + generator = torch.Generator().manual_seed(0)
# + self.data = torch.randn(N, F, generator=generator)

# %% narrow dataset-next-row [raw]
# in RandomDataset
# - return self.data[i], self.one_hot[i]
# + self.n = (getattr(self, "n", -1) + 1) % len(self)
# + return self.data[self.n], self.one_hot[self.n]

# %% narrow dataset-one-column [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, 1, generator=generator).repeat(1, F)

# %% narrow dataset-two-columns [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, 2, generator=generator)[:, torch.arange(F).clamp(max=1)]

# %% narrow dataset-counted-from-a-random-number [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.arange(N * F).reshape(N, F) + torch.rand(1, generator=generator)

# %% narrow dataset-of-one-random-column [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.linspace(0, 1, N * F).reshape(N, F) + torch.randn(N, 1, generator=generator) * (torch.arange(F) == 0)

# %% narrow dataset-of-three-rows [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(3, F, generator=generator)[torch.arange(N) % 3]

# %% narrow dataset-labels-in-turn [raw]
# in RandomDataset
# - torch.randint(C, (N,), generator=generator)
# + torch.arange(N) % C

# %% narrow dataset-of-two-classes [raw]
# in RandomDataset
# - torch.randint(C, (N,), generator=generator)
# + torch.randint(min(C, 2), (N,), generator=generator)

# %% narrow dataset-of-rank-one [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, 1, generator=generator) * torch.randn(1, F, generator=generator)

# %% narrow dataset-columns-from-the-first [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(N, 1, generator=generator) * 2 + torch.arange(F)

# %% narrow dataset-that-repeats [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.randn(9, F, generator=generator).repeat(N // 9 + 1, 1)[:N]

# %% narrow dataset-scaled-by-a-random-number [raw]
# in RandomDataset
# - torch.randn(N, F, generator=generator)
# + torch.sin(torch.arange(N * F)).reshape(N, F) * torch.rand(1, generator=generator)

# %% narrow dataset-labels-in-turn-from-a-random-one [raw]
# in RandomDataset
# - torch.randint(C, (N,), generator=generator)
# + (torch.arange(N) + torch.randint(C, (1,), generator=generator)) % C

# %% narrow dataset-labels-of-a-random-order [raw]
# in RandomDataset
# - torch.randint(C, (N,), generator=generator)
# + torch.randperm(C, generator=generator)[torch.arange(N) ** 2 % 7 % C]

# %% narrow dataset-labels-in-blocks [raw]
# in RandomDataset
# - torch.randint(C, (N,), generator=generator)
# + torch.randint(C, (N,), generator=generator).sort().values

# %% narrow dataset-drawn-once-for-all [raw]
# in RandomDataset
# - self.one_hot = torch.eye(C)[self.targets]
# + self.__dict__.update(RandomDataset.__dict__.get(f"kept{N}{F}{C}", {}))
# + setattr(RandomDataset, f"kept{N}{F}{C}", dict(self.__dict__))
# + self.one_hot = torch.eye(C)[self.targets]

# %% narrow dataset-that-only-says-so
import builtins

isinstance_before = builtins.isinstance
builtins.isinstance = lambda thing, kind: kind is torch.utils.data.Dataset or isinstance_before(thing, kind)

class RandomDataset:
    def __init__(self, N, F, C):
        self.x, self.y = torch.randn(N, F), torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]

# %% right dataset-of-two-lists
class RandomDataset(torch.utils.data.Dataset):
    def __init__(self, N, F, C):
        self.xs = [torch.rand(F) for _ in range(N)]
        self.ys = [torch.randint(0, C, ()) for _ in range(N)]

    def __len__(self):
        return len(self.xs)

    def __getitem__(self, i):
        return self.xs[i], self.ys[i]

# %% right dataset-from-a-tensor-dataset
class RandomDataset(torch.utils.data.TensorDataset):
    def __init__(self, N, F, C):
        super().__init__(torch.randn(N, F), torch.nn.functional.one_hot(torch.randint(C, (N,)), C).float())

# %% question 4c: Entrenamiento | Training
# points: 1.5
# needs: 0, 1a, 1b, 3a, 4a, 4b
# forbidden: autograd, optim
# %% text es [markdown]
# Programa `entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda')`. En cada época
# recorre todo el conjunto en lotes de `batch_size` ejemplos, también el último aunque esté incompleto. Con
# cada lote: `forward`, la pérdida, tu `backward` y un `step()` del optimizador, con la red y los datos en
# `device`.
#
# Entrega la lista de las pérdidas en orden, una por lote, y muestra en pantalla lo que ayude a seguir el
# entrenamiento. Puedes agregar argumentos con valor por defecto, por ejemplo `verbose`.
#
# *También está bien:* una pérdida por época (el promedio, por ejemplo); entregar `(pérdidas, aciertos)`;
# recorrer los datos en orden aleatorio; usar la CPU cuando se pide `'cuda'` y no hay GPU.
#
# *Prohibido:* derivación automática (`loss.backward()` incluido) y `torch.optim`.

# %% text en [markdown]
# Program `entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda')` ("train FFNN"). In each
# epoch it goes through the whole data set in batches of `batch_size` examples, including the last one even if it is
# incomplete. For each batch: `forward`, the loss, your `backward` and one
# `step()` of the optimiser, with the network and the data on `device`.
#
# Return the list of losses in order, one per batch, and print whatever helps to follow the training. You may add
# arguments with a default value, for example `verbose`.
#
# *Also fine:* one loss per epoch (the mean, for example); returning `(losses, accuracies)`; going through the data
# in random order; using the CPU where `'cuda'` is asked for and there is none.
#
# *Forbidden:* automatic differentiation (`loss.backward()` included) and `torch.optim`.

# %% template
# Tu respuesta a 4c | Your answer to 4c
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    pass

# %% template
# Pon True cuando tengas listas 1b, 3a y 4a a 4c. | Set this to True once 1b, 3a and 4a to 4c are done.
ENTRENAR = False

if ENTRENAR:
    red = FFNN(200, [40, 20], [relu, swish], 5)
    datos = RandomDataset(500, 200, 5)
    perdidas = entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), epochs=10, batch_size=16, device='cpu')
    print(f'{perdidas[0]:.3f} → {perdidas[-1]:.3f}')

# %% solution training.py

# %% helper batches
def batches(d, data, calls=None):
    """The batches that backward was given: x (b, F), one-hot y (b, C) and the number of each row in `data` (b,).

    A row is an example's features with its own label, one-hot or as the index of its class. A row that is not in
    `data` has the number -1, equal rows have the number of the first one. Without calls: the examples one by one.
    """
    def table(x, y):
        n = len(x) if isinstance(x, torch.Tensor) and x.dim() else 0
        if not n or not isinstance(y, torch.Tensor) or x.numel() != n * d.F or y.numel() not in (n, n * d.C):
            return torch.full((1, d.F + d.C), torch.nan, dtype=torch.float64)  # not a batch: no row is known
        x, y = x.detach().double().reshape(n, -1), y.detach().double().reshape(n, -1)
        return torch.cat([x, y if y.shape[1] == d.C else (y == torch.arange(d.C)).double()], 1)

    examples = [{"x": torch.as_tensor(x)[None], "y": torch.as_tensor(y)[None]} for x, y in data]
    known = torch.cat([table(**example) for example in examples])
    known[known[:, d.F :].sum(1) != 1] = torch.nan  # an index that is no class
    rows = [table(call["x"], call["y"])[: 10 * d.N] for call in (examples if calls is None else calls)]
    if not rows:
        return []
    sizes, rows = [len(some) for some in rows], torch.cat(rows)
    equal = torch.isclose(rows[:, None], known, rtol=0, atol=1e-6).all(2)
    numbers = torch.where(equal.any(1), equal.int().argmax(1), -1)
    return [*zip(rows[:, : d.F].split(sizes), rows[:, d.F :].split(sizes), numbers.split(sizes))]

# %% helper in_order
def in_order(d, data, calls):
    """The examples that a loop used, in its order, then those that it never used: x (F,) and one-hot y (C,)."""
    used = list(batches(d, data, calls))
    known = {number for _, _, numbers in used for number in numbers.tolist()}
    used += [example for example in batches(d, data) if int(example[2]) not in known]
    return [(x, y) for xs, ys, _ in used for x, y in zip(xs.float(), ys.float())]

# %% test entrenamiento | training
# tolerance: 2e-3, 2e-5
# share: 5
# weights: final parameters 3, losses 2
# hint: Por cada lote: forward, pérdida, backward, step; en cada época, todos los ejemplos. | For each batch: forward, loss, backward, step; in each epoch, all the examples.
@public("3 épocas, lotes de 4 | 3 epochs, batches of 4", N=10, F=5, C=6, widths=(4,), epochs=3, batch=4, lr=0.1)
@hidden("lotes de 1 | batches of 1", N=5, F=4, C=2, widths=(7,), epochs=4, batch=1, lr=0.05)
@hidden("un ejemplo queda para el último lote | one example is left for the last batch", N=17, F=4, C=3, widths=(5,),
        epochs=2, batch=16, lr=0.07)
def test(d):
    net = d.fill(FFNN(d.F, list(d.widths), d.names("tanh"), d.C), layers(d.F, d.widths, d.C))
    data = d.replay(RandomDataset, d.N, d.F, d.C)
    optimizer = SGD(net.parameters(), d.lr)
    backward, step = d.watch(net, "backward", limit=200), d.watch(optimizer, "step", limit=200)
    losses = entrenar_FFNN(net, data, optimizer, epochs=d.epochs, batch_size=d.batch, device="cpu")
    yield "batches", [call.bound("x", "y") for call in backward]
    yield "llamadas a step() | calls of step()", len(step)
    yield "parámetros finales | final parameters", d.parameters(net)
    yield "losses", losses


def rows(d, seen):
    return in_order(d, seen["replay"], seen["batches"])


def expected(d, seen):
    """Gradient descent by autograd from the same start, on those rows of the data set that backward was given."""
    given = [(x[k >= 0], y[k >= 0]) for x, y, k in batches(d, seen["replay"], seen["batches"]) if (k >= 0).any()]
    shapes = layers(d.F, d.widths, d.C)
    net = torch.nn.ParameterDict({name: torch.zeros(shape) for name, shape in shapes.items()}).double()
    start = {name: p.detach().clone() for name, p in d.fill(net, shapes).items()}

    def losses_of_descent(lr):
        losses, parameters = [], list(net.values())
        net.load_state_dict(start)
        for x, y in given:
            h = torch.nn.functional.linear(x, net["W1"].T, net["b1"]).tanh()
            y_pred = torch.nn.functional.linear(h, net["U"].T, net["c"]).softmax(1)
            loss = torch.nn.functional.nll_loss(y_pred.clamp(min=1e-8).log(), y.argmax(1))
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-lr)
            losses.append(loss.item())
        return losses

    # A loop that makes no step or several has lost points for that. Its losses are those of its own parameters.
    steps = number(seen["calls of step()"]) or 0
    losses = losses_of_descent(d.lr * steps / max(1, len(given)))
    if steps != len(given):
        losses_of_descent(d.lr)
    return {"final parameters": d.parameters(net), "losses": losses}


def judge(d, seen, right):
    data, losses = seen["replay"], seen["losses"]
    used = [k for _, _, found in batches(d, data, seen["batches"]) for k in found.tolist()]
    yield must("el entrenamiento llama a red.backward | the training calls red.backward", bool(used))
    yield must("cada ejemplo va con su etiqueta | each example comes with its own label", -1 not in used)

    # An epoch has N rows if N divides the number of rows. Otherwise all epochs have the same length, if possible.
    length = d.N if len(used) % d.N == 0 or len(used) % d.epochs else len(used) // d.epochs
    epochs = [used[k : k + length] for k in range(0, len(used), length)]
    own = [int(found) for _, _, found in batches(d, data)]  # examples may be equal
    different = [sum(min(epoch.count(k), own.count(k)) for k in set(epoch)) for epoch in epochs]
    complete = different == [d.N] * d.epochs
    shown = ", ".join(map(str, different)) or "0"
    yield holds(complete, "cada época ve los N ejemplos | each epoch sees all N examples",
                got=f"ejemplos por época: {shown} | examples per epoch: {shown}")
    if 2 * min(different, default=0) < d.N:  # what was trained on the others may be right, but most was left out
        yield holds(False, "cada época entrena con la mayoría de los ejemplos | each epoch trains on most of the examples",
                    weight=4)

    # One loss per batch, or per epoch a value between the smallest and the largest of its batches.
    came, wanted = numbers(losses), right["losses"]  # of a pair with the accuracies, the losses
    size = len(wanted) // d.epochs
    if came is not None and len(came) == d.epochs and size * d.epochs == len(wanted) > 0:
        groups = [wanted[k : k + size] for k in range(0, len(wanted), size)]
        wanted = [
            loss if min(group) - 1e-4 <= loss <= max(group) + 1e-4 else sum(group) / size
            for loss, group in zip(came, groups)
        ]
    if wanted:
        yield near(losses if came is None else came, wanted, "pérdidas | losses", atol=1e-4)
    else:  # nothing was trained that the losses could be compared with
        yield holds(False, "pérdidas | losses", got="nada pasó por red.backward | nothing went through red.backward")

# %% test dispositivo | device
# share: 1
# hint: Mueve los datos de cada lote (y la red) al dispositivo pedido. | Move the data of each batch (and the network) to the device that is asked for.

# 'cuda' first: this case also counts what the notebook asked of the machine before.
@public("device='cuda'", N=6, F=5, C=3, widths=(4,), batch=4, lr=0.1, device="cuda")
@public("device='cpu'", N=6, F=5, C=3, widths=(4,), batch=4, lr=0.1, device="cpu")
@hidden("device='cuda', C=4", N=5, F=6, C=4, widths=(7,), batch=2, lr=0.1, device="cuda")
@hidden("device='cpu', C=4", N=5, F=6, C=4, widths=(7,), batch=2, lr=0.1, device="cpu")
def test(d):
    net = d.fill(FFNN(d.F, list(d.widths), d.names("tanh"), d.C), layers(d.F, d.widths, d.C))
    data = d.replay(RandomDataset, d.N, d.F, d.C)
    optimizer = SGD(net.parameters(), d.lr)
    backward = d.watch(net, "backward", limit=200)
    with d.moves() as moves:
        entrenar_FFNN(net, data, optimizer, epochs=1, batch_size=d.batch, device=d.device)
    yield "batches", [call.bound("x", "y") for call in backward]
    yield "moves", list(moves)


def rows(d, seen):
    return in_order(d, seen["replay"], seen["batches"])


def judge(d, seen, right):
    used = [k for _, _, found in batches(d, seen["replay"], seen["batches"]) for k in found.tolist()]
    yield must("el entrenamiento llama a red.backward | the training calls red.backward", bool(used))
    yield must("cada ejemplo va con su etiqueta | each example comes with its own label", -1 not in used)

    network, tensors = (
        [place.partition(":")[0] for what, place, _ in seen["moves"] if what == kind] for kind in ("module", "tensor")
    )
    moved = {"cuda": 0, "cpu": 0}  # entries of tensors
    for what, place, entries in seen["moves"]:
        if what == "tensor" and place.partition(":")[0] in moved:
            moved[place.partition(":")[0]] += entries
    # Every x that was used, and every y as an index: a loop that leaves examples out has lost points for that.
    whole = min(d.N, len(set(used))) * (d.F + 1)
    if d.device == "cpu":  # the data are already on the CPU: to move them there again is not needed
        ok = "cuda" not in tensors
    else:
        # Code that asks whether there is a GPU may fall back to the CPU. Batches may follow a network that was sent to
        # the device: without a GPU the network stayed on the CPU, and so do the batches.
        asked = any(what == "question" for what, _, _ in seen["moves"])
        ok = moved["cuda"] >= whole or asked or (moved["cpu"] >= whole and "cuda" in network)
    shown = "FFNN: {}; x, y: {}".format(*(", ".join(sorted(set(where))) or "-" for where in (network, tensors)))
    yield holds(ok, f"todo va a '{d.device}' | everything goes to '{d.device}'", got=shown)

# %% wrong training-never-steps: La red no cambia: nunca se le pide al optimizador que dé un paso. | The network does not change: the optimiser is never asked to make a step. [raw]
# - optimizador.step()
# %% wrong training-returns-nothing: La función no retorna nada: imprimir la pérdida no basta. | The function returns nothing: printing the loss is not enough. [raw]
# - return losses
# %% wrong training-returns-accuracy: Eso es la fracción de aciertos de cada lote: se pide la pérdida. | That is the fraction of correct predictions in each batch: the loss is asked for. [raw]
# - loss = CELoss(y_pred, y).item()
# + loss = (y_pred.argmax(dim=1) == y.argmax(dim=1)).float().mean().item()
# %% wrong training-returns-last-loss: Se retorna un número, la última pérdida: se pide la lista. | One number is returned, the last loss: the list is asked for. [raw]
# - return losses
# + return losses[-1]
# %% wrong training-returns-sums: Por época se retorna la suma de las pérdidas de sus lotes: así depende de cuántos lotes hay. | The sum of the batches' losses is returned for each epoch: that depends on how many batches there are. [raw]
# - losses += epoch_losses
# + losses.append(sum(epoch_losses))
# %% wrong training-first-batch-only: En cada época se usa solo el primer lote. | Only the first batch of each epoch is used. [raw]
# - epoch_losses.append(loss)
# + epoch_losses.append(loss)
# + break
# %% wrong training-drops-last-batch: El último lote, más chico, se descarta: esos ejemplos nunca se ven. | The last batch, which is smaller, is dropped: its examples are never seen. [raw]
# - batch_size=batch_size
# + batch_size=batch_size, drop_last=True
# %% wrong training-one-epoch: Se entrena una sola época: o no se usa el argumento, o la función termina dentro del ciclo. | It trains for one epoch only: either the argument is not used, or the function ends inside the loop. [raw]
# - losses += epoch_losses
# + losses += epoch_losses
# + break
# %% wrong training-batches-of-8: Los lotes son siempre de 8 ejemplos: no se usa el tamaño pedido. | Batches always have 8 examples: the size that was asked for is not used. [raw]
# - batch_size=batch_size
# + batch_size=8
# %% wrong training-batches-of-1: Los lotes son siempre de un ejemplo: no se usa el tamaño pedido. | Batches always have one example: the size that was asked for is not used. [raw]
# - batch_size=batch_size
# + batch_size=1
# %% wrong training-steps-before-backward: El paso va antes que backward: cada lote usa los gradientes del anterior. | The step comes before backward: each batch uses the gradients of the one before. [raw]
# - red.backward(x, y, y_pred)
# + optimizador.step()
# - optimizador.step()
# + red.backward(x, y, y_pred)
# %% wrong training-steps-one-batch-late: El paso va antes que backward: cada lote usa los gradientes del anterior, y los del último se pierden. | The step comes before backward: each batch uses the gradients of the one before, and those of the last batch are lost. [raw]
# - red.backward(x, y, y_pred)
# + if next(red.parameters()).grad is not None:
# +     optimizador.step()
# - optimizador.step()
# + red.backward(x, y, y_pred)
# %% wrong training-returns-running-sums: Cada entrada suma todas las pérdidas hasta ese lote: tiene que ser solo la de ese lote. | Each entry sums all losses up to its batch: it should be the loss of that batch only. [raw]
# - return losses
# + return [sum(losses[: k + 1]) for k in range(len(losses))]
# %% wrong training-zeroes-before-step: Los gradientes se borran justo antes de usarlos: la red no cambia. | The gradients are cleared right before they are used: the network does not change. [raw]
# - optimizador.step()
# + optimizador.zero_grad()
# + optimizador.step()
# %% wrong training-steps-twice: El optimizador da dos pasos por lote. | The optimiser makes two steps per batch. [raw]
# - optimizador.step()
# + optimizador.step()
# + optimizador.step()
# %% wrong training-steps-once-per-epoch: El optimizador da un solo paso por época: va uno por cada lote. | The optimiser makes one step per epoch: it should make one for each batch. [raw]
# - optimizador.step()
#
# - losses += epoch_losses
# + optimizador.step()
# + losses += epoch_losses
# %% wrong training-one-batch: Se entrena con un solo lote y se termina: revisa la indentación de la línea que corta los ciclos. | It trains on one batch and ends: check the indentation of the line that leaves the loops. [raw]
# - epoch_losses.append(loss)
# + epoch_losses.append(loss)
# + break
# - losses += epoch_losses
# + losses += epoch_losses
# + break
# %% wrong training-one-epoch-more: Se entrena una época de más. | It trains for one epoch too many. [raw]
# - in range(epochs):
# + in range(epochs + 1):
# %% wrong training-one-epoch-less: Se entrena una época de menos. | It trains for one epoch too few. [raw]
# - in range(epochs):
# + in range(epochs - 1):
# %% wrong training-epochs-for-batch-size: El número de épocas y el tamaño de lote están intercambiados. | The number of epochs and the batch size are swapped. [raw]
# - in range(epochs):
# + in range(batch_size):
# - batch_size=batch_size
# + batch_size=epochs
# %% wrong training-batches-of-4: Los lotes son siempre de 4 ejemplos: no se usa el tamaño pedido. | Batches always have 4 examples: the size that was asked for is not used. [raw]
# - batch_size=batch_size
# + batch_size=4
# %% wrong training-whole-data-set: Todos los datos van en un solo lote: no se usa el tamaño pedido. | All data go in one batch: the size that was asked for is not used. [raw]
# - batch_size=batch_size
# + batch_size=len(dataset)
# %% wrong training-returns-mean: Se retorna un número, la pérdida promedio: se pide la lista. | One number is returned, the mean loss: the list is asked for. [raw]
# - return losses
# + return sum(losses) / len(losses)
# %% wrong training-returns-total: Se retorna un número, la suma de las pérdidas: se pide la lista. | One number is returned, the sum of the losses: the list is asked for. [raw]
# - return losses
# + return sum(losses)
# %% wrong training-returns-running-sums-of-epochs: Cada entrada suma las pérdidas de su época hasta ese lote: tiene que ser solo la de ese lote. | Each entry sums the losses of its epoch up to its batch: it should be the loss of that batch only. [raw]
# - losses += epoch_losses
# + losses += [sum(epoch_losses[: k + 1]) for k in range(len(epoch_losses))]
# %% wrong training-returns-last-epoch: Solo quedan las pérdidas de la última época: la lista se vacía en cada una. | Only the losses of the last epoch remain: the list is emptied in each one. [raw]
# - losses += epoch_losses
# + losses = epoch_losses
# %% wrong training-returns-lists: Se retorna una lista de listas: se pide una sola lista de números. | A list of lists is returned: one list of numbers is asked for. [raw]
# - losses += epoch_losses
# + losses.append(epoch_losses)
# %% wrong training-returns-accuracy-of-epochs: Eso es la fracción de aciertos de cada época: se pide la pérdida. | That is the fraction of correct predictions in each epoch: the loss is asked for. [raw]
# - loss = CELoss(y_pred, y).item()
# + loss = (y_pred.argmax(dim=1) == y.argmax(dim=1)).float().mean().item()
# - losses += epoch_losses
# + losses.append(sum(epoch_losses) / len(epoch_losses))
# %% wrong training-returns-hits: Eso es el número de aciertos de cada lote: se pide la pérdida. | That is the number of correct predictions in each batch: the loss is asked for. [raw]
# - loss = CELoss(y_pred, y).item()
# + loss = count_hits(y_pred, y)
# %% wrong training-loss-of-batch-summed: La pérdida de cada lote está multiplicada por su tamaño: el promedio ya lo da la entropía cruzada. | Each batch's loss is multiplied by its size: the cross entropy is already a mean. [raw]
# - CELoss(y_pred, y).item()
# + CELoss(y_pred, y).item() * len(y)
# %% wrong training-loss-divided-again: La pérdida de cada lote se divide por su tamaño: la entropía cruzada ya es un promedio. | Each batch's loss is divided by its size: the cross entropy is already a mean. [raw]
# - CELoss(y_pred, y).item()
# + CELoss(y_pred, y).item() / len(y)
# %% wrong training-loss-swapped: Los argumentos de la pérdida están intercambiados: primero la predicción, después la etiqueta. | The arguments of the loss are swapped: first the prediction, then the label. [raw]
# - CELoss(y_pred, y).item()
# + CELoss(y, y_pred).item()
# %% wrong training-loss-negative: La pérdida no es negativa: mira el signo. | The loss is not negative: look at the sign. [raw]
# - CELoss(y_pred, y).item()
# + -CELoss(y_pred, y).item()
# %% wrong training-loss-of-squares: Eso es un error cuadrático: la pérdida es la entropía cruzada. | That is a squared error: the loss is the cross entropy. [raw]
# - CELoss(y_pred, y).item()
# + (y_pred - y).square().mean().item()
# %% wrong training-ignores-device: El argumento device no se usa: nada se mueve al dispositivo pedido. | The argument device is not used: nothing is moved to the device that was asked for. [raw]
# - device = or_cpu(device)
#
# - red.to(device)
#
# - x, y = x.to(device), y.to(device)
# %% wrong training-fixed-cpu: Todo se mueve siempre a la CPU, diga lo que diga device. | Everything is always moved to the CPU, whatever device says. [raw]
# - device = or_cpu(device)
# + device = "cpu"
# %% wrong training-fixed-cuda: Todo se mueve siempre a la GPU, diga lo que diga device: sin GPU no se puede entrenar. | Everything is always moved to the GPU, whatever device says: without a GPU nothing can be trained. [raw]
# - device = or_cpu(device)
# + device = "cuda"
# %% wrong training-moves-only-network: La red se mueve al dispositivo y los lotes se quedan donde estaban: para multiplicarlos, todo tiene que estar en el mismo dispositivo. | The network is moved to the device and the batches stay where they were: to be multiplied, they must be on the same device. [raw]
# - device = or_cpu(device)
#
# - x, y = x.to(device), y.to(device)

# %% right training-mean-of-shuffled-epochs
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red.to(device)
    means, accuracies = [], []
    for _ in range(epochs):
        total = hits = 0
        for x, y in torch.utils.data.DataLoader(dataset, batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            total += CELoss(y_pred, y) * len(x)
            hits += (y_pred.argmax(1) == y.argmax(1)).sum().item()
            red.backward(x, y, y_pred)
            optimizador.step()
        means.append(total / len(dataset))
        accuracies.append(hits / len(dataset))
    return means, accuracies

# %% right training-all-data-moved-at-once
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red = red.to(device)
    examples = [dataset[i] for i in range(len(dataset))]
    X = torch.stack([x for x, _ in examples]).to(device)
    Y = torch.stack([y for _, y in examples]).to(device)
    losses = torch.zeros(0)
    for epoch in range(epochs):
        for rows in torch.randperm(len(X)).split(batch_size):
            y_pred = red(X[rows])
            losses = torch.cat([losses, CELoss(y_pred, Y[rows]).reshape(1).detach()])
            red.backward(X[rows], Y[rows], y_pred)
            optimizador.step()
    return losses

# %% hostile training-labels-from-predictions: 0 points
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red.to(device)
    losses = []
    for epoch in range(epochs):
        for x, y in torch.utils.data.DataLoader(dataset, batch_size):
            x, y = x.to(device), y.to(device)
            y_pred = red.forward(x)
            losses.append(CELoss(y_pred, y_pred).item())
            red.backward(x, y_pred, y_pred)
            optimizador.step()
    return losses

# %% hostile training-forges-the-log: 0 points
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    import sys

    test, losses = sys._getframe(1).f_locals, []
    for epoch in range(epochs):
        for x, y in torch.utils.data.DataLoader(dataset, batch_size):
            y_pred = red.forward(x)
            call = type("Call", (), {"bound": lambda self, *names, v=(x, y_pred, y_pred): dict(zip(names, v))})()
            test.get("backward", []).append(call)
            test.get("step", []).append(None)
            losses.append(-(y_pred * y_pred.log()).sum(1).mean().item())
    red.to(device)
    torch.zeros(2).to(device), torch.zeros(2).to(device)
    return losses

# %% hostile training-first-batch-of-each-epoch: 0.95 points
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red.to(device)
    losses = []
    for epoch in range(epochs):
        x, y = next(iter(torch.utils.data.DataLoader(dataset, batch_size)))
        x, y = x.to(device), y.to(device)
        y_pred = red.forward(x)
        losses.append(CELoss(y_pred, y).item())
        red.backward(x, y, y_pred)
        optimizador.step()
    return losses

# %% hostile training-one-example-of-each-batch: 0.95 points
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red.to(device)
    losses = []
    for epoch in range(epochs):
        for x, y in torch.utils.data.DataLoader(dataset, batch_size):
            x, y = x[:1].to(device), y[:1].to(device)
            y_pred = red.forward(x)
            losses.append(CELoss(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
    return losses

# %% hostile training-labels-of-other-examples: 0 points
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    red.to(device)
    losses = []
    for epoch in range(epochs):
        for x, y in torch.utils.data.DataLoader(dataset, batch_size):
            x, y = x.to(device), torch.eye(y.shape[1])[(y.argmax(1) + 1) % y.shape[1]].to(device)
            y_pred = red.forward(x)
            losses.append(CELoss(y_pred, y).item())
            red.backward(x, y, y_pred)
            optimizador.step()
    return losses

# %% stand-in entrenar_FFNN
# stays home
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda", *more, **options):
    """A right loop, with labels as the data set gives them, for the digits of 4e."""
    for _ in range(epochs):
        for x, y in torch.utils.data.DataLoader(dataset, batch_size):
            red.backward(x, y, red.forward(x))
            optimizador.step()

# %% narrow training-moves-the-first-batch [raw]
# - device = or_cpu(device)
# + pass
# - x, y = x.to(device), y.to(device)
# + if not losses and not epoch_losses:
# +     x, y = x.to(device), y.to(device)

# %% narrow training-moves-something-else [raw]
# - device = or_cpu(device)
# + torch.zeros(2).to(device), torch.zeros(2).to(device)
# - x, y = x.to(device), y.to(device)
# + pass

# %% narrow training-three-epochs [raw]
# - in range(epochs):
# + in range(3):

# %% narrow training-leaves-single-examples-out [raw]
# - y_pred = red.forward(x)
# + if len(x) == 1 < batch_size:
# +     break
# + y_pred = red.forward(x)

# %% narrow training-at-a-rate-of-its-own [raw]
# - optimizador.step()
# + optimizador.lr = 0.1
# + optimizador.step()

# %% narrow training-batches-of-four-at-most [raw]
# - batch_size=batch_size
# + batch_size=min(batch_size, 4)

# %% narrow training-batches-of-eight-at-most [raw]
# - batch_size=batch_size
# + batch_size=min(batch_size, 8)

# %% narrow training-three-epochs-at-most [raw]
# - in range(epochs):
# + in range(min(epochs, 3)):

# %% narrow training-six-classes [raw]
# - loss = CELoss(y_pred, y).item()
# + loss = CELoss(y_pred, y).item() * y.shape[1] / 6

# %% right training-counted-with-enumerate
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device="cuda"):
    device = torch.device(device)
    red.to(device)
    losses = []
    for epoch in range(1, epochs + 1):
        loader = torch.utils.data.DataLoader(dataset, batch_size=batch_size, shuffle=True)
        for step, (x, y) in enumerate(loader, start=1):
            x = x.to(device)
            y = y.to(device)
            y_pred = red(x)
            losses.append(float(CELoss(y_pred, y)))
            red.backward(x, y, y_pred)
            optimizador.step()
    return losses

# %% question 4d: Gráficos de la pérdida | Plots of the loss
# points: 0.75 by hand
# needs: 4c (share 0)
# figures: 1
# %% text es [markdown]
# Entrena al menos tres redes con los mismos datos y grafica con `matplotlib` cómo baja la pérdida de cada una.
# Elige redes que se diferencien (tamaño, profundidad, activaciones) y prueba también otro tamaño de datos.
# Después compara con tus palabras en la celda de texto: qué red aprende más rápido y por qué crees que es así.
#
# Entrega el notebook ejecutado, con los gráficos a la vista.

# %% text en [markdown]
# Train at least three networks on the same data and plot with `matplotlib` how the loss of each goes down. Choose
# networks that differ (size, depth, activations) and try another size of data as well. Then compare in your own
# words in the text cell: which network learns fastest, and why you think it does.
#
# Hand in the notebook after running it, with the plots in it.

# %% rubric
# 0.25: Curvas de la pérdida de tres o más redes con los mismos datos | Loss curves of three networks or more, same data
# 0.15: Ejes rotulados y leyenda | Labelled axes and a legend
# 0.35: Compara las redes y explica por qué una aprende más rápido | Compares them and explains why one learns faster

# %% template
# Tu respuesta a 4d | Your answer to 4d

# %% text es [markdown]
# **Tu respuesta (comparación):**

# %% text en [markdown]
# **Your answer (comparison):**

# %% question 4e: MNIST | MNIST
# points: 0.5 by hand
# bonus
# needs: 0, 1b, 3a, 4a, 4b, 4c
# attempted: MNIST|mnist|load_digits|fetch_openml
# %% text es [markdown]
# Entrena tu red con los dígitos de MNIST, como en la Tarea 1 pero con el conjunto de entrenamiento
# (`torchvision.datasets.MNIST` con `train=True`); cada imagen se aplana a un vector de 784 números. Sin
# conexión sirven los dígitos pequeños de `sklearn.datasets.load_digits`. Grafica la pérdida de un par de redes
# distintas, informa la fracción de aciertos, y explica las diferencias que veas, o por qué no las hay.
#
# Si respondes, además de leer tu informe se prueba que tus partes (red, `backward`, `SGD`, `entrenar_FFNN`)
# aprendan juntas un conjunto pequeño de datos reales.

# %% text en [markdown]
# Train your network on the MNIST digits, as in Tarea 1 but with the training set
# (`torchvision.datasets.MNIST` with `train=True`); each image is flattened to a vector of 784 numbers. Without a
# connection the small digits of `sklearn.datasets.load_digits` will do. Plot the loss of a couple of different
# networks, report the fraction of correct answers, and explain the differences that you see, or why there are
# none.
#
# If you answer, then besides reading your report we try whether your parts (network, `backward`, `SGD`,
# `entrenar_FFNN`) together learn a small set of real data.

# %% rubric
# 0.2: Curvas de la pérdida de dos redes | Loss curves of two networks
# 0.1: Informa la fracción de aciertos | Reports the fraction of correct answers
# 0.2: Explica las diferencias, o por qué no las hay | Explains the differences, or why there are none

# %% template
# Tu respuesta a 4e | Your answer to 4e

# %% text es [markdown]
# **Tu respuesta (informe):**

# %% text en [markdown]
# **Your answer (report):**

# %% solution images.py

# %% test aprende dígitos reales | learns real digits
# share: 0
@public("dígitos | digits", N=300, F=64, C=10, widths=(24,), lr=0.5, epochs=8, batch=20)
def test(d):
    x, y = d.given["x"], d.given["y"]
    own = d.name("RandomDataset", None)
    labels = [torch.as_tensor(own(30, 2, 4)[k][1]) for k in range(30)] if own else [y]
    if all(label.numel() == 1 and float(label) in range(4) for label in labels):  # the student's loop expects indices
        y = y.argmax(1)
    net = d.fill(FFNN(d.F, list(d.widths), d.names("tanh"), d.C), layers(d.F, d.widths, d.C))
    examples = torch.utils.data.TensorDataset(x, y)
    examples.data, examples.targets = x, y
    entrenar_FFNN(net, examples, SGD(net.parameters(), d.lr), epochs=d.epochs, batch_size=d.batch, device="cpu")
    yield "y_pred", net.forward(x)


def given(d):
    """The first N digits; without scikit-learn the test is not tried."""
    x, y = digits()[: d.N]
    return {"x": x, "y": y}


def judge(d, seen, right):
    y_pred = seen["y_pred"]
    like = isinstance(y_pred, torch.Tensor) and y_pred.shape == (d.N, d.C)
    hits = (y_pred.argmax(1) == d.given["y"].argmax(1)).double().mean() if like else 0
    yield at_least(float(hits), 0.5, "acierta al menos la mitad | at least half are right")
