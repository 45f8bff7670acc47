"""The students' notebook of Tarea 2 as data: the statement in Spanish and a cell to fill in per question.

`python -m reference.tarea2.notebook` writes student_template/tarea2.ipynb. The notebook runs from top to
bottom as it stands; only question 0 is answered in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

TEMPLATE = Path(__file__).parents[2] / "student_template" / "tarea2.ipynb"


@dataclass(frozen=True)
class Cell:
    """One cell; `id` is unique in the notebook and starts with the question's id."""

    id: str
    kind: Literal["markdown", "code"]
    source: str


CELLS: tuple[Cell, ...] = (
    Cell(
        "intro",
        "markdown",
        r"""
# Tarea 2: backpropagation a mano

Vas a derivar, programar y comprobar el gradiente de una red feed-forward, y con él vas a entrenarla. Nada
de derivación automática: cada derivada la escribes tú.

**Cómo se entrega.** Completa las celdas marcadas con `# Tu respuesta` y entrega este mismo archivo. Conserva
los nombres de funciones, clases y variables: el corrector los busca por su nombre. Puedes agregar celdas,
funciones auxiliares y argumentos con valor por defecto. Si un nombre está definido varias veces, cuenta la
última definición.

**Cómo se corrige.** Tus funciones se llaman con datos nuevos, de otros tamaños que los de las celdas de
prueba. Por eso una función debe usar solo sus argumentos: no dependas de variables globales como `B`, `C` o
`device`, y no modifiques los tensores que recibes. Una respuesta parcialmente correcta recibe parte del
puntaje, y una pregunta errada no arrastra a las siguientes.

**Qué se puede usar.** `torch` y la biblioteca estándar de Python. Cada pregunta dice qué está prohibido;
usarlo cuesta el puntaje de esa pregunta y de ninguna otra. `matplotlib` está permitido para los gráficos
de 4d y 4e, y `torchvision` o `sklearn` para leer los datos de 4e.

| Pregunta | Tema | Puntos |
|---|---|---|
| 0 | Activaciones y red de la Tarea 1 (ya resuelta) | 0 |
| 1a | Derivadas de las activaciones | 0,75 código + 0,25 fórmulas |
| 1b | Entropía cruzada | 1,25 |
| 1c | Entropía cruzada categórica (opcional) | bono 0,25 |
| 2a | Gradiente en la entrada de la capa de salida | 0,5 |
| 2b | Gradientes de la capa de salida | 0,75 |
| 2c | Gradientes de las capas escondidas | 1 |
| 3a | `FFNN.backward` | 2 |
| 3b | Parámetros de `celu` y `swish` (opcional) | bono 0,5 |
| 3c | Chequeo de gradiente (opcional) | bono 0,5 |
| 4a | Descenso de gradiente | 0,75 |
| 4b | Datos al azar | 0,5 |
| 4c | Ciclo de entrenamiento | 1,5 |
| 4d | Gráficos y comparación | 0,75 |
| 4e | Datos reales (opcional) | bono 0,5 |

Lo obligatorio suma 10 puntos. Los bonos compensan puntos perdidos, pero no suben la nota sobre el máximo.

**Notación.** $B$ ejemplos por paquete, $F$ características, $C$ clases y $L$ capas escondidas:

$$
\begin{aligned}
h^{(0)} &= x, \\
u^{(\ell)} &= h^{(\ell-1)} W^{(\ell)} + b^{(\ell)}, \qquad h^{(\ell)} = f^{(\ell)}(u^{(\ell)}), \\
u^{(L+1)} &= h^{(L)} U + c, \qquad\quad\;\;\, \hat{y} = \operatorname{softmax}(u^{(L+1)}), \\
\mathcal{L} &= \operatorname{CELoss}(\hat{y}, y).
\end{aligned}
$$

Cada fila de un tensor es un ejemplo, y $y$ es *one-hot* de tamaño $(B, C)$.
""",
    ),
    Cell("imports", "code", "import torch"),
    Cell(
        "q0-texto",
        "markdown",
        r"""
## 0. Punto de partida: la Tarea 1 (0 puntos)

Aquí están las activaciones de la Tarea 1; `FFNN.__init__` y `FFNN.forward` vienen en la celda de 3a. Úsalas
como están o reemplázalas por las tuyas, con los mismos nombres y argumentos. Se revisan y su resultado
aparece en el informe, sin puntaje.

*También está bien:* escribirlas de otra forma o aceptar argumentos adicionales, por ejemplo `gradient=False`.

*Prohibido:* `torch.sigmoid`, `torch.tanh`, `torch.relu`, `torch.celu`, `torch.softmax` y sus equivalentes en
`torch.nn`, `torch.nn.functional`, `torch.special` o como métodos de un tensor.
""",
    ),
    Cell(
        "q0-codigo",
        "code",
        """
def sig(T):
    # exp solo ve números negativos, así no hay desborde.
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
""",
    ),
    Cell(
        "q1a-texto",
        "markdown",
        r"""
## Parte 1: activaciones y pérdida

### 1a. Derivadas de las activaciones (0,75 puntos el código, 0,25 las fórmulas)

Para

$$
\operatorname{relu}(t) = \max(0, t), \qquad
\operatorname{swish}(t;\beta) = t\,\sigma(\beta t), \qquad
\operatorname{celu}(t;\alpha) = \max(0, t) + \min\big(0,\ \alpha(e^{t/\alpha} - 1)\big)
$$

encuentra la derivada respecto de $t$ y, en las dos últimas, también la derivada parcial respecto de su
parámetro. Procura que aparezca la propia función (o una parte de ella) en el resultado, como ocurre con
$\sigma'(t) = \sigma(t)\,(1 - \sigma(t))$.

1. Escribe tus fórmulas en la celda de texto que sigue (las lee una persona).
2. Programa las funciones:
   * `d_relu(T)` entrega un tensor del tamaño de `T`;
   * `d_swish(T, beta=1)` entrega el par `(derivada en T, derivada en beta)`;
   * `d_celu(T, alpha=1)` entrega el par `(derivada en T, derivada en alpha)`.

Las dos componentes de un par tienen el tamaño de `T`: la derivada en el parámetro se entrega entrada por
entrada, sin sumarla.

*También está bien:* cualquier valor de `d_relu` en $t = 0$; otros nombres para los argumentos; responder
con `relu(T, gradient=True)`, `swish(T, beta, gradient=True)` y `celu(T, alpha, gradient=True)`.

*Prohibido:* lo mismo que en 0, y toda forma de derivación automática (`Tensor.backward`, `torch.autograd`,
`torch.func`).
""",
    ),
    Cell(
        "q1a-formulas",
        "markdown",
        r"""
**Tu respuesta (fórmulas):**

$$
\begin{aligned}
\frac{\partial \operatorname{relu}(t)}{\partial t} &= \dots \\
\frac{\partial \operatorname{swish}(t;\beta)}{\partial t} &= \dots &
\frac{\partial \operatorname{swish}(t;\beta)}{\partial \beta} &= \dots \\
\frac{\partial \operatorname{celu}(t;\alpha)}{\partial t} &= \dots &
\frac{\partial \operatorname{celu}(t;\alpha)}{\partial \alpha} &= \dots
\end{aligned}
$$
""",
    ),
    Cell(
        "q1a-codigo",
        "code",
        """
# Tu respuesta a 1a
def d_relu(T):
    pass


def d_swish(T, beta=1):
    pass


def d_celu(T, alpha=1):
    pass
""",
    ),
    Cell(
        "q1b-texto",
        "markdown",
        r"""
### 1b. Entropía cruzada (1,25 puntos)

Programa `CELoss(Q, P, estable=True, epsilon=1e-8)`. `Q` y `P` tienen tamaño $(N, C)$ y cada fila es una
distribución: `Q` lo que predice la red, `P` lo correcto (cuidado con ese orden). El resultado es un escalar,

$$
\operatorname{CE}(p, q) = -\sum_{x} p(x) \log q(x), \qquad
\operatorname{CELoss}(Q, P) = \frac{1}{N} \sum_{i=1}^{N} \operatorname{CE}(P_i, Q_i).
$$

Una probabilidad igual a cero arruina el logaritmo. Con `estable=True` ninguna entrada de `Q` puede valer
menos que `epsilon` al tomar el logaritmo; con `estable=False` se aplica la fórmula tal cual.

*También está bien:* `P` con cualquier distribución, no solo *one-hot*, debe funcionar; el resultado puede ser
un tensor de cero dimensiones, un tensor `(1,)` o un número de Python.

*Prohibido:* `cross_entropy`, `nll_loss`, `kl_div`, `CrossEntropyLoss`, `NLLLoss` y sus equivalentes.
""",
    ),
    Cell(
        "q1b-codigo",
        "code",
        """
# Tu respuesta a 1b
def CELoss(Q, P, estable=True, epsilon=1e-8):
    pass
""",
    ),
    Cell(
        "q1c-texto",
        "markdown",
        r"""
### 1c. Entropía cruzada categórica (opcional, bono 0,25)

Cuando toda la probabilidad de `P` está en una sola clase sobra casi toda la suma de 1b. Programa
`CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8)`, donde `Target` (enteros `long` de tamaño $(N,)$)
tiene el índice de la clase correcta de cada fila. Debe coincidir con `CELoss` aplicada a la versión
*one-hot* de `Target`, con y sin `estable`:

$$
\operatorname{CategoricalCELoss}(Q, t) = -\frac{1}{N} \sum_{i=1}^{N} \log Q_{i,\,t_i}.
$$

*Prohibido:* lo mismo que en 1b.
""",
    ),
    Cell(
        "q1c-codigo",
        "code",
        """
# Tu respuesta a 1c (opcional)
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    pass
""",
    ),
    Cell(
        "q2a-texto",
        "markdown",
        r"""
## Parte 2: las derivadas de la red

En esta parte no se piden funciones sino variables. Cada celda parte con tensores de ejemplo; al corregir se
cambian por otros, de otros tamaños, y se lee el valor que quedó en las variables pedidas. Escribe entonces
fórmulas que sirvan para cualquier tamaño. Las comprobaciones del final de cada celda solo miran tamaños.

*Prohibido en 2a, 2b y 2c:* lo mismo que en 1a.

### 2a. La entrada de la capa de salida (0,5 puntos)

Encuentra el gradiente de la pérdida respecto de $u^{(L+1)} = h^{(L)} U + c$,

$$
\frac{\partial \mathcal{L}}{\partial u^{(L+1)}} \in \mathbb{R}^{B \times C},
$$

y guárdalo en `dL_duLm1`. Tienes `y` (*one-hot*) e `y_pred` $= \hat{y}$. No olvides que $\mathcal{L}$ es un
promedio sobre el paquete.

*También está bien:* calcular el softmax de `uLm1` en vez de usar `y_pred`.
""",
    ),
    Cell(
        "q2a-codigo",
        "code",
        """
# Tensores de ejemplo
B, C, dimL = 6, 4, 7
hL = torch.randn(B, dimL)
U = torch.randn(dimL, C)
c = torch.randn(C)
uLm1 = hL @ U + c
y_pred = softmax(uLm1, dim=1)
y = torch.eye(C)[torch.randint(C, (B,))]

# Tu respuesta a 2a
dL_duLm1 = None

# Comprobación de tamaños
if dL_duLm1 is not None:
    assert dL_duLm1.size() == uLm1.size()
""",
    ),
    Cell(
        "q2b-texto",
        "markdown",
        r"""
### 2b. La capa de salida (0,75 puntos)

Con la regla de la cadena, a partir de `dL_duLm1`, encuentra los gradientes respecto de los parámetros de la
capa de salida y de su entrada, y guárdalos en `dL_dU`, `dL_dc` y `dL_dhL`:

$$
\frac{\partial \mathcal{L}}{\partial U}, \qquad
\frac{\partial \mathcal{L}}{\partial c}, \qquad
\frac{\partial \mathcal{L}}{\partial h^{(L)}}.
$$

Cada gradiente tiene el tamaño de aquello respecto de lo cual se deriva. Al corregir se usa el `dL_duLm1`
correcto, aunque el tuyo no lo sea. Cada variable vale un tercio.
""",
    ),
    Cell(
        "q2b-codigo",
        "code",
        """
# Tu respuesta a 2b
dL_dU = None
dL_dc = None
dL_dhL = None

# Comprobación de tamaños
for gradiente, variable in [(dL_dU, U), (dL_dc, c), (dL_dhL, hL)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()
""",
    ),
    Cell(
        "q2c-texto",
        "markdown",
        r"""
### 2c. Las capas escondidas (1 punto)

Una capa cualquiera recibe `hk` $= h^{(k)}$, calcula `uk` $= h^{(k)} W + b$ y entrega $h^{(k+1)} = f(u)$. Ya
conoces el gradiente de lo que entrega, `dL_dhkm1` $= \partial \mathcal{L} / \partial h^{(k+1)}$. Encuentra
primero el gradiente respecto de `uk` y con él los de `Wk`, `bk` y `hk`,

$$
\frac{\partial \mathcal{L}}{\partial u}, \qquad
\frac{\partial \mathcal{L}}{\partial W}, \qquad
\frac{\partial \mathcal{L}}{\partial b}, \qquad
\frac{\partial \mathcal{L}}{\partial h^{(k)}},
$$

para $f$ igual a `relu`, `celu` (con $\alpha = 1$) y `swish` (con $\beta = 1$). Son cuatro variables por
activación, con el nombre de la activación al final: `dL_duk_relu`, `dL_dWk_relu`, y así. Todas valen igual.

*También está bien:* usar tus funciones de 1a, o variables sin sufijo si hay una celda por activación en el
orden relu, celu, swish.
""",
    ),
    Cell(
        "q2c-relu",
        "code",
        """
# Tensores de ejemplo
dimk, dimkm1 = 5, 3
hk = torch.randn(B, dimk)
Wk = torch.randn(dimk, dimkm1)
bk = torch.randn(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.randn(B, dimkm1)

# Tu respuesta a 2c, relu
dL_duk_relu = None
dL_dWk_relu = None
dL_dbk_relu = None
dL_dhk_relu = None

# Comprobación de tamaños
for gradiente, variable in [(dL_duk_relu, uk), (dL_dWk_relu, Wk), (dL_dbk_relu, bk), (dL_dhk_relu, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()
""",
    ),
    Cell(
        "q2c-celu",
        "code",
        """
# Tu respuesta a 2c, celu
dL_duk_celu = None
dL_dWk_celu = None
dL_dbk_celu = None
dL_dhk_celu = None

# Comprobación de tamaños
for gradiente, variable in [(dL_duk_celu, uk), (dL_dWk_celu, Wk), (dL_dbk_celu, bk), (dL_dhk_celu, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()
""",
    ),
    Cell(
        "q2c-swish",
        "code",
        """
# Tu respuesta a 2c, swish
dL_duk_swish = None
dL_dWk_swish = None
dL_dbk_swish = None
dL_dhk_swish = None

# Comprobación de tamaños
for gradiente, variable in [(dL_duk_swish, uk), (dL_dWk_swish, Wk), (dL_dbk_swish, bk), (dL_dhk_swish, hk)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()
""",
    ),
    Cell(
        "q3a-texto",
        "markdown",
        r"""
## Parte 3: backpropagation en la red

### 3a. El método `backward` (2 puntos)

Agrega a `FFNN` el método `backward(x, y, y_pred)`. No entrega nada: deja en el atributo `.grad` de cada
parámetro $\theta$ de la red el valor de $\partial \mathcal{L} / \partial \theta$. Las capas escondidas pueden
tener cualquier mezcla de `sig`, `tanh`, `relu`, `celu` y `swish` (con $\alpha = \beta = 1$), y puede haber
cualquier cantidad de ellas.

Cómo se prueba:

* siempre se llama a `forward(x)` y después a `backward(x, y, y_pred)` con ese mismo `x`, de modo que puedes
  guardar en `forward` lo que necesites después, o calcularlo de nuevo;
* `y` es *one-hot* de tamaño $(B, C)$, y $B$ puede ser 1;
* `y_pred` es lo que entregó `forward`, con o sin grafo de derivación automática;
* la red se construye con tus funciones de activación, así que puedes reconocerlas comparando (`f is celu`);
* una segunda llamada reemplaza los gradientes de la primera: no se acumulan;
* los gradientes se comparan con los correctos para los parámetros de tu red, uno por uno. Importa que cada
  gradiente esté en su parámetro y con su tamaño; cómo se llaman y en qué orden están los parámetros, no.

*También está bien:* `torch.nn.Linear` o cualquier otra forma de guardar los parámetros, siempre que aparezcan
en `red.parameters()`; definir la clase por partes en varias celdas.

*Prohibido:* lo mismo que en 1a.
""",
    ),
    Cell(
        "q3a-codigo",
        "code",
        '''
class FFNN(torch.nn.Module):
    def __init__(self, F, l_h, l_a, C):
        """F características, l_h anchos de las capas escondidas, l_a sus activaciones, C clases."""
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
        """Las probabilidades (B, C) para x de tamaño (B, F)."""
        h = x
        for W, b, f in zip(self.Ws, self.bs, self.activaciones):
            h = f(h @ W + b)
        return softmax(h @ self.U + self.c, dim=1)

    def backward(self, x, y, y_pred):
        # Tu respuesta a 3a
        pass
''',
    ),
    Cell(
        "q3b-texto",
        "markdown",
        r"""
### 3b. Los parámetros de `celu` y `swish` (opcional, bono 0,5)

Haz que $\alpha$ y $\beta$ también se aprendan. El constructor pasa a ser
`FFNN(F, l_h, l_a, C, l_a_params=None)`. `l_a_params` es una lista tan larga como `l_a`: un número es el valor
inicial del parámetro de esa capa, y `None` dice que la capa usa el valor por defecto o no tiene parámetro.
Cada parámetro es de una sola capa, tiene tamaño `()` o `(1,)`, aparece en `red.parameters()`, y `backward`
llena su `.grad`:

$$
\frac{\partial \mathcal{L}}{\partial \beta} =
\sum_{i,j} \frac{\partial \mathcal{L}}{\partial h_{ij}} \,
\frac{\partial \operatorname{swish}(u_{ij};\beta)}{\partial \beta},
\qquad \text{y lo mismo con } \alpha \text{ y } \operatorname{celu}.
$$

Puedes cambiar la clase de 3a o extenderla en la celda que sigue; `FFNN(F, l_h, l_a, C)` debe seguir
funcionando. El `backward` es el mismo de 3a, así que rige lo que allí está prohibido.
""",
    ),
    Cell(
        "q3b-codigo",
        "code",
        """
# Tu respuesta a 3b (opcional). Deja la celda así si cambiaste la clase de 3a.
""",
    ),
    Cell(
        "q3c-texto",
        "markdown",
        r"""
### 3c. Chequeo de gradiente (opcional, bono 0,5)

Así se encuentran los errores de una derivada hecha a mano: se compara con una derivada numérica. Para cada
entrada $\theta_i$ de cada parámetro, con las demás fijas,

$$
g^{\text{num}}_i =
\frac{\mathcal{L}(\theta_i + \varepsilon) - \mathcal{L}(\theta_i - \varepsilon)}{2\varepsilon}.
$$

Sea $g$ el vector con todos los gradientes que dejó `backward`, en el mismo orden. Programa
`chequeo_gradiente(red, x, y, epsilon=1e-6)` que entregue el error relativo

$$
\frac{\lVert g - g^{\text{num}} \rVert^2}{\lVert g \rVert^2 + \lVert g^{\text{num}} \rVert^2}.
$$

Al terminar, los parámetros de la red tienen los valores que tenían. Úsala con `red.double()` y datos en
`float64`: en `float32` el redondeo pesa más que una diferencia tan pequeña. Con un `backward` correcto el
resultado es casi cero; con uno incorrecto, no. Vale la pena responder esta pregunta antes de seguir.
""",
    ),
    Cell(
        "q3c-codigo",
        "code",
        """
# Tu respuesta a 3c (opcional)
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    pass
""",
    ),
    Cell(
        "q4a-texto",
        "markdown",
        r"""
## Parte 4: entrenamiento

### 4a. Descenso de gradiente (0,75 puntos)

Programa la clase `SGD(parameters, lr)`. `parameters` es cualquier cosa que se pueda recorrer, por ejemplo
`red.parameters()`, y `lr` la tasa de aprendizaje. El método `step()` actualiza cada parámetro con el
gradiente que ya está en su `.grad`, modificando el parámetro mismo:

$$
\theta \leftarrow \theta - \mathit{lr} \cdot \frac{\partial \mathcal{L}}{\partial \theta}.
$$

Nada más: sin *momentum* ni *weight decay*. `step()` se llama muchas veces sobre el mismo objeto, y cada vez
debe tener efecto.

*Prohibido:* `torch.optim`.
""",
    ),
    Cell(
        "q4a-codigo",
        "code",
        """
# Tu respuesta a 4a
class SGD:
    def __init__(self, parameters, lr):
        pass

    def step(self):
        pass
""",
    ),
    Cell(
        "q4b-texto",
        "markdown",
        r"""
### 4b. Datos al azar (0,5 puntos)

Programa `RandomDataset(N, F, C)`, subclase de `torch.utils.data.Dataset`, con `N` ejemplos de `F`
características y una de `C` clases, sorteados una sola vez. `len(datos)` es `N` y `datos[i]` es el par
`(x, y)` del ejemplo `i`: `x` un tensor de tamaño `(F,)` y `y` la etiqueta *one-hot* de tamaño `(C,)`, ambos
`float`. Pedir dos veces el mismo ejemplo entrega lo mismo.

Un `DataLoader` arma los paquetes: `DataLoader(RandomDataset(100, 20, 5), batch_size=4)` entrega `x` de tamaño
`(4, 20)` e `y` de tamaño `(4, 5)`.

*También está bien:* que `y` sea el índice de la clase.
""",
    ),
    Cell(
        "q4b-codigo",
        "code",
        """
from torch.utils.data import DataLoader, Dataset


# Tu respuesta a 4b
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        pass

    def __len__(self):
        pass

    def __getitem__(self, i):
        pass
""",
    ),
    Cell(
        "q4c-texto",
        "markdown",
        r"""
### 4c. El ciclo de entrenamiento (1,5 puntos)

Programa `entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda')`. En cada época
recorre todo el conjunto en paquetes de `batch_size` ejemplos, también el último aunque esté incompleto. Con
cada paquete: `forward`, la pérdida, tu `backward` y un `step()` del optimizador, con la red y los datos en
`device`.

Entrega la lista de las pérdidas en orden, una por paquete, y muestra en pantalla lo que ayude a seguir el
entrenamiento. Puedes agregar argumentos con valor por defecto, por ejemplo `verbose`.

*También está bien:* una pérdida por época (el promedio, por ejemplo); entregar `(pérdidas, aciertos)`;
recorrer los datos en desorden; usar la CPU cuando se pide `'cuda'` y no la hay.

*Prohibido:* derivación automática (`loss.backward()` incluido) y `torch.optim`.
""",
    ),
    Cell(
        "q4c-codigo",
        "code",
        """
# Tu respuesta a 4c
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    pass
""",
    ),
    Cell(
        "q4c-prueba",
        "code",
        """
# Pon True cuando tengas listas 1b, 3a y 4a a 4c.
ENTRENAR = False

if ENTRENAR:
    red = FFNN(200, [40, 20], [relu, swish], 5)
    datos = RandomDataset(500, 200, 5)
    perdidas = entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), epochs=10, batch_size=16, device='cpu')
    print(f'pérdida inicial {perdidas[0]:.3f}, final {perdidas[-1]:.3f}')
""",
    ),
    Cell(
        "q4d-texto",
        "markdown",
        r"""
### 4d. La pérdida en el tiempo (0,75 puntos, los lee una persona)

Entrena al menos tres redes con los mismos datos y grafica con `matplotlib` cómo baja la pérdida de cada una.
Elige redes que se diferencien (tamaño, profundidad, activaciones) y prueba también otro tamaño de datos.
Después compara con tus palabras en la celda de texto: qué red aprende más rápido y por qué crees que es así.

Entrega el notebook ejecutado, con los gráficos a la vista.
""",
    ),
    Cell(
        "q4d-codigo",
        "code",
        """
# Tu respuesta a 4d: entrenamiento y gráficos
""",
    ),
    Cell(
        "q4d-comparacion",
        "markdown",
        """
**Tu respuesta (comparación):**
""",
    ),
    Cell(
        "q4e-texto",
        "markdown",
        r"""
### 4e. Datos reales (opcional, bono 0,5, lo lee una persona)

Entrena tu red con los dígitos de MNIST, como en la Tarea 1 pero con el conjunto de entrenamiento
(`torchvision.datasets.MNIST` con `train=True`); cada imagen se aplana a un vector de 784 números. Sin
conexión sirven los dígitos pequeños de `sklearn.datasets.load_digits`. Grafica la pérdida de un par de redes
distintas, informa la fracción de aciertos, y explica las diferencias que veas, o por qué no las hay.

Si respondes, además de leer tu informe se prueba que tus partes (red, `backward`, `SGD`, `entrenar_FFNN`)
aprendan juntas un conjunto pequeño de datos reales.
""",
    ),
    Cell(
        "q4e-codigo",
        "code",
        """
# Tu respuesta a 4e (opcional): datos, entrenamiento y gráficos
""",
    ),
    Cell(
        "q4e-informe",
        "markdown",
        """
**Tu respuesta (informe):**
""",
    ),
)


def build() -> NotebookNode:
    """The notebook, the same on every call: cell ids are those of CELLS and no output is stored."""
    notebook: NotebookNode = new_notebook(
        cells=[_node(cell) for cell in CELLS],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language": "es",
            "language_info": {"name": "python"},
        },
    )
    notebook.nbformat_minor = 5  # the first minor version with cell ids
    nbformat.validate(notebook)
    return notebook


def _node(cell: Cell) -> NotebookNode:
    source = cell.source.strip("\n")
    node: NotebookNode
    if cell.kind == "code":
        node = new_code_cell(source=source, id=cell.id)
    else:
        node = new_markdown_cell(source=source, id=cell.id)
    return node


def text() -> str:
    """The content of the .ipynb file."""
    return f"{nbformat.writes(build())}\n"


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(text(), encoding="utf-8")
