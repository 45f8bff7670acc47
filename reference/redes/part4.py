# %% question 4a: Bucle de entrenamiento | Training loop
# points: 0.2
# %% text es [markdown]
# Una **época** recorre una vez todos los datos de entrenamiento, lote a lote. Con cada lote el modelo predice, la
# función de pérdida mide lo lejos que queda de las etiquetas, la retropropagación da los gradientes y el optimizador da
# un paso. PyTorch suma los gradientes nuevos a los que ya haya, así que en algún momento de cada vuelta hay que
# ponerlos a cero.
#
# Escribe `train_loop(dataloader, model, loss_fn, optimizer)`. Entrena `model` durante una época con los lotes `(X, y)`
# de `dataloader` y devuelve la media de las pérdidas de los lotes, como número. La pérdida de un lote es la de antes de
# su paso.
# %% text en [markdown]
# An **epoch** goes once through all training data, batch by batch. With each batch the model predicts, the loss
# function measures how far that is from the labels, backpropagation gives the gradients, and the optimizer takes a
# step. PyTorch adds new gradients to those that are there, so at some moment of each round they have to be set to zero.
#
# Write `train_loop(dataloader, model, loss_fn, optimizer)`. It trains `model` for one epoch with the batches `(X, y)`
# of `dataloader` and returns the mean of the batches' losses, as a number. The loss of a batch is the one before its
# step.
# %% solution
def train_loop(dataloader, model, loss_fn, optimizer):
    total = 0.0
    for X, y in dataloader:
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(dataloader)
# %% test una época | one epoch
# weights: parameters 2
@public(N=11, F=5, H=6, C=3, batch=4, lr=0.1, optimizer="SGD")
@public(N=12, F=3, H=4, C=2, batch=3, lr=0.01, optimizer="Adam")
@hidden(N=8, F=5, H=7, C=4, batch=3, lr=0.3, optimizer="SGD")
@hidden(N=10, F=4, H=5, C=3, batch=4, lr=0.02, optimizer="Adam")
def test(d):
    model = d.fill(nn.Sequential(nn.Linear(d.F, d.H), nn.Tanh(), nn.Linear(d.H, d.C)))
    data = DataLoader(TensorDataset(d.normal(d.N, d.F), d.classes(d.N, d.C)), d.batch)
    mean = train_loop(data, model, nn.CrossEntropyLoss(), getattr(optim, d.optimizer)(model.parameters(), d.lr))
    yield "parámetros | parameters", d.parameters(model)
    yield "pérdida media | mean loss", mean
# %% accepts mean-over-samples
def train_loop(dataloader, model, loss_fn, optimizer):
    total = 0.0
    for X, y in dataloader:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(X)
    return total / len(dataloader.dataset)
# %% wrong no-zero-grad [raw]
# es: backward() suma: los gradientes se ponen a cero con cada lote.
# en: backward() adds: gradients are set to zero with each batch.
# - optimizer.zero_grad()
# %% wrong zero-grad-late [raw]
# es: Los parámetros no han cambiado: step() va después de backward() y antes de poner los gradientes a cero.
# en: The parameters have not changed: step() comes after backward() and before the gradients are set to zero.
# - loss.backward()
# + loss.backward(); optimizer.zero_grad()
# %% wrong step-of-the-batch-before [raw]
# es: Cada lote acaba con su paso: el del último lote también cuenta, y usa los gradientes de ese lote.
# en: Each batch ends with its step: that of the last batch counts too, and it uses the gradients of that batch.
# - loss = loss_fn(model(X), y)
# + optimizer.step(); loss = loss_fn(model(X), y)
# - optimizer.step()
# %% wrong first-batch-only: Una época recorre todos los lotes. | An epoch goes through all batches. [raw]
# - total += loss.item()
# + total += loss.item(); break
# %% wrong last-loss [raw]
# es: Se pide la media de todos los lotes, no la pérdida del último.
# en: The mean of all batches is asked for, not the loss of the last one.
# - return total / len(dataloader)
# + return loss.item()
# %% wrong sum-of-losses [raw]
# es: La suma crece con el número de lotes: se pide la media.
# en: The sum grows with the number of batches: the mean is asked for.
# - return total / len(dataloader)
# + return total
# %% wrong sum-over-samples [raw]
# es: Has sumado pérdidas de lotes: hay tantas como lotes, no como muestras.
# en: You added losses of batches: there are as many as batches, not as samples.
# - len(dataloader)
# + len(dataloader.dataset)
# %% right tensor-of-losses
def train_loop(dataloader, model, loss_fn, optimizer):
    model.train()
    losses = []
    for batch, (X, y) in enumerate(dataloader):
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.detach())
        if batch % 100 == 0:
            print(f"loss: {loss.item():>7f}  [{batch * len(X)}/{len(dataloader.dataset)}]")
    return torch.stack(losses).mean()
