# %% text es [markdown]
# ## Parte 2: las derivadas de la red
#
# En esta parte no se piden funciones sino variables. Las celdas parten con tensores de ejemplo; al corregir se
# cambian por otros, de otros tamaños, y se lee el valor que quedó en las variables pedidas. Escribe entonces
# fórmulas que sirvan para cualquier tamaño. Las comprobaciones del final de cada celda solo miran tamaños.
#
# *Prohibido en toda esta parte:* toda forma de derivación automática o numérica (`Tensor.backward`,
# `torch.autograd`, `torch.func`, diferencias finitas). Las activaciones que trae `torch` se pueden usar.

# %% text en [markdown]
# ## Part 2: the derivatives of the network
#
# This part asks for variables, not for functions. The cells start with example tensors; for grading they are
# replaced by others, of other sizes, and the values left in the variables asked for are read. So write formulas
# that hold for any size. The checks at the end of each cell look at sizes only.
#
# *Forbidden in this whole part:* every kind of automatic or numerical differentiation (`Tensor.backward`,
# `torch.autograd`, `torch.func`, finite differences). The activations that come with `torch` may be used.

# %% question 2a: Gradiente de la última capa: u | Gradient of the last layer: u
# points: 0.5
# needs: 0
# forbidden: autograd
# inputs: B C dimL hL U c uLm1 y y_pred
# outputs: dL_duLm1

# %% text es [markdown]
# Encuentra el gradiente de la pérdida respecto de $u^{(L+1)} = h^{(L)} U + c$,
#
# $$
# \frac{\partial \mathcal{L}}{\partial u^{(L+1)}} \in \mathbb{R}^{B \times C},
# $$
#
# y guárdalo en `dL_duLm1`. Tienes `y` (*one-hot*) e `y_pred` $= \hat{y}$. No olvides que $\mathcal{L}$ es un
# promedio sobre el lote.
#
# *También está bien:* calcular el softmax de `uLm1` en vez de usar `y_pred`.

# %% text en [markdown]
# Find the gradient of the loss with respect to $u^{(L+1)} = h^{(L)} U + c$,
#
# $$
# \frac{\partial \mathcal{L}}{\partial u^{(L+1)}} \in \mathbb{R}^{B \times C},
# $$
#
# and store it in `dL_duLm1`. You have `y` (one-hot) and `y_pred` $= \hat{y}$. Do not forget that $\mathcal{L}$ is
# a mean over the batch.
#
# *Also fine:* computing the softmax of `uLm1` instead of using `y_pred`.

# %% template
# Tensores de ejemplo | Example tensors
B, C, dimL = 6, 4, 7
hL = torch.randn(B, dimL)
U = torch.randn(dimL, C)
c = torch.randn(C)
uLm1 = hL @ U + c
y_pred = softmax(uLm1, dim=1)
y = torch.eye(C)[torch.randint(C, (B,))]

# Tu respuesta a 2a | Your answer to 2a
dL_duLm1 = None

# Comprobación de tamaños | Check of sizes
if dL_duLm1 is not None:
    assert dL_duLm1.size() == uLm1.size()

# %% solution
# Formula (7): the Jacobian of softmax turns -y / y_pred into y_pred - y, since each row of y sums to 1.
error = y_pred - y
# The loss is the mean over the batch.
dL_duLm1 = error / B

# %% helper last_layer from layer_inputs.py

# %% test dL_duLm1
# hint: La pérdida es un promedio sobre el lote: ¿dónde queda ese factor? | The loss is a mean over the batch: where does that factor go?
@public("lote de 5 | batch of 5", B=5, C=3, dimL=4)
@hidden("otro tamaño | another size", B=40, C=6, dimL=2)
@hidden("tamaños iguales | equal sizes", B=4, C=4, dimL=4)
def test(d):
    with d.uses("softmax CELoss sig tanh", operations=True) as uses:
        yield from d.snippet(**last_layer(d))
    yield "functions used", uses


def judge(d, seen, right):
    used = seen["functions used"]
    calls = max(use["calls"] for name, use in used.items() if name != "torch")
    calls = max(calls, used["torch"]["entries"] / (5 * d.B * d.C))
    differences = any(use["complex"] or use["shifted"] for use in seen["functions used"].values())
    yield forbidden("derivación numérica | numerical differentiation", calls <= 10 and not differences)
    yield flag("la celda llama a softmax en varios puntos | the cell calls softmax at several points",
               seen["functions used"]["softmax"]["inputs"] <= d.B * d.C)

# %% right softmax-of-u
dL_duLm1 = torch.softmax(uLm1, dim=1).sub(y).div(len(y))

# %% right whole-jacobian
dL_dy_pred = -(y / y_pred) / y.shape[0]
jacobian = torch.diag_embed(y_pred) - y_pred[:, :, None] * y_pred[:, None, :]
dL_duLm1 = torch.einsum("bi,bij->bj", dL_dy_pred, jacobian)

