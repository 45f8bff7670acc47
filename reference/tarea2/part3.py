# %% text es [markdown]
# ## Parte 3: backpropagation en la red

# %% text en [markdown]
# ## Part 3: backpropagation through the network

# %% question 3a: FFNN.backward
# points: 2
# again: 0.25
# needs: 0, 1a
# forbidden: autograd
# names: FFNN FFNN.backward

# %% text es [markdown]
# Agrega a `FFNN` el método `backward(x, y, y_pred)`. No entrega nada: deja en el atributo `.grad` de cada
# parámetro $\theta$ de la red el valor de $\partial \mathcal{L} / \partial \theta$. Las capas escondidas pueden
# tener cualquier mezcla de `sig`, `tanh`, `relu`, `celu` y `swish` (con $\alpha = \beta = 1$), y puede haber
# cualquier cantidad de ellas.
#
# Cómo se prueba:
#
# * siempre se llama a `forward(x)` y después a `backward(x, y, y_pred)` con ese mismo `x`, de modo que puedes
#   guardar en `forward` lo que necesites después, o calcularlo de nuevo;
# * `y` es *one-hot* de tamaño $(B, C)$, y $B$ puede ser 1;
# * `y_pred` es lo que entregó `forward`, con o sin grafo de derivación automática;
# * la red se construye con tus funciones de activación, así que puedes reconocerlas comparando (`f is celu`);
# * una segunda llamada reemplaza los gradientes de la primera: no se acumulan;
# * los gradientes se comparan con los correctos para los parámetros de tu red, uno por uno. Importa que cada
#   gradiente esté en su parámetro y con su tamaño; cómo se llaman y en qué orden están los parámetros, no.
#
# *También está bien:* `torch.nn.Linear` o cualquier otra forma de guardar los parámetros, siempre que aparezcan
# en `red.parameters()`; definir la clase por partes en varias celdas.
#
# *Prohibido:* toda forma de derivación automática o numérica (`Tensor.backward`, `torch.autograd`, `torch.func`,
# diferencias finitas). Las activaciones que trae `torch` se pueden usar.

# %% text en [markdown]
# Add the method `backward(x, y, y_pred)` to `FFNN`. It returns nothing: it leaves the value of
# $\partial \mathcal{L} / \partial \theta$ in the attribute `.grad` of each parameter $\theta$ of the network. The
# hidden layers may be any mix of `sig`, `tanh`, `relu`, `celu` and `swish` (with $\alpha = \beta = 1$), and there
# may be any number of them.
#
# How it is tested:
#
# * `forward(x)` is always called first and then `backward(x, y, y_pred)` with that same `x`, so you may store in
#   `forward` what you need later, or compute it again;
# * `y` is one-hot of size $(B, C)$, and $B$ may be 1;
# * `y_pred` is what `forward` returned, with or without a graph for automatic differentiation;
# * the network is built with your activation functions, so you can recognise them by comparing (`f is celu`);
# * a second call replaces the gradients of the first: they do not accumulate;
# * the gradients are compared with the right ones for the parameters of your network, one by one. Each gradient
#   has to be in its parameter and of its size; what the parameters are called and their order does not matter.
#
# *Also fine:* `torch.nn.Linear` or any other way of keeping the parameters, as long as they appear in
# `red.parameters()` (`red` is the network); defining the class piece by piece in several cells.
#
# *Forbidden:* every kind of automatic or numerical differentiation (`Tensor.backward`, `torch.autograd`,
# `torch.func`, finite differences). The activations that come with `torch` may be used.

# %% template
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        # F características, l_h anchos de las capas escondidas | F features, l_h widths of the hidden layers
        # l_a sus activaciones, C clases | l_a their activations, C classes
        super().__init__()
        self.activaciones = l_a
        self.Ws = torch.nn.ParameterList()
        self.bs = torch.nn.ParameterList()
        entrada = F
        for salida in l_h:
            self.Ws.append(torch.nn.Parameter(torch.randn(entrada, salida) * entrada**-0.5))
            self.bs.append(torch.nn.Parameter(torch.randn(salida) * entrada**-0.5))
            entrada = salida
        self.U = torch.nn.Parameter(torch.randn(entrada, C) * entrada**-0.5)
        self.c = torch.nn.Parameter(torch.randn(C) * entrada**-0.5)

    def forward(self, x):
        # Las probabilidades (B, C) para x de tamaño (B, F) | The probabilities (B, C) for x of size (B, F)
        h = x
        for W, b, f in zip(self.Ws, self.bs, self.activaciones):
            h = f(h @ W + b)
        return softmax(h @ self.U + self.c, dim=1)

    def backward(self, x, y, y_pred):
        # Tu respuesta a 3a | Your answer to 3a
        pass

# %% solution network.py

# %% helper filled
def filled(d, widths, F, C, double=False, names=None):
    """A network with the parameters of the case.

    Where two parameters have the same shape, or a matrix is square, they are recognised by their places in a network
    whose widths all differ.
    """
    def made(F, widths, C):
        net = FFNN(F, list(widths), d.names(names or d.activations), C)
        return in_float64(net) if double else net

    net, shapes = made(F, widths, C), layers(F, widths, C)
    alike = [tuple(sorted(shape)) for shape in shapes.values()]
    if len(set(alike)) == len(alike) and all(len(set(shape)) == len(shape) for shape in alike):
        return d.fill(net, shapes)
    others = [*range(13, 13 + len(widths))]
    return d.fill(net, shapes, like=d.fill(made(11, others, 7), layers(11, others, 7)))

# %% test gradiente de cada parámetro | gradient of each parameter
# tolerance: 2e-4, 2e-6
# share: 1
# per case
# relative error
# hint: Compara capa por capa con tus respuestas de 2a, 2b y 2c. | Compare layer by layer with your answers to 2a, 2b and 2c.

# B is no multiple of C: 2/B, for example, is not 1/C. relu comes first, where it is widest: a layer whose every relu is
# off would hide what is wrong below it. The tolerance: right gradients in float32 go through a dozen operations and sums
# of up to 50 terms, and were seen up to 2e-5 relative off.
@public("sig 4", B=11, F=5, C=3, widths=(4,), activations="sig")
@public("relu 7 → tanh 4", B=11, F=5, C=3, widths=(7, 4), activations="relu tanh")
@hidden("celu 8", B=40, F=5, C=3, widths=(8,), activations="celu")
@hidden("swish 6", B=7, F=5, C=3, widths=(6,), activations="swish")
def test(d):
    net = d.fill(FFNN(d.F, list(d.widths), d.names(d.activations), d.C), layers(d.F, d.widths, d.C))
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    with d.uses(FUNCTIONS) as alone:
        y_pred = net.forward(x)
    with d.uses(FUNCTIONS, operations=True) as uses:
        net.backward(x, y, y_pred)
    yield "uses", uses
    yield "alone", alone
    yield from d.gradients(net)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F, seen["alone"])

# %% test otras redes | other networks
# tolerance: 2e-4, 2e-6
# share: 7.5
# per case
# relative error
# hint: Compara capa por capa con tus respuestas de 2a, 2b y 2c. | Compare layer by layer with your answers to 2a, 2b and 2c.

# A wrong slope spoils its layer and all layers below. The orders leave more than 60 % of the points to a backward
# that is wrong for one activation only.
@hidden("relu 9 → tanh 7 → celu 6", B=11, F=5, C=3, widths=(9, 7, 6), activations="relu tanh celu", scale=1.0)
@hidden("relu 10 → swish 8 → sig 7 → tanh 4", B=11, F=5, C=3, widths=(10, 8, 7, 4),
        activations="relu swish sig tanh", scale=1.0)
@hidden("relu 6 → relu 6, F = C", B=8, F=6, C=6, widths=(6, 6), activations="relu relu", scale=1.0)
@hidden("relu 9 → tanh 5 → celu 8 → swish 4 → relu 6", B=5, F=3, C=2, widths=(9, 5, 8, 4, 6),
        activations="relu tanh celu swish relu", scale=1.0)
@hidden("swish 7 → sig 4, x grande | swish 7 → sig 4, large x", B=9, F=5, C=3, widths=(7, 4), activations="swish sig",
        scale=6.0)
def test(d):
    net = filled(d, d.widths, d.F, d.C)
    x, y = d.normal(d.B, d.F, scale=d.scale), d.one_hot(d.B, d.C)
    yield "uses", trained(d, net, (x, y))
    yield from d.gradients(net)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F)

# %% test un solo ejemplo | a single example
# tolerance: 2e-4, 2e-6
# share: 0.5
# relative error
# refines
# hint: Con un lote de un ejemplo las formas son (1, n): ¿algún squeeze o sum de más? | With a batch of one example the shapes are (1, n): an extra squeeze or sum?

# Its own share: with one example many mistakes do not show, and would earn a ninth of the points.
@hidden("celu 4", B=1, F=5, C=3, widths=(4,), activations="celu")
def test(d):
    net = filled(d, d.widths, d.F, d.C)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    yield "uses", trained(d, net, (x, y))
    yield from d.gradients(net)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F)