# %% hostile trains-nothing: 0 points
def train_loop(dataloader, model, loss_fn, optimizer):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    return 0.0

# %% question 4b: Bucle de test | Test loop
# points: 0.15
# %% text es [markdown]
# Entre época y época conviene saber si el modelo mejora con datos que no ha visto.
#
# Escribe `test_loop(dataloader, model, loss_fn)`, que recorre los lotes sin seguir gradientes y sin cambiar el modelo,
# y devuelve el par `(accuracy, avg_loss)` de números: la proporción de muestras bien clasificadas (de 0 a 1) y la media
# de las pérdidas de los lotes. La clase que predice el modelo es la de mayor logit.
# %% text en [markdown]
# From epoch to epoch it is good to know whether the model gets better on data that it has not seen.
#
# Write `test_loop(dataloader, model, loss_fn)`, which goes through the batches without tracking gradients and without
# changing the model, and returns the pair `(accuracy, avg_loss)` of numbers: the proportion of samples that are
# classified right (from 0 to 1), and the mean of the batches' losses. The class that the model predicts is the one with
# the largest logit.
# %% solution
def test_loop(dataloader, model, loss_fn):
    correct, total = 0, 0.0
    with torch.no_grad():
        for X, y in dataloader:
            pred = model(X)
            total += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).sum().item()
    return correct / len(dataloader.dataset), total / len(dataloader)
# %% test exactitud y pérdida | accuracy and loss
@public(N=23, F=4, C=3, batch=5)
@hidden(N=31, F=6, C=4, batch=7)
def test(d):
    model = d.fill(nn.Sequential(nn.Linear(d.F, d.C)))
    before = d.parameters(model)
    data = DataLoader(TensorDataset(d.normal(d.N, d.F, scale=2.0), d.classes(d.N, d.C)), d.batch)
    accuracy, loss = test_loop(data, model, nn.CrossEntropyLoss())
    yield "accuracy", accuracy
    yield "pérdida media | mean loss", loss
    yield "antes | before", before
    yield "después | after", d.parameters(model)
def judge(d, seen, right):
    yield must("el modelo queda como estaba | the model stays as it was", same(seen["before"], seen["after"]))
# %% test sin gradientes | without gradients
# share: 0.25
@public(N=7, F=4, C=3, batch=5)
@hidden(N=9, F=6, C=4, batch=7)
def test(d):
    model = d.fill(nn.Sequential(nn.Linear(d.F, d.C)))
    tracked = []
    model.register_forward_hook(lambda *_: tracked.append(torch.is_grad_enabled()))
    test_loop(DataLoader(TensorDataset(d.normal(d.N, d.F), d.classes(d.N, d.C)), d.batch), model, nn.CrossEntropyLoss())
    yield "gradientes | gradients", tracked
def judge(d, seen, right):
    tracked = seen["gradients"]
    yield holds(bool(tracked) and not any(tracked), "el modelo predice sin grafo | the model predicts without a graph")
# %% accepts percent
def test_loop(dataloader, model, loss_fn):
    correct, total = 0, 0.0
    with torch.no_grad():
        for X, y in dataloader:
            total += loss_fn(model(X), y).item()
            correct += (model(X).argmax(1) == y).sum().item()
    return 100 * correct / len(dataloader.dataset), total / len(dataloader)
# %% accepts mean-over-all-samples
def test_loop(dataloader, model, loss_fn):
    correct, total = 0, 0.0
    with torch.no_grad():
        for X, y in dataloader:
            total += loss_fn(model(X), y).item() * len(X)
            correct += (model(X).argmax(1) == y).sum().item()
    return correct / len(dataloader.dataset), total / len(dataloader.dataset)