# %% hostile slope-by-differences-of-own-loss: 0 points
def own_loss(u):
    return -(y.double() * torch.log(torch.exp(u) / torch.exp(u).sum(1, keepdim=True))).sum() / len(y)

dL_duLm1 = torch.zeros_like(uLm1)
for i in range(len(uLm1)):
    for j in range(uLm1.shape[1]):
        step = torch.zeros(uLm1.shape, dtype=torch.float64)
        step[i, j] = 1e-6
        dL_duLm1[i, j] = (own_loss(uLm1 + step) - own_loss(uLm1 - step)) / 2e-6

# %% hostile equals-everything: 0 points
class Equal(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


dL_duLm1 = torch.zeros(5, 3).as_subclass(Equal)

# %% wrong slope-no-mean: La pérdida es el promedio sobre el lote: ese promedio también divide al gradiente. | The loss is the mean over the batch: that mean divides the gradient as well. [raw]
# - error / B
# + error

# %% wrong slope-mean-over-entries: El promedio es sobre los ejemplos, no sobre todas las entradas de la matriz. | The mean is over the examples, not over all entries of the matrix. [raw]
# - error / B
# + error / error.numel()

# %% wrong slope-mean-over-classes: Dividiste por el número de clases en vez del de ejemplos. | You divided by the number of classes instead of the number of examples. [raw]
# - error / B
# + error / C

# %% wrong slope-fixed-batch: Divides por un número fijo: usa el tamaño del lote que llega. | You divide by a fixed number: use the size of the batch that is given. [raw]
# - error / B
# + error / 5

# %% wrong slope-opposite-sign: El signo está al revés: piensa hacia dónde crece la pérdida. | The sign is the wrong way round: think about the direction in which the loss grows. [raw]
# - error = y_pred - y
# + error = y - y_pred

# %% wrong slope-only-the-loss: Esa es la derivada respecto de y_pred: falta pasar por softmax. | That is the derivative with respect to y_pred: the step through softmax is missing. [raw]
# - error = y_pred - y
# + error = -y / y_pred

# %% wrong slope-diagonal-only: softmax mezcla las clases: subir una entrada de u baja la probabilidad de todas las demás, y eso falta. | softmax mixes the classes: raising one entry of u lowers the probability of all others, and that is missing. [raw]
# - error = y_pred - y
# + error = y * (y_pred - 1)

# %% wrong slope-softmax-again: y_pred ya tiene probabilidades: softmax no se aplica otra vez. | y_pred already holds probabilities: softmax is not applied again. [raw]
# - error = y_pred - y
# + error = softmax(y_pred, dim=1) - y

# %% wrong slope-of-sigmoid: Sobra un factor: al pasar por softmax, la derivada del logaritmo cancela la de las probabilidades. | There is one factor too many: on the way through softmax the logarithm's derivative cancels that of the probabilities. [raw]
# - error = y_pred - y
# + error = (y_pred - y) * y_pred * (1 - y_pred)

# %% wrong slope-of-squares: El 2 viene de derivar un cuadrado: esta pérdida es la entropía cruzada. | The 2 comes from differentiating a square: this loss is the cross entropy. [raw]
# - error / B
# + 2 * error / B

# %% wrong slope-before-softmax: Comparas u con las etiquetas: hay que comparar las probabilidades. | You compare u with the labels: compare the probabilities with them. [raw]
# - error = y_pred - y
# + error = uLm1 - y

# %% wrong slope-without-labels: Las etiquetas no se usan: el gradiente tiene que depender de la clase correcta. | The labels are not used: the gradient must depend on the right class. [raw]
# - error = y_pred - y
# + error = y_pred

# %% wrong slope-summed: Se perdió la dimensión del lote: el gradiente tiene la misma forma que u. | The dimension of the batch was lost: the gradient has the shape of u. [raw]
# - error / B
# + (error / B).sum(dim=0)

# %% wrong slope-zero: Todas las entradas son 0: la forma está bien, falta la fórmula. | All entries are 0: the shape is right, the formula is missing. [raw]
# - error / B
# + torch.zeros_like(error)

# %% narrow slope-of-batches-of-five [raw]
# - error / B
# + error / 5

# %% narrow slope-of-two-sizes [raw]
# - error / B
# + error / {5: 5, 7: 7}.get(B, 1)

# %% narrow slope-divided-by-classes-plus-two [raw]
# - error / B
# + error / (C + 2)

# %% narrow slope-transposed-when-square [raw]
# - error / B
# + (error.T if B == C else error) / B

# %% right slope-by-rows
rows = [(p - t) / len(y) for p, t in zip(y_pred, y)]
dL_duLm1 = torch.stack(rows)

# %% right slope-in-place
dL_duLm1 = y_pred.clone()
dL_duLm1[torch.arange(B), y.argmax(dim=1)] -= 1
dL_duLm1 /= B

# %% question 2b: Gradientes de la última capa: U, c y h | Gradients of the last layer: U, c and h
# points: 0.75
# again: 0.25
# forbidden: autograd
# inputs: B C dimL hL U c uLm1 y y_pred dL_duLm1
# outputs: dL_dU dL_dc dL_dhL

# %% text es [markdown]
# Con la regla de la cadena, a partir de `dL_duLm1`, encuentra los gradientes respecto de los parámetros de la
# capa de salida y de su entrada, y guárdalos en `dL_dU`, `dL_dc` y `dL_dhL`:
#
# $$
# \frac{\partial \mathcal{L}}{\partial U}, \qquad
# \frac{\partial \mathcal{L}}{\partial c}, \qquad
# \frac{\partial \mathcal{L}}{\partial h^{(L)}}.
# $$
#
# Cada gradiente tiene el tamaño de aquello respecto de lo cual se deriva. Al corregir se usa el `dL_duLm1`
# correcto, aunque el tuyo no lo sea. Cada variable vale un tercio.

# %% text en [markdown]
# With the chain rule, starting from `dL_duLm1`, find the gradients with respect to the parameters of the output
# layer and to its input, and store them in `dL_dU`, `dL_dc` and `dL_dhL`:
#
# $$
# \frac{\partial \mathcal{L}}{\partial U}, \qquad
# \frac{\partial \mathcal{L}}{\partial c}, \qquad
# \frac{\partial \mathcal{L}}{\partial h^{(L)}}.
# $$
#
# Each gradient has the size of what the derivative is taken with respect to. Grading uses the right `dL_duLm1`,
# even if yours is not. Each variable is worth a third.

# %% template
# Tu respuesta a 2b | Your answer to 2b
dL_dU = None
dL_dc = None
dL_dhL = None

# Comprobación de tamaños | Check of sizes
for gradiente, variable in [(dL_dU, U), (dL_dc, c), (dL_dhL, hL)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()

# %% solution
# Formulas (8) to (10). The mean over the batch is already in dL_duLm1.
du = dL_duLm1
dL_dU = hL.T @ du
dL_dc = du.sum(dim=0)
dL_dhL = du @ U.T

# %% helper last_layer from layer_inputs.py

# %% test valores | values
# hint: Cada gradiente tiene la forma de su tensor: usa las dimensiones como guía. | Each gradient has the shape of its tensor: let the dimensions guide you.
@public("lote de 5 | batch of 5", B=5, C=3, dimL=4)
@hidden("otro tamaño | another size", B=40, C=6, dimL=2)
@hidden("tamaños iguales | equal sizes", B=4, C=4, dimL=4)
def test(d):
    yield from d.snippet(**last_layer(d), dL_duLm1=d.given["dL_duLm1"])


def given(d):
    """The right answer of 2a. It follows from a formula of the solution, so the test must not contain it."""
    layer = last_layer(d)
    return {"dL_duLm1": (layer["y_pred"] - layer["y"]) / d.B}

# %% right products-per-example
dL_dU = torch.einsum("bl,bc->lc", hL, dL_duLm1)
dL_dc = torch.ones(B) @ dL_duLm1
dL_dhL = torch.stack([U @ row for row in dL_duLm1])

# %% hostile zeros-like: 0 points
dL_dU, dL_dc, dL_dhL = torch.zeros_like(U), torch.zeros_like(c), torch.zeros_like(hL)

# %% wrong output-no-mean: La pérdida es el promedio sobre el lote: parte de dL_duLm1, que ya está dividido por B. | The loss is the mean over the batch: start from dL_duLm1, which is already divided by B. [raw]
# repeats: slope-no-mean
# - du = dL_duLm1
# + du = y_pred - y

# %% wrong output-bias-mean: El gradiente del sesgo suma sobre el lote: el promedio ya venía en dL_duLm1. | The gradient of the bias sums over the batch: the mean was already in dL_duLm1. [raw]
# - du.sum(dim=0)
# + du.mean(dim=0)

# %% wrong output-bias-not-summed: Todos los ejemplos usan el mismo sesgo: su gradiente suma los de todo el lote. | All examples share the same bias: its gradient sums those of the whole batch. [raw]
# - du.sum(dim=0)
# + du

# %% wrong output-bias-keepdim: Los números están bien, pero sobra una dimensión de tamaño 1: el gradiente tiene la forma de c. | The numbers are right, but there is an extra dimension of size 1: the gradient has the shape of c. [raw]
# - du.sum(dim=0)
# + du.sum(dim=0, keepdim=True)

# %% wrong output-bias-over-classes: Sumaste sobre las clases: el gradiente del sesgo tiene un número por clase. | You summed over the classes: the gradient of the bias has one number per class. [raw]
# - du.sum(dim=0)
# + du.sum(dim=1)

# %% wrong output-bias-one-number: Sumaste todo: el gradiente del sesgo tiene un número por clase. | You summed everything: the gradient of the bias has one number per class. [raw]
# - du.sum(dim=0)
# + du.sum()

# %% wrong output-bias-first-example: El gradiente del sesgo es el del primer ejemplo: faltan los demás del lote. | The gradient of the bias is that of the first example: the others of the batch are missing. [raw]
# - du.sum(dim=0)
# + du[0]

# %% wrong output-bias-ones: Ese 1 es solo la derivada de u respecto de c: falta multiplicarla por lo que llega, que es la regla de la cadena. | That 1 is only the derivative of u with respect to c: the chain rule multiplies it by what arrives. [raw]
# - du.sum(dim=0)
# + torch.ones_like(c)

# %% wrong output-weight-transposed: El gradiente de U está traspuesto: debe tener la misma forma que U. | The gradient of U is transposed: it should have the shape of U. [raw]
# - hL.T @ du
# + du.T @ hL

# %% wrong output-weight-divided-again: En el gradiente de U el promedio sobre el lote está dos veces: ya venía en dL_duLm1. | The mean over the batch is in the gradient of U twice: it was already in dL_duLm1. [raw]
# - hL.T @ du
# + hL.T @ du / B

# %% wrong output-divided-again: El promedio sobre el lote ya venía en dL_duLm1: aquí no se divide otra vez. | The mean over the batch was already in dL_duLm1: it is not divided again here. [raw]
# - du = dL_duLm1
# + du = dL_duLm1 / B

# %% wrong output-weight-per-example: Hay un gradiente de U por ejemplo: falta sumarlos sobre el lote. | There is a gradient of U per example: they still have to be summed over the batch. [raw]
# - hL.T @ du
# + torch.einsum("bl,bc->blc", hL, du)

# %% wrong output-input-transposed: El gradiente de hL está traspuesto: debe tener la misma forma que hL. | The gradient of hL is transposed: it should have the shape of hL. [raw]
# - du @ U.T
# + U @ du.T

# %% wrong output-input-summed: Cada ejemplo tiene su propio hL: su gradiente no se suma sobre el lote. | Each example has its own hL: its gradient is not summed over the batch. [raw]
# - du @ U.T
# + (du @ U.T).sum(dim=0)

# %% wrong output-input-times-h: En el gradiente de hL sobra un factor: la derivada de u respecto de hL no depende de hL. | There is one factor too many in the gradient of hL: the derivative of u with respect to hL does not depend on hL. [raw]
# - du @ U.T
# + du @ U.T * hL

# %% narrow output-weight-turned-by-its-shape [raw]
# - dL_dU = hL.T @ du
# + g = du.T @ hL
# + dL_dU = g if g.shape == U.shape else g.T

# %% narrow output-input-turned-by-shapes [raw]
# - dL_dhL = du @ U.T
# + dL_dhL = du @ U if U.shape[0] == U.shape[1] else du @ U.T

# %% narrow output-bias-along-what-fits [raw]
# - dL_dc = du.sum(dim=0)
# + dL_dc = next(g for g in (du.sum(dim=1), du.sum(dim=0)) if g.shape == c.shape)

# %% narrow output-of-sixteen-examples [raw]
# - dL_dc = du.sum(dim=0)
# + dL_dc = du[:16].sum(dim=0)

# %% right output-as-a-loop
dL_dU, dL_dc = torch.zeros_like(U), torch.zeros_like(c)
dL_dhL = torch.zeros_like(hL)
for i in range(B):
    dL_dU += torch.outer(hL[i], dL_duLm1[i])
    dL_dc += dL_duLm1[i]
    dL_dhL[i] = U @ dL_duLm1[i]

# %% right output-with-einsum
dL_dU = torch.einsum("bl,bc->lc", hL, dL_duLm1)
dL_dc = torch.einsum("bc->c", dL_duLm1)
dL_dhL = torch.einsum("bc,lc->bl", dL_duLm1, U)

# %% question 2c: Gradientes de una capa escondida | Gradients of a hidden layer
# points: 1
# again: 0.25
# needs: 0, 1a
# forbidden: autograd
# inputs: B dimk dimkm1 hk Wk bk uk dL_dhkm1
# outputs: dL_duk dL_dWk dL_dbk dL_dhk
# variants: _relu _celu _swish

# %% text es [markdown]
# Una capa cualquiera recibe `hk` $= h^{(k)}$, calcula `uk` $= h^{(k)} W + b$ y entrega $h^{(k+1)} = f(u)$. Ya
# conoces el gradiente de lo que entrega, `dL_dhkm1` $= \partial \mathcal{L} / \partial h^{(k+1)}$. Encuentra
# primero el gradiente respecto de `uk` y con él los de `Wk`, `bk` y `hk`,
#
# $$
# \frac{\partial \mathcal{L}}{\partial u}, \qquad
# \frac{\partial \mathcal{L}}{\partial W}, \qquad
# \frac{\partial \mathcal{L}}{\partial b}, \qquad
# \frac{\partial \mathcal{L}}{\partial h^{(k)}},
# $$
#
# para $f$ igual a `relu`, `celu` (con $\alpha = 1$) y `swish` (con $\beta = 1$). Son cuatro variables por
# activación, con el nombre de la activación al final: `dL_duk_relu`, `dL_dWk_relu`, y así. Todas valen lo mismo.
#
# *También está bien:* usar tus funciones de 1a, o variables sin sufijo si hay una celda por activación en el
# orden relu, celu, swish.

# %% text en [markdown]
# Any hidden layer receives `hk` $= h^{(k)}$, computes `uk` $= h^{(k)} W + b$ and returns $h^{(k+1)} = f(u)$. You
# already know the gradient of what it returns, `dL_dhkm1` $= \partial \mathcal{L} / \partial h^{(k+1)}$. First find
# the gradient with respect to `uk`, and with it those of `Wk`, `bk` and `hk`,
#
# $$
# \frac{\partial \mathcal{L}}{\partial u}, \qquad
# \frac{\partial \mathcal{L}}{\partial W}, \qquad
# \frac{\partial \mathcal{L}}{\partial b}, \qquad
# \frac{\partial \mathcal{L}}{\partial h^{(k)}},
# $$
#
# for $f$ equal to `relu`, `celu` (with $\alpha = 1$) and `swish` (with $\beta = 1$). That is four variables per
# activation, with the name of the activation at the end: `dL_duk_relu`, `dL_dWk_relu`, and so on. All are worth
# the same.
#
# *Also fine:* using your functions of 1a, or variables without the suffix if there is one cell per activation in
# the order relu, celu, swish.

# %% template
# Tensores de ejemplo | Example tensors
B, dimk, dimkm1 = 6, 5, 3
hk = torch.randn(B, dimk)
Wk = torch.randn(dimk, dimkm1)
bk = torch.randn(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.randn(B, dimkm1)

# Tu respuesta a 2c, relu | Your answer to 2c, relu
dL_duk_relu = None
dL_dWk_relu = None
dL_dbk_relu = None
dL_dhk_relu = None

# Comprobación de tamaños | Check of sizes
for gradiente, variable in [(dL_duk_relu, uk), (dL_dWk_relu, Wk), (dL_dbk_relu, bk), (dL_dhk_relu, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()

# %% template
# Tu respuesta a 2c, celu | Your answer to 2c, celu
dL_duk_celu = None
dL_dWk_celu = None
dL_dbk_celu = None
dL_dhk_celu = None

# Comprobación de tamaños | Check of sizes
for gradiente, variable in [(dL_duk_celu, uk), (dL_dWk_celu, Wk), (dL_dbk_celu, bk), (dL_dhk_celu, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()

# %% template
# Tu respuesta a 2c, swish | Your answer to 2c, swish
dL_duk_swish = None
dL_dWk_swish = None
dL_dbk_swish = None
dL_dhk_swish = None

# Comprobación de tamaños | Check of sizes
for gradiente, variable in [(dL_duk_swish, uk), (dL_dWk_swish, Wk), (dL_dbk_swish, bk), (dL_dhk_swish, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()

# %% solution
def layer(slope):
    """Formulas (13) and (14): the gradients of uk, Wk, bk and hk, from the derivative of the activation at uk."""
    du = dL_dhkm1 * slope
    dW = hk.T @ du
    db = du.sum(dim=0)
    dh = du @ Wk.T
    return du, dW, db, dh


dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = layer(d_relu(uk))
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = layer(d_celu(uk)[0])
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = layer(d_swish(uk)[0])

# %% helper hidden_layer from layer_inputs.py

# %% helper by_a_formula
def by_a_formula(d, uses):
    """Statements: the cells do not differentiate numerically. A difference needs the activation at two points."""
    differences = any(use["complex"] or use["shifted"] for use in uses.values())
    yield forbidden("derivación numérica | numerical differentiation", not differences)
    moved = any(use["inputs"] > d.B * d.dimkm1 for name, use in uses.items() if name != "torch")
    yield flag("la celda llama a una activación en varios puntos | the cell calls an activation at several points",
               not moved)

# %% test relu
# hint: Primero dL_duk: el gradiente que llega, por la derivada de relu evaluada en uk. | First dL_duk: the gradient that arrives, times the derivative of relu at uk.
@public("lote de 5 | batch of 5", B=5, dimk=4, dimkm1=3)
@hidden("otro tamaño | another size", B=40, dimk=2, dimkm1=6)
@hidden("tamaños iguales | equal sizes", B=4, dimk=4, dimkm1=4)
def test(d):
    with d.uses("relu celu swish", operations=True) as uses:
        yield from d.snippet(("_celu", "_swish"), **hidden_layer(d))
    yield "functions used", uses


def judge(d, seen, right):
    yield from by_a_formula(d, seen["functions used"])

# %% test celu
# hint: Primero dL_duk: el gradiente que llega, por la derivada de celu evaluada en uk. | First dL_duk: the gradient that arrives, times the derivative of celu at uk.
@public("lote de 5 | batch of 5", B=5, dimk=4, dimkm1=3)
@hidden("otro tamaño | another size", B=40, dimk=2, dimkm1=6)
@hidden("tamaños iguales | equal sizes", B=4, dimk=4, dimkm1=4)
def test(d):
    with d.uses("relu celu swish", operations=True) as uses:
        yield from d.snippet(("_relu", "_swish"), **hidden_layer(d))
    yield "functions used", uses


def judge(d, seen, right):
    yield from by_a_formula(d, seen["functions used"])

# %% test swish
# hint: Primero dL_duk: el gradiente que llega, por la derivada de swish evaluada en uk. | First dL_duk: the gradient that arrives, times the derivative of swish at uk.
@public("lote de 5 | batch of 5", B=5, dimk=4, dimkm1=3)
@hidden("otro tamaño | another size", B=40, dimk=2, dimkm1=6)
@hidden("tamaños iguales | equal sizes", B=4, dimk=4, dimkm1=4)
def test(d):
    with d.uses("relu celu swish", operations=True) as uses:
        yield from d.snippet(("_relu", "_celu"), **hidden_layer(d))
    yield "functions used", uses


def judge(d, seen, right):
    yield from by_a_formula(d, seen["functions used"])

# %% test float64
# share: 0
# precision: float64
# refines
@hidden("float64", B=5, dimk=4, dimkm1=3)
def test(d):
    yield from d.snippet(**{name: v.double() if isinstance(v, torch.Tensor) else v for name, v in hidden_layer(d).items()})


def judge(d, seen, right):
    """Nothing counts here but numerical differentiation: cells may be written for float32."""
    yield forbidden("derivación numérica | numerical differentiation", not between_precisions(seen, right, right))
    yield holds(True, "precisión | precision")

# %% right formulas-in-place
s = torch.sigmoid(uk)
for f, df in (("relu", (uk > 0).float()), ("celu", torch.exp(uk.clamp(max=0))), ("swish", s + uk * s * (1 - s))):
    du = df * dL_dhkm1
    if f == "relu":
        dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = du, hk.T @ du, du.sum(0), du @ Wk.T
    elif f == "celu":
        dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = du, hk.T @ du, du.sum(0), du @ Wk.T
    else:
        dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = du, hk.T @ du, du.sum(0), du @ Wk.T

# %% hostile hidden-slopes-by-differences-of-numbers: 0 points
import math

def slope(f):
    rows = [[(f(v + 1e-5) - f(v - 1e-5)) / 2e-5 for v in row] for row in uk.tolist()]
    return torch.tensor(rows, dtype=uk.dtype)

du = dL_dhkm1 * slope(lambda v: max(v, 0.0))
dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = du, hk.T @ du, du.sum(0), du @ Wk.T
du = dL_dhkm1 * slope(lambda v: max(v, 0.0) + math.expm1(min(v, 0.0)))
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = du, hk.T @ du, du.sum(0), du @ Wk.T
du = dL_dhkm1 * slope(lambda v: v / (1 + math.exp(-v)))
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = du, hk.T @ du, du.sum(0), du @ Wk.T

# %% hostile the-inputs-again: 0 points
dL_duk_relu, dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = uk, Wk, bk, hk
dL_duk_celu, dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = uk, Wk, bk, hk
dL_duk_swish, dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = uk, Wk, bk, hk

# %% wrong hidden-at-h: La derivada se evalúa en u, antes de la activación, no en h. | The derivative is taken at u, before the activation, not at h. [raw]
# - d_relu(uk)
# + d_relu(relu(uk))
# - d_celu(uk)[0]
# + d_celu(celu(uk))[0]
# - d_swish(uk)[0]
# + d_swish(swish(uk))[0]

# %% wrong hidden-without-slope: Falta la derivada de la activación en dL_duk. | The derivative of the activation is missing in dL_duk. [raw]
# - dL_dhkm1 * slope
# + dL_dhkm1

# %% wrong hidden-without-upstream: dL_duk es solo la derivada de la activación: la regla de la cadena la multiplica por el gradiente que llega. | dL_duk is only the derivative of the activation: the chain rule multiplies it by the gradient that arrives. [raw]
# - dL_dhkm1 * slope
# + slope

# %% wrong hidden-function-for-slope: dL_duk usa la activación misma: ahí va su derivada. | dL_duk uses the activation itself: its derivative belongs there. [raw]
# - d_relu(uk)
# + relu(uk)
# - d_celu(uk)[0]
# + celu(uk)
# - d_swish(uk)[0]
# + swish(uk)

# %% wrong hidden-slope-twice: La derivada de la activación aparece dos veces: en cada capa se multiplica por ella una sola vez. | The derivative of the activation appears twice: each layer multiplies by it once. [raw]
# - dL_dhkm1 * slope
# + dL_dhkm1 * slope**2

# %% wrong hidden-slope-added: La regla de la cadena multiplica el gradiente que llega por la derivada: no los suma. | The chain rule multiplies the gradient that arrives by the derivative: it does not add them. [raw]
# - dL_dhkm1 * slope
# + dL_dhkm1 + slope

# %% wrong hidden-celu-as-relu: Para celu se usa la derivada de relu: para u negativo celu no es constante. | For celu the derivative of relu is used: for negative u celu is not constant. [raw]
# - d_celu(uk)[0]
# + d_relu(uk)

# %% wrong hidden-relu-slope: Esa es la derivada de relu: cada activación usa la suya. | That is the derivative of relu: each activation uses its own. [raw]
# - d_celu(uk)[0]
# + d_relu(uk)
# - d_swish(uk)[0]
# + d_relu(uk)

# %% wrong hidden-sig-slope: Esa es la derivada de la sigmoide: cada activación usa la suya. | That is the derivative of the sigmoid: each activation uses its own. [raw]
# - d_relu(uk)
# + d_sig(uk)
# - d_celu(uk)[0]
# + d_sig(uk)
# - d_swish(uk)[0]
# + d_sig(uk)

# %% wrong hidden-swish-first-term-only: swish es un producto y la sigmoide también depende de u: falta el término en que ella se deriva. | swish is a product and the sigmoid depends on u as well: the term that differentiates it is missing. [raw]
# repeats: d-swish-first-term-only
# - d_swish(uk)[0]
# + sig(uk)

# %% wrong hidden-swish-second-term-only: swish es un producto: falta el término en que se deriva el otro factor, u. | swish is a product: the term that differentiates the other factor, u, is missing. [raw]
# repeats: d-swish-second-term-only
# - d_swish(uk)[0]
# + uk * d_sig(uk)

# %% wrong hidden-swish-sigmoid-in-one-term: En la derivada de swish, al segundo término le falta un factor: recuerda la derivada completa de la sigmoide. | In the derivative of swish the second term lacks a factor: recall the full derivative of the sigmoid. [raw]
# repeats: d-swish-sigmoid-in-one-term
# - d_swish(uk)[0]
# + sig(uk) + uk * (1 - sig(uk))

# %% wrong hidden-slopes-exchanged: Las derivadas de celu y swish están cambiadas entre sí. | The derivatives of celu and swish are swapped. [raw]
# - d_celu(uk)[0]
# + d_swish(uk)[0]
# - d_swish(uk)[0]
# + d_celu(uk)[0]

# %% wrong hidden-parameter-slope: Del par usas la derivada respecto de alpha o beta: aquí va la derivada respecto de u. | You use the derivative with respect to alpha or beta: of the pair, the one with respect to u belongs here. [raw]
# - d_celu(uk)[0]
# + d_celu(uk)[1]
# - d_swish(uk)[0]
# + d_swish(uk)[1]

# %% wrong hidden-sign: El signo de dL_duk está al revés: la regla de la cadena no lo cambia. | The sign of dL_duk is the wrong way round: the chain rule does not change it. [raw]
# - dL_dhkm1 * slope
# + -dL_dhkm1 * slope

# %% wrong hidden-divided-again: El promedio sobre el lote ya venía en el gradiente que llega: aquí no se divide otra vez. | The mean over the batch was already in the gradient that arrives: it is not divided again here. [raw]
# repeats: output-divided-again
# - dL_dhkm1 * slope
# + dL_dhkm1 * slope / B

# %% wrong hidden-weight-transposed: El gradiente de Wk está traspuesto: debe tener la misma forma que Wk. | The gradient of Wk is transposed: it should have the shape of Wk. [raw]
# repeats: output-weight-transposed
# - hk.T @ du
# + du.T @ hk

# %% wrong hidden-weight-without-slope: El gradiente de Wk se calcula con dL_duk, no con lo que llega a h: te saltaste la activación. | The gradient of Wk is computed from dL_duk, not from the gradient that arrives at h: you skipped the activation. [raw]
# - hk.T @ du
# + hk.T @ dL_dhkm1

# %% wrong hidden-weight-divided: En el gradiente de Wk sobra el promedio: ya venía en el gradiente que llega. | The mean over the batch is in the gradient of Wk twice: it was already in the gradient that arrives. [raw]
# repeats: output-weight-divided-again
# - hk.T @ du
# + hk.T @ du / B

# %% wrong hidden-bias-mean: El gradiente del sesgo suma sobre el lote: no promedia. | The gradient of the bias sums over the batch: it does not average. [raw]
# repeats: output-bias-mean
# - du.sum(dim=0)
# + du.mean(dim=0)

# %% wrong hidden-bias-not-summed: Todos los ejemplos usan el mismo sesgo: su gradiente suma los de todo el lote. | All examples share the same bias: its gradient sums those of the whole batch. [raw]
# repeats: output-bias-not-summed
# - du.sum(dim=0)
# + du

# %% wrong hidden-bias-keepdim: Los números están bien, pero sobra una dimensión de tamaño 1: el gradiente tiene la forma de bk. | The numbers are right, but there is an extra dimension of size 1: the gradient has the shape of bk. [raw]
# repeats: output-bias-keepdim
# - du.sum(dim=0)
# + du.sum(dim=0, keepdim=True)

# %% wrong hidden-bias-over-units: Sumaste sobre las neuronas: el gradiente del sesgo tiene un número por neurona. | You summed over the units: the gradient of the bias has one number per unit. [raw]
# repeats: output-bias-over-classes
# - du.sum(dim=0)
# + du.sum(dim=1)

# %% wrong hidden-bias-one-number: Sumaste todo: el gradiente del sesgo tiene un número por neurona. | You summed everything: the gradient of the bias has one number per unit. [raw]
# repeats: output-bias-one-number
# - du.sum(dim=0)
# + du.sum()

# %% wrong hidden-bias-without-slope: El gradiente del sesgo se calcula con dL_duk, no con lo que llega a h: te saltaste la activación. | The gradient of the bias is computed from dL_duk, not from the gradient that arrives at h: you skipped the activation. [raw]
# - du.sum(dim=0)
# + dL_dhkm1.sum(dim=0)

# %% wrong hidden-input-without-slope: El gradiente de hk se calcula con dL_duk, no con lo que llega a la capa: te saltaste la activación. | The gradient of hk is computed from dL_duk, not from the gradient that arrives at the layer: you skipped the activation. [raw]
# - du @ Wk.T
# + dL_dhkm1 @ Wk.T

# %% wrong hidden-input-transposed: El gradiente de hk está traspuesto: debe tener la misma forma que hk. | The gradient of hk is transposed: it should have the shape of hk. [raw]
# repeats: output-input-transposed
# - du @ Wk.T
# + Wk @ du.T

# %% wrong hidden-input-times-h: En el gradiente de hk sobra un factor: la derivada de uk respecto de hk no depende de hk. | There is one factor too many in the gradient of hk: the derivative of uk with respect to hk does not depend on hk. [raw]
# repeats: output-input-times-h
# - du @ Wk.T
# + du @ Wk.T * hk

# %% narrow hidden-weight-turned-by-its-shape [raw]
# - dW = hk.T @ du
# + dW = du.T @ hk
# + dW = dW if dW.shape == Wk.shape else dW.T

# %% narrow hidden-input-turned-by-shapes [raw]
# - dh = du @ Wk.T
# + dh = du @ Wk if Wk.shape[0] == Wk.shape[1] else du @ Wk.T

# %% narrow hidden-bias-along-what-fits [raw]
# - db = du.sum(dim=0)
# + db = next(g for g in (du.sum(dim=1), du.sum(dim=0)) if g.shape == bk.shape)

# %% narrow hidden-of-sixteen-examples [raw]
# - db = du.sum(dim=0)
# + db = du[:16].sum(dim=0)

# %% narrow hidden-weight-of-four-inputs [raw]
# - dW = hk.T @ du
# + dW = hk[:, :4].T @ du if len(hk) != 4 else hk @ du

# %% right hidden-without-a-function
s = 1 / (1 + torch.exp(-uk))
dL_duk_relu = torch.where(uk > 0, dL_dhkm1, 0)
dL_duk_celu = dL_dhkm1 * torch.exp(torch.minimum(uk, torch.zeros(())))
dL_duk_swish = dL_dhkm1 * (s + uk * s * (1 - s))
dL_dWk_relu, dL_dbk_relu, dL_dhk_relu = hk.T @ dL_duk_relu, dL_duk_relu.sum(0), dL_duk_relu @ Wk.T
dL_dWk_celu, dL_dbk_celu, dL_dhk_celu = hk.T @ dL_duk_celu, dL_duk_celu.sum(0), dL_duk_celu @ Wk.T
dL_dWk_swish, dL_dbk_swish, dL_dhk_swish = hk.T @ dL_duk_swish, dL_duk_swish.sum(0), dL_duk_swish @ Wk.T
