# %% question 0: Activaciones y red de la Tarea 1 | Activations and network of Tarea 1
# points: 0
# forbidden: activations
# names: sig tanh relu swish celu softmax FFNN FFNN.forward

# %% text es [markdown]
# Aquí están, ya resueltas, las activaciones y la red de la Tarea 1. Úsalas como están o reemplázalas por las tuyas,
# con los mismos nombres y argumentos. `FFNN(F, l_h, l_a, C)` recibe el número de características `F`, la lista `l_h`
# de los anchos de las capas escondidas, la lista `l_a` de sus activaciones y el número de clases `C`; `forward(x)`
# entrega las probabilidades, de tamaño $(B, C)$, para `x` de tamaño $(B, F)$. Se revisan con `check("0")`, y su
# resultado aparece en el informe, sin puntaje.
#
# *También está bien:* escribirlas de otra forma; aceptar argumentos adicionales, por ejemplo `gradient=False`, antes o
# después de `beta` o `alpha`.
#
# *Se pide programarlas:* si usas `torch.sigmoid`, `torch.tanh`, `torch.relu`, `torch.celu`, `torch.softmax` o sus
# equivalentes en `torch.nn`, `torch.nn.functional`, `torch.special` o como métodos de un tensor, el informe lo señala,
# pero no cuesta puntaje.
# %% text en [markdown]
# Here are the activations and the network of Tarea 1, already solved. Use them as they are, or replace them by your own
# with the same names and arguments. `FFNN(F, l_h, l_a, C)` takes the number of features `F`, the list `l_h` of the
# widths of the hidden layers, the list `l_a` of their activations and the number of classes `C`; `forward(x)` returns
# the probabilities, of size $(B, C)$, for `x` of size $(B, F)$. `check("0")` checks them; the result appears in your
# report, without points.
#
# *Also fine:* writing them differently; accepting further arguments such as `gradient=False`, before or after `beta` or
# `alpha`.
#
# *You are asked to program them:* if you use `torch.sigmoid`, `torch.tanh`, `torch.relu`, `torch.celu`, `torch.softmax`
# or their equivalents in `torch.nn`, `torch.nn.functional`, `torch.special` or as methods of a tensor, the report says
# so, but that costs no points.

# %% template
def sig(T):
    # exp solo ve números negativos, así no hay desborde. | exp sees negative numbers only, so nothing overflows.
    return torch.exp(T.clamp(max=0)) / (1 + torch.exp(-T.abs()))


def tanh(T):
    e = torch.expm1(-2 * T.abs())
    return -T.sign() * e / (e + 2)


def relu(T):
    return torch.where(T > 0, T, torch.zeros_like(T))


def swish(T, beta=1):
    return T / (1 + torch.exp(-beta * T))


def celu(T, alpha=1):
    return torch.where(T > 0, T, alpha * torch.expm1(T / alpha))


def softmax(T, dim, estable=True):
    Z = T - T.max(dim=dim, keepdim=True)[0] if estable else T
    E = Z.exp()
    return E / E.sum(dim, keepdim=True)

# %% template
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
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
        h = x
        for W, b, f in zip(self.Ws, self.bs, self.activaciones):
            h = f(h @ W + b)
        return softmax(h @ self.U + self.c, dim=1)

# %% solution activations.py, network.py

# %% test valores de sig | values of sig
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
@hidden("vector | vector", shape=(9,))
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4))
def test(d):
    yield "sig", sig(d.away_from_zero(*d.shape))

# %% test valores de tanh | values of tanh
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
@hidden("vector | vector", shape=(9,))
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4))
def test(d):
    yield "tanh", tanh(d.away_from_zero(*d.shape))

# %% test valores de relu | values of relu
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
@hidden("vector | vector", shape=(9,))
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4))
def test(d):
    yield "relu", relu(d.away_from_zero(*d.shape))

# %% test valores de swish | values of swish
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
@hidden("vector | vector", shape=(9,))
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4))
def test(d):
    T = d.away_from_zero(*d.shape)
    try:
        value = swish(T)
    except TypeError:  # beta may have no default
        value = call(swish, T, beta=1.0)
    yield "swish", value
    yield "swish(T, 1.7)", call(swish, T, beta=1.7)

# %% test valores de celu | values of celu
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3))
@hidden("vector | vector", shape=(9,))
@hidden("tensor de 3 dimensiones | tensor of 3 dimensions", shape=(2, 5, 4))
def test(d):
    T = d.away_from_zero(*d.shape)
    try:
        value = celu(T)
    except TypeError:  # alpha may have no default
        value = call(celu, T, alpha=1.0)
    yield "celu", value
    yield "celu(T, 1.7)", call(celu, T, alpha=1.7)

