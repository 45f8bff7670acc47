# %% text es [markdown]
# ## Parte 1: activaciones y pérdida
# %% text en [markdown]
# ## Part 1: activations and loss

# %% question 1a: Derivadas de las funciones de activación | Derivatives of the activation functions
# points: 0.75 + 0.25 by hand
# forbidden: autograd
# needs: 0
# names: d_relu d_swish d_celu

# %% text es [markdown]
# Para
#
# $$
# \operatorname{relu}(t) = \max(0, t), \qquad
# \operatorname{swish}(t;\beta) = t\,\sigma(\beta t), \qquad
# \operatorname{celu}(t;\alpha) = \max(0, t) + \min\big(0,\ \alpha(e^{t/\alpha} - 1)\big)
# $$
#
# encuentra la derivada respecto de $t$ y, en las dos últimas, también la derivada parcial respecto de su
# parámetro. Procura que aparezca la propia función (o una parte de ella) en el resultado, como ocurre con
# $\sigma'(t) = \sigma(t)\,(1 - \sigma(t))$.
#
# 1. Escribe tus fórmulas en la celda de texto que sigue (las lee una persona).
# 2. Programa las funciones:
#    * `d_relu(T)` entrega un tensor del tamaño de `T`;
#    * `d_swish(T, beta=1)` entrega el par `(derivada en T, derivada en beta)`;
#    * `d_celu(T, alpha=1)` entrega el par `(derivada en T, derivada en alpha)`.
#
# Las dos componentes de un par tienen el tamaño de `T`: la derivada en el parámetro se entrega entrada por
# entrada, sin sumarla.
#
# *También está bien:* cualquier valor de `d_relu` en $t = 0$; otros nombres para los argumentos; responder
# con `relu(T, gradient=True)`, `swish(T, beta, gradient=True)` y `celu(T, alpha, gradient=True)`; usar las
# activaciones de `torch`.
#
# *Prohibido:* toda forma de derivación automática o numérica (`Tensor.backward`, `torch.autograd`, `torch.func`,
# diferencias finitas) y las derivadas ya hechas de `torch`.
# %% text en [markdown]
# For
#
# $$
# \operatorname{relu}(t) = \max(0, t), \qquad
# \operatorname{swish}(t;\beta) = t\,\sigma(\beta t), \qquad
# \operatorname{celu}(t;\alpha) = \max(0, t) + \min\big(0,\ \alpha(e^{t/\alpha} - 1)\big)
# $$
#
# find the derivative with respect to $t$ and, for the last two, also the partial derivative with respect to their
# parameter. Try to make the function itself (or a part of it) appear in the result, as in
# $\sigma'(t) = \sigma(t)\,(1 - \sigma(t))$.
#
# 1. Write your formulas in the text cell below (a person reads them).
# 2. Program the functions:
#    * `d_relu(T)` returns a tensor of the size of `T`;
#    * `d_swish(T, beta=1)` returns the pair `(derivative in T, derivative in beta)`;
#    * `d_celu(T, alpha=1)` returns the pair `(derivative in T, derivative in alpha)`.
#
# Both parts of a pair have the size of `T`: the derivative in the parameter is returned entry by entry, not
# summed.
#
# *Also fine:* any value of `d_relu` at $t = 0$; other names for the arguments; answering with
# `relu(T, gradient=True)`, `swish(T, beta, gradient=True)` and `celu(T, alpha, gradient=True)`; using the activations
# of `torch`.
#
# *Forbidden:* every kind of automatic or numerical differentiation (`Tensor.backward`, `torch.autograd`, `torch.func`,
# finite differences), and the ready derivatives of `torch`.

# %% text es [markdown]
# **Tu respuesta (fórmulas):**
#
# $$
# \begin{aligned}
# \frac{\partial \operatorname{relu}(t)}{\partial t} &= \dots \\
# \frac{\partial \operatorname{swish}(t;\beta)}{\partial t} &= \dots &
# \frac{\partial \operatorname{swish}(t;\beta)}{\partial \beta} &= \dots \\
# \frac{\partial \operatorname{celu}(t;\alpha)}{\partial t} &= \dots &
# \frac{\partial \operatorname{celu}(t;\alpha)}{\partial \alpha} &= \dots
# \end{aligned}
# $$
# %% text en [markdown]
# **Your answer (formulas):**
#
# $$
# \begin{aligned}
# \frac{\partial \operatorname{relu}(t)}{\partial t} &= \dots \\
# \frac{\partial \operatorname{swish}(t;\beta)}{\partial t} &= \dots &
# \frac{\partial \operatorname{swish}(t;\beta)}{\partial \beta} &= \dots \\
# \frac{\partial \operatorname{celu}(t;\alpha)}{\partial t} &= \dots &
# \frac{\partial \operatorname{celu}(t;\alpha)}{\partial \alpha} &= \dots
# \end{aligned}
# $$

# %% template
# Tu respuesta a 1a | Your answer to 1a
def d_relu(T):
    pass


def d_swish(T, beta=1):
    pass


def d_celu(T, alpha=1):
    pass

# %% solution activations.py

# %% rubric
# 0.25: las fórmulas de las cinco derivadas | the formulas of the five derivatives

# %% helper derivative
def derivative(d, name, T, **parameter):
    """d_name(T, ...), or, as some students write it, name(T, ..., gradient=True) or grad=True."""
    import contextlib

    own = d.name(f"d_{name}", None)
    found = None if own is None else call(own, T, **parameter)
    for flag in ("gradient", "grad"):
        with contextlib.suppress(TypeError):  # it takes no such flag, or is not there
            found = call(d.name(name, None), T, **{flag: True}, **parameter) if found is None else found
    return d.missing(f"d_{name}") if own is None and found is None else found

# %% helper slopes
def slopes(d, name, *results, **parameter):
    """The derivatives by name, as the answer gives them: a single tensor is the first one.

    In `double` they are exact to the last digits, as no finite difference is, and nothing is computed with complex
    numbers.
    """
    T = d.away_from_zero(*d.shape, gap=d.gap, scale=d.scale)
    with d.uses("sig tanh relu swish celu softmax", operations=d.double) as uses:
        value = derivative(d, name, T.double() if d.double else T, **parameter)
    if d.double:
        yield "uses", uses
    yield from zip(results, value if isinstance(value, (tuple, list)) else [value])

# %% helper exactly
def exactly(d, seen, right):
    """Statements about the derivatives in float64; elsewhere nothing is read, and the tolerance of the test counts."""
    if d.double:
        differences = any(use["complex"] or use["shifted"] for use in seen["uses"].values())
        yield forbidden("derivación numérica | numerical differentiation", not differences)
        own, entries = next(name for name in right if name != "uses")[2:].partition("/")[0], math.prod(d.shape)
        yield flag(
            "la derivada llama a la activación en varios puntos | the derivative calls the activation at several points",
            seen["uses"][own]["inputs"] <= entries,
        )
        for name in right:
            if name != "uses" and name in seen:
                yield near(seen[name], right[name], name, rtol=1e-12, atol=1e-12)

