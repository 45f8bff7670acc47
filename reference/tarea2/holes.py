"""The code cells of the students' notebook: what is given, and the holes that they fill."""

from __future__ import annotations

from grader.authoring import Text

# Question 0 gives this class, and 3a completes it. The students need the whole class there.
NETWORK = '''
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
'''

HOLES = {
    "imports": """
import torch
""",
    "q0-codigo": """
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
    "q0-red": NETWORK,
    "q1a-codigo": """
# Tu respuesta a 1a
def d_relu(T):
    pass


def d_swish(T, beta=1):
    pass


def d_celu(T, alpha=1):
    pass
""",
    "q1b-codigo": """
# Tu respuesta a 1b
def CELoss(Q, P, estable=True, epsilon=1e-8):
    pass
""",
    "q1c-codigo": """
# Tu respuesta a 1c
def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    pass
""",
    "q2a-codigo": """
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
    "q2b-codigo": """
# Tu respuesta a 2b
dL_dU = None
dL_dc = None
dL_dhL = None

# Comprobación de tamaños
for gradiente, variable in [(dL_dU, U), (dL_dc, c), (dL_dhL, hL)]:
    if gradiente is not None:
        assert gradiente.size() == variable.size()
""",
    "q2c-relu": """
# Tensores de ejemplo
B, dimk, dimkm1 = 6, 5, 3
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
    "q2c-celu": """
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
    "q2c-swish": """
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
    "q3a-codigo": f"""{NETWORK}
    def backward(self, x, y, y_pred):
        # Tu respuesta a 3a
        pass
""",
    "q3b-codigo": """
# Tu respuesta a 3b. Deja la celda así si cambiaste la clase de 3a.
""",
    "q3c-codigo": """
# Tu respuesta a 3c
def chequeo_gradiente(red, x, y, epsilon=1e-6):
    pass
""",
    "q4a-codigo": """
# Tu respuesta a 4a
class SGD:
    def __init__(self, parameters, lr):
        pass

    def step(self):
        pass
""",
    "q4b-codigo": """
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
    "q4c-codigo": """
# Tu respuesta a 4c
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    pass
""",
    "q4c-prueba": """
# Pon True cuando tengas listas 1b, 3a y 4a a 4c.
ENTRENAR = False

if ENTRENAR:
    red = FFNN(200, [40, 20], [relu, swish], 5)
    datos = RandomDataset(500, 200, 5)
    perdidas = entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), epochs=10, batch_size=16, device='cpu')
    print(f'pérdida inicial {perdidas[0]:.3f}, final {perdidas[-1]:.3f}')
""",
    "q4d-codigo": """
# Tu respuesta a 4d
""",
    "q4e-codigo": """
# Tu respuesta a 4e
""",
}

# The words of the cells. The names that are asked for are the same in both languages.
WORDS = (
    Text("Tu respuesta a", "Your answer to"),
    Text("Tensores de ejemplo", "Example tensors"),
    Text("Comprobación de tamaños", "Check of sizes"),
    Text("exp solo ve números negativos, así no hay desborde.",
         "exp sees negative numbers only, so nothing overflows."),
    Text("F características, l_h anchos de las capas escondidas, l_a sus activaciones, C clases.",
         "F features, l_h widths of the hidden layers, l_a their activations, C classes."),
    Text("Las probabilidades (B, C) para x de tamaño (B, F).", "The probabilities (B, C) for x of size (B, F)."),
    Text("Deja la celda así si cambiaste la clase de 3a.", "Leave the cell as it is if you changed the class of 3a."),
    Text("Pon True cuando tengas listas 1b, 3a y 4a a 4c.", "Set this to True once 1b, 3a and 4a to 4c are done."),
    Text("pérdida inicial", "first loss"),
    Text("final {", "last {"),
)  # fmt: skip


def hole(cell: str, language: str) -> str:
    """The source of a code cell. Only its comments, docstrings and printed texts depend on the language."""
    source = HOLES[cell]
    for text in WORDS:
        source = source.replace(text.es, text.render(language))
    return source