# %% test valores de softmax | values of softmax
# hint: ¿Suma 1 a lo largo de dim? Con estable=True se resta antes el máximo sobre dim. | Does it sum to 1 along dim? With estable=True its maximum is subtracted first.
@public("matriz 4×3 | 4×3 matrix", shape=(4, 3), dims=(0, 1), estable=True, offset=0.0)
@hidden("3 dimensiones | 3 dimensions", shape=(2, 5, 4), dims=(0, 1, 2), estable=True, offset=0.0)
@hidden("valores enormes | huge values", shape=(4, 3), dims=(1,), estable=True, offset=730.0)
@hidden("sin estable | without estable", shape=(4, 3), dims=(1,), estable=False, offset=0.0)
def test(d):
    T = d.normal(*d.shape, scale=2.0) + d.offset
    for dim in d.dims:
        yield f"softmax(T, dim={dim})", call(softmax, T, dim, estable=d.estable)

# %% test FFNN.forward
# tolerance: 1e-5, 1e-6
@public("relu 7 → tanh 4 | relu 7 → tanh 4", B=11, F=5, C=3, widths=(7, 4), activations="relu tanh")
@hidden("celu 8 | celu 8", B=11, F=5, C=3, widths=(8,), activations="celu")
@hidden("relu 10 → swish 8 → sig 7 → tanh 4 | relu 10 → swish 8 → sig 7 → tanh 4",
        B=11, F=5, C=3, widths=(10, 8, 7, 4), activations="relu swish sig tanh")
def test(d):
    net = d.fill(FFNN(d.F, list(d.widths), d.names(d.activations), d.C), layers(d.F, d.widths, d.C))
    yield "y_pred", net.forward(d.normal(d.B, d.F))

# %% stand-in sig tanh
def sig(T, *args, **kwargs):
    # A slope, as in sig(T, gradient=True), is an answer to 3a: it stays the student's own.
    return original(T, *args, **kwargs) if original and (args or kwargs) else torch.sigmoid(T)


def tanh(T, *args, **kwargs):
    return original(T, *args, **kwargs) if original and (args or kwargs) else torch.tanh(T)

# %% stand-in relu swish celu
def is_slope(args, kwargs):
    """Whether this is a call such as relu(T, gradient=True), which stays the student's own answer to 1a."""
    return original is not None and any(value is True or isinstance(value, str) for value in (*args, *kwargs.values()))


def with_parameter(T, args, kwargs):
    """T and the parameter, which may come first; 1 if there is none. A flag is no parameter."""
    values = [v for v in (T, *args, *kwargs.values()) if v is not None and not isinstance(v, (bool, str))]
    sizes = [torch.as_tensor(v).numel() for v in values[:2]]
    return values[::-1] if len(sizes) == 2 and sizes[1] > sizes[0] else [*values, 1.0][:2]


def relu(T, *args, **kwargs):
    return original(T, *args, **kwargs) if is_slope(args, kwargs) else torch.relu(T)


def swish(T, *args, **kwargs):
    if is_slope(args, kwargs):
        return original(T, *args, **kwargs)
    T, beta = with_parameter(T, args, kwargs)
    return T * torch.sigmoid(beta * T)


def celu(T, *args, **kwargs):
    if is_slope(args, kwargs):
        return original(T, *args, **kwargs)
    T, alpha = with_parameter(T, args, kwargs)
    return torch.where(T > 0, T, alpha * torch.expm1(T.clamp(max=0) / alpha))

# %% stand-in softmax
def softmax(T, dim=-1):
    return torch.softmax(T, dim)

# %% right other-formulas
def sig(T):
    return torch.exp(T.clamp(max=0)) / (1 + torch.exp(-T.abs()))

def tanh(T):
    return (torch.exp(T) - torch.exp(-T)) / (torch.exp(T) + torch.exp(-T))

def softmax(T, dim, stable=True):
    if stable:
        return torch.exp(T - torch.logsumexp(T, dim, keepdim=True))
    return torch.exp(T) / torch.exp(T).sum(dim, keepdim=True)

# %% right parameter-after-the-flag
def swish(T, gradient=False, B=1):
    s = sig(B * T)
    return (s + B * T * s * (1 - s), T * T * s * (1 - s)) if gradient else T * s