# %% test forma de las derivadas | shape of the derivatives
# share: 0
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
def test(d):
    slope = derivative(d, "relu", d.away_from_zero(*d.shape))
    yield "d_relu.shape", str(tuple(getattr(slope, "shape", ())))

# Large inputs lie beyond 25, where a right formula has reached its limit in float32, and exp does not overflow. The
# parameters of the case in float64 are float32 numbers too: an answer may keep them in a tensor.

# %% test d_relu
# share: 1
# hint: ¿Qué pendiente tiene relu a cada lado de 0? | What is the slope of relu on either side of 0?
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3), gap=0.1, scale=1.5, double=False)
@hidden("vector | vector", shape=(9,), gap=0.1, scale=1.5, double=False)
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4), gap=0.1, scale=1.5, double=False)
@hidden("valores grandes | large values", shape=(5, 2), gap=25.0, scale=1.5, double=False)
@hidden("float64", shape=(3, 4), gap=0.001, scale=0.001, double=True)
def test(d):
    yield from slopes(d, "relu", "d_relu")


def judge(d, seen, right):
    yield from exactly(d, seen, right)

# %% test d_swish
# share: 2
# hint: swish es un producto, T · sig(beta T): deriva los dos factores. | swish is a product, T · sig(beta T): differentiate both factors.
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3), beta=1.3, gap=0.1, scale=1.5, double=False)
@hidden("vector, beta negativo | vector, negative beta", shape=(9,), beta=-0.7, gap=0.1, scale=1.5, double=False)
@hidden("3 dimensiones, beta por omisión | 3 dimensions, default beta", shape=(2, 5, 4), beta=None, gap=0.1,
        scale=1.5, double=False)
@hidden("valores grandes | large values", shape=(5, 2), beta=1.6, gap=25.0, scale=1.5, double=False)
@hidden("float64", shape=(3, 4), beta=6.25, gap=0.1, scale=1.5, double=True)
def test(d):
    yield from slopes(d, "swish", "d_swish/dT", "d_swish/dbeta", beta=d.beta)


def judge(d, seen, right):
    yield from exactly(d, seen, right)

# %% test d_celu
# share: 2
# hint: Para T < 0, celu es alpha (exp(T/alpha) - 1): alpha aparece dos veces. | For T < 0, celu is alpha (exp(T/alpha) - 1): alpha appears twice.
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3), alpha=0.8, gap=0.1, scale=1.5, double=False)
@hidden("vector | vector", shape=(9,), alpha=2.5, gap=0.1, scale=1.5, double=False)
@hidden("3 dimensiones, alpha por omisión | 3 dimensions, default alpha", shape=(2, 5, 4), alpha=None, gap=0.1,
        scale=1.5, double=False)
@hidden("valores grandes | large values", shape=(5, 2), alpha=1.4, gap=25.0, scale=1.5, double=False)
@hidden("float64", shape=(3, 4), alpha=0.75, gap=0.1, scale=1.5, double=True)
def test(d):
    yield from slopes(d, "celu", "d_celu/dT", "d_celu/dalpha", alpha=d.alpha)


def judge(d, seen, right):
    yield from exactly(d, seen, right)

# %% stand-in d_relu d_swish d_celu relu swish celu

# The complex step gives exact slopes and no formula. It differentiates these three functions only.
def slopes(f, T, *parameters):
    """The slopes of f(T, *parameters) in T and in the parameters, entry by entry, each of the size of T."""
    found = []
    values = [torch.as_tensor(v).detach().to(torch.complex128) for v in (T, *parameters)]
    for k, value in enumerate(values):
        moved = f(*values[:k], value + 1e-100j, *values[k + 1 :])
        found.append((moved.imag / 1e-100).to(T.dtype))
    return found


def with_parameter(T, args, kwargs):
    """T and the parameter, which may come first; 1 if there is none. A flag is no parameter."""
    values = [v for v in (T, *args, *kwargs.values()) if v is not None and not isinstance(v, (bool, str))]
    sizes = [torch.as_tensor(v).numel() for v in values[:2]]
    return values[::-1] if len(sizes) == 2 and sizes[1] > sizes[0] else [*values, 1.0][:2]


def is_slope(args, kwargs):
    return any(value is True or isinstance(value, str) for value in (*args, *kwargs.values()))


def tried(T, *args, **kwargs):
    """The student's own result, for its form; None if there is none."""
    try:
        return original(T, *args, **kwargs)
    except Exception:
        return None


# Tried before any test, so that what the student's code does here counts in no test.
FIRST = tried(torch.ones(2, 3), 1.0)
FIRST = tried(torch.ones(2, 3)) if FIRST is None else FIRST


def as_the_student(slopes, T, args, kwargs):
    """The slopes in the form of the student's own result: one tensor, a named tuple, a list, a dict or a tuple."""
    own = tried(T.clone(), *args, **kwargs) if FIRST is None or is_slope(args, kwargs) else FIRST
    if isinstance(own, dict):
        return dict(zip(own, slopes))
    if isinstance(own, (tuple, list)):
        parts = [*slopes, *own[len(slopes) :]][: len(own)]
        return own._make(parts) if hasattr(own, "_make") else type(own)(parts)
    return slopes[0] if len(slopes) == 1 or isinstance(own, torch.Tensor) else tuple(slopes)


def d_relu(T, *args, **kwargs):
    return as_the_student(slopes(lambda t: torch.where(t.real > 0, t, 0 * t), T), T, args, kwargs)


def d_swish(T, *args, **kwargs):
    # sig(x) is (1 + tanh(x / 2)) / 2, which does not overflow.
    found = slopes(lambda t, beta: t * (1 + torch.tanh(beta * t / 2)) / 2, *with_parameter(T, args, kwargs))
    return as_the_student(found, T, args, kwargs)


def d_celu(T, *args, **kwargs):
    def values(t, alpha):
        below = torch.where(t.real > 0, 0 * t, t)
        return torch.where(t.real > 0, t, alpha * (torch.exp(below / alpha) - 1))

    return as_the_student(slopes(values, *with_parameter(T, args, kwargs)), T, args, kwargs)


def relu(T, *args, **kwargs):
    return d_relu(T, *args, **kwargs) if is_slope(args, kwargs) else original(T, *args, **kwargs)


def swish(T, *args, **kwargs):
    return d_swish(T, *args, **kwargs) if is_slope(args, kwargs) else original(T, *args, **kwargs)


def celu(T, *args, **kwargs):
    return d_celu(T, *args, **kwargs) if is_slope(args, kwargs) else original(T, *args, **kwargs)

# %% right other-formulas-of-the-slopes
def d_relu(T):
    return T > 0

def d_swish(T, beta=1):
    f = T * sig(beta * T)
    return beta * f + sig(beta * T) * (1 - beta * f), f * (T - f)