# %% test segundo backward | second backward
# tolerance: 2e-4, 2e-6
# share: 1
# relative error
# refines
# hint: Cada backward asigna .grad de nuevo; no se acumula. | Each backward sets .grad again; it does not accumulate.
@public("tanh 7 → sig 4", B=(11, 11), F=5, C=3, widths=(7, 4), activations="tanh sig")
@hidden("tanh 8 → sig 6", B=(11, 11), F=5, C=3, widths=(8, 6), activations="tanh sig")
@hidden("otro lote, más chico | another batch, smaller", B=(10, 4), F=5, C=3, widths=(8, 6), activations="swish relu")
def test(d):
    net = d.fill(FFNN(d.F, list(d.widths), d.names(d.activations), d.C), layers(d.F, d.widths, d.C))
    batches = [(d.normal(n, d.F), d.one_hot(n, d.C)) for n in d.B]
    with d.uses(FUNCTIONS) as uses:
        for x, y in batches:
            net.backward(x, y, net.forward(x))
    yield "uses", uses
    yield from d.gradients(net)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], sum(d.B), d.widths, d.F)

# %% test dos redes a la vez | two networks at once
# tolerance: 2e-4, 2e-6
# share: 0.25
# relative error
# refines
# hint: Cada red guarda lo suyo en self: nada en la clase ni en variables globales. | Each network keeps what is its own in self: nothing in the class or in global variables.
@hidden("celu 8 y tanh 6 | celu 8 and tanh 6", B=11, F=5, C=3)
def test(d):
    nets = [filled(d, (8,), d.F, d.C, names="celu"), filled(d, (6,), d.F, d.C, names="tanh")]
    batches = [(d.normal(d.B, d.F), d.one_hot(d.B, d.C)) for _ in nets]
    with d.uses(FUNCTIONS) as uses:
        predictions = [net.forward(x) for net, (x, _) in zip(nets, batches)]
        for k, net in enumerate(nets):
            net.backward(*batches[k], predictions[k])
    yield "uses", uses
    for k, net in enumerate(nets, 1):
        for name, gradient in d.gradients(net):
            yield f"{name}, red {k} | {name}, network {k}", gradient


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, (8, 6), 2 * d.F)  # x of both networks

# %% test float64
# tolerance: 1e-12, 1e-14
# precision: float64
# share: 0.25
# relative error
# refines
# hint: En red.double() los gradientes son exactos hasta las últimas cifras: una diferencia finita no lo es. | In red.double() the gradients are exact to the last digits: a finite difference is not.
@hidden("celu 8 → swish 6 → sig 4 | celu 8 → swish 6 → sig 4", B=7, F=5, C=3, widths=(8, 6, 4),
        activations="celu swish sig")
def test(d):
    net = filled(d, d.widths, d.F, d.C, double=True)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    yield "uses", trained(d, net, (x, y))
    yield from d.gradients(net)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F)
    gradients = [name for name in right if name.endswith(".grad")]
    yield from (near(seen[name], right[name], name) for name in gradients if name in seen)
    # What is inexact below the last layer only comes from the slopes; a bound such as y / (y_pred + 1e-10) shows there too.
    last = between_precisions(seen, right, ["U.grad", "c.grad"])
    yield forbidden("derivación numérica | numerical differentiation", last or not between_precisions(seen, right, gradients))
    yield flag("los gradientes en float64 tienen la precisión de diferencias finitas | the gradients in float64 are as "
               "exact as finite differences are", not last)

# %% stand-in FFNN
# stays home
def parts(net, F, C):
    """W, b, U and c of a network with one hidden layer, each with whether it is kept transposed, by their shapes."""
    found = {}
    for p in net.parameters():
        sizes = [n for n in p.shape if n > 1]
        if len(sizes) == 2 and F in sizes:
            found["W"] = p, p.shape[0] != F
        elif len(sizes) == 2 and C in sizes:
            found["U"] = p, p.shape[1] != C
        elif sizes == [C]:
            found["c"] = p, False
        elif len(sizes) == 1:
            found["b"] = p, False
    return found


def predicted(x, W, b, U, c):
    return torch.softmax(torch.tanh(x @ W + b) @ U + c, 1)


def is_one_hot(t):
    return t.dim() == 2 and bool(((t == 0) | (t == 1)).all() and (t.sum(1) == 1).all())


@torch.no_grad()
def backward(self, *args, **kwargs):
    """Right gradients for a network with one hidden layer of tanh, whatever its own backward does.

    x comes first. Of the other two the labels are those that are one-hot, or indices.
    """
    x, *others = [v for v in (*args, *kwargs.values()) if isinstance(v, torch.Tensor)]
    y = next((t for t in others if t.dim() == 1 or not t.is_floating_point() or is_one_hot(t)), others[0])
    y_pred = next((t for t in others if t is not y and t.dim() == 2), None)
    C = y.shape[-1] if y.dim() > 1 else y_pred.shape[-1]
    found = parts(self, x.shape[-1], C)
    values = {name: p.detach().t() if turned else p.detach() for name, (p, turned) in found.items()}
    if y.dim() == 1:
        y = torch.nn.functional.one_hot(y.long(), C)
    h = torch.tanh(x @ values["W"] + values["b"])
    at_output = (torch.softmax(h @ values["U"] + values["c"], 1) - y) / len(x)
    at_hidden = at_output @ values["U"].t() * (1 - h * h)
    gradients = {
        "W": x.t() @ at_hidden, "b": at_hidden.sum(0), "U": h.t() @ at_output, "c": at_output.sum(0),
    }  # fmt: skip
    for name, (p, turned) in found.items():
        p.grad = (gradients[name].t() if turned else gradients[name]).to(p.dtype).reshape(p.shape)


class Network(torch.nn.Module):
    """One hidden layer of tanh, for a network that is missing or whose forward is wrong."""

    def __init__(self, F, l_h, l_a, C, *more, **options):
        super().__init__()
        (n,) = l_h
        self.W = torch.nn.Parameter(torch.randn(F, n) / F**0.5)
        self.b = torch.nn.Parameter(torch.zeros(n))
        self.U = torch.nn.Parameter(torch.randn(n, C) / n**0.5)
        self.c = torch.nn.Parameter(torch.zeros(C))

    def forward(self, x, *more, **options):
        return predicted(x, self.W, self.b, self.U, self.c)


def goes_forward(network):
    """Whether a student's network computes the right probabilities, whatever their dtype."""
    try:
        net = network(5, [4], [torch.tanh], 3)
        values = {name: (p.t() if turned else p).detach() for name, (p, turned) in parts(net, 5, 3).items()}
        x = torch.randn(2, 5, dtype=values["W"].dtype)
        return torch.allclose(net.forward(x), predicted(x, **values), atol=1e-4)
    except Exception:  # a student's code may raise anything
        return False


def signature_of_backward(network):
    """The parameters of the student's backward: who watches its calls finds x and y by these names."""
    import inspect

    try:
        return inspect.signature(network.backward)
    except Exception:  # there is none
        return inspect.signature(lambda self, x, y, y_pred: None)


backward.__signature__ = signature_of_backward(original)
FFNN = original if goes_forward(original) else Network
FFNN.backward = backward

# %% right linear-layers
class FFNN(torch.nn.Module):
    """Weights are kept transposed, and forward keeps what backward needs."""

    def __init__(self, F, l_h, l_a, C, l_a_params=None):
        super().__init__()
        widths = [F, *l_h, C]
        self.linear = torch.nn.ModuleList(torch.nn.Linear(n, m) for n, m in zip(widths, widths[1:]))
        self.names = [f.__name__ for f in l_a]
        self.functions = l_a

    def forward(self, x):
        self.kept = []
        with torch.no_grad():
            for layer, f in zip(self.linear, self.functions):
                u = layer(x)
                self.kept.append((x, u))
                x = f(u)
            self.kept.append((x, None))
            return softmax(self.linear[-1](x), 1)

    def backward(self, x, y, y_pred):
        with torch.no_grad():
            du = (y_pred - y) / x.shape[0]
            for k in range(len(self.linear) - 1, -1, -1):
                layer, (h, _) = self.linear[k], self.kept[k]
                layer.weight.grad, layer.bias.grad = du.t() @ h, du.sum(0)
                if k > 0:
                    du = du @ layer.weight * self.slope(self.names[k - 1], self.kept[k - 1][1])

    def slope(self, name, u):
        if name == "sig":
            return torch.sigmoid(u) * (1 - torch.sigmoid(u))
        if name == "tanh":
            return 1 - torch.tanh(u) ** 2
        if name == "relu":
            return d_relu(u)
        return d_celu(u)[0] if name == "celu" else d_swish(u)[0]

# %% hostile not-a-number: 0 points
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        widths = [F, *l_h, C]
        self.linear = torch.nn.ModuleList(torch.nn.Linear(n, m) for n, m in zip(widths, widths[1:]))

    def forward(self, x):
        return torch.full((len(x), self.linear[-1].out_features), float("nan"))

    def backward(self, x, y, y_pred):
        for p in self.parameters():
            p.grad = torch.full_like(p, float("nan"))

# %% wrong backward-sets-nothing: Ningún parámetro recibe su gradiente: no basta con calcularlo o retornarlo, ni con dejarlo en una copia. | No parameter gets its gradient: computing or returning it is not enough, and neither is leaving it on a copy. [raw]
# also: 3b
# in FFNN.backward
# - u, h = self.hidden_states(x)
# + return

# %% wrong backward-no-mean: La pérdida es el promedio sobre el lote: ese promedio también divide a los gradientes. | The loss is the mean over the batch: that mean divides the gradients as well. [raw]
# repeats: slope-no-mean
# also: 3b
# - error / len(y)
# + error