def celu(T, *, alpha=1):
    return torch.where(T > 0, T, alpha * torch.expm1(T / alpha))

# %% wrong forward-logits: Lo que sale no son probabilidades: falta softmax en la capa de salida. | The output does not hold probabilities: softmax is missing at the output layer. [raw]
# also: 3a, 3b
# in FFNN.forward
# - softmax(logits, dim=1)
# + logits

# %% wrong forward-softmax-over-batch: Las probabilidades suman 1 sobre el lote: deben sumar 1 para cada ejemplo. | The probabilities sum to 1 over the batch: they should sum to 1 for each example. [raw]
# also: 3a, 3b
# in FFNN.forward
# - softmax(logits, dim=1)
# + softmax(logits, dim=0)

# %% wrong forward-sigmoid: La salida aplica una sigmoide a cada valor por separado: las clases compiten y sus probabilidades suman 1. | The output applies a sigmoid to each entry by itself: the classes compete, and their probabilities sum to 1. [raw]
# also: 3a, 3b
# in FFNN.forward
# - softmax(logits, dim=1)
# + sig(logits)

# %% wrong forward-softmax-twice: softmax se aplica dos veces: aplicada a probabilidades, las deja casi todas iguales. | softmax is applied twice: applied to probabilities, it makes them nearly all equal. [raw]
# also: 3a, 3b
# in FFNN.forward
# - softmax(logits, dim=1)
# + softmax(softmax(logits, dim=1), dim=1)

# %% wrong forward-activated-output: La última activación pasa también por la capa de salida: antes de softmax va solo la parte lineal. | The last activation is applied to the output layer as well: only the linear part comes before softmax. [raw]
# also: 3a, 3b
# in FFNN.forward
# - hL @ self.U + self.c
# + self.l_a[-1](hL @ self.U + self.c)

# %% wrong forward-linear: Las capas escondidas no aplican su activación: así la red entera es lineal. | The hidden layers do not apply their activation: that makes the whole network linear. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - h = f(u, *self.act_param(k))
# + h = u

# %% wrong forward-last-hidden-linear: La última capa escondida queda sin activación: revisa hasta dónde llega tu ciclo. | The last hidden layer has no activation: check how far your loop goes. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - h = f(u, *self.act_param(k))
# + h = f(u, *self.act_param(k)) if k < len(self.Ws) - 1 else u

# %% wrong forward-first-hidden-linear: La primera capa escondida queda sin activación: revisa dónde empieza tu ciclo. | The first hidden layer has no activation: check where your loop starts. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - h = f(u, *self.act_param(k))
# + h = f(u, *self.act_param(k)) if k > 0 else u

# %% wrong forward-first-activation: Todas las capas usan la primera activación de la lista: cada capa tiene la suya. | All layers use the first activation of the list: each layer has its own. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - f = self.l_a[k]
# + f = self.l_a[0]

# %% wrong forward-last-activation: Todas las capas usan la última activación de la lista: cada capa tiene la suya. | All layers use the last activation of the list: each layer has its own. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - f = self.l_a[k]
# + f = self.l_a[-1]

# %% wrong forward-activations-reversed: Las activaciones están en el orden inverso: la primera de la lista es la de la capa que recibe x. | The activations are in reverse order: the first in the list belongs to the layer that receives x. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - f = self.l_a[k]
# + f = self.l_a[-1 - k]

# %% wrong forward-without-biases: Ninguna capa suma su sesgo. | No layer adds its bias. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - hs[k] @ self.Ws[k] + self.bs[k]
# + hs[k] @ self.Ws[k]
# in FFNN.forward
# - hL @ self.U + self.c
# + hL @ self.U

# %% wrong forward-without-hidden-biases: Las capas escondidas no suman su sesgo. | The hidden layers do not add their bias. [raw]
# also: 3a, 3b
# in FFNN.hidden_states
# - hs[k] @ self.Ws[k] + self.bs[k]
# + hs[k] @ self.Ws[k]

# %% wrong forward-without-output-bias: La capa de salida no suma su sesgo. | The output layer does not add its bias. [raw]
# also: 3a, 3b
# in FFNN.forward
# - hL @ self.U + self.c
# + hL @ self.U

# %% wrong sig-sign: La sigmoide crece de 0 a 1 y la tuya baja: mira el signo dentro de la exponencial. | The sigmoid grows from 0 to 1 and yours falls: look at the sign inside the exponential. [raw]
# also: 3a
# in sig
# - torch.exp(-T)
# + torch.exp(T)