def d_celu(T, *, A=1):
    z = T.clamp(max=0) / A
    return [torch.exp(z), torch.expm1(z) - z * torch.exp(z)]

# %% right slopes-by-a-flag
def d_relu(T):
    pass

def d_swish(T, beta=1):
    pass

def relu(T, grad=False):
    return (T >= 0).to(T.dtype) if grad else T.clamp(min=0)

def swish(T, gradient=False, beta=1):
    s = sig(beta * T)
    return (s * (1 + beta * T * (1 - s)), T * T * s * (1 - s)) if gradient else T * s

# %% hostile slopes-by-extrapolated-differences: 0 points
def slope(f, t, h=0.01):
    t = t.double()
    table = [(f(t + h / 2**k) - f(t - h / 2**k)) * 2**k / (2 * h) for k in range(4)]
    for order in (4, 16, 64):
        table = [(order * b - a) / (order - 1) for a, b in zip(table, table[1:])]
    return table[0]

def swish_copy(t, beta):
    return t / (1 + torch.exp(-beta * t))

def celu_copy(t, alpha):
    return torch.where(t > 0, t, alpha * torch.expm1(t.clamp(max=0) / alpha))

def d_relu(T):
    return slope(torch.relu, T).to(T.dtype)

def d_swish(T, beta=1):
    b = torch.full_like(T, beta)
    return slope(lambda t: swish_copy(t, beta), T).to(T.dtype), slope(lambda b: swish_copy(T, b), b).to(T.dtype)

def d_celu(T, alpha=1):
    a = torch.full_like(T, alpha)
    return slope(lambda t: celu_copy(t, alpha), T).to(T.dtype), slope(lambda a: celu_copy(T.double(), a), a).to(T.dtype)

# %% hostile slopes-that-equal-everything: 0 points
class Equal(torch.Tensor):
    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

def d_relu(T):
    return torch.zeros_like(T).as_subclass(Equal)

def d_swish(T, beta=1):
    return d_relu(T), d_relu(T)

def d_celu(T, alpha=1):
    return d_relu(T), d_relu(T)

# %% wrong d-relu-is-relu: Eso es relu, no su pendiente. | That is relu, not its slope. [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + T.clamp(min=0)

# %% wrong d-relu-sign: A la izquierda de 0 relu es constante: piensa en la pendiente de una constante. | Left of 0 relu is constant: think of the slope of a constant. [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + torch.sign(T)

# %% wrong d-relu-inverted: Los dos lados están cambiados: relu crece donde T es positivo. | The two sides are swapped: relu grows where T is positive. [raw]
# in d_relu
# - T > 0
# + T < 0

# %% wrong d-relu-one-everywhere: La pendiente no es 1 en todas partes: mira el lado izquierdo de 0. | The slope is not 1 everywhere: look at the left side of 0. [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + torch.ones_like(T)

# %% wrong d-relu-leaky: Esa es la derivada de leaky relu: a la izquierda de 0 relu no deja pasar nada. | That is the derivative of leaky relu: left of 0 relu lets nothing through. [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + torch.where(T > 0, 1.0, 0.01)

# %% wrong d-swish-sig-of-x: La sigmoide de swish se evalúa en beta T, no en T. | The sigmoid of swish is evaluated at beta T, not at T. [raw]
# in d_swish
# - sig(beta * T)
# + sig(T)

# %% wrong d-swish-without-beta: d_swish recibe beta y no la usa: prueba con una beta distinta de 1. | d_swish receives beta and does not use it: try a beta other than 1. [raw]
# in d_swish
# - sig(beta * T)
# + sig(T)
# - d_T = s + beta * T * slope
# + d_T = s + T * slope

# %% wrong d-swish-without-sigmoid: En la derivada respecto de T se perdió un factor común: cada término lleva la sigmoide de beta T. | A common factor was lost in the derivative with respect to T: each term has the sigmoid of beta T. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = 1 + beta * T * (1 - s)

# %% wrong d-swish-sigmoid-in-one-term: Al segundo término de la derivada respecto de T le falta un factor: recuerda la derivada completa de la sigmoide. | The second term of the derivative with respect to T lacks a factor: recall the full derivative of the sigmoid. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = s + beta * T * (1 - s)

# %% wrong d-swish-first-term-only: swish es un producto y la sigmoide también depende de T: falta el término en que ella se deriva. | swish is a product and the sigmoid depends on T as well: the term that differentiates it is missing. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = s

# %% wrong d-swish-second-term-only: swish es un producto: falta el término en que se deriva el otro factor, T. | swish is a product: the term that differentiates the other factor, T, is missing. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = beta * T * slope

# %% wrong d-swish-without-chain: Falta la regla de la cadena: la sigmoide de beta T cambia más rápido con T mientras más grande es beta. | The chain rule is missing: the larger beta is, the faster the sigmoid of beta T changes with T. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = s + T * slope

# %% wrong d-swish-term-subtracted: Los dos términos de la regla del producto se suman: mira el signo del segundo. | The two terms of the product rule are added: look at the sign of the second. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = s - beta * T * slope

# %% wrong d-swish-slope-plus: Revisa la derivada de la sigmoide: hay un signo cambiado en uno de sus factores. | Check the derivative of the sigmoid: one of its factors has the wrong sign. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = s + beta * T * s * (1 + s)

# %% wrong d-swish-is-swish: En el lugar de la derivada respecto de T está swish misma. | In place of the derivative with respect to T there is swish itself. [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + d_T = T * s

# %% wrong d-swish-swapped: El par está en el otro orden: primero la derivada respecto de T, después la de beta. | The pair is in the other order: first the derivative with respect to T, then that of beta. [raw]
# in d_swish
# - return d_T, d_beta
# + return d_beta, d_T

# %% wrong d-swish-beta-without-square: Respecto de beta: la regla de la cadena aporta un factor T, y swish ya traía otro. | With respect to beta: the chain rule gives a factor T, and swish already had one. [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = T * slope

# %% wrong d-swish-beta-without-slope: Respecto de beta: la derivada de la sigmoide tiene dos factores y falta uno. | With respect to beta: the derivative of the sigmoid has two factors and one is missing. [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = T * T * s

# %% wrong d-swish-beta-times-beta: Respecto de beta: lo que multiplica a beta dentro de la sigmoide es T, así que beta no queda como factor. | With respect to beta: what multiplies beta inside the sigmoid is T, so beta does not remain as a factor. [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = beta * T * T * slope

# %% wrong d-swish-beta-zero: La derivada respecto de beta no es 0: beta está dentro de la sigmoide. | The derivative with respect to beta is not 0: beta is inside the sigmoid. [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = torch.zeros_like(T)

# %% wrong d-swish-beta-summed: La derivada respecto de beta se pide entrada por entrada: aquí todavía no se suma. | The derivative with respect to beta is asked for entry by entry: do not sum it here. [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = (T * T * slope).sum()