# %% wrong correct-by-batches [raw]
# es: Los aciertos se cuentan por muestra: divide entre el número de muestras.
# en: Right answers are counted by sample: divide by the number of samples.
# - correct / len(dataloader.dataset)
# + correct / len(dataloader)
# %% wrong loss-by-samples [raw]
# es: Has sumado una pérdida por lote: hay tantas como lotes.
# en: You added one loss per batch: there are as many as batches.
# - total / len(dataloader)
# + total / len(dataloader.dataset)
# %% wrong error-for-accuracy [raw]
# es: Se pide la proporción de aciertos, no la de errores.
# en: The proportion of right answers is asked for, not that of errors.
# - pred.argmax(1) == y
# + pred.argmax(1) != y
# %% wrong smallest-logit [raw]
# es: La clase que se predice es la del logit mayor.
# en: The predicted class is the one with the largest logit.
# - pred.argmax(1)
# + pred.argmin(1)
# %% wrong last-batch-counts: Cuentan los aciertos de todos los lotes. | The right answers of all batches count. [raw]
# - correct += (
# + correct = (
# %% wrong follows-gradients: Para evaluar no se construye el grafo. | No graph is built to evaluate. [raw]
# - with torch.no_grad():
# + if True:
# %% wrong pair-exchanged [raw]
# es: El par es (accuracy, avg_loss), en este orden.
# en: The pair is (accuracy, avg_loss), in this order.
# - return correct / len(dataloader.dataset), total / len(dataloader)
# + return total / len(dataloader), correct / len(dataloader.dataset)
# %% right inference-mode
@torch.inference_mode()
def test_loop(dataloader, model, loss_fn):
    hits, losses = [], []
    for X, y in dataloader:
        logits = model(X)
        losses.append(loss_fn(logits, y))
        hits.append(logits.max(dim=1).indices.eq(y))
    return torch.cat(hits).float().mean(), torch.stack(losses).mean()
# %% hostile made-up-results: 0 points
def test_loop(dataloader, model, loss_fn):
    model(next(iter(dataloader))[0])
    return 0.97, 0.1

# %% question 4c: MLP
# points: 0.2
# %% text es [markdown]
# Una red multicapa (MLP) de cualquier tamaño. Escribe la clase `MLP`, derivada de `nn.Module`:
#
# `MLP(input_size, layers_data, num_classes, learning_rate=1e-3, optimizer=optim.Adam)`
#
# * `input_size`: número de entradas;
# * `layers_data`: lista de pares `(neuronas, activación)`, uno por capa oculta; la activación es un módulo, como
#   `nn.ReLU()`;
# * `num_classes`: número de salidas. La capa de salida es lineal, sin activación;
# * `optimizer`: la clase del optimizador, por ejemplo `optim.SGD`.
#
# El objeto tiene cuatro atributos: `device` (la GPU si la hay, si no la CPU), y en él están los parámetros;
# `learning_rate`; `optimizer`, un optimizador de esa clase para todos los parámetros de la red y con esa tasa de
# aprendizaje; y `criterion`, la entropía cruzada (`nn.CrossEntropyLoss`). `forward(input_data)` recibe un lote de talla
# $(B, input\_size)$ y devuelve los logits, de talla $(B, num\_classes)$.
# %% text en [markdown]
# A multilayer network (MLP) of any size. Write the class `MLP`, derived from `nn.Module`:
#
# `MLP(input_size, layers_data, num_classes, learning_rate=1e-3, optimizer=optim.Adam)`
#
# * `input_size`: the number of inputs;
# * `layers_data`: a list of pairs `(units, activation)`, one per hidden layer; the activation is a module such as
#   `nn.ReLU()`;
# * `num_classes`: the number of outputs. The output layer is linear, without an activation;
# * `optimizer`: the class of the optimizer, for example `optim.SGD`.
#
# The object has four attributes: `device` (the GPU if there is one, else the CPU), where its parameters are;
# `learning_rate`; `optimizer`, an optimizer of that class for all parameters of the network and with that learning
# rate; and `criterion`, the cross entropy (`nn.CrossEntropyLoss`). `forward(input_data)` takes a batch of shape
# $(B, input\_size)$ and returns the logits, of shape $(B, num\_classes)$.
# %% solution
class MLP(nn.Module):
    def __init__(self, input_size, layers_data, num_classes, learning_rate=1e-3, optimizer=optim.Adam):
        super().__init__()  # keep
        self.layers = nn.ModuleList()
        for output_size, activation in layers_data:
            self.layers.append(nn.Linear(input_size, output_size))
            self.layers.append(activation)
            input_size = output_size
        self.layers.append(nn.Linear(input_size, num_classes))
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.to(self.device)
        self.learning_rate = learning_rate
        self.optimizer = optimizer(self.parameters(), lr=learning_rate)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, input_data):
        for layer in self.layers:
            input_data = layer(input_data)
        return input_data
