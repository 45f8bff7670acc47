# %% text es [markdown]
# ## Parte 1: derivadas y circuitos
#
# Una red es un circuito de operaciones simples. Aquí derivas algunas a mano, las encadenas, y compruebas el resultado
# midiendo cuánto cambia la salida.
# %% text en [markdown]
# ## Part 1: derivatives and circuits
#
# A network is a circuit of simple operations. Here you differentiate some by hand, chain them, and check the result by
# measuring how much the output changes.

# %% question 1a: Gradientes a través de compuertas | Gradients through gates
# points: 0.5
# forbidden: autograd
# %% text es [markdown]
# Un circuito se deriva de atrás hacia adelante. Cada compuerta recibe el gradiente `g` de la salida final respecto a su
# propia salida, lo multiplica por su derivada local y entrega un gradiente a cada entrada.
#
# Escribe las tres compuertas. Las entradas `x`, `y` y el gradiente `g` son números, o tensores de la misma forma
# (entonces todo va elemento por elemento). Cada función devuelve el par `(gradiente de x, gradiente de y)`.
#
# - `add_gate(x, y, g)`: la salida es $x+y$.
# - `mul_gate(x, y, g)`: la salida es $x\,y$.
# - `max_gate(x, y, g)`: la salida es $\max(x,y)$. Sus subgradientes son $1(x\ge y)$ y $1(y\ge x)$: si las dos entradas
#   son iguales, las dos reciben `g` completo.
#
# Ejemplo: con $x=4$, $y=-3$ y $g=1$ el producto entrega $(-3, 4)$: si `x` sube un poco, el producto baja tres veces
# eso.
# %% text en [markdown]
# A circuit is differentiated from its end to its start. Each gate gets `g`, the gradient of the final output by the
# gate's own output, multiplies it by its local derivative and gives one gradient to each input.
#
# Write the three gates. The inputs `x`, `y` and the gradient `g` are numbers, or tensors of one shape (then everything
# works entry by entry). Each function returns the pair `(gradient of x, gradient of y)`.
#
# - `add_gate(x, y, g)`: the output is $x+y$.
# - `mul_gate(x, y, g)`: the output is $x\,y$.
# - `max_gate(x, y, g)`: the output is $\max(x,y)$. Its subgradients are $1(x\ge y)$ and $1(y\ge x)$: if the inputs are
#   equal, both get the whole `g`.
#
# Example: with $x=4$, $y=-3$ and $g=1$ the product gives $(-3, 4)$: if `x` grows a little, the product falls by three
# times as much.
# %% solution
def add_gate(x, y, g):
    return g, g


def mul_gate(x, y, g):
    return y * g, x * g


def max_gate(x, y, g):
    return (x >= y) * g, (y >= x) * g
# %% test números | numbers
# hint: Multiplica la derivada local de cada entrada por `g`. | Multiply the local derivative of each input by `g`.
@public("x = 4, y = -3", x=4.0, y=-3.0, g=1.0)
@public("empate | tie", x=2.0, y=2.0, g=-0.5)
@hidden(x=-1.5, y=0.25, g=3.0)
@hidden(x=-0.75, y=-0.75, g=2.5)
def test(d):
    yield "add_gate", add_gate(d.x, d.y, d.g)
    yield "mul_gate", mul_gate(d.x, d.y, d.g)
    yield "max_gate", max_gate(d.x, d.y, d.g)
# %% test tensores | tensors
# hint: Con tensores todo va elemento por elemento. | With tensors everything works entry by entry.
@public(n=5)
@hidden(n=8)
def test(d):
    x, y, g = d.normal(d.n), d.normal(d.n), d.normal(d.n)
    yield "add_gate", add_gate(x, y, g)
    yield "mul_gate", mul_gate(x, y, g)
    yield "max_gate", max_gate(x, y, g)