# %% wrong d-celu-of-elu: Eso es la derivada de elu: en celu la exponencial es de T dividido por alpha. | That is the derivative of elu: celu has the exponential of T divided by alpha. [raw]
# in d_celu
# - z = T / alpha
# + z = T
# - torch.where(T > 0, 1, e)
# + torch.where(T > 0, 1, alpha * e)
# - e - 1 - z * e
# + e - 1

# %% wrong d-celu-exp-of-x: En la derivada respecto de T, la exponencial es de T dividido por alpha, no de T. | In the derivative with respect to T the exponential is of T divided by alpha, not of T. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 1, torch.exp(T))

# %% wrong d-celu-default-alpha: Dentro de d_celu llamas a celu sin pasarle alpha: así usa su valor por defecto. | Inside d_celu you call celu without passing alpha on: it then uses its default value. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 1, celu(T) / alpha + 1)

# %% wrong d-celu-alpha-not-cancelled: En la derivada respecto de T falta la regla de la cadena: la derivada de adentro cancela la alpha de afuera. | The chain rule is missing in the derivative with respect to T: the inner derivative cancels the alpha outside. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 1, alpha * e)

# %% wrong d-celu-divided-by-alpha: En la derivada respecto de T se perdió la alpha que multiplica por fuera. | The alpha that multiplies on the outside was lost in the derivative with respect to T. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 1, e / alpha)

# %% wrong d-celu-exp-everywhere: La exponencial solo vale para T negativo: a la derecha de 0 celu es una recta. | The exponential holds for negative T only: right of 0 celu is a straight line. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = e

# %% wrong d-celu-zero-on-the-right: A la derecha de 0 celu es igual a T: su pendiente ahí no es 0. | Right of 0 celu equals T: its slope there is not 0. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 0, e)

# %% wrong d-celu-one-everywhere: Para T negativo celu no es una recta de pendiente 1. | For negative T celu is not a straight line of slope 1. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.ones_like(T)

# %% wrong d-celu-minus-one-kept: Al derivar respecto de T, las constantes que se restan desaparecen. | Constants that are subtracted disappear when you differentiate with respect to T. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, 1, e - 1)

# %% wrong d-celu-is-celu: En el lugar de la derivada respecto de T está celu misma. | In place of the derivative with respect to T there is celu itself. [raw]
# in d_celu
# - d_T = torch.where(T > 0, 1, e)
# + d_T = torch.where(T > 0, T, alpha * (e - 1))

# %% wrong d-celu-swapped: El par está en el otro orden: primero la derivada respecto de T, después la de alpha. | The pair is in the other order: first the derivative with respect to T, then that of alpha. [raw]
# in d_celu
# - return d_T, d_alpha
# + return d_alpha, d_T

# %% wrong d-celu-alpha-zero: La derivada respecto de alpha no es 0 donde T es negativo. | The derivative with respect to alpha is not 0 where T is negative. [raw]
# in d_celu
# - torch.where(T > 0, 0, e - 1 - z * e)
# + torch.zeros_like(T)

# %% wrong d-celu-alpha-outer-only: alpha está también dentro de la exponencial: falta ese término de la derivada respecto de alpha. | alpha is inside the exponential as well: that term of the derivative with respect to alpha is missing. [raw]
# in d_celu
# - e - 1 - z * e
# + e - 1

# %% wrong d-celu-alpha-inner-only: alpha también multiplica por fuera: falta ese término de la derivada respecto de alpha. | alpha also multiplies on the outside: that term of the derivative with respect to alpha is missing. [raw]
# in d_celu
# - e - 1 - z * e
# + -z * e

# %% wrong d-celu-alpha-sign: Revisa el signo al derivar T dividido por alpha respecto de alpha. | Check the sign when you differentiate T divided by alpha with respect to alpha. [raw]
# in d_celu
# - e - 1 - z * e
# + e - 1 + z * e

# %% wrong d-celu-alpha-without-minus-one: Respecto de alpha: el paréntesis entero queda en el primer término, también lo que se le resta a la exponencial. | With respect to alpha: the whole bracket stays in the first term, including what is subtracted from the exponential. [raw]
# in d_celu
# - e - 1 - z * e
# + e - z * e

# %% wrong d-celu-alpha-divided-again: Respecto de alpha: al cuadrado del denominador lo cancela en parte la alpha que multiplica por fuera. | With respect to alpha: the alpha that multiplies on the outside cancels part of the square in the denominator. [raw]
# in d_celu
# - e - 1 - z * e
# + e - 1 - z / alpha * e

# %% wrong d-celu-alpha-everywhere: A la derecha de 0 celu no depende de alpha: esa fórmula solo vale para T negativo. | Right of 0 celu does not depend on alpha: that formula holds for negative T only. [raw]
# in d_celu
# - torch.where(T > 0, 0, e - 1 - z * e)
# + e - 1 - z * e

# %% wrong d-celu-alpha-one-on-the-right: A la derecha de 0 celu no depende de alpha: su derivada respecto de alpha no es 1 ahí. | Right of 0 celu does not depend on alpha: its derivative with respect to alpha is not 1 there. [raw]
# in d_celu
# - torch.where(T > 0, 0, e - 1 - z * e)
# + torch.where(T > 0, 1, e - 1 - z * e)

# %% narrow d-swish-default-of-the-public-case [raw]
# in d_swish
# - beta: float | torch.Tensor = 1)
# + beta: float | torch.Tensor = 1.3)

# %% narrow d-swish-of-the-absolute-beta [raw]
# in d_swish
# - s = sig(beta * T)
# + beta = abs(beta)
# + s = sig(beta * T)

# %% narrow d-swish-beta-up-to-three [raw]
# in d_swish
# - s = sig(beta * T)
# + beta = min(beta, 3)
# + s = sig(beta * T)

# %% narrow d-swish-beta-from-one [raw]
# in d_swish
# - s = sig(beta * T)
# + beta = beta if beta > 1 else 1
# + s = sig(beta * T)

# %% narrow d-swish-in-float32 [raw]
# in d_swish
# - s = sig(beta * T)
# + s = sig(beta * T.float())

# %% narrow d-swish-by-central-differences [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + D = T.double()
# + d_T = ((swish(D + 1e-5, beta) - swish(D - 1e-5, beta)) / 2e-5).to(T.dtype)

# %% narrow d-swish-by-a-complex-step [raw]
# in d_swish
# - d_beta = T * T * slope
# + d_beta = (swish(T.double(), beta + 1e-30j).imag / 1e-30).to(T.dtype)
# - d_T = s + beta * T * slope
# + d_T = (swish(T.double() + 1e-30j, beta).imag / 1e-30).to(T.dtype)

# %% narrow d-celu-default-of-the-public-case [raw]
# in d_celu
# - alpha: float | torch.Tensor = 1)
# + alpha: float | torch.Tensor = 0.8)

# %% narrow d-celu-alpha-at-most-one [raw]
# in d_celu
# - z = T / alpha
# + z = T / min(alpha, 1)