# %% test red | network
# share: 2
@public(B=16, F=6, hidden=[(5, "ReLU")], C=3)
@public(B=4, F=6, hidden=[(8, "Tanh"), (5, "ReLU")], C=3)
@hidden(B=17, F=4, hidden=[(9, "Sigmoid"), (7, "ReLU"), (5, "Tanh")], C=2)
@hidden(B=3, F=5, hidden=[], C=4)
def test(d):
    net = MLP(d.F, [(units, getattr(nn, name)()) for units, name in d.hidden], d.C)
    yield "dispositivo | device", str(net.device).split(":")[0] == next(net.parameters()).device.type
    yield "logits", d.fill(net.cpu())(d.normal(d.B, d.F))
def judge(d, seen, right):
    yield must("los parámetros están en device | the parameters are on device", seen["device"] is True)
# %% test un paso del optimizador | a step of the optimizer
# weights: class and learning rate 1, parameters 2
@public(B=9, F=6, hidden=[(8, "Tanh")], C=3, lr=0.05, optimizer="SGD")
@hidden(B=9, F=4, hidden=[(7, "Sigmoid"), (5, "Tanh")], C=2, lr=0.003, optimizer="Adagrad")
@hidden(B=9, F=4, hidden=[(6, "Tanh")], C=5, lr=0.02, optimizer="Adam")
def test(d):
    hidden = [(units, getattr(nn, name)()) for units, name in d.hidden]
    net = d.fill(MLP(d.F, hidden, d.C, d.lr, getattr(optim, d.optimizer)).cpu())
    yield "clase y tasa de aprendizaje | class and learning rate", [
        type(net.optimizer).__name__, net.optimizer.param_groups[0]["lr"], net.learning_rate]
    net.optimizer.zero_grad()
    loss = net.criterion(net(d.normal(d.B, d.F)), d.classes(d.B, d.C))
    yield "criterion", loss
    loss.backward()
    net.optimizer.step()
    yield "parámetros | parameters", d.parameters(net)
# %% test valores por defecto | defaults
@public(F=6, C=3)
@hidden(F=2, C=5)
def test(d):
    net = MLP(d.F, [(4, nn.ReLU())], d.C)
    yield "optimizer", type(net.optimizer).__name__
    yield "learning_rate", net.optimizer.param_groups[0]["lr"]
# %% stand-in MLP
# stays home
class MLP(nn.Module):
    def __init__(self, input_size, layers_data, num_classes, learning_rate=1e-3, optimizer=optim.Adam, **more):
        super().__init__()
        steps = []
        for units, activation in layers_data:
            steps += [nn.Linear(input_size, units), activation]
            input_size = units
        self.layers = nn.Sequential(*steps, nn.Linear(input_size, num_classes))
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.layers.to(self.device)
        self.learning_rate = learning_rate
        self.optimizer = optimizer(self.layers.parameters(), lr=learning_rate)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, input_data):
        return self.layers(input_data.flatten(1))