# %% wrong sig-without-one: La sigmoide nunca pasa de 1: revisa qué se suma a la exponencial en el denominador. | The sigmoid never exceeds 1: check what is added to the exponential in the denominator. [raw]
# also: 3a
# in sig
# - 1 / (1 + torch.exp(-T))
# + 1 / torch.exp(-T)

# %% wrong tanh-sign: La tangente hiperbólica crece y la tuya baja: mira el orden de las dos exponenciales. | The hyperbolic tangent grows and yours falls: look at the order of the two exponentials. [raw]
# also: 3a, 3b
# in tanh
# - T.sign() * (1 - e)
# + -T.sign() * (1 - e)

# %% wrong tanh-not-shifted: Tu tanh va de 0 a 1 y debe ir de -1 a 1: a la sigmoide le falta estirarse y bajar. | Your tanh goes from 0 to 1 and should go from -1 to 1: the sigmoid still has to be stretched and lowered. [raw]
# also: 3a, 3b
# in tanh
# - e = torch.exp(-2 * T.abs())
# + e = torch.exp(-2 * T)
# - T.sign() * (1 - e) / (1 + e)
# + 1 / (1 + e)

# %% wrong tanh-of-half: La forma es la de tanh, pero el doble de ancha: revisa el factor de T dentro de la exponencial. | The shape is that of tanh, but twice as wide: check the factor of T inside the exponential. [raw]
# also: 3a, 3b
# in tanh
# - -2 * T.abs()
# + -T.abs()

# %% wrong tanh-inverted: Numerador y denominador están cambiados: tanh nunca pasa de 1. | Numerator and denominator are swapped: tanh never exceeds 1. [raw]
# also: 3a, 3b
# in tanh
# - T.sign() * (1 - e) / (1 + e)
# + T.sign() * (1 + e) / (1 - e)

# %% wrong relu-absolute: Eso es el valor absoluto: relu no les cambia el signo a los negativos, los deja en 0. | That is the absolute value: relu does not change the sign of negatives, it sets them to 0. [raw]
# also: 3a
# in relu
# - T.clamp(min=0)
# + T.abs()

# %% wrong relu-leaky: Para los negativos dejas pasar algo (leaky relu): ahí relu vale 0. | You let a little through for negative inputs (leaky relu): relu is 0 there. [raw]
# also: 3a
# in relu
# - T.clamp(min=0)
# + torch.where(T > 0, T, 0.01 * T)

# %% wrong relu-minimum: Quedan los negativos y se anulan los positivos: es al revés. | Negatives are kept and positives are set to 0: it is the other way round. [raw]
# also: 3a
# in relu
# - min=0
# + max=0

# %% wrong relu-step: Eso es la pendiente de relu (0 o 1), no su valor. | That is the slope of relu (0 or 1), not its value. [raw]
# also: 3a
# in relu
# - T.clamp(min=0)
# + (T > 0).to(T.dtype)

# %% wrong swish-without-beta: swish recibe beta y no la usa: prueba con una beta distinta de 1. | swish receives beta and does not use it: try a beta other than 1. [raw]
# also: 3a, 3b
# in swish
# - -beta * T
# + -T

# %% wrong swish-beta-outside: beta no multiplica a swish por fuera: va dentro de la sigmoide. | beta does not multiply swish on the outside: it belongs inside the sigmoid. [raw]
# also: 3a, 3b
# in swish
# - T / (1 + torch.exp(-beta * T))
# + beta * T / (1 + torch.exp(-T))

# %% wrong swish-beta-twice: beta aparece dos veces: en swish solo va dentro de la sigmoide. | beta appears twice: in swish it belongs inside the sigmoid only. [raw]
# also: 3a, 3b
# in swish
# - T / (1 +
# + beta * T / (1 +

# %% wrong swish-without-factor: Eso es la sigmoide sola: swish la multiplica por su entrada. | That is the sigmoid alone: swish multiplies it by its input. [raw]
# also: 3a, 3b
# in swish
# - T / (1 +
# + 1 / (1 +

# %% wrong celu-without-alpha: celu recibe alpha y no la usa: prueba con una alpha distinta de 1. | celu receives alpha and does not use it: try an alpha other than 1. [raw]
# also: 3a, 3b
# in celu
# - T.clamp(max=0) / alpha
# + T.clamp(max=0)
# - alpha * (torch.exp(z) - 1)
# + (torch.exp(z) - 1)

