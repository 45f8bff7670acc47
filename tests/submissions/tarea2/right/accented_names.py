# expect: full except 1c 3b 3c 4e (not attempted)
# why: identifiers in Spanish with accents, ñ and Greek letters, docstrings longer than the code, decimal commas in the output, names such as año_lectivo beside the asked ones.
# %%
import torch
from torch.nn import Module, Parameter, ParameterList
from torch.utils.data import Dataset, DataLoader

año_lectivo = 2020
ε = 1e-8
# %%
def sig(T):
    """
    Función sigmoide.

    La función sigmoide (o logística) lleva cualquier número real al intervalo abierto (0, 1). Es creciente, vale un
    medio en el origen y es simétrica con respecto a ese punto, es decir que sig(-x) = 1 - sig(x). Se ocupaba mucho
    en las capas escondidas hasta que se vio que sus derivadas, que nunca pasan de un cuarto, se hacen muy chicas
    cuando se multiplican unas con otras.

    Parámetros
    ----------
    T : tensor de cualquier forma.

    Retorna
    -------
    Un tensor de la misma forma que T.

    Ejemplo
    -------
    >>> sig(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """
    return 1 / (1 + torch.exp(-T))

def tanh(T):
    """Tangente hiperbólica: la sigmoide estirada para que vaya de -1 a 1."""
    return 2 * sig(2 * T) - 1

def relu(T):
    """Parte positiva. En el origen no tiene derivada; por convención acá es 0."""
    return T * (T > 0)

def swish(T, beta=1):
    """T · σ(β T). Con β muy grande se parece a relu; con β = 0 es T / 2."""
    β = beta
    return T * sig(β * T)

def celu(T, alpha=1):
    """Como relu, pero los negativos se acercan de a poco a -α en vez de cortarse de golpe."""
    α = alpha
    return torch.where(T > 0, T, α * (torch.exp(T / α) - 1))

def softmax(T, dim, estable=True):
    """
    Normaliza exponenciales.

    Si estable, se resta antes el máximo sobre dim. El resultado no cambia, pues numerador y denominador quedan
    divididos por el mismo número, pero ninguna exponencial pasa de uno y por lo tanto no hay desbordes.
    """
    máximo = T.max(dim, keepdim=True).values if estable else 0
    exponencial = torch.exp(T - máximo)
    return exponencial / exponencial.sum(dim, keepdim=True)
# %% [markdown]
# ## Respuesta 1a
# Para `relu`, $r'(x) = 0$ si $x<0$ y $1$ si $x>0$.
#
# Para `swish`, sea $s(x,\beta)=x\sigma(\beta x)$. Por la regla del producto
# $\partial_x s=\sigma(\beta x)+x\beta\sigma(\beta x)(1-\sigma(\beta x))$ y $\partial_\beta s=x\cdot x\,\sigma(\beta x)(1-\sigma(\beta x))$.
#
# Para `celu`, si $x\leq 0$, $\partial_x=e^{x/\alpha}$ y $\partial_\alpha=e^{x/\alpha}-1-\frac x\alpha e^{x/\alpha}$.
# %%
def d_relu(T):
    """Indicatriz de los positivos."""
    pendiente_máxima = torch.ones_like(T)
    return pendiente_máxima * (T > 0)

def d_swish(T, beta=1):
    """∂swish/∂T = σ + βTσ(1-σ), ∂swish/∂β = T²σ(1-σ), con σ = σ(βT)."""
    σ = sig(beta * T)
    σʹ = σ * (1 - σ)
    return σ + beta * T * σʹ, T ** 2 * σʹ

def d_celu(T, alpha=1):
    """Con ζ = mín(T, 0) / α: ∂celu/∂T = exp ζ, ∂celu/∂α = exp ζ - 1 - ζ exp ζ."""
    ζ = torch.clamp(T, max=0) / alpha
    return torch.exp(ζ), torch.exp(ζ) - 1 - ζ * torch.exp(ζ)
# %%
def CELoss(Q, P, estable=True, epsilon=ε):
    """
    Entropía cruzada promedio.

    Q es lo que la red cree y P lo que de verdad es: cada fila de P tiene un uno en la clase correcta y ceros en
    todo lo demás, o en general es una distribución. Ojo con el orden, que es al revés del que uno esperaría.
    """
    acotada = torch.clamp(Q, min=epsilon) if estable else Q
    entropías = -(P * torch.log(acotada)).sum(dim=1)
    tamaño_del_lote = entropías.size(0)
    return entropías.sum() / tamaño_del_lote
# %%
B,C=5,10
y=torch.ones(B,C)
y_pred=torch.ones(B,C)
# %%
dimL=40
hL=torch.ones(B,dimL)
U=torch.ones(dimL,C)
c=torch.ones(C)
uLm1=hL@U+c
dL_duLm1=torch.mul(1/B,torch.sub(y_pred,y))
assert dL_duLm1.size()==uLm1.size()
# %%
dL_dU=torch.mm(torch.t(hL),dL_duLm1)
dL_dc=torch.sum(dL_duLm1,0)
dL_dhL=torch.mm(dL_duLm1,torch.t(U))
# %%
def entrenar_FFNN(red,dataset,optimizador,epochs=1,batch_size=1,device='cuda',verbose=True):
  red=red.to(device)
  loader=DataLoader(dataset,batch_size=batch_size,shuffle=True)
  loss=[]
  for e in range(1,epochs+1):
    total=0
    vistos=0
    for x,y in loader:
      x=x.to(device)
      y=y.to(device)
      y_pred=red(x)
      total+=CELoss(y_pred,y).item()*len(x)
      vistos+=len(x)
      red.backward(x,y,y_pred)
      optimizador.step()
    loss.append(total/vistos)
    if verbose:
      print('Epoch',e,'loss',loss[-1])
  return loss