# %% wrong backward-mean-over-entries: El promedio es sobre los ejemplos, no sobre todas las entradas de la matriz. | The mean is over the examples, not over all entries of the matrix. [raw]
# repeats: slope-mean-over-entries
# also: 3b
# - error / len(y)
# + error / error.numel()

# %% wrong backward-mean-over-classes: Dividiste por el número de clases en vez del de ejemplos. | You divided by the number of classes instead of the number of examples. [raw]
# repeats: slope-mean-over-classes
# also: 3b
# - error / len(y)
# + error / y.shape[1]

# %% wrong backward-mean-twice: El promedio sobre el lote aparece dos veces: basta dividir una vez, en la capa de salida. | The mean over the batch appears twice: dividing once, at the output layer, is enough. [raw]
# repeats: output-divided-again
# also: 3b
# - error / len(y)
# + error / len(y) ** 2

# %% wrong backward-fixed-batch: Divides por un número fijo: usa el tamaño del lote que llega, porque el último puede ser más chico. | You divide by a fixed number: use the size of the batch that is given, because the last one may be smaller. [raw]
# repeats: slope-fixed-batch
# also: 3b
# - error / len(y)
# + error / 8

# %% wrong backward-sign: El signo está al revés: piensa hacia dónde crece la pérdida. | The sign is the wrong way round: think about the direction in which the loss grows. [raw]
# repeats: slope-opposite-sign
# also: 3b
# - error = y_pred - y
# + error = y - y_pred

# %% wrong backward-doubled: Todo sale al doble: ese 2 viene de derivar un cuadrado, y esta pérdida es la entropía cruzada. | Everything is doubled: that 2 comes from differentiating a square, and this loss is the cross entropy. [raw]
# repeats: slope-of-squares
# also: 3b
# - error / len(y)
# + 2 * error / len(y)

# %% wrong backward-halved: Todo sale a la mitad: sobra un 2 en algún denominador. | Everything is halved: some denominator has an extra 2. [raw]
# also: 3b
# - error / len(y)
# + error / (2 * len(y))

# %% wrong backward-only-the-loss: Partes de la derivada respecto de y_pred: falta pasar por softmax. | You start from the derivative with respect to y_pred: the step through softmax is missing. [raw]
# repeats: slope-only-the-loss
# also: 3b
# - error = y_pred - y
# + error = -y / y_pred

# %% wrong backward-diagonal-only: softmax mezcla las clases: subir una entrada de u baja la probabilidad de todas las demás, y eso falta. | softmax mixes the classes: raising one entry of u lowers the probability of all others, and that is missing. [raw]
# repeats: slope-diagonal-only
# also: 3b
# - error = y_pred - y
# + error = y * (y_pred - 1)

# %% wrong backward-sigmoid-output: En la salida sobra un factor: al pasar por softmax, la derivada del logaritmo cancela la de las probabilidades. | There is one factor too many at the output: on the way through softmax the logarithm's derivative cancels that of the probabilities. [raw]
# repeats: slope-of-sigmoid
# also: 3b
# - error = y_pred - y
# + error = (y_pred - y) * y_pred * (1 - y_pred)

# %% wrong backward-softmax-again: y_pred ya tiene probabilidades: softmax no se aplica otra vez. | y_pred already holds probabilities: softmax is not applied again. [raw]
# repeats: slope-softmax-again
# also: 3b
# - error = y_pred - y
# + error = softmax(y_pred, dim=1) - y

# %% wrong backward-without-labels: Las etiquetas no se usan: el gradiente tiene que depender de la clase correcta. | The labels are not used: the gradient must depend on the right class. [raw]
# repeats: slope-without-labels
# also: 3b
# - error = y_pred - y
# + error = y_pred

# %% wrong backward-hard-prediction: Usas la clase elegida en vez de las probabilidades: al elegir la mayor se pierde cuánto le falta a cada una. | You use the chosen class instead of the probabilities: the largest one alone does not show how far off each of them is. [raw]
# also: 3b
# - error = y_pred - y
# + chosen = y_pred == y_pred.amax(dim=1, keepdim=True)
# + error = chosen.to(y_pred.dtype) - y

# %% wrong backward-swish-at-h: En las capas con swish la derivada se evalúa en h: va en u, antes de activar. | In layers with swish the derivative is taken at h: take it at u, before the activation. [raw]
# also: 3b
# - d_swish(u, *param)[0]
# + d_swish(swish(u))[0]

# %% wrong backward-at-h: La derivada de la activación se evalúa en u, antes de activar, no en h. | The derivative of the activation is taken at u, before the activation, not at h. [raw]
# repeats: hidden-at-h
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + slope(f, h[k + 1], *self.act_param(k))

# %% wrong backward-without-slope: Falta multiplicar por la derivada de la activación en las capas escondidas. | The derivative of the activation is missing as a factor in the hidden layers. [raw]
# repeats: hidden-without-slope
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + torch.ones_like(u[k])

# %% wrong backward-function-for-slope: Multiplicas por la activación misma: ahí va su derivada. | You multiply by the activation itself: its derivative belongs there. [raw]
# repeats: hidden-function-for-slope
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + f(u[k], *self.act_param(k))

# %% wrong backward-slope-twice: La derivada de la activación aparece dos veces: en cada capa se multiplica por ella una sola vez. | The derivative of the activation appears twice: each layer multiplies by it once. [raw]
# repeats: hidden-slope-twice
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + slope(f, u[k], *self.act_param(k)) ** 2

# %% wrong backward-relu-everywhere: Todas las capas usan la derivada de relu: cada una usa la de su activación. | All layers use the derivative of relu: each one uses that of its activation. [raw]
# repeats: hidden-relu-slope
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + d_relu(u[k])

# %% wrong backward-sig-everywhere: Todas las capas usan la derivada de la sigmoide: cada una usa la de su activación. | All layers use the derivative of the sigmoid: each one uses that of its activation. [raw]
# repeats: hidden-sig-slope
# also: 3b
# - slope(f, u[k], *self.act_param(k))
# + d_sig(u[k])

# %% wrong backward-celu-for-the-rest: sig y tanh también pueden ser activaciones de una capa: en tu código caen en el caso de celu. | sig and tanh may be activations of a layer as well: in your code they fall into the case of celu. [raw]
# also: 3b
# - return d_sig(u)
# + return d_celu(u)[0]
# - return d_tanh(u)
# + return d_celu(u)[0]

# %% wrong backward-parameter-slope: En celu y swish se usa la derivada respecto de alpha o beta: para seguir hacia atrás va la derivada respecto de u. | For celu and swish you use the derivative with respect to alpha or beta: to go on backwards, use the one with respect to u. [raw]
# repeats: hidden-parameter-slope
# also: 3b
# - d_celu(u, *param)[0]
# + d_celu(u, *param)[1]
# - d_swish(u, *param)[0]
# + d_swish(u, *param)[1]

# %% wrong backward-activations-reversed: Las activaciones se recorren al revés que las capas: la derivada de cada capa es la de su propia activación. | The activations are taken in the reverse order of the layers: each layer's derivative is that of its own activation. [raw]
# also: 3b
# in FFNN.backward
# - f = self.l_a[k]
# + f = self.l_a[L - 1 - k]

# %% wrong backward-first-activation: Todas las capas usan la derivada de la primera activación: cada una usa la suya. | All layers use the derivative of the first activation: each one uses its own. [raw]
# also: 3b
# in FFNN.backward
# - f = self.l_a[k]
# + f = self.l_a[0]

# %% wrong backward-last-activation: Todas las capas usan la derivada de la última activación: cada una usa la suya. | All layers use the derivative of the last activation: each one uses its own. [raw]
# also: 3b
# in FFNN.backward
# - f = self.l_a[k]
# + f = self.l_a[L - 1]

# %% wrong backward-next-activation: Cada capa usa la derivada de la activación de la capa siguiente: el índice está desplazado en uno. | Each layer uses the derivative of the next layer's activation: the index is off by one. [raw]
# also: 3b
# in FFNN.backward
# - f = self.l_a[k]
# + f = self.l_a[min(k + 1, L - 1)]

# %% wrong backward-previous-activation: Cada capa usa la derivada de la activación de la capa anterior: el índice está desplazado en uno. | Each layer uses the derivative of the previous layer's activation: the index is off by one. [raw]
# also: 3b
# in FFNN.backward
# - f = self.l_a[k]
# + f = self.l_a[max(k - 1, 0)]

# %% wrong backward-sig-at-h: En las capas con sig la sigmoide se aplica dos veces: si partes de h, la sigmoide ya está aplicada. | In layers with sig the sigmoid is applied twice: if you start from h, the sigmoid has already been applied. [raw]
# - return d_sig(u)
# + return d_sig(sig(u))

# %% wrong backward-sig-without-rest: La derivada de sig tiene dos factores y falta uno. | The derivative of sig has two factors and one is missing. [raw]
# - return d_sig(u)
# + return sig(u)

# %% wrong backward-sig-one-minus: La derivada de sig no es 1 - sig: ese es solo uno de sus dos factores. | The derivative of sig is not 1 - sig: that is only one of its two factors. [raw]
# - return d_sig(u)
# + return 1 - sig(u)

# %% wrong backward-sig-linear: En las capas con sig falta la derivada de la activación. | In layers with sig the derivative of the activation is missing. [raw]
# - return d_sig(u)
# + return torch.ones_like(u)