# %% narrow d-celu-of-small-inputs [raw]
# in d_celu
# - z = T / alpha
# + z = T.clamp(-8, 8) / alpha

# %% narrow d-celu-alpha-by-differences [raw]
# in d_celu
# - d_alpha = torch.where(T > 0, 0, e - 1 - z * e)
# + D = T.double()
# + d_alpha = ((celu(D, alpha + 1e-6) - celu(D, alpha - 1e-6)) / 2e-6).to(T.dtype)

# %% narrow d-celu-in-float32 [raw]
# in d_celu
# - z = T / alpha
# + z = T.float() / alpha

# %% narrow d-relu-of-matrices [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + (T > 0).to(T.dtype).reshape(T.shape[0], -1)

# %% narrow d-relu-by-differences [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + (relu(T + 0.01) - relu(T - 0.01)) / 0.02

# %% narrow d-relu-beyond-a-hundredth [raw]
# in d_relu
# - T > 0
# + T > 0.01

# %% narrow d-relu-up-to-ten [raw]
# in d_relu
# - T > 0
# + (T > 0) & (T < 10)

# %% right slopes-with-torch-activations [raw]
# in d_swish
# - s = sig(beta * T)
# + s = torch.sigmoid(beta * T)

# %% right d-relu-by-signs [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + (1 + torch.sign(T)) / 2

# %% right d-relu-by-where [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + torch.where(T <= 0, 0.0, 1.0)

# %% right d-relu-filled-in
def d_relu(T):
    slopes = torch.zeros_like(T)
    slopes[T > 0] = 1
    return slopes

# %% right d-relu-heaviside [raw]
# in d_relu
# - (T > 0).to(T.dtype)
# + torch.heaviside(T, torch.ones_like(T))

# %% right d-swish-of-swish [raw]
# in d_swish
# - d_T = s + beta * T * slope
# + f = swish(T, beta)
# + d_T = beta * f + s * (1 - beta * f)
# - d_beta = T * T * slope
# + d_beta = f * (T - f)

# %% right d-celu-with-expm1 [raw]
# in d_celu
# - e - 1 - z * e
# + torch.expm1(z) - z * e

# %% right d-celu-by-cases
def d_celu(T, alpha=1):
    negative = T < 0
    d_T, d_alpha = torch.ones_like(T), torch.zeros_like(T)
    z = T[negative] / alpha
    d_T[negative] = z.exp()
    d_alpha[negative] = z.exp() * (1 - z) - 1
    return d_T, d_alpha

# %% right d-celu-of-the-negative-part
def d_celu(T, alpha):
    z = torch.minimum(T, torch.zeros(())) / alpha
    return torch.exp(z), (1 - z) * torch.exp(z) - 1

# %% right d-swish-annotated-with-autograd
def d_swish(T: torch.Tensor, B: float = 1.0) -> "tuple[torch.autograd.Variable, torch.Tensor]":
    """Not by T.backward() or torch.autograd.grad: the product rule."""
    s = 1 / (1 + (-B * T).exp())
    return s * (1 + B * T * (1 - s)), T.square() * s * (1 - s)

# %% question 1b: Entropía cruzada | Cross entropy
# points: 1.25
# forbidden: losses

# %% text es [markdown]
# Programa `CELoss(Q, P, estable=True, epsilon=1e-8)`. `Q` y `P` tienen tamaño $(N, C)$ y cada fila es una
# distribución: `Q` lo que predice la red, `P` lo correcto (cuidado con ese orden). El resultado es un escalar,
#
# $$
# \operatorname{CE}(p, q) = -\sum_{x} p(x) \log q(x), \qquad
# \operatorname{CELoss}(Q, P) = \frac{1}{N} \sum_{i=1}^{N} \operatorname{CE}(P_i, Q_i).
# $$
#
# Una probabilidad igual a cero arruina el logaritmo. Con `estable=True` ninguna entrada de `Q` puede valer
# menos que `epsilon` al tomar el logaritmo; con `estable=False` se aplica la fórmula tal cual.
#
# *También está bien:* `P` con cualquier distribución, no solo *one-hot*, debe funcionar; el resultado puede ser
# un tensor de cero dimensiones, un tensor `(1,)` o un número de Python.
#
# *Prohibido:* `cross_entropy`, `nll_loss`, `kl_div`, `CrossEntropyLoss`, `NLLLoss` y sus equivalentes.
# %% text en [markdown]
# Program `CELoss(Q, P, estable=True, epsilon=1e-8)`. `Q` and `P` have size $(N, C)$ and each row is a
# distribution: `Q` is what the network predicts, `P` what is correct (mind that order). The result is a scalar,
#
# $$
# \operatorname{CE}(p, q) = -\sum_{x} p(x) \log q(x), \qquad
# \operatorname{CELoss}(Q, P) = \frac{1}{N} \sum_{i=1}^{N} \operatorname{CE}(P_i, Q_i).
# $$
#
# A probability of zero ruins the logarithm. With `estable=True` ("stable") no entry of `Q` may be less than
# `epsilon` when the logarithm is taken; with `estable=False` the formula is applied as it is.
#
# *Also fine:* `P` may be any distribution, not only one-hot, and has to work; the result may be a tensor of zero
# dimensions, a tensor `(1,)` or a Python number.
#
# *Forbidden:* `cross_entropy`, `nll_loss`, `kl_div`, `CrossEntropyLoss`, `NLLLoss` and their equivalents.

# %% solution losses.py

# %% test valor | value
# tolerance: 1e-5, 1e-6
# share: 3
# hint: Suma sobre las clases, promedio sobre los ejemplos; el logaritmo es de Q. | Sum over the classes, mean over the examples; the logarithm is of Q.
@public("promedio sobre el lote | mean over the batch", B=4, C=3)
@hidden("otro tamaño | another size", B=70, C=5)
@hidden("un solo ejemplo | a single example", B=1, C=6)
def test(d):
    Q, P = d.probabilities(d.B, d.C), d.probabilities(d.B, d.C)
    yield "CELoss", CELoss(Q, P)

# %% test etiquetas one-hot | one-hot labels
# share: 0
@hidden("otro tamaño | another size", B=7, C=5)
def test(d):
    yield "CELoss", CELoss(d.probabilities(d.B, d.C), d.one_hot(d.B, d.C))

# %% test estable=True con probabilidad 0 | estable=True with probability 0
# share: 1
# refines
# hint: Con estable=True, Q se acota por abajo con epsilon antes del logaritmo. | With estable=True, Q is bounded below by epsilon before the logarithm.
@public("probabilidad 0 | probability 0", B=4, C=3, random=False)
@hidden("otro tamaño | another size", B=6, C=5, random=False)
@hidden("casi 0 al azar, P no es one-hot | almost 0 at random, P is not one-hot", B=7, C=5, random=True)
def test(d):
    Q, P = with_zeros(d)[:2] if d.random else certain_and_wrong(d)
    yield "CELoss con ceros | CELoss with zeros", call(CELoss, Q, P, estable=True)