# %% wrong activation-at-the-output: La capa de salida no lleva activación. | The output layer has no activation. [raw]
# - return input_data
# + return torch.relu(input_data)
# %% wrong softmax-inside [raw]
# es: La entropía cruzada de PyTorch ya aplica softmax: la red da logits.
# en: PyTorch's cross entropy applies softmax already: the network gives logits.
# - return input_data
# + return torch.softmax(input_data, 1)
# %% wrong activation-of-the-first [raw]
# es: Cada par de layers_data trae su propia activación.
# en: Each pair of layers_data brings an activation of its own.
# - self.layers.append(activation)
# + self.layers.append(layers_data[0][1])
# %% wrong no-activation [raw]
# es: Sin activación entre ellas, varias capas lineales equivalen a una sola.
# en: Without an activation between them, several linear layers amount to one.
# - self.layers.append(activation)
# %% wrong same-input-size [raw]
# es: La entrada de cada capa es la salida de la anterior.
# en: The input of each layer is the output of the one before.
# raises: RuntimeError
# - input_size = output_size
# %% wrong plain-list [raw]
# es: PyTorch no ve las capas de una lista de Python: usa la que ofrece torch.nn.
# en: PyTorch does not see the layers in a Python list: use the one that torch.nn offers.
# raises: ValueError
# - nn.ModuleList()
# + []
# %% wrong always-adam [raw]
# es: El argumento optimizer dice qué optimizador se usa.
# en: The argument optimizer says which optimizer is used.
# - self.optimizer = optimizer(
# + self.optimizer = optim.Adam(
# %% wrong fixed-learning-rate [raw]
# es: La tasa de aprendizaje es la del argumento.
# en: The learning rate is the one of the argument.
# - lr=learning_rate
# + lr=1e-3
# %% wrong optimizes-the-last-layer [raw]
# es: El optimizador ajusta todos los parámetros de la red.
# en: The optimizer adjusts all parameters of the network.
# - optimizer(self.parameters(),
# + optimizer(self.layers[-1].parameters(),
# %% wrong nll-of-logits [raw]
# es: NLLLoss espera logaritmos de probabilidades; aquí llegan logits.
# en: NLLLoss expects logarithms of probabilities; here logits arrive.
# - nn.CrossEntropyLoss()
# + nn.NLLLoss()
# %% wrong default-sgd: El optimizador por defecto es Adam. | The default optimizer is Adam. [raw]
# - optimizer=optim.Adam):
# + optimizer=optim.SGD):
# %% right sequential
class MLP(nn.Module):
    def __init__(self, input_size, layers_data, num_classes, learning_rate=0.001, optimizer=optim.Adam):
        super(MLP, self).__init__()
        sizes = [input_size] + [units for units, _ in layers_data]
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.activations = [activation for _, activation in layers_data]
        self.out = nn.Linear(sizes[-1], num_classes)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.to(self.device)
        self.learning_rate, self.criterion = learning_rate, nn.functional.cross_entropy
        self.optimizer = optimizer(params=self.parameters(), lr=learning_rate)

    def forward(self, input_data):
        x = input_data
        for layer, activation in zip(self.hidden, self.activations):
            x = activation(layer(x))
        return self.out(x)