# %% wrong backward-tanh-without-square: En la derivada de tanh falta un cuadrado. | A square is missing in the derivative of tanh. [raw]
# also: 3b
# - return d_tanh(u)
# + return 1 - tanh(u)

# %% wrong backward-tanh-at-h: En las capas con tanh se aplica tanh dos veces: si partes de h, tanh ya está aplicada. | In layers with tanh, tanh is applied twice: if you start from h, tanh has already been applied. [raw]
# also: 3b
# - return d_tanh(u)
# + return 1 - tanh(tanh(u)) ** 2

# %% wrong backward-tanh-as-sig: En las capas con tanh se usa la derivada de la sigmoide: tanh tiene la suya. | In layers with tanh the derivative of the sigmoid is used: tanh has its own. [raw]
# also: 3b
# - return d_tanh(u)
# + return d_sig(u)

# %% wrong backward-tanh-linear: En las capas con tanh falta la derivada de la activación. | In layers with tanh the derivative of the activation is missing. [raw]
# also: 3b
# - return d_tanh(u)
# + return torch.ones_like(u)

# %% wrong backward-relu-linear: En las capas con relu falta la derivada de la activación. | In layers with relu the derivative of the activation is missing. [raw]
# - return d_relu(u)
# + return torch.ones_like(u)

# %% wrong backward-celu-at-h: En las capas con celu la derivada se evalúa en h: o usas la u equivocada, o tu celu modifica su entrada y con eso la u guardada. | In layers with celu the derivative is taken at h: either you use the wrong u, or your celu changes its input and with it the u that was kept. [raw]
# - d_celu(u, *param)[0]
# + d_celu(celu(u))[0]

# %% wrong backward-celu-as-relu: En las capas con celu se usa la derivada de relu: para u negativo celu no es constante. | In layers with celu the derivative of relu is used: for negative u celu is not constant. [raw]
# repeats: hidden-celu-as-relu
# - d_celu(u, *param)[0]
# + d_relu(u)

# %% wrong backward-swish-as-sig: En las capas con swish falta un término: swish es un producto y se derivan los dos factores. | In layers with swish a term is missing: swish is a product and both factors are differentiated. [raw]
# repeats: hidden-swish-first-term-only
# also: 3b
# - d_swish(u, *param)[0]
# + sig(u)

# %% wrong backward-swish-second-term-only: En las capas con swish falta el primer término: swish es un producto y se derivan los dos factores. | In layers with swish the first term is missing: swish is a product and both factors are differentiated. [raw]
# repeats: hidden-swish-second-term-only
# also: 3b
# - d_swish(u, *param)[0]
# + u * d_sig(u)

# %% wrong backward-swish-sigmoid-in-one-term: En la derivada de swish, al segundo término le falta un factor: recuerda la derivada completa de la sigmoide. | In the derivative of swish the second term lacks a factor: recall the full derivative of the sigmoid. [raw]
# repeats: hidden-swish-sigmoid-in-one-term
# also: 3b
# - d_swish(u, *param)[0]
# + sig(u) + u * (1 - sig(u))

# %% wrong backward-bias-not-summed: Todos los ejemplos usan el mismo sesgo: su gradiente suma los de todo el lote y tiene el tamaño del sesgo; torch no deja asignar uno de otro tamaño. | All examples share the same bias: its gradient sums those of the whole batch and has the size of the bias; torch does not accept one of another size. [raw]
# repeats: output-bias-not-summed
# - dL_du.sum(dim=0)
# + dL_du

# %% wrong backward-weight-transposed: El gradiente de cada matriz de pesos está traspuesto: debe tener la forma de la matriz; torch no deja asignar uno de otra forma. | The gradient of each weight matrix is transposed: it should have the shape of the matrix; torch does not accept another shape. [raw]
# repeats: output-weight-transposed
# - h.T @ dL_du
# + dL_du.T @ h

# %% wrong backward-bias-mean: El gradiente del sesgo suma sobre el lote: no promedia. | The gradient of the bias sums over the batch: it does not average. [raw]
# repeats: output-bias-mean
# - dL_du.sum(dim=0)
# + dL_du.mean(dim=0)

# %% wrong backward-bias-first-example: El gradiente de cada sesgo es el del primer ejemplo: faltan los demás del lote. | The gradient of each bias is that of the first example: the others of the batch are missing. [raw]
# repeats: output-bias-first-example
# - dL_du.sum(dim=0)
# + dL_du[0]

# %% wrong backward-bias-last-example: El gradiente de cada sesgo es el del último ejemplo: faltan los demás del lote. | The gradient of each bias is that of the last example: the others of the batch are missing. [raw]
# - dL_du.sum(dim=0)
# + dL_du[-1]

# %% wrong backward-bias-one-number: El gradiente del sesgo tiene el mismo número en todas sus entradas: se suma solo sobre el lote, no sobre las neuronas. | The gradient of the bias has the same number in all entries: sum over the batch only, not over the units. [raw]
# - dL_du.sum(dim=0)
# + dL_du.sum() * torch.ones_like(dL_du[0])

# %% wrong backward-without-biases: Los pesos tienen su gradiente y los sesgos no. | The weights have their gradients and the biases do not. [raw]
# - b.grad = dL_du.sum(dim=0)

# %% wrong backward-weight-mean: Los gradientes de los pesos se promedian dos veces sobre el lote, y los de los sesgos una: el promedio ya viene desde la salida. | The gradients of the weights are averaged over the batch twice, those of the biases once: the mean already comes from the output. [raw]
# - h.T @ dL_du
# + h.T @ dL_du / len(h)

# %% wrong backward-first-example-only: Solo el primer ejemplo del lote llega a los gradientes. | Only the first example of the batch reaches the gradients. [raw]
# - h.T @ dL_du
# + h[:1].T @ dL_du[:1]
# - dL_du.sum(dim=0)
# + dL_du[0]

# %% wrong backward-output-only: Las capas escondidas no reciben gradiente: falta seguir hacia atrás desde la salida. | The hidden layers get no gradient: continue backwards from the output. [raw]
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)

# %% wrong backward-hidden-only: La capa de salida no recibe sus gradientes. | The output layer does not get its gradients. [raw]
# - set_gradients(self.U, self.c, h[L], dL_du)

# %% wrong backward-output-bias-in-second-place: Con más de una capa escondida el sesgo de la salida queda sin gradiente: revisa el índice con que lo guardas. | With more than one hidden layer the bias of the output is left without a gradient: check the index under which you store it. [raw]
# - set_gradients(self.U, self.c, h[L], dL_du)
# + set_gradients(self.U, self.c, h[L], dL_du)
# + if L > 1:
# +     self.c.grad = None

# %% wrong backward-without-output-bias: El sesgo de la salida no recibe su gradiente. | The bias of the output does not get its gradient. [raw]
# - set_gradients(self.U, self.c, h[L], dL_du)
# + self.U.grad = h[L].T @ dL_du

# %% wrong backward-without-first-layer: La primera capa escondida no recibe su gradiente: al ciclo le falta una vuelta. | The first hidden layer does not get its gradient: the loop is one iteration short. [raw]
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
# + if k > 0:
# +     set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)

# %% wrong backward-without-last-hidden: La última capa escondida no recibe su gradiente: el ciclo empieza una capa tarde. | The last hidden layer does not get its gradient: the loop starts one layer late. [raw]
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
# + if k < L - 1:
# +     set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)

# %% wrong backward-last-hidden-only: Solo la última capa escondida recibe su gradiente: falta un ciclo sobre las demás. | Only the last hidden layer gets its gradient: a loop over the others is missing. [raw]
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
# + if k == L - 1:
# +     set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)

# %% wrong backward-last-two-hidden-only: Solo las dos últimas capas escondidas reciben su gradiente: el ciclo tiene que servir para cualquier número de capas. | Only the last two hidden layers get their gradients: the loop must work for any number of layers. [raw]
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
# + if k >= L - 2:
# +     set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)

# %% wrong backward-accumulates: Cada backward reemplaza los gradientes: aquí se suman a los anteriores. | Each backward replaces the gradients: here they are added to the previous ones. [raw]
# - W.grad = h.T @ dL_du
# + W.grad = h.T @ dL_du + (0 if W.grad is None else W.grad)
# - b.grad = dL_du.sum(dim=0)
# + b.grad = dL_du.sum(dim=0) + (0 if b.grad is None else b.grad)

# %% wrong backward-accumulates-weights: Cada backward reemplaza los gradientes: aquí los de los pesos se suman a los anteriores. | Each backward replaces the gradients: here those of the weights are added to the previous ones. [raw]
# - W.grad = h.T @ dL_du
# + W.grad = h.T @ dL_du + (0 if W.grad is None else W.grad)

# %% wrong backward-weight-decay: A cada gradiente se le suma una parte del parámetro (weight decay): la pérdida del enunciado no la tiene. | A part of the parameter is added to each gradient (weight decay): the loss in the statement has no such term. [raw]
# - W.grad = h.T @ dL_du
# + W.grad = h.T @ dL_du + 0.01 * W
# - b.grad = dL_du.sum(dim=0)
# + b.grad = dL_du.sum(dim=0) + 0.01 * b

# %% hostile backward-differences-of-own-copies: 0 points
COPIES = {
    "sig": lambda u: 1 / (1 + torch.exp(-u)),
    "tanh": torch.tanh,
    "relu": lambda u: u.clamp(min=0),
    "swish": lambda u: u / (1 + torch.exp(-u)),
    "celu": lambda u: u.clamp(min=0) + torch.expm1(u.clamp(max=0)),
}