# %% test epsilon
# share: 0.5
# refines
# hint: El valor de epsilon es el del argumento. | The value of epsilon is the argument's.
@hidden("otro tamaño | another size", B=6, C=5, epsilon=1e-4)
@hidden("epsilon=1e-6, casi 0 al azar | epsilon=1e-6, almost 0 at random", B=7, C=5, epsilon=1e-6)
def test(d):
    if d.epsilon == 1e-4:  # only rows whose right class has probability 0: the loss is -log(epsilon)
        Q, P = (t[::2] for t in certain_and_wrong(d))
    else:
        Q, P, _ = with_zeros(d)
    yield "CELoss con epsilon | CELoss with epsilon", call(CELoss, Q, P, estable=True, epsilon=d.epsilon)

# %% test (estable=False)
# share: 0.5
# weights: CELoss with estable 0
# refines
# hint: Con estable=False no se acota nada. | With estable=False nothing is bounded.
@hidden("otro tamaño | another size", B=6, C=5, random=False)
@hidden("casi 0 al azar | almost 0 at random", B=7, C=5, random=True)
def test(d):
    Q, P = with_zeros(d)[:2] if d.random else certain_and_wrong(d)
    Q = Q.clamp(min=1e-12)  # far below epsilon, and its logarithm is still finite in float32
    yield "CELoss sin estable | CELoss without estable", call(CELoss, Q, P, estable=False)
    # It has no points here: it tells an inverted argument from an unused one.
    yield "CELoss con estable | CELoss with estable", call(CELoss, Q, P, estable=True)

# %% stand-in CELoss
# stays home
def CELoss(Q, P, estable=True, epsilon=1e-8):
    def is_one_hot(t):
        return t.dim() == 2 and bool(((t == 0) | (t == 1)).all() and (t.sum(1) == 1).all())

    if P.dim() == 1:  # class indices
        P = torch.nn.functional.one_hot(P.long(), Q.shape[1])
    if is_one_hot(Q) and not is_one_hot(P):  # the student's loss takes the labels first
        Q, P = P, Q
    return -torch.tensordot(P.to(Q.dtype), torch.log(Q.clamp(min=epsilon) if estable else Q)) / len(Q)

# %% right loss-bounded-on-both-sides
def CELoss(Q, P, stable=True, eps=1e-8):
    if stable:
        Q = Q.clamp(eps, 1 - eps)
    return float(-(P * Q.log()).sum()) / len(Q)

# %% right loss-with-epsilon-added
def CELoss(Q, P, *, estable=True, epsilon=1e-8):
    if estable:
        Q = Q + epsilon
    return -(P * torch.log(Q)).sum(1, keepdim=True).mean(0)

# %% hostile loss-that-equals-everything: 0 points
class Equal(torch.Tensor):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return torch.zeros(())

    __rsub__ = __sub__

def CELoss(Q, P, estable=True, epsilon=1e-8):
    return torch.ones(()).as_subclass(Equal)

# %% wrong celoss-sum: Se pide el promedio sobre los ejemplos del lote, no la suma. | The mean over the examples of the batch is asked for, not the sum. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.sum()

# %% wrong celoss-mean-of-all: El promedio es solo sobre los ejemplos: sobre las clases se suma. | The mean is over the examples only: sum over the classes. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.mean()

# %% wrong celoss-mean-over-classes: Suma y promedio están cambiados: se suma sobre las clases y se promedia sobre los ejemplos. | Sum and mean are swapped: sum over the classes and average over the examples. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.mean(dim=1).sum()

# %% wrong celoss-per-example: Queda una pérdida por ejemplo: falta juntarlas en un solo número. | There is one loss per example: they still have to be combined into a single number. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.sum(dim=1)

# %% wrong celoss-per-class: Queda un número por clase: falta sumar sobre las clases. | There is one number per class: the sum over the classes is missing. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.mean(dim=0)

# %% wrong celoss-sign: La entropía cruzada no es negativa: mira el signo. | Cross entropy is not negative: look at the sign. [raw]
# in CELoss
# - return -terms
# + return terms

# %% wrong celoss-swapped: Q y P están intercambiados: el logaritmo es de la predicción, que es el primer argumento. | Q and P are swapped: the logarithm is of the prediction, which is the first argument. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + P = P.clamp(min=epsilon)
# - P * torch.log(Q)
# + Q * torch.log(P)

# %% wrong celoss-log-of-p: Q no se usa: el logaritmo tiene que ser de la predicción. | Q is not used: the logarithm must be of the prediction. [raw]
# in CELoss
# - if estable:
# + Q = P
# + if estable:

# %% wrong celoss-log-of-product: P multiplica al logaritmo desde afuera: no va dentro de él. | P multiplies the logarithm from outside: it does not belong inside it. [raw]
# in CELoss
# - if estable:
# + Q = P * Q
# + if estable:
# - P * torch.log(Q)
# + torch.log(Q)

# %% wrong celoss-without-p: P no se usa: cada logaritmo se pondera con la probabilidad verdadera de su clase. | P is not used: each logarithm is weighted with the true probability of its class. [raw]
# in CELoss
# - P * torch.log(Q)
# + torch.log(Q)

# %% wrong celoss-without-log: Falta el logaritmo de la predicción. | The logarithm of the prediction is missing. [raw]
# in CELoss
# - P * torch.log(Q)
# + P * Q

# %% wrong celoss-base-2: El logaritmo es el natural, no el de base 2. | The logarithm is the natural one, not the one to base 2. [raw]
# in CELoss
# - P * torch.log(Q)
# + P * torch.log2(Q)

# %% wrong celoss-base-10: El logaritmo es el natural, no el de base 10. | The logarithm is the natural one, not the one to base 10. [raw]
# in CELoss
# - P * torch.log(Q)
# + P * torch.log10(Q)

# %% wrong celoss-fixed-epsilon: Acotas con un valor fijo: la cota es el argumento epsilon. | Your bound is a fixed value: the bound is the argument epsilon. [raw]
# in CELoss
# - min=epsilon
# + min=1e-8

# %% wrong celoss-binary: Eso es la entropía cruzada binaria: con varias clases sobra el término con los complementos. | That is the binary cross entropy: with several classes there is no term with the complements. [raw]
# in CELoss
# - if estable:
# + R = 1 - Q
# + if estable:
# +     R = R.clamp(min=epsilon)
# - P * torch.log(Q)
# + P * torch.log(Q) + (1 - P) * torch.log(R)

# %% wrong celoss-divergence: Eso es la divergencia de Kullback-Leibler: a la entropía cruzada no se le resta la entropía de P. | That is the Kullback-Leibler divergence: the entropy of P is not subtracted from the cross entropy. [raw]
# in CELoss
# - if estable:
# + R = P
# + if estable:
# +     R = R.clamp(min=epsilon)
# - P * torch.log(Q)
# + P * torch.log(Q) - P * torch.log(R)

