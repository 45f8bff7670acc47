# %% assignment tarea2: Tarea 2: backpropagation y descenso de gradiente | Tarea 2: backpropagation and gradient descent
# scale: Chile 1,0 a 7,0 1 to 7, 1 decimals
# language: es
# languages: es, en
# parts: part0.py, part1.py, part2.py, part3.py, part4.py
# limit: 5 s
# load limit: 10 s
# submission limit: 60 s
# memory: 2048 MB
# examples: ../../tests/submissions/tarea2
# template: ../../student_template/tarea2.ipynb

# %% text es [markdown]
# Vas a derivar, programar y comprobar el gradiente de una red feed-forward, y con él vas a entrenarla. Nada
# de derivación automática: cada derivada la escribes tú.
#
# **Cómo se entrega.** Completa las celdas marcadas con `# Tu respuesta` y entrega este mismo archivo. Conserva
# los nombres de funciones, clases y variables: el corrector los busca por su nombre. Puedes agregar celdas,
# funciones auxiliares y argumentos con valor por defecto. Si un nombre está definido varias veces, cuenta la
# última definición.
#
# **Autoevaluación.** Después de cada respuesta hay una celda que llama a `check`: córrela y te dice qué está bien,
# qué falla y por qué; `check()` revisa todo. Puedes correrlas cuantas veces quieras, y no hace falta borrarlas
# antes de entregar. Usan solo casos públicos; la corrección usa además otros.
#
# **Cómo se corrige.** Tus funciones se llaman con datos nuevos, de otros tamaños que los de las celdas de
# prueba. Por eso una función debe usar solo sus argumentos: no dependas de variables globales como `B`, `C` o
# `device`, y no modifiques los tensores que recibes. Una respuesta parcialmente correcta recibe parte del
# puntaje, y una respuesta incorrecta no perjudica a las preguntas que se basan en ella.
#
# **Qué se puede usar.** `torch` y la biblioteca estándar de Python. Cada pregunta dice qué está prohibido;
# usarlo cuesta el puntaje de esa pregunta y de ninguna otra. Donde se piden gráficos se puede usar `matplotlib`,
# y donde se piden datos reales, `torchvision` o `sklearn` para leerlos.
# %% text en [markdown]
# You will derive, program and check the gradient of a feed-forward network, and train the network with it. No
# automatic differentiation: you write every derivative yourself.
#
# **How to hand in.** Fill in the cells marked `# Your answer` and hand in this same file. Keep the names of
# functions, classes and variables: the grader finds them by name. You may add cells, auxiliary functions, and
# arguments with a default value. Where a name is defined several times, the last definition counts.
#
# **Self-check.** After each answer there is a cell that calls `check`: run it, and it says what is right, what
# fails and why; `check()` looks at everything. Run these cells as often as you like, and leave them in when you
# hand in. They use public cases only; grading uses others as well.
#
# **How it is graded.** Your functions are called with new data, of other sizes than those of the example cells.
# So a function must use its arguments only: do not rely on global variables such as `B`, `C` or `device`, and do
# not change the tensors that you are given. A partly right answer earns part of the points, and a wrong answer
# does not drag down the questions that build on it.
#
# **What may be used.** `torch` and Python's standard library. Each question says what is forbidden; using it costs
# the points of that question and of no other. Where plots are asked for you may use `matplotlib`, and where real
# data are asked for, `torchvision` or `sklearn` to read them.

# %% text es [markdown]
# **Notación.** $B$ ejemplos por lote, $F$ características, $C$ clases y $L$ capas escondidas:
#
# $$
# \begin{aligned}
# h^{(0)} &= x, \\
# u^{(\ell)} &= h^{(\ell-1)} W^{(\ell)} + b^{(\ell)}, \qquad h^{(\ell)} = f^{(\ell)}(u^{(\ell)}), \\
# u^{(L+1)} &= h^{(L)} U + c, \qquad\quad\;\;\, \hat{y} = \operatorname{softmax}(u^{(L+1)}), \\
# \mathcal{L} &= \operatorname{CELoss}(\hat{y}, y).
# \end{aligned}
# $$
#
# Cada fila de un tensor es un ejemplo, y $y$ es *one-hot* de tamaño $(B, C)$.
# %% text en [markdown]
# **Notation.** $B$ examples per batch, $F$ features, $C$ classes and $L$ hidden layers:
#
# $$
# \begin{aligned}
# h^{(0)} &= x, \\
# u^{(\ell)} &= h^{(\ell-1)} W^{(\ell)} + b^{(\ell)}, \qquad h^{(\ell)} = f^{(\ell)}(u^{(\ell)}), \\
# u^{(L+1)} &= h^{(L)} U + c, \qquad\quad\;\;\, \hat{y} = \operatorname{softmax}(u^{(L+1)}), \\
# \mathcal{L} &= \operatorname{CELoss}(\hat{y}, y).
# \end{aligned}
# $$
#
# Each row of a tensor is an example, and $y$ is one-hot of size $(B, C)$.

# %% given
import torch