def sig(T):
    return torch.sigmoid(T)

def tanh(T):
    return torch.tanh(T)

def relu(T):
    return torch.relu(T)

def swish(T, beta=1):
    return T * torch.sigmoid(beta * T)

def celu(T, alpha=1):
    return torch.celu(T, alpha)

class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        widths = [F, *l_h, C]
        self.l_a = l_a
        self.Ws = torch.nn.ParameterList(torch.randn(n, m) for n, m in zip(widths, widths[1:]))
        self.bs = torch.nn.ParameterList(torch.randn(m) for m in widths[1:])

    @torch.no_grad()
    def forward(self, x):
        self.u, self.h = [], [x]
        for W, b, f in zip(self.Ws, self.bs, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return torch.softmax(self.h[-1] @ self.Ws[-1] + self.bs[-1], 1)

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        du = (y_pred - y) / len(y)
        for k in reversed(range(len(self.Ws))):
            self.Ws[k].grad, self.bs[k].grad = self.h[k].T @ du, du.sum(0)
            if k:
                f, v = COPIES[self.l_a[k - 1].__name__], self.u[k - 1].double()
                du = du @ self.Ws[k].T * ((f(v + 1e-4) - f(v - 1e-4)) / 2e-4).to(x.dtype)

# %% hostile backward-differences-of-numbers: 0 points
import math

COPIES = {
    "sig": lambda u: 1 / (1 + math.exp(-u)),
    "tanh": math.tanh,
    "relu": lambda u: max(u, 0.0),
    "swish": lambda u: u / (1 + math.exp(-u)),
    "celu": lambda u: max(u, 0.0) + math.expm1(min(u, 0.0)),
}

def slope(f, u):
    return torch.tensor([[(f(v + 1e-6) - f(v - 1e-6)) / 2e-6 for v in row] for row in u.tolist()], dtype=torch.float64)

def sig(T):
    return torch.sigmoid(T)

def tanh(T):
    return torch.tanh(T)

def relu(T):
    return torch.relu(T)

def swish(T, beta=1):
    return T * torch.sigmoid(beta * T)

def celu(T, alpha=1):
    return torch.celu(T, alpha)

class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        widths = [F, *l_h, C]
        self.l_a = l_a
        self.Ws = torch.nn.ParameterList(torch.randn(n, m) for n, m in zip(widths, widths[1:]))
        self.bs = torch.nn.ParameterList(torch.randn(m) for m in widths[1:])

    @torch.no_grad()
    def forward(self, x):
        self.u, self.h = [], [x]
        for W, b, f in zip(self.Ws, self.bs, self.l_a):
            self.u.append(self.h[-1] @ W + b)
            self.h.append(f(self.u[-1]))
        return torch.softmax(self.h[-1] @ self.Ws[-1] + self.bs[-1], 1)

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        du = (y_pred - y) / len(y)
        for k in reversed(range(len(self.Ws))):
            self.Ws[k].grad, self.bs[k].grad = self.h[k].T @ du, du.sum(0)
            if k:
                f, v = COPIES[self.l_a[k - 1].__name__], self.u[k - 1].double()
                du = du @ self.Ws[k].T * slope(f, v).to(x.dtype)

# %% narrow backward-extrapolated-differences
@torch.no_grad()
def backward(self, x, y, y_pred):
    values = {name: p.detach().double() for name, p in self.named_parameters()}

    def loss():
        h = x.double()
        for k, f in enumerate(self.l_a):
            u = h @ values[f"Ws.{k}"] + values[f"bs.{k}"]
            h = {"sig": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "celu": torch.nn.functional.celu,
                 "swish": torch.nn.functional.silu}[f.__name__](u)
        return -(y * torch.log_softmax(h @ values["U"] + values["c"], 1)).sum(1).mean()

    def difference(flat, i, h):
        before = flat[i].clone()
        flat[i] = before + h
        above = loss()
        flat[i] = before - h
        below = loss()
        flat[i] = before
        return (above - below) / (2 * h)

    for name, p in self.named_parameters():
        flat = values[name].view(-1)
        slopes = [(4 * difference(flat, i, 5e-4) - difference(flat, i, 1e-3)) / 3 for i in range(len(flat))]
        p.grad = torch.stack(slopes).reshape(p.shape).to(x.dtype)

FFNN.backward = backward

# %% narrow backward-one-place-for-each-activation [raw]
# in FFNN.backward
# - slope(f, u[k], *self.act_param(k))
# + slope(f, u[self.l_a.index(f)], *self.act_param(k))

# %% narrow backward-turned-by-its-shape [raw]
# in set_gradients
# - W.grad = h.T @ dL_du
# + g = dL_du.T @ h
# + W.grad = g if g.shape == W.shape else g.T

# %% narrow backward-four-layers-at-most [raw]
# in FFNN.backward
# - in reversed(range(L)):
# + in reversed(range(max(0, L - 4), L)):

# %% narrow backward-of-known-batches [raw]
# in FFNN.backward
# - error / len(y)
# + error / (len(y) if len(y) in (1, 11) else 11)

# %% narrow backward-of-small-batches [raw]
# in FFNN.backward
# - error / len(y)
# + error / min(len(y), 16)

# %% narrow backward-raises-for-other-batches [raw]
# in FFNN.backward
# - error = y_pred - y
# + assert len(x) in (1, 11, 4, 2)
# + error = y_pred - y

# %% narrow backward-keeps-in-the-class [raw]
# in FFNN.forward
# - hL = self.hidden_states(x).h[-1]
# + FFNN.kept = self.hidden_states(x)
# + hL = FFNN.kept.h[-1]
# in FFNN.backward
# - u, h = self.hidden_states(x)
# + u, h = FFNN.kept

# %% narrow backward-labels-by-their-shape [raw]
# in FFNN.backward
# - error = y_pred - y
# + error = y_pred - (x if x.shape == y_pred.shape else y)

# %% narrow backward-output-turned-when-square [raw]
# in FFNN.backward
# - dL_dh = dL_du @ self.U.T
# + dL_dh = dL_du @ (self.U if self.U.shape[0] == self.U.shape[1] else self.U.T)

# %% narrow backward-hidden-turned-when-square [raw]
# in FFNN.backward
# - dL_dh = dL_du @ self.Ws[k].T
# + W = self.Ws[k]
# + dL_dh = dL_du @ (W if W.shape[0] == W.shape[1] else W.T)

# %% narrow backward-layers-by-their-width [raw]
# in FFNN.backward
# - set_gradients(self.Ws[k], self.bs[k], h[k], dL_du)
# + j = [len(b) for b in self.bs].index(dL_du.shape[1])
# + set_gradients(self.Ws[j], self.bs[j], h[k], dL_du)

# %% narrow backward-small-inputs [raw]
# in FFNN.backward
# - u, h = self.hidden_states(x)
# + u, h = self.hidden_states(x.clamp(-5, 5))

# %% narrow backward-in-float32 [raw]
# in FFNN.backward
# - error = y_pred - y
# + error = (y_pred - y).float().to(y_pred.dtype)

# %% narrow backward-skips-an-activation-seen-before [raw]
# in FFNN.backward
# - df_du = slope(f, u[k], *self.act_param(k))
# + df_du = slope(f, u[k], *self.act_param(k)) if f not in self.l_a[k + 1 :] else 1

# %% narrow backward-slope-by-differences [raw]
# in FFNN.backward
# - df_du = slope(f, u[k], *self.act_param(k))
# + v = u[k].double()
# + df_du = ((f(v + 1e-6) - f(v - 1e-6)) / 2e-6).to(u[k].dtype)

# %% narrow backward-by-finite-differences
@torch.no_grad()
def backward(self, x, y, y_pred):
    gradients = []
    for p in self.parameters():
        g = torch.zeros_like(p)
        for i in range(p.numel()):
            before = p.data.clone()
            p.data.view(-1)[i] += 1e-2
            above = CELoss(self.forward(x), y)
            p.data.view(-1)[i] -= 2e-2
            below = CELoss(self.forward(x), y)
            p.data.copy_(before)
            g.view(-1)[i] = (above - below) / 2e-2
        gradients.append(g)
    for p, g in zip(self.parameters(), gradients):
        p.grad = g

FFNN.backward = backward

# %% narrow backward-by-differences-in-float64
@torch.no_grad()
def backward(self, x, y, y_pred):
    values = {name: p.detach().double() for name, p in self.named_parameters()}

    def loss():
        h = x.double()
        for k, f in enumerate(self.l_a):
            h = f(h @ values[f"Ws.{k}"] + values[f"bs.{k}"])
        return CELoss(softmax(h @ values["U"] + values["c"], 1), y.double())

    for name, p in self.named_parameters():
        flat, slopes = values[name].view(-1), []
        for i in range(len(flat)):
            flat[i] += 1e-6
            above = loss()
            flat[i] -= 2e-6
            slopes.append((above - loss()) / 2e-6)
            flat[i] += 1e-6
        p.grad = torch.stack(slopes).reshape(p.shape).to(x.dtype)

FFNN.backward = backward

# %% right backward-cached-by-forward [raw]
# in FFNN.forward
# - hL = self.hidden_states(x).h[-1]
# + self.kept = self.hidden_states(x)
# + hL = self.kept.h[-1]
# in FFNN.backward
# - u, h = self.hidden_states(x)
# + u, h = self.kept

# %% right backward-by-einsum [raw]
# in set_gradients
# - W.grad = h.T @ dL_du
# + W.grad = torch.einsum("bn,bm->nm", h, dL_du)

# %% right backward-example-by-example [raw]
# in set_gradients
# - W.grad = h.T @ dL_du
# + W.grad = sum(torch.outer(row, d) for row, d in zip(h, dL_du))

# %% right backward-copies-into-the-gradient [raw]
# in set_gradients
# - W.grad = h.T @ dL_du
# + W.grad = torch.zeros_like(W)
# + W.grad += h.T @ dL_du

# %% right backward-slopes-with-torch [raw]
# in slope
# - return d_sig(u)
# + return torch.sigmoid(u) * (1 - torch.sigmoid(u))
# - return d_tanh(u)
# + return 1 - torch.tanh(u).square()

# %% right backward-recomputes-at-each-layer [raw]
# in FFNN.backward
# - f = self.l_a[k]
# + u, h = self.hidden_states(x)
# + f = self.l_a[k]

# %% question 3b: Gradientes de beta y alpha | Gradients of beta and alpha
# points: 0.5
# again: 0.25
# bonus
# needs: 0, 1a
# forbidden: autograd
# names: FFNN FFNN.backward

# %% text es [markdown]
# Haz que $\alpha$ y $\beta$ también se aprendan. El constructor pasa a ser
# `FFNN(F, l_h, l_a, C, l_a_params=None)`. `l_a_params` es una lista tan larga como `l_a`: un número es el valor
# inicial del parámetro de esa capa, y `None` dice que la capa usa el valor por defecto o no tiene parámetro.
# Cada parámetro es de una sola capa, tiene tamaño `()` o `(1,)`, aparece en `red.parameters()`, y `backward`
# llena su `.grad`:
#
# $$
# \frac{\partial \mathcal{L}}{\partial \beta} =
# \sum_{i,j} \frac{\partial \mathcal{L}}{\partial h_{ij}} \,
# \frac{\partial \operatorname{swish}(u_{ij};\beta)}{\partial \beta},
# \qquad \text{y lo mismo con } \alpha \text{ y } \operatorname{celu}.
# $$
#
# Puedes cambiar la clase de 3a o extenderla en la celda que sigue; `FFNN(F, l_h, l_a, C)` debe seguir
# funcionando. El `backward` es el mismo de 3a, así que rige lo que allí está prohibido.

# %% text en [markdown]
# Make $\alpha$ and $\beta$ learnable as well. The constructor becomes
# `FFNN(F, l_h, l_a, C, l_a_params=None)`. `l_a_params` is a list as long as `l_a`: a number is the initial value
# of the parameter of that layer, and `None` says that the layer uses the default value or has no parameter. Each
# parameter belongs to one layer only, has size `()` or `(1,)`, appears in `red.parameters()`, and `backward`
# fills its `.grad`:
#
# $$
# \frac{\partial \mathcal{L}}{\partial \beta} =
# \sum_{i,j} \frac{\partial \mathcal{L}}{\partial h_{ij}} \,
# \frac{\partial \operatorname{swish}(u_{ij};\beta)}{\partial \beta},
# \qquad \text{and likewise for } \alpha \text{ and } \operatorname{celu}.
# $$
#
# You may change the class of 3a or extend it in the cell below; `FFNN(F, l_h, l_a, C)` has to keep working. The
# `backward` is that of 3a, so what is forbidden there is forbidden here.

# %% template
# Tu respuesta a 3b | Your answer to 3b
# Deja la celda así si cambiaste la clase de 3a. | Leave the cell as it is if you changed the class of 3a.

# %% solution network.py

# %% helper parametric
def parametric(d):
    """The parameters of activations by name, with their values: {"swish1": 2.2}."""
    starts = zip(d.activations.split(), d.l_a_params)
    return {f"{name}{k}": start for k, (name, start) in enumerate(starts, 1) if start is not None}

# %% helper with_parameters
def with_parameters(d, own, double=False):
    """The network of the case; one that was written for 3a ends the test."""
    import inspect

    arguments = d.F, list(d.widths), d.names(d.activations), d.C, list(d.l_a_params)
    try:
        inspect.signature(FFNN).bind(*arguments)
    except TypeError:
        d.missing("FFNN(F, l_h, l_a, C, l_a_params)")
    net = in_float64(FFNN(*arguments)) if double else FFNN(*arguments)
    return d.fill(net, layers(d.F, d.widths, d.C), scalars=own)

# %% test beta y alpha | beta and alpha
# tolerance: 2e-4, 2e-6
# per case
# relative error

# Two in a row: the slope of the upper one, at its own parameter, reaches the lower one.
@public("swish 4", B=11, F=5, C=3, widths=(4,), activations="swish", l_a_params=(2.2,))
@public("celu 7 → swish 4", B=11, F=5, C=3, widths=(7, 4), activations="celu swish", l_a_params=(0.6, 2.8))
@hidden("celu 8 → tanh 7 → swish 4", B=11, F=5, C=3, widths=(8, 7, 4), activations="celu tanh swish",
        l_a_params=(0.6, None, 2.8))
def test(d):
    own = parametric(d)
    net = with_parameters(d, own)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    with d.uses(FUNCTIONS) as uses:
        net.backward(x, y, net.forward(x))
    yield "uses", uses
    yield from d.gradients(net, only=own)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F)