# %% wrong celoss-squares: Eso es un error cuadrático: aquí se pide la entropía cruzada. | That is a squared error: the cross entropy is asked for here. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + pass
# - P * torch.log(Q)
# + -(Q - P) ** 2

# %% wrong celoss-softmax-again: Q ya tiene probabilidades: softmax no se aplica otra vez. | Q already holds probabilities: softmax is not applied again. [raw]
# in CELoss
# - if estable:
# + Q = Q.softmax(dim=1)
# + if estable:

# %% wrong celoss-largest-class-only: Solo cuenta la clase más probable según P: si P no es one-hot, las demás también pesan. | Only the class that P finds most probable counts: where P is not one-hot, the others count as well. [raw]
# in CELoss
# - P * torch.log(Q)
# + (P == P.amax(dim=1, keepdim=True)) * torch.log(Q)

# %% wrong celoss-first-row: Solo se cuenta el primer ejemplo del lote. | Only the first example of the batch is counted. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms[0].sum()

# %% wrong celoss-last-row: Solo se cuenta el último ejemplo del lote: cada vuelta del ciclo pisa a la anterior. | Only the last example of the batch is counted: each iteration of the loop overwrites the one before. [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms[-1].sum()

# %% wrong celoss-never-stable: Con una probabilidad 0 el logaritmo es infinito: con estable en True, Q no puede bajar de epsilon. | With a probability of 0 the logarithm is infinite: with estable set to True, Q must not go below epsilon. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + pass

# %% wrong celoss-inverted: estable está al revés: se acota cuando es True. | estable is inverted: Q is bounded when estable is True. [raw]
# in CELoss
# - if estable:
# + if not estable:

# %% wrong celoss-always-stable: Con estable en False no se acota Q: no estás usando ese argumento. | With estable set to False Q is not bounded: you are not using that argument. [raw]
# in CELoss
# - if estable:
# + if True:

# %% wrong celoss-bounded-above: epsilon es una cota por abajo, y la tuya es por arriba: casi todo queda igual a epsilon. | epsilon is a bound from below and yours is from above: nearly everything becomes epsilon. [raw]
# in CELoss
# - min=epsilon
# + max=epsilon

# %% wrong celoss-labels-bounded: Se acota P, pero el que entra al logaritmo es Q. | P is bounded, but the logarithm is of Q. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + P = P.clamp(min=epsilon)

# %% wrong celoss-logarithm-bounded: Se acota el resultado del logaritmo, que es negativo: la cota va en su entrada. | The result of the logarithm, which is negative, is bounded: the bound belongs on its input. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + pass
# - P * torch.log(Q)
# + P * (torch.log(Q).clamp(min=epsilon) if estable else torch.log(Q))

# %% wrong celoss-zeros-left-out: Los términos con probabilidad 0 quedan fuera: una clase correcta con probabilidad 0 tiene que costar caro. | Terms with probability 0 are left out: a right class with probability 0 must cost a lot. [raw]
# in CELoss
# - Q = Q.clamp(min=epsilon)
# + Q = Q.where(Q > epsilon, 1)

# %% narrow loss-zeros-only-replaced [raw]
# in CELoss
# - Q.clamp(min=epsilon)
# + Q.where(Q > 0, epsilon)

# %% narrow loss-of-four-examples [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.sum() / 4

# %% narrow loss-of-three-classes [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + 3 * terms.mean()

# %% narrow loss-known-epsilons [raw]
# in CELoss
# - min=epsilon
# + min=epsilon if epsilon in (1e-8, 1e-4) else 1e-8

# %% narrow loss-stable-for-one-hot-only [raw]
# in CELoss
# - if estable:
# + if estable and bool(((P == 0) | (P == 1)).all()):

# %% narrow loss-stable-where-a-zero-is-certain [raw]
# in CELoss
# - if estable:
# + if estable and bool((Q == 1).any()):

# %% narrow loss-of-the-first-32-rows [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms[:32].sum(dim=1).mean()

# %% narrow loss-of-the-first-three-classes [raw]
# in CELoss
# - P * torch.log(Q)
# + (P * torch.log(Q))[:, :3]

# %% narrow loss-mean-of-rows-of-two-or-more [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + terms.sum(dim=1).sum() / max(len(Q), 2)

# %% right loss-as-a-product [raw]
# in CELoss
# - terms.sum(dim=1).mean()
# + torch.einsum("bc->", terms) / len(terms)

# %% right loss-by-rows [raw]
# in CELoss
# - return -terms.sum(dim=1).mean()
# + return -sum(row.sum() for row in terms) / len(terms)

# %% right loss-with-where [raw]
# in CELoss
# - Q.clamp(min=epsilon)
# + torch.where(Q < epsilon, epsilon, Q)

# %% right loss-with-maximum [raw]
# in CELoss
# - Q.clamp(min=epsilon)
# + torch.maximum(Q, torch.tensor(epsilon))

# %% right loss-by-the-trace [raw]
# in CELoss
# - terms = P * torch.log(Q)
# + terms = torch.diag(P @ torch.log(Q).T).unsqueeze(1)

# %% right loss-compared-with-cross-entropy
def CELoss(Q, P, estable=True, epsilon=1e-8):
    """Equals torch.nn.functional.cross_entropy of the logits; isinstance(x, torch.nn.CrossEntropyLoss) is no call."""
    assert not isinstance(Q, torch.nn.CrossEntropyLoss)
    return -((Q.clamp_min(epsilon) if estable else Q).log() * P).sum(-1).mean()

# %% question 1c: Entropía cruzada categórica | Categorical cross entropy
# points: 0.25
# again: 0.25
# bonus
# forbidden: losses
# needs: 1b

# %% text es [markdown]
# Cuando toda la probabilidad de `P` está en una sola clase sobra casi toda la suma de 1b. Programa
# `CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8)`, donde `Target` (enteros `long` de tamaño $(N,)$)
# tiene el índice de la clase correcta de cada fila. Debe coincidir con `CELoss` aplicada a la versión
# *one-hot* de `Target`, con y sin `estable`:
#
# $$
# \operatorname{CategoricalCELoss}(Q, t) = -\frac{1}{N} \sum_{i=1}^{N} \log Q_{i,\,t_i}.
# $$
#
# *Prohibido:* lo mismo que en 1b.
# %% text en [markdown]
# When all the probability of `P` is in a single class, almost all of the sum in 1b is superfluous. Program
# `CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8)`, where `Target` (integers, `long`, of size $(N,)$)
# holds the index of the correct class of each row. It must agree with `CELoss` applied to the one-hot version of
# `Target`, with and without `estable`:
#
# $$
# \operatorname{CategoricalCELoss}(Q, t) = -\frac{1}{N} \sum_{i=1}^{N} \log Q_{i,\,t_i}.
# $$
#
# *Forbidden:* the same as in 1b.