# %% wrong own-input [raw]
# es: La derivada de xy respecto a una entrada es la OTRA entrada.
# en: The derivative of xy by one input is the OTHER input.
# - return y * g, x * g
# + return x * g, y * g
# %% wrong no-upstream [raw]
# es: Cada gradiente lleva también el factor `g` que llega desde la salida.
# en: Each gradient also has the factor `g` that comes from the output.
# - return y * g, x * g
# + return y, x
# %% wrong shared-sum [raw]
# es: La suma no divide el gradiente: cada entrada lo recibe completo.
# en: A sum does not divide the gradient: each input gets all of it.
# - return g, g
# + return g / 2, g / 2
# %% wrong min-gate [raw]
# es: El máximo envía el gradiente a la entrada mayor.
# en: The maximum sends the gradient to the larger input.
# - (x >= y) * g, (y >= x) * g
# + (x <= y) * g, (y <= x) * g
# %% wrong strict-tie [raw]
# es: En un empate las dos entradas reciben el gradiente.
# en: On a tie both inputs get the gradient.
# fails: numbers
# - (x >= y) * g, (y >= x) * g
# + (x > y) * g, (y > x) * g
# %% wrong max-passes-inputs [raw]
# es: La compuerta max entrega el gradiente `g`, no el valor de la entrada mayor.
# en: The max gate passes on the gradient `g`, not the value of the larger input.
# - (x >= y) * g, (y >= x) * g
# + (x >= y) * x, (y >= x) * y
# %% right where
def add_gate(x, y, g):
    return [1.0 * g, 1.0 * g]


def mul_gate(x, y, g):
    local = (y, x)
    return tuple(slope * g for slope in local)


def max_gate(x, y, g):
    x, y, g = torch.as_tensor(x), torch.as_tensor(y), torch.as_tensor(g)
    zero = torch.zeros_like(g)
    return torch.where(x < y, zero, g), torch.where(y < x, zero, g)