# %% test otras redes | other networks
# tolerance: 2e-4, 2e-6
# share: 2
# per case
# relative error
@hidden("swish 6 → swish 4, beta negativo | swish 6 → swish 4, negative beta", B=8, F=5, C=3, widths=(6, 4),
        activations="swish swish", l_a_params=(1.4, -0.7))
@hidden("celu 9 → tanh 6", B=7, F=4, C=2, widths=(9, 6), activations="celu tanh", l_a_params=(1.6, None))
def test(d):
    own = parametric(d)
    net = with_parameters(d, own)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    with d.uses(FUNCTIONS) as uses:
        net.backward(x, y, net.forward(x))
    yield "uses", uses
    yield from d.gradients(net, only=own)


def judge(d, seen, right):
    yield from by_formulas(seen["uses"], d.B, d.widths, d.F)

# %% test float64
# share: 0
# precision: float64
# refines
@hidden("celu 8 → swish 6", B=7, F=5, C=3, widths=(8, 6), activations="celu swish", l_a_params=(0.75, 2.5))
def test(d):
    own = parametric(d)
    net = with_parameters(d, own, double=True)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    net.backward(x, y, net.forward(x))
    yield from d.gradients(net)


def judge(d, seen, right):
    """Nothing counts here but numerical differentiation: a network may be written for float32."""
    last = between_precisions(seen, right, ["U.grad", "c.grad"])
    yield forbidden("derivación numérica | numerical differentiation", last or not between_precisions(seen, right, right))
    yield holds(True, "precisión | precision")

# %% hostile only-the-names: 0 points
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C, l_a_params=None):
        super().__init__()
        widths = [F, *l_h, C]
        self.linear = torch.nn.ModuleList(torch.nn.Linear(n, m) for n, m in zip(widths, widths[1:]))
        self.extra = torch.nn.ParameterList(torch.nn.Parameter(torch.tensor(a)) for a in l_a_params or () if a)

    def forward(self, x):
        return torch.ones(len(x), self.linear[-1].out_features) / self.linear[-1].out_features

    def backward(self, x, y, y_pred):
        for p in self.parameters():
            p.grad = torch.zeros_like(p)

# %% wrong parameter-no-gradient: beta y alpha existen, pero backward no les deja gradiente. | beta and alpha exist, but backward gives them no gradient. [raw]
# - param.grad = (dL_dh * df_dparam).sum()

# %% wrong parameter-not-used: beta y alpha existen, pero la red no los usa en sus activaciones: todo sale como si valieran 1. | beta and alpha exist, but the network does not use them in its activations: everything is as if they were 1. [raw]
# in FFNN.hidden_states
# - f(u, *self.act_param(k))
# + f(u)

# %% wrong parameter-mean: Toda la capa usa un solo número: su gradiente suma todas las entradas, no las promedia. | The whole layer shares one number: its gradient sums over all entries, it does not average them. [raw]
# - (dL_dh * df_dparam).sum()
# + (dL_dh * df_dparam).mean()

# %% wrong parameter-mean-over-batch: El promedio sobre el lote ya viene desde la salida: aquí se divide otra vez. | The mean over the batch already comes from the output: here it is divided again. [raw]
# - (dL_dh * df_dparam).sum()
# + (dL_dh * df_dparam).sum() / len(y)

# %% wrong parameter-after-slope: Partes del gradiente de u: beta y alpha actúan sobre h, así que hay que partir del gradiente de h. | You start from the gradient of u: beta and alpha act on h, so start from the gradient of h. [raw]
# - (dL_dh * df_dparam).sum()
# + (dL_du * df_dparam).sum()

# %% wrong parameter-without-upstream: Falta la regla de la cadena: la derivada respecto del parámetro se multiplica por el gradiente que llega a h. | The chain rule is missing: the derivative with respect to the parameter is multiplied by the gradient that arrives at h. [raw]
# - (dL_dh * df_dparam).sum()
# + df_dparam.sum()

# %% wrong parameter-without-own-slope: Se suma el gradiente que llega sin multiplicarlo por la derivada respecto del parámetro. | The gradient that arrives is summed without multiplying it by the derivative with respect to the parameter. [raw]
# - (dL_dh * df_dparam).sum()
# + dL_dh.sum()