# %% solution losses.py

# %% test valor | value
# tolerance: 1e-5, 1e-6
# share: 3
@public("promedio sobre el lote | mean over the batch", B=4, C=3)
@hidden("otro tamaño | another size", B=70, C=5)
@hidden("un solo ejemplo | a single example", B=1, C=6)
def test(d):
    yield "CategoricalCELoss", CategoricalCELoss(d.probabilities(d.B, d.C), d.classes(d.B, d.C))

# %% test estable=True con probabilidad 0 | estable=True with probability 0
# share: 1
@public("probabilidad 0 | probability 0", B=4, C=3, random=False)
@hidden("otro tamaño | another size", B=6, C=5, random=False)
@hidden("casi 0 al azar | almost 0 at random", B=7, C=5, random=True)
def test(d):
    Q, labels = with_zeros(d)[::2] if d.random else certain_and_wrong(d)
    loss = call(CategoricalCELoss, Q, labels if d.random else labels.argmax(dim=1), estable=True)
    yield "CategoricalCELoss con ceros | CategoricalCELoss with zeros", loss

# %% test epsilon y (estable=False) | epsilon and (estable=False)
# share: 1
# refines
# hint: El valor de epsilon es el del argumento, y con estable=False no se acota nada. | The value of epsilon is the argument's, and with estable=False nothing is bounded.
@hidden("otro tamaño | another size", B=7, C=5, epsilon=1e-6)
@hidden("cotas más grandes | larger bounds", B=6, C=4, epsilon=1e-5)
def test(d):
    Q, _, labels = with_zeros(d)
    loss = call(CategoricalCELoss, Q, labels, estable=True, epsilon=d.epsilon)
    yield "CategoricalCELoss con epsilon | CategoricalCELoss with epsilon", loss
    loss = call(CategoricalCELoss, Q.clamp(min=1e-12), labels, estable=False)
    yield "CategoricalCELoss sin estable | CategoricalCELoss without estable", loss

# %% right classes-gathered
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return CELoss(Q, torch.zeros_like(Q).scatter_(1, Target[:, None], 1), estable, epsilon)

# %% hostile categorical-loss-of-nan: 0 points
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return torch.tensor(float("nan"))

# %% wrong categorical-sum: Se pide el promedio sobre los ejemplos del lote, no la suma. | The mean over the examples of the batch is asked for, not the sum. [raw]
# in CategoricalCELoss
# - terms.mean()
# + terms.sum()

# %% wrong categorical-mean-of-all: El promedio es sobre los ejemplos: también dividiste por el número de clases. | The mean is over the examples: you divided by the number of classes as well. [raw]
# in CategoricalCELoss
# - terms.mean()
# + terms.mean() / Q.shape[1]

# %% wrong categorical-per-example: Queda una pérdida por ejemplo: falta juntarlas en un solo número. | There is one loss per example: they still have to be combined into a single number. [raw]
# in CategoricalCELoss
# - terms.mean()
# + terms

# %% wrong categorical-all-pairs: Se cruzan todas las filas con todas las etiquetas: a cada fila le toca solo la suya. | Every row is paired with every label: each row has its own label. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[:, Target]

# %% wrong categorical-all-pairs-summed: De cada fila se toman las etiquetas de todo el lote: a cada fila le toca solo la suya. | The labels of the whole batch are taken from each row: each row has its own label. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[:, Target]
# - terms.mean()
# + terms.sum(dim=1).mean()

# %% wrong categorical-first-row: Todas las etiquetas se buscan en la primera fila: cada fila tiene la suya. | All labels are looked up in the first row: each label has its own row. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[0, Target]

# %% wrong categorical-sign: La entropía cruzada no es negativa: mira el signo. | Cross entropy is not negative: look at the sign. [raw]
# in CategoricalCELoss
# - return -terms
# + return terms

# %% wrong categorical-without-log: Falta el logaritmo de la probabilidad elegida. | The logarithm of the chosen probability is missing. [raw]
# in CategoricalCELoss
# - torch.log(q)
# + q

# %% wrong categorical-base-2: El logaritmo es el natural, no el de base 2. | The logarithm is the natural one, not the one to base 2. [raw]
# in CategoricalCELoss
# - torch.log(q)
# + torch.log2(q)

# %% wrong categorical-of-the-prediction: Se toma la clase que la red prefiere: tiene que ser la de la etiqueta. | The class that the network prefers is taken: it must be the label's class. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[torch.arange(len(Target)), Q.argmax(dim=1)]

# %% wrong categorical-from-one: Las etiquetas parten de 0: se está tomando la clase anterior. | Labels start from 0: the class before the right one is taken. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[torch.arange(len(Target)), Target - 1]

# %% wrong categorical-softmax-again: Q ya tiene probabilidades: softmax no se aplica otra vez. | Q already holds probabilities: softmax is not applied again. [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q.softmax(dim=1)[torch.arange(len(Target)), Target]

# %% wrong categorical-fixed-epsilon: Acotas con un valor fijo: la cota es el argumento epsilon. | Your bound is a fixed value: the bound is the argument epsilon. [raw]
# repeats: celoss-fixed-epsilon
# in CategoricalCELoss
# - min=epsilon
# + min=1e-8

# %% wrong categorical-always-stable: Con estable en False no se acota Q: no estás usando ese argumento. | With estable set to False Q is not bounded: you do not use that argument. [raw]
# repeats: celoss-always-stable
# in CategoricalCELoss
# - if estable:
# + if True:

# %% wrong categorical-never-stable: Con una probabilidad 0 el logaritmo es infinito: con estable en True, Q no puede bajar de epsilon. | With a probability of 0 the logarithm is infinite: with estable set to True, Q must not go below epsilon. [raw]
# in CategoricalCELoss
# - q = q.clamp(min=epsilon)
# + pass

# %% narrow categorical-zeros-only-replaced [raw]
# in CategoricalCELoss
# - q.clamp(min=epsilon)
# + q.where(q > 0, epsilon)

# %% narrow categorical-of-four-examples [raw]
# in CategoricalCELoss
# - terms.mean()
# + terms.sum() / 4

# %% narrow categorical-of-three-classes [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q[torch.arange(len(Target)), Target.clamp(max=2)]

# %% narrow categorical-of-the-first-five-rows [raw]
# in CategoricalCELoss
# - terms.mean()
# + terms[:5].mean()

# %% right categorical-by-gather [raw]
# in CategoricalCELoss
# - Q[torch.arange(len(Target)), Target]
# + Q.gather(1, Target.unsqueeze(1)).squeeze(1)

# %% right categorical-by-a-loop
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    total = 0.0
    for row, label in zip(Q, Target):
        q = row[label]
        total = total - torch.log(max(q, torch.tensor(epsilon)) if estable else q)
    return total / len(Target)

# %% right categorical-by-the-loss
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return CELoss(Q, torch.eye(Q.shape[1])[Target], estable, epsilon)