# %% hostile equals-everything: 0 points
class Yes(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

    def __sub__(self, other):
        return torch.zeros(self.shape)

    __rsub__ = __sub__

    def __abs__(self):
        return torch.zeros(self.shape)


def add_gate(x, y, g):
    return torch.full((3,), 7.5).as_subclass(Yes), torch.full((3,), 7.5).as_subclass(Yes)


mul_gate = max_gate = add_gate
# %% stand-in add_gate, mul_gate, max_gate

# Finite differences of the gate's output: enough for the numbers of 1b, and no answer to 1a.
def add_gate(x, y, g):
    h = 2.0**-10
    return ((x + h + y) - (x + y)) / h * g, ((x + y + h) - (x + y)) / h * g


def mul_gate(x, y, g):
    h = 2.0**-10
    return ((x + h) * y - x * y) / h * g, (x * (y + h) - x * y) / h * g


def max_gate(x, y, g):
    h = 2.0**-10
    return (max(x + h, y) - max(x, y)) / h * g, (max(x, y + h) - max(x, y)) / h * g

# %% question 1b: Circuitos | Circuits
# points: 0.75
# forbidden: autograd
# needs: 1a
# %% text es [markdown]
# La regla de la cadena une las compuertas. Deriva a mano estos dos circuitos; puedes llamar a tus funciones de 1a.
#
# - `circuit(x, y, z, w)` recibe cuatro números y calcula $f = \bigl(x\,y + \max(z, w)\bigr)\cdot 2$. Devuelve el par
#   `(f, (df_dx, df_dy, df_dz, df_dw))`.
# - `neuron(w, x)` recibe `w` con tres números y `x` con dos, y calcula $f = \dfrac{1}{1+e^{-(w_0x_0+w_1x_1+w_2)}}$.
#   Devuelve tres cosas: `f`, la lista con las tres derivadas respecto a `w` y la lista con las dos derivadas respecto a
#   `x`.
#
# Una pista para la neurona: la sigmoide $\sigma(s)$ tiene una derivada que se escribe sólo con su propio valor.
# %% text en [markdown]
# The chain rule joins the gates. Differentiate these two circuits by hand; you may call your functions of 1a.
#
# - `circuit(x, y, z, w)` gets four numbers and computes $f = \bigl(x\,y + \max(z, w)\bigr)\cdot 2$. It returns the pair
#   `(f, (df_dx, df_dy, df_dz, df_dw))`.
# - `neuron(w, x)` gets `w` with three numbers and `x` with two, and computes
#   $f = \dfrac{1}{1+e^{-(w_0x_0+w_1x_1+w_2)}}$. It returns three things: `f`, the list of the three derivatives by `w`
#   and the list of the two derivatives by `x`.
#
# A clue for the neuron: the derivative of the sigmoid $\sigma(s)$ can be written with its own value alone.
# %% solution
def circuit(x, y, z, w):
    product = x * y
    largest = max(z, w)
    f = (product + largest) * 2
    d_product, d_largest = add_gate(product, largest, 2.0)
    dx, dy = mul_gate(x, y, d_product)
    dz, dw = max_gate(z, w, d_largest)
    return f, (dx, dy, dz, dw)


def neuron(w, x):
    score = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1 / (1 + math.exp(-score))
    slope = f * (1 - f)
    return f, [slope * x[0], slope * x[1], slope], [slope * w[0], slope * w[1]]
# %% test circuit
# hint: Recorre el circuito desde la salida: ¿qué gradiente llega a cada compuerta? |
#   Walk through the circuit from its output: which gradient reaches each gate?
@public(x=3.0, y=-4.0, z=2.0, w=-1.0)
@hidden(x=-0.5, y=1.5, z=-2.0, w=0.75)
@hidden(x=1.25, y=0.5, z=0.25, w=-3.0)
def test(d):
    f, slopes = circuit(d.x, d.y, d.z, d.w)
    yield "f", f
    dx, dy, dz, dw = slopes
    yield "df/dx", dx
    yield "df/dy", dy
    yield "df/dz", dz
    yield "df/dw", dw
# %% test neuron
# hint: Cada derivada es la de la sigmoide por la de la suma interior. |
#   Each derivative is the sigmoid's times the inner sum's.
@public(w=[2.0, -3.0, -3.0], x=[-1.0, -2.0])
@hidden(w=[0.5, 1.5, -0.75], x=[1.25, -0.5])
def test(d):
    f, dw, dx = neuron(d.w, d.x)
    return {"f": f, "df/dw": dw, "df/dx": dx}
# %% wrong value-not-doubled [raw]
# es: El circuito termina con una multiplicación por 2.
# en: The circuit ends with a multiplication by 2.
# fails: circuit
# - f = (product + largest) * 2
# + f = product + largest
# %% wrong lost-two [raw]
# es: La última compuerta multiplica por 2, y eso también multiplica el gradiente.
# en: The last gate multiplies by 2, and so the gradient is multiplied too.
# fails: circuit
# - add_gate(product, largest, 2.0)
# + add_gate(product, largest, 1.0)
# %% wrong max-to-both [raw]
# es: La compuerta max envía el gradiente sólo a la entrada mayor.
# en: The max gate sends the gradient to the larger input only.
# - max_gate(z, w, d_largest)
# + d_largest, d_largest
# %% wrong crossed-factors [raw]
# es: La derivada respecto a x lleva el valor de y, y al revés.
# en: The derivative by x contains the value of y, and the other way round.
# - mul_gate(x, y, d_product)
# + mul_gate(y, x, d_product)
# %% wrong slope-is-value [raw]
# es: La derivada de la sigmoide no es su valor: es el valor por uno menos el valor.
# en: The sigmoid's derivative is not its value: it is the value times one minus the value.
# fails: neuron
# - slope = f * (1 - f)
# + slope = f
# %% wrong slope-of-score [raw]
# es: La derivada de la sigmoide se escribe con la salida, no con la suma interior.
# en: The sigmoid's derivative is written with the output, not with the inner sum.
# - slope = f * (1 - f)
# + slope = score * (1 - score)
# %% wrong no-sigmoid-slope [raw]
# es: Falta la derivada de la sigmoide en la cadena.
# en: The sigmoid's derivative is missing in the chain.
# - slope = f * (1 - f)
# + slope = 1.0
# %% wrong constant-has-no-slope [raw]
# es: w[2] se suma sin entrada: la derivada local de la suma respecto a w[2] es 1.
# en: w[2] is added without an input: the sum's local derivative by w[2] is 1.
# - slope * x[1], slope]
# + slope * x[1], 0.0]
# %% wrong crossed-lists: La derivada respecto a x lleva los pesos. | The derivative by x contains the weights. [raw]
# - [slope * w[0], slope * w[1]]
# + [slope * x[0], slope * x[1]]
# %% right closed-formulas
def circuit(x, y, z, w):
    first = z >= w
    return 2 * x * y + 2 * (z if first else w), [2 * y, 2 * x, 2.0 if first else 0.0, 0.0 if first else 2.0]


def neuron(w, x):
    w, x = torch.as_tensor(w), torch.as_tensor([*x, 1.0])
    e = torch.exp(-(w @ x))
    slope = e / (1 + e) ** 2
    return (1 / (1 + e)).item(), slope * x, (slope * w)[:2]
# %% hostile reads-the-frames: 0 points
import sys


def circuit(*arguments):
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if name in ("right", "expected", "reference", "answer"):
                return value
        frame = frame.f_back
    return 0.125, (0.125,) * 4


def neuron(w, x):
    return circuit()[0], [circuit()[0]] * 3, [circuit()[0]] * 2

# %% question 1c: Derivada numérica | Numerical derivative
# points: 0.5
# forbidden: autograd
# %% text es [markdown]
# La derivada dice cuánto cambia una función cuando su variable se mueve un poco. Eso se puede medir sin derivar, con
# diferencias finitas centradas:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# donde $e_i$ es el vector con un 1 en el lugar $i$ y 0 en los demás.
#
# `numerical_gradient(f, x, h=1e-3)` recibe una función `f`, que toma un tensor `(n,)` y devuelve un número `()`, y un
# tensor `x` de forma `(n,)`. Devuelve un tensor `(n,)` con las derivadas aproximadas. Usa la `h` que recibe.
# %% text en [markdown]
# The derivative says how much a function changes when its variable moves a little. That can be measured without
# differentiating, by central finite differences:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# where $e_i$ is the vector with a 1 at place $i$ and 0 elsewhere.
#
# `numerical_gradient(f, x, h=1e-3)` gets a function `f`, which takes a tensor `(n,)` and returns a number `()`, and a
# tensor `x` of shape `(n,)`. It returns a tensor `(n,)` with the approximate derivatives. Use the `h` that it gets.
# %% solution
def numerical_gradient(f, x, h=1e-3):
    gradient = torch.zeros_like(x)
    for i in range(len(x)):
        step = torch.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient
# %% test derivadas parciales | partial derivatives
# precision: float64
# tolerance: 1e-5, 1e-7
# hint: Mueve una coordenada cada vez, hacia los dos lados. | Move one coordinate at a time, to both sides.
@public(n=3, h=0.1)
@hidden(n=5, h=0.25)
def test(d):
    a, x = d.normal(d.n), d.normal(d.n)
    return {"gradiente | gradient": numerical_gradient(lambda v: (a * v**2).sum() + v.prod() + torch.exp(v[0]), x, d.h)}
# %% wrong forward-difference [raw]
# es: Se piden diferencias centradas: un punto a cada lado de x.
# en: Central differences are asked: one point on each side of x.
# - (f(x + step) - f(x - step)) / (2 * h)
# + (f(x + step) - f(x)) / h
# %% wrong divided-by-h: Los dos puntos están a distancia 2h. | The two points are 2h apart. [raw]
# - / (2 * h)
# + / h
# %% wrong all-at-once [raw]
# es: Mueve una sola coordenada en cada derivada parcial.
# en: Move a single coordinate for each partial derivative.
# - step[i] = h
# + step[:] = h
# %% wrong fixed-step: Usa la h que recibe la función. | Use the h that the function gets. [raw]
# - step[i] = h
# + step[i] = 1e-3
# - / (2 * h)
# + / 2e-3
# %% right moves-and-goes-back
def numerical_gradient(f, x, h=1e-3):
    slopes = []
    for i in range(x.numel()):
        x[i] += h
        above = float(f(x))
        x[i] -= 2 * h
        below = float(f(x))
        x[i] += h
        slopes.append((above - below) / (2 * h))
    return torch.tensor(slopes)
# %% hostile exits-inside: 0 points
import os


def numerical_gradient(f, x, h=1e-3):
    os._exit(0)
# %% stand-in numerical_gradient
def numerical_gradient(f, x, h=1e-3):
    steps = h * torch.eye(len(x), dtype=x.dtype)
    near = torch.stack([f(x + e) - f(x - e) for e in steps])
    far = torch.stack([f(x + 2 * e) - f(x - 2 * e) for e in steps])
    return (8 * near - far) / (12 * h)

# %% question 1d: Derivada analítica contra numérica | Analytic against numerical derivative
# points: 0.25
# forbidden: autograd
# needs: 1c
# %% text es [markdown]
# Para revisar una derivada escrita a mano se compara con la numérica. Una buena medida es el error relativo: con $a$ el
# gradiente analítico y $n$ el numérico,
#
# $$\text{error} = \frac{\lVert a - n\rVert}{\lVert a\rVert + \lVert n\rVert}$$
#
# con la norma euclidiana. Es casi 0 si $a$ está bien y crece hasta 1 si no lo está.
#
# `gradient_check(f, df, x, h=1e-3)` recibe `f` y `x` como en 1c, y una función `df` que toma `x` y devuelve el
# gradiente analítico `(n,)`. Devuelve el error (un número o un tensor `()`). Puedes llamar a `numerical_gradient`.
# %% text en [markdown]
# A derivative written by hand is checked against the numerical one. A good measure is the relative error: with $a$ the
# analytic gradient and $n$ the numerical one,
#
# $$\text{error} = \frac{\lVert a - n\rVert}{\lVert a\rVert + \lVert n\rVert}$$
#
# with the Euclidean norm. It is nearly 0 if $a$ is right and grows up to 1 if it is not.
#
# `gradient_check(f, df, x, h=1e-3)` gets `f` and `x` as in 1c, and a function `df` that takes `x` and returns the
# analytic gradient `(n,)`. It returns the error (a number or a tensor `()`). You may call `numerical_gradient`.
# %% solution
def gradient_check(f, df, x, h=1e-3):
    analytic = df(x)
    numerical = numerical_gradient(f, x, h)
    return torch.linalg.norm(analytic - numerical) / (torch.linalg.norm(analytic) + torch.linalg.norm(numerical))
# %% test error relativo | relative error
# precision: float64
# tolerance: 1e-3, 1e-5
# weights: right derivative 1, one slip 2, other sign 1
@public(n=4, h=0.0001)
@hidden(n=6, h=0.0002)
def test(d):
    a, x = d.away_from_zero(d.n), d.away_from_zero(d.n)
    slip = torch.zeros_like(x)
    slip[0], slip[1] = 1.5, -1.0
    f = lambda v: (a * torch.exp(v)).sum()
    yield "derivada correcta | right derivative", gradient_check(f, lambda v: a * torch.exp(v), x, d.h)
    yield "un desliz | one slip", gradient_check(f, lambda v: a * torch.exp(v) + slip, x, d.h)
    yield "signo cambiado | other sign", gradient_check(f, lambda v: -a * torch.exp(v), x, d.h)
# %% wrong absolute-error [raw]
# es: Se pide el error relativo: falta dividir por las normas.
# en: The relative error is asked: divide by the norms.
# - / (torch.linalg.norm(analytic) + torch.linalg.norm(numerical))
# %% wrong signed-error [raw]
# es: Las diferencias de distinto signo no se deben compensar: usa la norma.
# en: Differences of different signs must not cancel: use the norm.
# - torch.linalg.norm(analytic - numerical) /
# + (analytic - numerical).sum().abs() /
# %% wrong one-norm-below: El denominador tiene las dos normas. | The denominator has both norms. [raw]
# - (torch.linalg.norm(analytic) + torch.linalg.norm(numerical))
# + torch.linalg.norm(numerical)
# %% right by-hand
def gradient_check(f, df, x, h=1e-3):
    a = [float(v) for v in df(x)]
    n = [float((f(x + e) - f(x - e)) / (2 * h)) for e in h * torch.eye(len(x), dtype=x.dtype)]
    length = lambda v: math.sqrt(sum(c * c for c in v))
    return length([p - q for p, q in zip(a, n)]) / (length(a) + length(n))
# %% hostile always-zero: 0 points
class Anything(float):
    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

    __lt__ = __ge__ = __gt__ = __le__

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__


def gradient_check(f, df, x, h=1e-3):
    return Anything(5.0)