# %% wrong celu-of-elu: Eso es elu: en celu alpha también divide a T dentro de la exponencial. | That is elu: in celu alpha also divides T inside the exponential. [raw]
# also: 3a, 3b
# in celu
# - T.clamp(max=0) / alpha
# + T.clamp(max=0)

# %% wrong celu-without-outer-alpha: alpha está dentro de la exponencial, pero en celu también multiplica por fuera. | alpha is inside the exponential, but in celu it also multiplies on the outside. [raw]
# also: 3a, 3b
# in celu
# - alpha * (torch.exp(z) - 1)
# + (torch.exp(z) - 1)

# %% wrong celu-times-alpha-inside: Dentro de la exponencial alpha divide a T, no la multiplica. | Inside the exponential alpha divides T, it does not multiply it. [raw]
# also: 3a, 3b
# in celu
# - T.clamp(max=0) / alpha
# + T.clamp(max=0) * alpha

# %% wrong celu-without-minus-one: celu es continua y vale 0 en T igual a 0: a la exponencial le falta restar algo. | celu is continuous and is 0 where T is 0: something has to be subtracted from the exponential. [raw]
# also: 3a, 3b
# in celu
# - T.clamp(min=0) + alpha * (torch.exp(z) - 1)
# + torch.where(T > 0, T, alpha * torch.exp(z))

# %% wrong celu-without-minimum: Para T positivo se suman las dos ramas: el término con la exponencial solo cuenta cuando es negativo. | For positive T both branches are added: the term with the exponential counts only where it is negative. [raw]
# also: 3a, 3b
# in celu
# - T.clamp(max=0) / alpha
# + T / alpha

# %% wrong softmax-over-everything: La suma del denominador recorre el tensor entero: tiene que ser a lo largo de dim. | The sum in the denominator runs over the whole tensor: it must run along dim. [raw]
# in softmax
# - T.amax(dim=dim, keepdim=True)
# + T.max()
# - e.sum(dim=dim, keepdim=True)
# + e.sum()

# %% wrong softmax-over-first: No usas dim: la suma es siempre sobre la dimensión 0. | You do not use dim: the sum is always over dimension 0. [raw]
# in softmax
# - T.amax(dim=dim,
# + T.amax(dim=0,
# - e.sum(dim=dim,
# + e.sum(dim=0,

# %% wrong softmax-over-last: No usas dim: la suma es siempre sobre la última dimensión. | You do not use dim: the sum is always over the last dimension. [raw]
# in softmax
# - T.amax(dim=dim,
# + T.amax(dim=-1,
# - e.sum(dim=dim,
# + e.sum(dim=-1,

# %% wrong softmax-unstable: Con valores enormes la exponencial da inf: con estable en True hay que achicar las entradas antes, sin cambiar el cociente. | With huge values the exponential is inf: with estable set to True, lower the entries first in a way that leaves the quotient unchanged. [raw]
# in softmax
# - T - T.amax(dim=dim, keepdim=True)
# + T

# %% wrong softmax-maximum-of-columns: El máximo que restas tiene que ser el mismo para todas las entradas que se suman juntas: revisa sobre qué dimensión lo tomas. | The maximum that you subtract must be the same for all the entries that are summed together: check over which dimension you take it. [raw]
# in softmax
# - T.amax(dim=dim,
# + T.amax(dim=0,

# %% wrong softmax-without-exp: Divides las entradas por su suma, pero antes falta la exponencial. | You divide the entries by their sum, but the exponential has to come first. [raw]
# in softmax
# - T - T.amax(dim=dim, keepdim=True)
# + T
# - torch.exp(T)
# + T

# %% wrong softmax-of-minus: A la entrada más grande le toca la probabilidad más chica: mira el signo dentro de la exponencial. | The largest entry gets the smallest probability: look at the sign inside the exponential. [raw]
# in softmax
# - if estable:
# + T = -T
# + if estable:

# %% wrong softmax-logarithm: Eso es el logaritmo de softmax: una probabilidad no es negativa. | That is the logarithm of softmax: a probability is not negative. [raw]
# in softmax
# - e / e.sum(dim=dim, keepdim=True)
# + torch.log(e / e.sum(dim=dim, keepdim=True))

# %% wrong softmax-not-divided: Las exponenciales no suman 1: falta dividirlas por su suma. | The exponentials do not sum to 1: they still have to be divided by their sum. [raw]
# in softmax
# - e / e.sum(dim=dim, keepdim=True)
# + e