# %%
dimk = 20
dimkm1 = 30
hk = torch.ones(B, dimk)
Wk = torch.ones(dimk, dimkm1)
bk = torch.ones(dimkm1)
uk = hk @ Wk + bk
dL_dhkm1 = torch.ones(B, dimkm1)

σ_uk = sig(uk)
pendientes = {'relu': d_relu(uk), 'celu': d_celu(uk)[0], 'swish': σ_uk + uk * σ_uk * (1 - σ_uk)}
δ_relu, δ_celu, δ_swish = (dL_dhkm1 * pendientes[función] for función in pendientes)
dL_duk_relu, dL_duk_celu, dL_duk_swish = δ_relu, δ_celu, δ_swish
dL_dWk_relu, dL_dWk_celu, dL_dWk_swish = hk.T @ δ_relu, hk.T @ δ_celu, hk.T @ δ_swish
dL_dbk_relu, dL_dbk_celu, dL_dbk_swish = δ_relu.sum(0), δ_celu.sum(0), δ_swish.sum(0)
dL_dhk_relu, dL_dhk_celu, dL_dhk_swish = δ_relu @ Wk.T, δ_celu @ Wk.T, δ_swish @ Wk.T
# %%
class FFNN(Module):
    """Red de propagación hacia adelante; los tamaños van de la entrada a la salida."""

    def __init__(self, F, l_h, l_a, C):
        super().__init__()
        self.tamaños = [F] + list(l_h) + [C]
        self.función = l_a
        self.Ω = ParameterList([Parameter(torch.randn(entra, sale) / entra ** 0.5)
                                for entra, sale in zip(self.tamaños, self.tamaños[1:])])
        self.sesgo_ñ = ParameterList([Parameter(torch.zeros(sale)) for sale in self.tamaños[1:]])

    def forward(self, x):
        self.señales, self.preactivación = [x], []
        for Ω, b, función in zip(self.Ω, self.sesgo_ñ, self.función):
            u = self.señales[-1] @ Ω + b
            self.preactivación.append(u)
            self.señales.append(función(u))
        return softmax(self.señales[-1] @ self.Ω[-1] + self.sesgo_ñ[-1], dim=1)

    def derivación(self, función, u):
        if función is sig:
            return sig(u) * (1 - sig(u))
        if función is tanh:
            return 1 - tanh(u) ** 2
        if función is relu:
            return d_relu(u)
        return {swish: d_swish, celu: d_celu}[función](u)[0]

    @torch.no_grad()
    def backward(self, x, y, y_pred):
        δ = (y_pred - y) / len(x)
        última = len(self.Ω) - 1
        for k in range(última, -1, -1):
            self.Ω[k].grad = self.señales[k].T @ δ
            self.sesgo_ñ[k].grad = δ.sum(0)
            if k > 0:
                δ = (δ @ self.Ω[k].T) * self.derivación(self.función[k - 1], self.preactivación[k - 1])
# %%
class SGD():
    """Descenso de gradiente: cada parámetro da un paso de tamaño η en contra de su gradiente."""
    def __init__(self, parameters, lr):
        self.parámetros, self.η = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for θ in self.parámetros:
                θ -= self.η * θ.grad
# %%
class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.características = torch.randn(N, F)
        self.categoría = torch.randint(0, C, (N,))
        self.codificación = torch.eye(C)

    def __len__(self):
        return len(self.categoría)

    def __getitem__(self, índice):
        return self.características[índice], self.codificación[self.categoría[índice]]
# %%
def entrenar_FFNN(red, dataset, optimizador, epochs=1, batch_size=1, device='cuda'):
    """Entrena y devuelve la pérdida de cada época, promediada sobre los ejemplos."""
    red.to(device)
    pérdidas = []
    for época in range(1, epochs + 1):
        pérdida_acumulada, año = 0., año_lectivo
        for x, y in DataLoader(dataset, batch_size=batch_size, shuffle=True):
            x, y = x.to(device), y.to(device)
            predicción = red(x)
            pérdida_acumulada += CELoss(predicción, y).item() * len(x)
            red.backward(x, y, predicción)
            optimizador.step()
        pérdidas.append(pérdida_acumulada / len(dataset))
        print(f'¡Época {época} de {epochs} ({año})! pérdida → {pérdidas[-1]:.3f}'.replace('.', ','))
    return pérdidas
# %%
import matplotlib.pyplot as plt
datos = RandomDataset(200, 20, 4)
for tamaños, funciones in [([10], [tanh]), ([10, 10], [relu, sig]), ([40], [celu])]:
    red = FFNN(20, tamaños, funciones, 4)
    plt.plot(entrenar_FFNN(red, datos, SGD(red.parameters(), 0.1), 5, 8, 'cpu'), label=f'{tamaños}')
plt.title('Pérdida según tamaño')
plt.legend()
plt.show()
# %% [markdown]
# ¿Cuál aprende más rápido? La más ancha. La de dos capas parte más lento, porque la sigmoide achica los gradientes.