# %% helper call
def call(f, *args, **options):
    """f(*args, **options). An option that f names otherwise is its first argument of that kind, a flag or a number.

    An option of None is left out: the default of f counts. Without a default it is 1.
    """
    import contextlib, inspect

    with contextlib.suppress(TypeError, ValueError):  # where Python does not know the arguments
        more = list(inspect.signature(f).parameters.values())[len(args):]
        free = {p.name: isinstance(p.default, bool) for p in more if p.name not in options}
        # names.toml has mapped the arguments of a function with `__arguments__`.
        for name in [n for n in options if all(n != p.name for p in more) and not hasattr(f, "__arguments__")]:
            same = [other for other, flag in free.items() if flag == isinstance(options[name], bool)]
            if same and all(p.kind is not p.VAR_KEYWORD for p in more):
                options[same[0]], _ = options.pop(name), free.pop(same[0])
        options |= {p.name: 1 for p in more if p.default is p.empty and options.get(p.name, 0) is None}
    return f(*args, **{key: value for key, value in options.items() if value is not None})

# %% helper layers
def layers(F, widths, C):
    """Names and shapes of a network's parameters: W1 (F, n1), b1 (n1,), ..., U (nL, C), c (C,)."""
    shapes, n = {}, F
    for k, m in enumerate(widths, start=1):
        shapes[f"W{k}"], shapes[f"b{k}"], n = (n, m), (m,), m
    return {**shapes, "U": (n, C), "c": (C,)}

# %% helper certain_and_wrong
def certain_and_wrong(d):
    """Q (B, C), which gives the right class probability 0 in every other row, and one-hot P (B, C).

    In the other rows `clamp(eps, 1 - eps)` or `Q + eps` does not move the logarithm of the right class's probability.
    """
    labels, rows = d.classes(d.B, d.C), torch.arange(d.B)
    Q, wrong = torch.zeros(d.B, d.C), (labels + 1) % d.C
    Q[rows, wrong] = torch.where(rows % 2 == 0, 1.0, 0.25)
    Q[rows[1::2], labels[1::2]] = 0.75
    return d.real(Q), d.real(torch.eye(d.C)[labels])

# %% helper with_zeros
def with_zeros(d):
    """Q (B, C), which gives the class of `labels` (B,) probability 0 in every third row and 1e-13 in the next ones.

    P (B, C) is not one-hot. The other entries of Q are so large that `clamp(eps, 1 - eps)` or `Q + eps` moves no
    logarithm, and 1e-13 + eps is eps.
    """
    labels, rows = d.classes(d.B, d.C), torch.arange(d.B)
    Q, P = 0.2 / d.C + 0.8 * d.probabilities(d.B, d.C), d.probabilities(d.B, d.C)
    Q[rows[::3], labels[::3]] = 0
    Q = Q / Q.sum(1, keepdim=True)
    Q[rows[1::3], labels[1::3]] = 1e-13
    return Q, P, labels

# %% helper trained
FUNCTIONS = "FFNN.forward sig tanh relu celu swish"


def trained(d, net, *xs_and_ys):
    """What `backward` uses of the answers' functions, when it is called after `forward` on each x and y."""
    with d.uses(FUNCTIONS) as uses:
        for x, y in xs_and_ys:
            net.backward(x, y, net.forward(x))
    return uses

# %% helper by_formulas
def by_formulas(uses, rows, widths, F, alone=None):
    """Statements: gradients came by formulas and not by differences, in 3a and 3b, for so many rows in all.

    Forward and backward together need each activation a few times for each row; functions that call each other were
    seen to need 12. Differences need the whole network once or twice for each of its 39 parameters or more, and those
    within a layer have inputs that differ by one step. `alone` is what forward used before, if `uses` is of backward
    only: a person may look at a backward that gives an activation more numbers than forward, as a difference would.
    """
    functions = {name: use for name, use in uses.items() if name not in ("torch", "FFNN.forward")}
    forward = uses["FFNN.forward"]["entries"] / (rows * F)
    activations = sum(use["entries"] for use in functions.values()) / (rows * sum(widths))
    differences = any(use["complex"] or use["shifted"] for use in uses.values())
    torch_itself = uses.get("torch", {"entries": 0})["entries"] / (rows * sum(widths))
    by_hand = forward <= 11 and activations <= 30 and torch_itself <= 50 and not differences
    yield forbidden("derivación numérica | numerical differentiation", by_hand)
    once = forward < (1.5 if alone else 2.5)
    yield flag("backward llama más de una vez a forward | backward calls forward more than once", once)
    few = not alone or not any(use["inputs"] > 1.5 * alone[name]["inputs"] > 0 for name, use in functions.items())
    yield flag("backward llama a una activación en varios puntos | backward calls an activation at several points", few)

# %% helper between_precisions
def between_precisions(seen, right, names):
    """Whether one of these results in float64 has an error as that of finite differences has.

    A formula is exact to 1e-14, or to 1e-8 where something is kept in float32. Differences are between the two.
    """
    def error(name):
        value, wanted = seen[name] if name in seen else None, right[name]
        if not isinstance(value, torch.Tensor) or value.shape != wanted.shape or value.is_complex():
            return 0.0
        return float((value.double() - wanted).abs().max() / wanted.abs().max())

    return any(1e-11 < error(name) < 3e-9 for name in names)

# %% helper in_float64
def in_float64(net):
    """The network with parameters in float64."""
    if hasattr(net, "double"):
        net.double()
    else:  # a class without Module's methods
        for p in net.parameters():
            p.data = p.data.double()
    return net