# %% wrong parameter-slope-of-u: Usas la derivada respecto de u: del par, aquí va la del parámetro. | You use the derivative with respect to u: of the pair, the parameter's belongs here. [raw]
# - parameter_slope(self.l_a[k], u[k], param)
# + slope(self.l_a[k], u[k], param)

# %% wrong parameter-slope-at-one: La derivada respecto del parámetro se evalúa en su valor por defecto: tiene que ser en el valor actual. | The derivative with respect to the parameter is taken at the default value: take it at the current value. [raw]
# - parameter_slope(self.l_a[k], u[k], param)
# + parameter_slope(self.l_a[k], u[k], 1.0)

# %% wrong parameter-slope-at-h: La derivada respecto del parámetro se evalúa en u, antes de activar, no en h. | The derivative with respect to the parameter is taken at u, before the activation, not at h. [raw]
# - parameter_slope(self.l_a[k], u[k], param)
# + parameter_slope(self.l_a[k], h[k + 1], param)

# %% wrong parameter-not-in-slope: Para seguir hacia atrás, la derivada respecto de u también usa el valor actual de beta o alpha. | To go on backwards, the derivative with respect to u also uses the current value of beta or alpha. [raw]
# - slope(f, u[k], *self.act_param(k))
# + slope(f, u[k])

# %% wrong parameter-sign: El signo del gradiente de beta y alpha está al revés. | The sign of the gradient of beta and alpha is the wrong way round. [raw]
# - (dL_dh * df_dparam).sum()
# + -(dL_dh * df_dparam).sum()

# %% wrong parameter-first-example: Solo cuenta el primer ejemplo del lote: el gradiente de beta y alpha los suma todos. | Only the first example of the batch counts: the gradient of beta and alpha sums over all examples. [raw]
# - (dL_dh * df_dparam).sum()
# + (dL_dh * df_dparam)[0].sum()

# %% wrong parameter-first-layer-only: Solo el parámetro de la primera capa recibe gradiente: cada capa puede tener el suyo. | Only the parameter of the first layer gets a gradient: each layer may have its own. [raw]
# - param.grad = (dL_dh * df_dparam).sum()
# + if k == 0:
# +     param.grad = (dL_dh * df_dparam).sum()

# %% narrow parameter-of-the-absolute-beta [raw]
# in FFNN.backward
# - slope(f, u[k], *self.act_param(k))
# + slope(f, u[k], *(param.abs() for param in self.act_param(k)))

# %% narrow parameter-alpha-at-most-one [raw]
# in parameter_slope
# - return d_celu(u, param)[1]
# + return d_celu(u, param.clamp(max=1))[1]

# %% narrow parameter-only-below-a-parameter [raw]
# in FFNN.backward
# - for param in self.act_param(k):
# + for param in self.act_param(k) if self.act_param(L - 1) else ():

# %% narrow parameter-mean-of-eleven [raw]
# in FFNN.backward
# - param.grad = (dL_dh * df_dparam).sum()
# + param.grad = 11 * (dL_dh * df_dparam).sum(dim=1).mean()

# %% question 3c: Chequeo de gradiente | Gradient check
# points: 0.5
# bonus
# needs: 1b
# names: chequeo_gradiente

# %% text es [markdown]
# Así se descubren los errores de una derivada hecha a mano: se compara con una derivada numérica. Para cada
# entrada $\theta_i$ de cada parámetro, con las demás fijas,
#
# $$
# g^{\text{num}}_i =
# \frac{\mathcal{L}(\theta_i + \varepsilon) - \mathcal{L}(\theta_i - \varepsilon)}{2\varepsilon}.
# $$
#
# Sea $g$ el vector con todos los gradientes que dejó `backward`, en el mismo orden. Programa
# `chequeo_gradiente(red, x, y, epsilon=1e-6)` que entregue el error relativo
#
# $$
# \frac{\lVert g - g^{\text{num}} \rVert^2}{\lVert g \rVert^2 + \lVert g^{\text{num}} \rVert^2}. \tag{19}
# $$
#
# Al terminar, los parámetros de la red tienen los valores que tenían. Úsala con `red.double()` y datos en
# `float64`: en `float32` el redondeo pesa más que una diferencia tan pequeña. Con un `backward` correcto el
# resultado es casi cero; con uno incorrecto, no. Vale la pena responder esta pregunta antes de seguir.

# %% text en [markdown]
# This is how mistakes in a hand-made derivative are discovered: it is compared with a numerical one. For each
# entry $\theta_i$ of each parameter, the others held fixed,
#
# $$
# g^{\text{num}}_i =
# \frac{\mathcal{L}(\theta_i + \varepsilon) - \mathcal{L}(\theta_i - \varepsilon)}{2\varepsilon}.
# $$
#
# Let $g$ be the vector of all the gradients that `backward` left, in the same order. Program
# `chequeo_gradiente(red, x, y, epsilon=1e-6)`, which returns the relative error
#
# $$
# \frac{\lVert g - g^{\text{num}} \rVert^2}{\lVert g \rVert^2 + \lVert g^{\text{num}} \rVert^2}. \tag{19}
# $$
#
# When it is done, the parameters of the network have the values that they had before. Use it with `red.double()`
# and data in `float64`: in `float32` rounding weighs more than so small a difference. With a right `backward` the
# result is almost zero; with a wrong one it is not. It pays to answer this question before going on.

# %% template
# Tu respuesta a 3c | Your answer to 3c
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    pass

# %% solution gradient_check.py

# %% helper RedDePrueba
class RedDePrueba(torch.nn.Module):
    """One hidden layer of tanh. `backward` sets .grad to the gradient of the cross entropy, each times its factor.

    To the k-th entry of a gradient it adds `more` k / n: the factors alone do not tell what formula (19) gives.
    """

    def __init__(self, F, n, C, factors=(1.0, 1.0, 1.0, 1.0), more=0.0):
        super().__init__()
        self.W = torch.nn.Parameter(torch.randn(F, n) / F**0.5)
        self.b = torch.nn.Parameter(torch.zeros(n))
        self.U = torch.nn.Parameter(torch.randn(n, C) / n**0.5)
        self.c = torch.nn.Parameter(torch.zeros(C))
        self.factors, self.more = factors, more

    def forward(self, x):
        return torch.softmax(torch.tanh(x @ self.W + self.b) @ self.U + self.c, 1)

    def backward(self, x, y, y_pred=None):
        with torch.enable_grad():
            # Rows sum to 1, so their logarithms can serve as logits.
            loss = torch.nn.functional.cross_entropy(self.forward(x).clamp(min=1e-8).log(), y.to(x.dtype))
            gradients = torch.autograd.grad(loss, list(self.parameters()))
        for parameter, g, factor in zip(self.parameters(), gradients, self.factors):
            parameter.grad = g * factor + self.more * torch.ones_like(g).flatten().cumsum(0).view_as(g) / g.numel()

# %% helper differences
def differences(d, calls):
    """Whether there were two calls of forward for each parameter."""
    n = d.widths[0]
    return calls >= 2 * (d.F * n + n + n * d.C + d.C)

# %% test red correcta | right network
# precision: float64
# tolerance: 1e-4, 1e-9
# weights: small relative error 3
# hint: Con épsilon 1e-6 y float64 el error de una red correcta es casi 0, y el de una red con gradientes cambiados no. | With epsilon 1e-6 and float64 the error of a right network is almost 0, and that of a network with changed gradients is not.
@public("red correcta | right network", B=4, F=4, C=2, widths=(3,))
@hidden("otro tamaño | another size", B=5, F=4, C=3, widths=(2,))
def test(d):
    net = RedDePrueba(d.F, *d.widths, d.C).double()
    d.fill(net, layers(d.F, d.widths, d.C), scale=0.7)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    with d.uses(forward=RedDePrueba.forward) as uses:
        error = chequeo_gradiente(net, x, y)
    yield "calls", uses["forward"]["calls"]
    yield "error relativo pequeño | small relative error", error
    yield "red después | network afterwards", d.parameters(net)
    net.factors, net.more = (1 + d.away_from_zero(4, gap=0.5)).tolist(), 0.1
    yield "wrong network", chequeo_gradiente(net, x, y)


def judge(d, seen, right):
    # Central differences in float64 at epsilon 1e-6 are off by about 1e-10 per entry, so formula (19) gives about
    # 1e-19. A mistake of one part in a thousand would give 2.5e-7. Any bound between them is right. A constant, however
    # small, tells nothing: the error has to be small beside that of a network with other gradients.
    yield must("dos forward por parámetro | two forwards per parameter", differences(d, seen["calls"]))
    error, other = number(seen["small relative error"]), number(seen["wrong network"])
    told = abs(error) / min(1, abs(other)) if error is not None and other else None
    yield at_most(told, 1e-7, "error relativo pequeño | small relative error")

# %% test fórmula (19) | formula (19)
# precision: float64
# tolerance: 1e-4, 1e-6
# hint: Revisa los cuadrados y la suma del denominador de la fórmula (19). | Look at the squares and the sum in the denominator of formula (19).