# %% hostile no-network: 0 points
class Same(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

class MLP(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.device, self.learning_rate = "cpu", 0.0
        self.optimizer = optim.Rprop(self.parameters())
        self.criterion = lambda *args: (self.weight * 0).sum().as_subclass(Same)

    def forward(self, input_data):
        return torch.zeros(len(input_data), 1).as_subclass(Same)

# %% question 4d: Tasa de error | Error rate
# points: 0.1
# %% text es [markdown]
# Escribe `error(model, data_loader, device)`: la tasa de error de un clasificador, es decir, la proporción (de 0 a 1)
# de muestras de `data_loader` cuya clase predicha no es su etiqueta.
#
# Los lotes de imágenes tienen talla $(B, 1, h, w)$ para un $h$ y un $w$ cualesquiera, y el modelo espera vectores: cada
# imagen se convierte antes en uno de talla $h \cdot w$, y el lote se lleva a `device`. No hacen falta gradientes, y el
# último lote puede ser menor que los demás.
# %% text en [markdown]
# Write `error(model, data_loader, device)`: the error rate of a classifier, that is, the proportion (from 0 to 1) of
# samples of `data_loader` whose predicted class is not their label.
#
# The batches of images have the shape $(B, 1, h, w)$ for any $h$ and $w$, and the model expects vectors: each image is
# turned into one of size $h \cdot w$ first, and the batch is brought to `device`. No gradients are needed, and the last
# batch may be smaller than the others.
# %% solution
def error(model, data_loader, device):
    errors, total = 0, 0
    with torch.no_grad():
        for inputs, labels in data_loader:
            outputs = model(inputs.to(device).flatten(1))
            errors += (outputs.argmax(1).cpu() != labels).sum().item()
            total += len(labels)
    return errors / total
# %% test tasa de error | error rate
@public(N=23, side=8, C=3, batch=10)
@public(N=10, side=28, C=10, batch=5)
@hidden(N=25, side=6, C=4, batch=8)
@hidden(N=26, side=5, C=2, batch=25)
def test(d):
    model = d.fill(nn.Linear(d.side**2, d.C))
    data = DataLoader(TensorDataset(d.normal(d.N, 1, d.side, d.side), d.classes(d.N, d.C)), d.batch)
    yield "error", error(model, data, torch.device("cpu"))
# %% test sin gradientes | without gradients
# share: 0.25
@public(N=6, side=28, C=10, batch=5)
@hidden(N=9, side=28, C=5, batch=4)
def test(d):
    model = d.fill(nn.Linear(d.side**2, d.C))
    tracked = []
    model.register_forward_hook(lambda *_: tracked.append(torch.is_grad_enabled()))
    data = DataLoader(TensorDataset(d.normal(d.N, 1, d.side, d.side), d.classes(d.N, d.C)), d.batch)
    error(model, data, torch.device("cpu"))
    yield "gradientes | gradients", tracked
def judge(d, seen, right):
    tracked = seen["gradients"]
    yield holds(bool(tracked) and not any(tracked), "el modelo predice sin grafo | the model predicts without a graph")
# %% stand-in error
# stays home
def error(model, data_loader, device="cpu", *more):
    wrong = []
    with torch.no_grad():
        for inputs, labels in data_loader:
            logits = model(inputs.to(device).reshape(len(inputs), -1))
            wrong.append(logits.max(1).indices.to(labels.device).ne(labels))
    return float(torch.cat(wrong).double().mean())
# %% wrong accuracy-for-error [raw]
# es: Se cuentan los fallos, no los aciertos.
# en: Wrong answers are counted, not right ones.
# - .cpu() != labels
# + .cpu() == labels
# %% wrong mean-of-batches [raw]
# es: El último lote puede ser menor: cuenta fallos y muestras de todos los lotes.
# en: The last batch may be smaller: count the wrong answers and the samples of all batches.
# - .sum().item()
# + .double().mean().item()
# - total += len(labels)
# + total += 1
# %% wrong number-of-errors [raw]
# es: Se pide una proporción: falta dividir entre el número de muestras.
# en: A proportion is asked for: divide by the number of samples.
# - return errors / total
# + return errors
# %% wrong fixed-image-size [raw]
# es: La talla de las imágenes no es siempre 28×28.
# en: The size of the images is not always 28×28.
# raises: RuntimeError
# - .flatten(1)
# + .view(-1, 28 * 28)
# %% wrong grows-a-graph [raw]
# es: Para medir el error no se siguen gradientes.
# en: No gradients are tracked to measure the error.
# - with torch.no_grad():
# + if True:
# %% wrong error-of-the-last-batch [raw]
# es: El error es el de todos los lotes, no el del último.
# en: The error is that of all batches, not that of the last one.
# - errors += (
# + errors = (
# - total += len(labels)
# + total = len(labels)
# %% right all-at-once
def error(model, data_loader, device):
    pairs = [(model(x.view(x.size(0), -1).to(device)).detach().max(1)[1].cpu(), y) for x, y in data_loader]
    predicted, labels = (torch.cat(column) for column in zip(*pairs))
    return 1 - (predicted == labels).double().mean().item()

error = torch.no_grad()(error)
# %% hostile constant-error: 0 points
def error(model, data_loader, device):
    return 0.0

# %% question 4e: Intervalo de confianza al 95 % | 95 % confidence interval
# points: 0.15
# %% text es [markdown]
# Un error medido con $n$ muestras es una estimación, y otra muestra daría otro valor. Escribe `interval(err, n)`: el
# intervalo de confianza al 95 % de una tasa de error `err` (de 0 a 1) medida con `n` muestras, como par
# `(inferior, superior)`. Usa la aproximación normal de la binomial: el estimador tiene desviación típica
# $\sqrt{err\,(1 - err)/n}$, y el 95 % central de una normal queda a menos de $1.96$ desviaciones típicas de la media.
#
# *También está bien:* el intervalo de Wilson, recortar los extremos a $[0, 1]$, o devolver solo el radio (la mitad de
# la anchura), como en $2.3\,\% \pm 0.3\,\%$.
# %% text en [markdown]
# An error measured on $n$ samples is an estimate, and another sample would give another value. Write
# `interval(err, n)`: the 95 % confidence interval of an error rate `err` (from 0 to 1) measured on `n` samples, as a
# pair `(lower, upper)`. Use the normal approximation of the binomial: the estimator has the standard deviation
# $\sqrt{err\,(1 - err)/n}$, and the central 95 % of a normal distribution lie within $1.96$ standard deviations of the
# mean.
#
# *Also right:* the Wilson interval, ends cut to $[0, 1]$, or only the radius (half the width), as in
# $2.3\,\% \pm 0.3\,\%$.
# %% solution
def interval(err, n):
    radius = 1.96 * (err * (1 - err) / n) ** 0.5
    return err - radius, err + radius
# %% test intervalo | interval
# tolerance: 1e-3, 1e-5
@public(err=0.0225, n=6000)
@public(err=0.25, n=40)
@hidden(err=0.11, n=360)
@hidden(err=0.004, n=500)
def test(d):
    return {"interval(err, n)": interval(d.err, d.n)}
# %% stand-in interval
# stays home
def interval(err, n):
    sigma = (err * (1 - err) / n) ** 0.5
    return err - 1.96 * sigma, err + 1.96 * sigma
# %% accepts wilson
def interval(err, n):
    z = 1.96
    centre = (err + z * z / (2 * n)) / (1 + z * z / n)
    radius = z / (1 + z * z / n) * (err * (1 - err) / n + z * z / (4 * n * n)) ** 0.5
    return centre - radius, centre + radius
# %% accepts radius
def interval(err, n):
    return 1.96 * (err * (1 - err) / n) ** 0.5
# %% accepts within-0-and-1
def interval(err, n):
    radius = 1.96 * (err * (1 - err) / n) ** 0.5
    return max(0.0, err - radius), min(1.0, err + radius)
# %% wrong variance [raw]
# es: La desviación típica es la raíz de la varianza.
# en: The standard deviation is the root of the variance.
# - ** 0.5
# %% wrong one-sigma [raw]
# es: Una desviación típica cubre el 68 %, no el 95 %.
# en: One standard deviation covers 68 %, not 95 %.
# - 1.96 * (
# + (
# %% wrong ninety-percent [raw]
# es: 1.645 deja fuera el 10 %; para el 95 % se necesita otro cuantil.
# en: 1.645 leaves out 10 %; for 95 % another quantile is needed.
# - 1.96
# + 1.645
# %% wrong without-n [raw]
# es: Con más muestras el intervalo se estrecha.
# en: With more samples the interval becomes narrower.
# - (err * (1 - err) / n)
# + (err * (1 - err))
# %% wrong err-only [raw]
# es: La varianza de una proporción es err (1 - err), no err.
# en: The variance of a proportion is err (1 - err), not err.
# - err * (1 - err) / n
# + err / n
# %% wrong upper-first: El par empieza por el extremo inferior. | The pair begins with the lower end. [raw]
# - err - radius, err + radius
# + err + radius, err - radius
# %% right quantile
from statistics import NormalDist

def interval(err, n):
    z = NormalDist().inv_cdf(0.975)
    s = np.sqrt(err * (1 - err) / n)
    return np.array([err - z * s, err + z * s])
# %% right wilson-as-tensor
def interval(err, n):
    z = 1.96
    root = (z**2 + 4 * n * err * (1 - err)) ** 0.5
    return torch.tensor([2 * n * err + z**2 - z * root, 2 * n * err + z**2 + z * root]) / (2 * (n + z**2))
# %% hostile looks-in-frames: 0 points
import gc
import sys

def interval(err, n):
    frame = sys._getframe()
    while frame is not None:
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if name in ("expected", "right", "reference", "answer"):
                return value
        frame = frame.f_back
    for found in gc.get_objects():
        if type(found) is dict and "interval(err, n)" in found and not callable(found["interval(err, n)"]):
            return found["interval(err, n)"]
    return 0.0, 1.0
