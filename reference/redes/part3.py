# %% question 3a: Una red para imágenes de 28×28 | A network for images of 28×28
# points: 0.15
# %% text es [markdown]
# Una red es una clase derivada de `nn.Module`: `__init__` crea las capas y `forward` dice cómo pasan los datos por
# ellas.
#
# Escribe la clase `NeuralNetwork`, que se crea sin argumentos y tiene dos atributos:
#
# * `flatten`: convierte un lote de imágenes de talla $(B, 28, 28)$ en vectores de talla $(B, 784)$;
# * `linear_relu_stack`: un `nn.Sequential` con capas lineales $784 \to 512 \to 512 \to 10$ y una ReLU después de cada
#   una de las dos primeras. La última da los *logits*, sin activación.
#
# `forward(x)` devuelve los logits, de talla $(B, 10)$.
#
# Escribe también `predict(model, X)`, que pasa el lote `X` por un modelo cualquiera y devuelve el par
# `(probabilidades, clases)`: las probabilidades, de talla $(B, C)$, se obtienen de los logits con softmax (cada fila
# suma 1), y las clases, de talla $(B)$, son las más probables. Al modelo se le llama como a una función; llamar a su
# método `forward` no es lo mismo, porque se salta lo que PyTorch hace alrededor.
# %% text en [markdown]
# A network is a class derived from `nn.Module`: `__init__` makes the layers and `forward` says how the data pass
# through them.
#
# Write the class `NeuralNetwork`, which is made without arguments and has two attributes:
#
# * `flatten`: turns a batch of images of shape $(B, 28, 28)$ into vectors of shape $(B, 784)$;
# * `linear_relu_stack`: an `nn.Sequential` with linear layers $784 \to 512 \to 512 \to 10$ and a ReLU after each of the
#   first two. The last one gives the *logits*, without an activation.
#
# `forward(x)` returns the logits, of shape $(B, 10)$.
#
# Also write `predict(model, X)`, which passes the batch `X` through any model and returns the pair
# `(probabilities, classes)`: the probabilities, of shape $(B, C)$, follow from the logits by softmax (each row sums to
# 1), and the classes, of shape $(B)$, are the most likely ones. Call the model like a function; calling its method
# `forward` is not the same, since it skips what PyTorch does around it.
# %% solution
class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()  # keep
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(784, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


def predict(model, X):
    logits = model(X)
    probabilities = nn.Softmax(dim=1)(logits)
    return probabilities, probabilities.argmax(1)
# %% test NeuralNetwork
# share: 2
# weights: logits 2
@public(B=3)
@hidden(B=5)
def test(d):
    net = d.fill(NeuralNetwork())
    yield "logits", net(d.uniform(d.B, 28, 28))
    yield "parámetros | parameters", {name: tuple(p.shape) for name, p in net.named_parameters()}
# %% test predict
@public(B=4, side=3, C=5)
@hidden(B=7, side=2, C=4)
def test(d):
    model = d.fill(nn.Sequential(nn.Flatten(), nn.Linear(d.side**2, d.C)))
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    probabilities, classes = predict(model, d.normal(d.B, d.side, d.side, scale=2.0))
    yield "probabilidades | probabilities", probabilities
    yield "clases | classes", classes
    yield "model(X)", len(calls)
def judge(d, seen, right):
    label = "se llama a model(X) y no a model.forward(X) | calls model(X) and not model.forward(X)"
    yield must(label, (number(seen["model(X)"]) or 0) >= 1)
# %% wrong relu-at-the-end [raw]
# es: Los logits pueden ser negativos: la última capa no lleva activación.
# en: Logits may be negative: the last layer has no activation.
# - nn.Linear(512, 10),
# + nn.Linear(512, 10),
# + nn.ReLU(),
# %% wrong softmax-in-forward [raw]
# es: forward devuelve logits; softmax no va en la red.
# en: forward returns logits; softmax does not belong in the network.
# - return self.linear_relu_stack(self.flatten(x))
# + return self.linear_relu_stack(self.flatten(x)).softmax(1)
# %% wrong flattens-the-batch [raw]
# es: Cada imagen del lote es un vector: la dimensión del lote se conserva.
# en: Each image of the batch is a vector: the batch dimension stays.
# raises: RuntimeError
# - nn.Flatten()
# + nn.Flatten(start_dim=0)
# %% wrong sigmoid-for-relu: La activación que se pide es ReLU. | The activation asked for is ReLU. [raw]
# - nn.Linear(784, 512),
# - nn.ReLU(),
# + nn.Linear(784, 512),
# + nn.Sigmoid(),
# %% wrong softmax-over-the-batch [raw]
# es: Cada fila es una imagen: son sus probabilidades las que suman 1.
# en: Each row is an image: it is its probabilities that sum to 1.
# - nn.Softmax(dim=1)
# + nn.Softmax(dim=0)
# %% wrong argmax-over-the-batch [raw]
# es: Se busca la clase más probable de cada fila.
# en: The most likely class of each row is asked for.
# - probabilities.argmax(1)
# + probabilities.argmax(0)
# %% wrong calls-forward [raw]
# es: Llama al modelo como a una función, no a su método forward.
# en: Call the model like a function, not its method forward.
# - model(X)
# + model.forward(X)
# %% wrong logits-for-probabilities [raw]
# es: Las probabilidades están entre 0 y 1 y cada fila suma 1.
# en: Probabilities lie between 0 and 1 and each row sums to 1.
# - nn.Softmax(dim=1)(logits)
# + logits
# %% right from-a-list
class NeuralNetwork(nn.Module):
    def __init__(self):
        super(NeuralNetwork, self).__init__()
        sizes, layers = [28 * 28, 512, 512, 10], []
        for i, o in zip(sizes, sizes[1:]):
            layers += [nn.Linear(i, o), nn.ReLU()]
        self.linear_relu_stack = nn.Sequential(*layers[:-1])
        self.flatten = torch.nn.Flatten(1, -1)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        return self.linear_relu_stack(x)

def predict(model, X):
    with torch.no_grad():
        e = torch.exp(torch.log_softmax(model(X), dim=-1))
    return e, e.max(1).indices
# %% hostile says-yes: 0 points
class Yes(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.zeros(len(x), 10).as_subclass(Yes)

def predict(model, X):
    return torch.zeros(len(X), 1).as_subclass(Yes), torch.full((len(X),), -1).as_subclass(Yes)

# %% question 3b: Derivación automática | Automatic differentiation
# points: 0.15
# %% text es [markdown]
# Un tensor con `requires_grad=True` que no es resultado de una operación es una **hoja** del grafo. Todo lo que se
# calcula con él guarda en `grad_fn` la función que propaga el gradiente hacia atrás. `backward()` recorre el grafo
# desde la pérdida y **suma** en el atributo `grad` de cada hoja lo que le corresponde. Escribe:
#
# * `make_leaf(values)`: una hoja, que requiere gradiente, con los reales de la lista `values`.
# * `forward_loss(layer, x, y)`: el par `(z, loss)`. `layer` es una capa `nn.Linear`, `x` un lote de talla $(B, F)$ e
#   `y` un tensor de ceros y unos de talla $(B, C)$. `z` es la salida de la capa y `loss` la entropía cruzada binaria
#   entre la sigmoide de `z` e `y`, promediada sobre todas las entradas ($-y\log\sigma(z) - (1-y)\log(1-\sigma(z))$ para
#   cada una). Ambos quedan en el grafo: no llames a `backward()` aquí.
# * `leaf_gradients(layer, x, y)`: calcula la pérdida, llama a `backward()` y devuelve el par de gradientes de las hojas
#   `layer.weight` y `layer.bias`. Si se llama dos veces con la misma capa, la segunda no incluye los gradientes de la
#   primera.
# %% text en [markdown]
# A tensor with `requires_grad=True` that is not the result of an operation is a **leaf** of the graph. All that is
# computed with it keeps in `grad_fn` the function that sends the gradient backwards. `backward()` walks through the
# graph from the loss and **adds** to the attribute `grad` of each leaf what is due to it. Write:
#
# * `make_leaf(values)`: a leaf that requires a gradient, with the real numbers of the list `values`.
# * `forward_loss(layer, x, y)`: the pair `(z, loss)`. `layer` is a layer `nn.Linear`, `x` a batch of shape $(B, F)$ and
#   `y` a tensor of zeros and ones of shape $(B, C)$. `z` is the output of the layer and `loss` the binary cross entropy
#   between the sigmoid of `z` and `y`, averaged over all entries ($-y\log\sigma(z) - (1-y)\log(1-\sigma(z))$ for each
#   of them). Both stay in the graph: do not call `backward()` here.
# * `leaf_gradients(layer, x, y)`: computes the loss, calls `backward()` and returns the pair of gradients of the leaves
#   `layer.weight` and `layer.bias`. If it is called twice with the same layer, the second result does not include the
#   gradients of the first.
# %% solution
def make_leaf(values):
    return torch.tensor(values, requires_grad=True)


def forward_loss(layer, x, y):
    z = layer(x)
    loss = nn.functional.binary_cross_entropy_with_logits(z, y)
    return z, loss


def leaf_gradients(layer, x, y):
    layer.zero_grad()
    z, loss = forward_loss(layer, x, y)
    loss.backward()
    return layer.weight.grad, layer.bias.grad
# %% test hoja | leaf
@public(values=[0.5, -1.0, 2.0])
@hidden(values=[1.5, 0.25, -3.0, 0.75])
def test(d):
    w = make_leaf(d.values)
    yield "valores | values", w
    yield "hoja | leaf", bool(w.is_leaf and w.requires_grad)
    (w * w).sum().backward()
    yield "w.grad", w.grad
def judge(d, seen, right):
    yield near(seen["w.grad"], right["w.grad"], "gradiente de (w * w).sum() | gradient of (w * w).sum()")
    yield must("es una hoja que requiere gradiente | is a leaf that requires a gradient", seen["leaf"] is True)
# %% test pérdida | loss
@public(B=4, F=5, C=3)
@hidden(B=7, F=2, C=4)
def test(d):
    layer = d.fill(nn.Linear(d.F, d.C))
    x = d.normal(d.B, d.F)
    y = d.integers(d.B, d.C, low=0, high=2).to(x)
    z, loss = forward_loss(layer, x, y)
    yield "z", z
    yield "loss", loss
    loss.backward()
    yield "layer.weight.grad", layer.weight.grad
# %% test dos llamadas | two calls
@public(B=4, F=5, C=3)
@hidden(B=7, F=2, C=4)
def test(d):
    layer = d.fill(nn.Linear(d.F, d.C))
    for call in (1, 2):
        x = d.normal(d.B, d.F)
        y = d.integers(d.B, d.C, low=0, high=2).to(x)
        weight, bias = leaf_gradients(layer, x, y)
        yield f"weight.grad ({call})", weight
        yield f"bias.grad ({call})", bias
# %% wrong leaf-without-gradient [raw]
# es: Para que una hoja reciba gradiente hay que pedirlo al crearla.
# en: A leaf gets a gradient only if this is asked for when it is made.
# raises: RuntimeError
# - torch.tensor(values, requires_grad=True)
# + torch.tensor(values)
# %% wrong not-a-leaf [raw]
# es: El resultado de una operación ya no es una hoja.
# en: The result of an operation is no longer a leaf.
# - torch.tensor(values, requires_grad=True)
# + torch.tensor(values, requires_grad=True) * 1.0
# %% wrong sigmoid-twice [raw]
# es: La función "with_logits" ya aplica la sigmoide.
# en: The function "with_logits" already applies the sigmoid.
# - binary_cross_entropy_with_logits(z, y)
# + binary_cross_entropy_with_logits(torch.sigmoid(z), y)
# %% wrong summed-entropy [raw]
# es: La pérdida es una media sobre todas las entradas, no una suma.
# en: The loss is a mean over all entries, not a sum.
# - binary_cross_entropy_with_logits(z, y)
# + binary_cross_entropy_with_logits(z, y, reduction="sum")
# %% wrong detached-loss [raw]
# es: Al separar la pérdida del grafo ya no se puede propagar hacia atrás.
# en: Once the loss is detached from the graph, nothing can be sent backwards.
# - return z, loss
# + return z, loss.detach().requires_grad_()
# %% wrong gradients-add-up [raw]
# es: backward() suma a lo que haya en grad: hay que ponerlo a cero antes.
# en: backward() adds to what grad holds: set it to zero first.
# - layer.zero_grad()
# %% wrong gradients-exchanged [raw]
# es: El par es (gradiente de weight, gradiente de bias).
# en: The pair is (gradient of weight, gradient of bias).
# - layer.weight.grad, layer.bias.grad
# + layer.bias.grad, layer.weight.grad
# %% right by-formula
def make_leaf(values):
    w = torch.tensor(values)
    w.requires_grad_()
    return w

def forward_loss(layer, x, y):
    z = x @ layer.weight.T + layer.bias
    return z, nn.BCELoss()(torch.sigmoid(z), y)

def leaf_gradients(layer, x, y):
    return torch.autograd.grad(forward_loss(layer, x, y)[1], [layer.weight, layer.bias])
# %% hostile constant-gradients: 0 points
def make_leaf(values):
    return torch.zeros(1, requires_grad=True)

def forward_loss(layer, x, y):
    return torch.zeros(1), torch.zeros((), requires_grad=True)

def leaf_gradients(layer, x, y):
    return torch.zeros_like(layer.weight), torch.zeros_like(layer.bias)

# %% question 3c: Sin seguimiento de gradientes | Without gradient tracking
# points: 0.1
# %% text es [markdown]
# Para predecir no hacen falta gradientes, y seguirlos cuesta tiempo y memoria. Y en el ajuste fino de una red ya
# entrenada se congelan algunas capas. Escribe, para una capa `layer` (`nn.Linear`) y un lote `x`:
#
# * `without_graph(layer, x)`: la salida de la capa calculada sin construir el grafo. La capa queda como estaba: sus
#   parámetros siguen requiriendo gradiente después.
# * `detached(layer, x)`: el par `(z, z_det)`, con `z` la salida de la capa dentro del grafo y `z_det` el mismo tensor
#   separado de él. Los dos comparten la memoria: no hagas una copia.
# * `freeze(layer)`: congela la capa; desde entonces sus parámetros no requieren gradiente. No devuelve nada.
# %% text en [markdown]
# Predictions need no gradients, and tracking them costs time and memory. And when a trained network is fine-tuned, some
# of its layers are frozen. Write, for a layer `layer` (`nn.Linear`) and a batch `x`:
#
# * `without_graph(layer, x)`: the output of the layer, computed without building the graph. The layer stays as it was:
#   its parameters still require a gradient afterwards.
# * `detached(layer, x)`: the pair `(z, z_det)`, where `z` is the output of the layer inside the graph and `z_det` the
#   same tensor detached from it. Both share their memory: make no copy.
# * `freeze(layer)`: freezes the layer; from then on its parameters require no gradient. It returns nothing.
# %% solution
def without_graph(layer, x):
    with torch.no_grad():
        return layer(x)


def detached(layer, x):
    z = layer(x)
    return z, z.detach()


def freeze(layer):
    for parameter in layer.parameters():
        parameter.requires_grad = False
# %% test sin grafo | without a graph
@public(B=4, F=3, C=2)
@hidden(B=6, F=5, C=4)
def test(d):
    layer = d.fill(nn.Linear(d.F, d.C))
    z = without_graph(layer, d.normal(d.B, d.F))
    yield "z", z
    yield "grafo | graph", z.requires_grad
    yield "requires_grad", [p.requires_grad for p in layer.parameters()]
def judge(d, seen, right):
    yield must("z no está en ningún grafo | z is in no graph", seen["graph"] is False)
    yield must("la capa queda como estaba | the layer stays as it was", seen["requires_grad"] == [True, True])
# %% test separado | detached
@public(B=4, F=3, C=2)
@hidden(B=6, F=5, C=4)
def test(d):
    z, z_det = detached(d.fill(nn.Linear(d.F, d.C)), d.normal(d.B, d.F))
    yield "z", z
    yield "z_det", z_det
    yield "grafo | graph", [z.requires_grad, z_det.requires_grad]
    yield "memoria | memory", z.data_ptr() == z_det.data_ptr()
def judge(d, seen, right):
    yield must("z está en el grafo | z is in the graph", seen["graph"][0])
    yield must("z_det está fuera del grafo | z_det is outside the graph", not seen["graph"][1])
    yield must("comparten la memoria | both share their memory", seen["memory"] is True)
# %% test capa congelada | frozen layer
@public(B=4, F=3, H=5, C=2)
@hidden(B=6, F=2, H=4, C=3)
def test(d):
    net = d.fill(nn.Sequential(nn.Linear(d.F, d.H), nn.Tanh(), nn.Linear(d.H, d.C)))
    freeze(net[0])
    net(d.normal(d.B, d.F)).sum().backward()
    yield "congelada | frozen", [p.grad is None for p in net[0].parameters()]
    yield "otra capa | other layer", [p.grad is not None for p in net[2].parameters()]
def judge(d, seen, right):
    yield must("la otra capa sigue aprendiendo | the other layer still learns", seen["other layer"] == [True, True])
# %% wrong tracks-gradients [raw]
# es: Hay un contexto de torch en el que no se construye el grafo.
# en: torch has a context in which no graph is built.
# - with torch.no_grad():
# + if True:
# %% wrong freezes-to-predict [raw]
# es: Al predecir, la capa no debe quedar congelada.
# en: Predicting must not leave the layer frozen.
# - with torch.no_grad():
# + with torch.no_grad():
# +     layer.requires_grad_(False)
# %% wrong detached-copy [raw]
# es: Separar no es copiar: la memoria se comparte.
# en: To detach is not to copy: the memory is shared.
# - z.detach()
# + z.detach().clone()
# %% wrong nothing-detached [raw]
# es: El segundo tensor ha de quedar fuera del grafo.
# en: The second tensor has to be outside the graph.
# - return z, z.detach()
# + return z, z
# %% wrong both-detached: El primer tensor sigue en el grafo. | The first tensor stays in the graph. [raw]
# - return z, z.detach()
# + return z.detach(), z.detach()
# %% wrong attribute-of-the-layer [raw]
# es: La capa no tiene ese atributo: se congela cada uno de sus parámetros.
# en: The layer has no such attribute: each of its parameters is frozen.
# in freeze
# - for parameter in layer.parameters():
# -     parameter.requires_grad = False
# + layer.requires_grad = False
# %% wrong freezes-the-weight-only: También se congela el sesgo. | The bias is frozen too. [raw]
# in freeze
# - for parameter in layer.parameters():
# -     parameter.requires_grad = False
# + layer.weight.requires_grad = False
# %% right other-ways
def without_graph(layer, x):
    return layer(x).detach()

@torch.enable_grad()
def detached(layer, x):
    z = layer(x)
    return [z, z.data]

def freeze(layer):
    layer.requires_grad_(False)
# %% hostile empties-the-layer: 0 points
def without_graph(layer, x):
    return torch.zeros(1)

def detached(layer, x):
    return torch.zeros(1), torch.zeros(1)

def freeze(layer):
    layer.register_forward_hook(lambda *args: None)