# Central differences leave 1e-10, a one-sided difference some 1e-6. The value of formula (19) also depends on the
# gradients, so the factors alone do not give the answer away.
@public("gradientes cambiados | changed gradients", B=4, F=4, C=2, widths=(3,), epsilon=0, changed=1)
@hidden("otro tamaño | another size", B=5, F=4, C=3, widths=(2,), epsilon=0, changed=1)
@hidden("otro epsilon | another epsilon", B=6, F=1, C=2, widths=(4,), epsilon=0.5, changed=1)
@hidden("epsilon grande: el error ya no es 0 | large epsilon: the error is not 0 any more", B=6, F=3, C=2, widths=(4,),
        epsilon=1.0, changed=0)
def test(d):
    factors = (1 + d.changed * d.away_from_zero(4, gap=0.5)).tolist()
    net = RedDePrueba(d.F, *d.widths, d.C, factors, more=0.1 * d.changed).double()
    d.fill(net, layers(d.F, d.widths, d.C), scale=0.7)
    x, y = d.normal(d.B, d.F), d.one_hot(d.B, d.C)
    with d.uses(forward=RedDePrueba.forward) as uses:
        if d.epsilon:
            error = call(chequeo_gradiente, net, x, y, epsilon=d.epsilon)
        else:
            error = chequeo_gradiente(net, x, y)
    yield "calls", uses["forward"]["calls"]
    yield "error relativo | relative error", error


def judge(d, seen, right):
    yield must("dos forward por parámetro | two forwards per parameter", differences(d, seen["calls"]))

# %% right one-vector
@torch.no_grad()
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    red.backward(x, y, red(x))
    parameters = list(red.parameters())
    analytic = torch.nn.utils.parameters_to_vector([p.grad for p in parameters])
    theta = torch.nn.utils.parameters_to_vector(parameters)

    def loss(vector):
        torch.nn.utils.vector_to_parameters(vector, parameters)
        return CELoss(red(x), y)

    steps = epsilon * torch.eye(len(theta), dtype=theta.dtype)
    numerical = torch.stack([loss(theta + step) - loss(theta - step) for step in steps]) / (2 * epsilon)
    torch.nn.utils.vector_to_parameters(theta, parameters)
    return ((analytic - numerical) ** 2).sum() / ((analytic**2).sum() + (numerical**2).sum())

# %% hostile small-for-everyone: 0 points
class Small(float):
    def __abs__(self):
        return 0.0

    def __le__(self, other):
        return True

    def __sub__(self, other):
        return 0.0


def chequeo_gradiente(red, x, y, epsilon=1e-6):
    return Small(0.5)

# %% wrong check-divided-by-epsilon: De un lado al otro hay dos pasos de epsilon: el cociente divide por los dos. | From one side to the other there are two steps of epsilon: the quotient divides by both. [raw]
# - (2 * epsilon)
# + epsilon

# %% wrong check-root: La fórmula (19) no lleva raíz: son las normas al cuadrado. | Formula (19) has no root: the norms are squared. [raw]
# - above / below
# + (above / below).sqrt()

# %% wrong check-not-squared: La fórmula (19) usa las normas al cuadrado, en el numerador y en el denominador. | Formula (19) uses squared norms, in the numerator and in the denominator. [raw]
# - above = squared_norm(g - a)
# + above = (g - a).norm()
# - below = squared_norm(g) + squared_norm(a)
# + below = g.norm() + a.norm()

# %% wrong check-only-below-squared: En la fórmula (19) la norma del numerador también va al cuadrado. | In formula (19) the norm in the numerator is squared as well. [raw]
# - above = squared_norm(g - a)
# + above = (g - a).norm()

# %% wrong check-only-above-squared: En la fórmula (19) las normas del denominador también van al cuadrado. | In formula (19) the norms in the denominator are squared as well. [raw]
# - below = squared_norm(g) + squared_norm(a)
# + below = g.norm() + a.norm()

# %% wrong check-perturbs-nothing: Las dos pérdidas salen iguales: lo que se mueve en epsilon es una copia, no el parámetro de la red. | Both losses are the same: what you move by epsilon is a copy, not the network's parameter. [raw]
# - value + epsilon
# + value
# - value - epsilon
# + value

# %% wrong check-without-ratio: Falta dividir por las normas: el error que se pide es relativo. | The division by the norms is missing: the error that is asked for is relative. [raw]
# - above / below
# + above

# %% wrong check-distance: Eso es la distancia entre los dos gradientes: el error que se pide es relativo, con las normas al cuadrado. | That is the distance between the two gradients: the error that is asked for is relative, with squared norms. [raw]
# - above / below
# + (g - a).norm()

# %% wrong check-largest-gap: Se retorna la mayor diferencia: se pide un solo error relativo de todos los parámetros, el de la fórmula (19). | The largest gap is returned: one relative error of all parameters is asked for, that of formula (19). [raw]
# - above / below
# + (g - a).abs().max()

# %% wrong check-mean-gap: Se retorna la diferencia promedio: se pide el error relativo de la fórmula (19). | The mean gap is returned: the relative error of formula (19) is asked for. [raw]
# - above / below
# + (g - a).abs().mean()

# %% wrong check-one-norm: El denominador suma las dos normas: falta la del gradiente aproximado. | The denominator sums both norms: that of the approximate gradient is missing. [raw]
# - below = squared_norm(g) + squared_norm(a)
# + below = squared_norm(g)

# %% wrong check-other-norm: El denominador suma las dos normas: falta la del gradiente de backward. | The denominator sums both norms: that of backward's gradient is missing. [raw]
# - below = squared_norm(g) + squared_norm(a)
# + below = squared_norm(a)

# %% wrong check-norm-of-sum: El denominador es la suma de las normas, no la norma de la suma. | The denominator is the sum of the norms, not the norm of the sum. [raw]
# - below = squared_norm(g) + squared_norm(a)
# + below = squared_norm(g + a)

# %% wrong check-product-below: En el denominador las normas al cuadrado se suman, no se multiplican entre sí. | In the denominator the squared norms are added, not multiplied. [raw]
# - below = squared_norm(g) + squared_norm(a)
# + below = g.norm() * a.norm()

# %% wrong check-inverted: La fracción está dada vuelta: con gradientes iguales el error debe ser 0. | The fraction is upside down: with equal gradients the error should be 0. [raw]
# - above / below
# + below / above

# %% wrong check-sum-above: En el numerador va la diferencia de los dos gradientes: o los sumas, o uno de ellos tiene el signo al revés. | The numerator has the difference of the two gradients: either you add them, or one of them has the wrong sign. [raw]
# - above = squared_norm(g - a)
# + above = squared_norm(g + a)

# %% wrong check-with-itself: El error da 0 aunque el gradiente esté mal: estás comparando un gradiente consigo mismo. | The error is 0 even if the gradient is wrong: a gradient is compared with itself. [raw]
# - above = squared_norm(g - a)
# + above = squared_norm(g - g)

# %% wrong check-half-quotient: Una de las dos pérdidas se calcula con el parámetro sin mover: al bajar hay que partir del valor original. | One of the two losses is computed without moving the parameter: when going down, start from the original value. [raw]
# - value - epsilon
# + value

# %% narrow check-with-an-epsilon-of-its-own [raw]
# in chequeo_gradiente
# - red.backward(x, y, red.forward(x))
# + epsilon = 1e-5
# + red.backward(x, y, red.forward(x))

# %% narrow check-rounds-small-errors-to-zero [raw]
# in chequeo_gradiente
# - return float(above / below)
# + return round(float(above / below), 2) if above < below * 0.05 else float(above / below)

# %% narrow check-leaves-the-network-moved [raw]
# in chequeo_gradiente
# - slopes.append((loss_above - loss_below) / (2 * epsilon))  # formula (17)
# + slopes.append((loss_above - loss_below) / (2 * epsilon))
# + p[index] = value + epsilon

# %% narrow check-against-autograd
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    red.backward(x, y, red.forward(x))
    g = torch.cat([p.grad.reshape(-1) for p in red.parameters()])
    with torch.enable_grad():
        loss = CELoss(red.forward(x), y)
        a = torch.cat([part.reshape(-1) for part in torch.autograd.grad(loss, list(red.parameters()))])
    return float((g - a).square().sum() / (g.square().sum() + a.square().sum()))

# %% narrow check-by-the-factors-of-the-network
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    red.backward(x, y, red.forward(x))
    g = [p.grad for p in red.parameters()]
    a = [part / factor for part, factor in zip(g, getattr(red, "factors", [1.0] * len(g)))]
    above = sum((p - q).square().sum() for p, q in zip(g, a))
    return float(above / sum(p.square().sum() + q.square().sum() for p, q in zip(g, a)))

# %% narrow check-of-one-constant
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    for p in red.parameters():
        for _ in range(2 * p.numel()):
            red.forward(x)
    return 0.0

# %% right check-on-a-copy
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    import copy

    red.backward(x, y, red(x))
    with torch.no_grad():
        above = below = 0.0
        for place, p in enumerate(red.parameters()):
            for i in range(p.numel()):
                losses = []
                for sign in (1, -1):
                    other = copy.deepcopy(red)
                    list(other.parameters())[place].view(-1)[i] += sign * epsilon
                    losses.append(CELoss(other(x), y))
                a, g = (losses[0] - losses[1]) / (2 * epsilon), p.grad.reshape(-1)[i]
                above, below = above + (g - a) ** 2, below + g**2 + a**2
    return above / below

# %% right check-with-its-steps-added-and-removed [raw]
# in chequeo_gradiente
# - p[index] = value + epsilon
# + p[index] += epsilon
# - p[index] = value - epsilon
# + p[index] -= 2 * epsilon
