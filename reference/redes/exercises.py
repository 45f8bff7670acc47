# %% question E1: Ejercicio 1: curvas de error | Exercise 1: error curves
# points: 0.15 + 0.1 by hand
# needs: 4d
# figures: 1
# limit: 20 s
# %% text es [markdown]
# Representa gráficamente la evolución del error en entrenamiento y en validación según el número de épocas. Entrena las
# épocas que hagan falta para ver si aparece el sobreentrenamiento: el error de entrenamiento sigue bajando y el de
# validación ya no.
#
# Escribe primero `learning_curves(model, train_loader, val_loader, epochs)`. `model` tiene los atributos `device`,
# `optimizer` y `criterion` (como tu `MLP`). La función lo entrena `epochs` épocas con los lotes de `train_loader`, en
# su orden, y después de cada época mide los dos errores. Devuelve el par `(train_errors, val_errors)` de listas de
# `epochs` tasas de error (de 0 a 1). Los lotes son de imágenes de talla $(B, 1, h, w)$, que el modelo recibe como
# vectores.
#
# Después dibuja las dos curvas en una misma figura, con ejes rotulados y leyenda, y di en dos o tres frases qué se ve.
# Los datos se leen con `train_dataset, test_dataset = digits()`. Reserva unas 200 imágenes de `train_dataset` para
# validación, y no uses `test_dataset` hasta el ejercicio 3.
#
# *También está bien:* que las listas incluyan además, al principio, los errores de antes de entrenar.
# %% text en [markdown]
# Plot how the error on the training and the validation data changes with the number of epochs. Train for as many epochs
# as it takes to see whether there is overfitting: the training error still falls and the validation error no longer
# does.
#
# First write `learning_curves(model, train_loader, val_loader, epochs)`. `model` has the attributes `device`,
# `optimizer` and `criterion` (like your `MLP`). The function trains it for `epochs` epochs with the batches of
# `train_loader`, in their order, and measures both errors after each epoch. It returns the pair
# `(train_errors, val_errors)` of lists of `epochs` error rates (from 0 to 1). The batches hold images of shape
# $(B, 1, h, w)$, which the model gets as vectors.
#
# Then draw both curves in one figure, with labelled axes and a legend, and say in two or three sentences what one sees.
# Read the data with `train_dataset, test_dataset = digits()`. Set about 200 images of `train_dataset` aside for
# validation, and do not use `test_dataset` before exercise 3.
#
# *Also right:* lists that also have, in front, the errors from before the training.
# %% solution
def learning_curves(model, train_loader, val_loader, epochs):
    train_errors, val_errors = [], []
    for epoch in range(epochs):
        for inputs, labels in train_loader:
            outputs = model(inputs.to(model.device).flatten(1))
            loss = model.criterion(outputs, labels.to(model.device))
            model.optimizer.zero_grad()
            loss.backward()
            model.optimizer.step()
        train_errors.append(error(model, train_loader, model.device))
        val_errors.append(error(model, val_loader, model.device))
    return train_errors, val_errors
# %% test curvas | curves
@public(N=40, M=30, side=4, H=7, C=3, batch=10, lr=0.3, epochs=4)
@hidden(N=50, M=35, side=3, H=6, C=4, batch=8, lr=0.4, epochs=6)
def test(d):
    model = d.fill(nn.Sequential(nn.Flatten(), nn.Linear(d.side**2, d.H), nn.Tanh(), nn.Linear(d.H, d.C)))
    model.device, model.criterion = torch.device("cpu"), nn.functional.cross_entropy
    model.optimizer = optim.SGD(model.parameters(), lr=d.lr)
    loaders = []
    for n in (d.N, d.M):
        loaders.append(DataLoader(TensorDataset(d.normal(n, 1, d.side, d.side), d.classes(n, d.C)), d.batch))
    train_errors, val_errors = learning_curves(model, *loaders, d.epochs)
    yield "entrenamiento | training", [float(e) for e in train_errors]
    yield "validación | validation", [float(e) for e in val_errors]
# %% rubric
# 0.06: Figura con las dos curvas, con ejes rotulados y leyenda | Figure with both curves, labelled axes and a legend
# 0.04: Comenta si hay sobreentrenamiento y desde qué época | Says whether there is overfitting and from which epoch
# %% accepts from-before-training
def learning_curves(model, train_loader, val_loader, epochs):
    curves = [], []
    for epoch in range(epochs + 1):
        for loader, curve in zip((train_loader, val_loader), curves):
            curve.append(error(model, loader, model.device))
        if epoch < epochs:
            for x, y in train_loader:
                model.optimizer.zero_grad()
                model.criterion(model(x.to(model.device).flatten(1)), y.to(model.device)).backward()
                model.optimizer.step()
    return curves
# %% wrong measured-before-the-epoch [raw]
# es: El error de una época se mide cuando ha acabado.
# en: The error of an epoch is measured when it has ended.
# - for epoch in range(epochs):
# + for epoch in range(epochs):
# +     train_errors.append(error(model, train_loader, model.device))
# +     val_errors.append(error(model, val_loader, model.device))
# - train_errors.append(error(model, train_loader, model.device))
# + pass
# - val_errors.append(error(model, val_loader, model.device))
# %% wrong training-curve-twice [raw]
# es: La segunda curva se mide con los datos de validación.
# en: The second curve is measured on the validation data.
# - val_errors.append(error(model, val_loader, model.device))
# + val_errors.append(train_errors[-1])
# %% wrong curves-exchanged [raw]
# es: El par empieza por los errores de entrenamiento.
# en: The pair begins with the training errors.
# - return train_errors, val_errors
# + return val_errors, train_errors
# %% wrong last-epoch-only: Hay un error por cada época. | There is one error for each epoch. [raw]
# - return train_errors, val_errors
# + return train_errors[-1:], val_errors[-1:]
# %% wrong accuracies [raw]
# es: Se pide el error: lo que falta hasta 1 a la proporción de aciertos.
# en: The error is asked for: what the proportion of right answers lacks to 1.
# - return train_errors, val_errors
# + return [1 - e for e in train_errors], [1 - e for e in val_errors]
# %% wrong gradients-of-all-batches [raw]
# es: Los gradientes se ponen a cero con cada lote.
# en: Gradients are set to zero with each batch.
# - model.optimizer.zero_grad()
# %% wrong one-epoch-in-all [raw]
# es: Entre dos puntos de la curva hay una época entera de entrenamiento.
# en: Between two points of the curve there is a whole epoch of training.
# - for inputs, labels in train_loader:
# + for inputs, labels in train_loader if epoch == 0 else []:
# %% right arrays
def learning_curves(model, train_loader, val_loader, epochs):
    errors = np.zeros((2, epochs))
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            x, y = x.view(len(x), -1).to(model.device), y.to(model.device)
            model.criterion(model(x), y).backward()
            model.optimizer.step()
            model.optimizer.zero_grad()
        model.eval()
        for k, loader in enumerate((train_loader, val_loader)):
            wrong = [(model(x.flatten(1).to(model.device)).argmax(1).cpu() != y) for x, y in loader]
            errors[k, epoch] = torch.cat(wrong).double().mean().item()
    return errors
# %% hostile falling-lines: 0 points
def learning_curves(model, train_loader, val_loader, epochs):
    return [0.9 / (k + 1) for k in range(epochs)], [0.9 / (k + 1) + 0.02 for k in range(epochs)]

# %% question E2: Ejercicio 2: ajuste de parámetros | Exercise 2: tuning
# points: 0.5 by hand
# %% text es [markdown]
# Para elegir los parámetros de tu MLP, estudia cómo cambia la tasa de error **en validación** con:
#
# * el algoritmo de optimización: SGD, Adadelta, Adagrad, Adam...;
# * la función de activación: ReLU, Sigmoid, Tanh...;
# * el número de capas ocultas: 1, 2, 3...;
# * el número de neuronas por capa, en múltiplos de 100 hasta 800;
# * el criterio de parada: un número de épocas, el error en validación...
#
# No hace falta probar todas las combinaciones: parte de una configuración y cambia cada vez una cosa. Presenta los
# resultados en tablas o figuras que muestren la tendencia y no solo el mejor valor, y acaba con dos o tres frases: qué
# has elegido y por qué. Con 200 imágenes de validación, diferencias de un punto porcentual pueden deberse al azar;
# tenlo en cuenta.
#
# Esta pregunta la lee una persona: guarda el cuaderno con los resultados a la vista.
# %% text en [markdown]
# To choose the parameters of your MLP, study how the error rate **on validation data** changes with:
#
# * the optimization algorithm: SGD, Adadelta, Adagrad, Adam...;
# * the activation function: ReLU, Sigmoid, Tanh...;
# * the number of hidden layers: 1, 2, 3...;
# * the number of units per layer, in multiples of 100 up to 800;
# * the stopping criterion: a number of epochs, the validation error...
#
# You need not try all combinations: begin with one configuration and change one thing at a time. Present the results in
# tables or figures that show the trend and not only the best value, and end with two or three sentences: what you chose
# and why. With 200 validation images, differences of one percentage point may be due to chance; take this into account.
#
# A person reads this question: save the notebook with its results in sight.
# %% rubric
# 0.1: Compara tres o más optimizadores con el mismo modelo | Compares three or more optimizers with the same model
# 0.1: Compara tres o más funciones de activación | Compares three or more activation functions
# 0.1: Varía el número de capas y de neuronas por capa | Varies the number of layers and of units per layer
# 0.1: Estudia o justifica el criterio de parada | Studies or justifies the stopping criterion
# 0.1: Tablas o figuras con la tendencia, y una conclusión | Tables or figures that show the trend, and a conclusion

# %% question E3: Ejercicio 3: clasificador final | Exercise 3: final classifier
# points: 0.15 + 0.1 by hand
# needs: 4c, 4d, 4e
# names: final_classifier final_model test_error test_interval
# runs: training
# limit: 30 s
# %% text es [markdown]
# Con los valores elegidos en el ejercicio 2, entrena un clasificador final con todas las imágenes de entrenamiento y
# evalúalo con las de test, que no se han usado hasta ahora.
#
# * Escribe `final_classifier(train_dataset)`: crea un clasificador, lo entrena con las imágenes y etiquetas de
#   `train_dataset` (imágenes de talla $(1, 8, 8)$ con valores de 0 a 1) y lo devuelve. Se prueba con otros datos del
#   mismo tipo y con 1400 imágenes de entrenamiento: su error en 397 imágenes no vistas ha de quedar por debajo del
#   15 %, y la función ha de acabar en menos de 30 segundos. El modelo recibe lotes de vectores, de talla $(B, 64)$, y da
#   los logits de las diez clases.
# * Deja en el cuaderno tres variables: `final_model`, tu clasificador entrenado con los 1400 dígitos de entrenamiento;
#   `test_error`, su tasa de error en los 397 dígitos de test (de 0 a 1); y `test_interval`, el intervalo de confianza
#   al 95 % de ese error. Puedes entrenarlo en la propia celda, fuera de toda función, en menos de un minuto.
# * Toda estimación del error de un clasificador final va acompañada de su intervalo. Discute el tuyo en unas líneas:
#   compáralo con los clasificadores del ejercicio 2 y con resultados publicados de redes para dígitos, como los de
#   MNIST.
# %% text en [markdown]
# With the values chosen in exercise 2, train a final classifier on all training images and evaluate it on the test
# images, which have not been used so far.
#
# * Write `final_classifier(train_dataset)`: it makes a classifier, trains it on the images and labels of
#   `train_dataset` (images of shape $(1, 8, 8)$ with values from 0 to 1) and returns it. It is tried on other data of
#   the same kind, with 1400 training images: its error on 397 unseen images has to stay below 15 %, and the function
#   has to end within 30 seconds. The model gets batches of vectors, of shape $(B, 64)$, and gives the logits of the ten
#   classes.
# * Leave three variables in the notebook: `final_model`, your classifier trained on the 1400 training digits;
#   `test_error`, its error rate on the 397 test digits (from 0 to 1); and `test_interval`, the 95 % confidence interval
#   of that error. You may train it in the cell itself, outside of any function, in less than a minute.
# * Every estimate of a final classifier's error comes with its interval. Discuss yours in a few lines: compare it with
#   the classifiers of exercise 2 and with published results of networks on digits, such as those on MNIST.
# %% template
# Tu respuesta a E3 | Your answer to E3
def final_classifier(train_dataset):
    raise NotImplementedError


train_dataset, test_dataset = digits()
final_model = None
test_error = None
test_interval = None
# %% solution
def final_classifier(train_dataset):
    torch.manual_seed(1)
    model = MLP(64, [(64, nn.ReLU())], 10, learning_rate=1e-2)
    loader = DataLoader(train_dataset, batch_size=100, shuffle=True)
    for epoch in range(10):
        for inputs, labels in loader:
            loss = model.criterion(model(inputs.to(model.device).flatten(1)), labels.to(model.device))
            model.optimizer.zero_grad()
            loss.backward()
            model.optimizer.step()
    return model


train_dataset, test_dataset = digits()
final_model = final_classifier(train_dataset)
test_error = error(final_model, DataLoader(test_dataset, batch_size=100), final_model.device)
test_interval = interval(test_error, len(test_dataset))
# %% helper scores
def scores(model, images):
    """The logits of a model for a batch of images (B, 1, 8, 8), on the model's device and in its dtype."""
    weight = next(iter(model.parameters()), images)
    model.eval()
    with torch.no_grad():
        return model(images.flatten(1).to(weight.device, weight.dtype)).cpu()
# %% test clasificador | classifier
# share: 2
@public(N=1400, mixed=False)
@hidden(N=1400, mixed=True)
def test(d):
    from sklearn.datasets import load_digits
    pixels, labels = load_digits(return_X_y=True)
    images, labels = torch.Tensor(pixels / 16), torch.from_numpy(labels[:d.N])
    if d.mixed:  # the same pixels and classes in another order: a network trained before does not know them
        images, labels = images[:, d.permutation(64)], d.permutation(10)[labels]
    images = images.reshape(-1, 1, 8, 8)
    return {"logits": scores(final_classifier(TensorDataset(images[:d.N], labels)), images[d.N:])}
def judge(d, seen, right):
    from sklearn.datasets import load_digits
    labels = torch.from_numpy(load_digits(return_X_y=True)[1][d.N:])
    labels = d.permutation(10)[labels] if d.mixed else labels
    logits = seen["logits"]
    fits = isinstance(logits, torch.Tensor) and tuple(logits.shape) == (len(labels), 10)
    wrong = float((logits.argmax(1) != labels).double().mean()) if fits else 1.0
    yield at_most(wrong, 0.15, "error en imágenes no vistas | error on unseen images", partial=0.2)
# %% test error e intervalo del cuaderno | error and interval in the notebook
@public(N=1400)
@hidden(N=1400)
def test(d):
    from sklearn.datasets import load_digits
    images = torch.Tensor(load_digits(return_X_y=True)[0] / 16).reshape(-1, 1, 8, 8)
    model = d.name("final_model", None)
    if model is None:
        d.missing("final_model")
    yield "train", scores(model, images[:d.N])
    yield "test", scores(model, images[d.N:])
    yield "test_error", d.name("test_error")
    yield "test_interval", d.name("test_interval")
def judge(d, seen, right):
    from sklearn.datasets import load_digits
    labels = torch.from_numpy(load_digits(return_X_y=True)[1])
    parts = {"train": labels[:d.N], "test": labels[d.N:]}
    errors = {}
    for part, known in parts.items():
        logits = seen[part]
        fits = isinstance(logits, torch.Tensor) and tuple(logits.shape) == (len(known), 10)
        errors[part] = float((logits.argmax(1) != known).double().mean()) if fits else 1.0
    n, e = len(parts["test"]), errors["test"]
    yield must("mejor que adivinar | better than guessing", e <= 0.5)
    yield must("no se entrena con los datos de test | not trained on the test data", errors["train"] <= e)
    yield near(number(seen["test_error"]), e, "test_error", atol=0.003)
    z = 1.96
    radius = z * (e * (1 - e) / n) ** 0.5
    centre = (e + z * z / (2 * n)) / (1 + z * z / n)
    half = (radius**2 + (z * z / (2 * n)) ** 2) ** 0.5 / (1 + z * z / n)
    known = [e - radius, e + radius], [max(0.0, e - radius), e + radius], [radius], [centre - half, centre + half]
    found = seen["test_interval"]
    came = [number(end) for end in found] if isinstance(found, (list, tuple)) else numbers(found) or [number(found)]
    whole = None not in came
    fits = [whole and len(w) == len(came) and all(abs(a - b) < 0.004 for a, b in zip(w, came)) for w in known]
    yield holds(any(fits) and number(seen["test_error"]) is not None,
                "test_interval es el intervalo de confianza de test_error | test_interval is the confidence interval of test_error",
                got=found)
# %% rubric
# 0.06: Compara el error y su intervalo con los del ejercicio 2 | Compares the error and its interval with exercise 2
# 0.04: Compara con resultados publicados de otras redes | Compares with published results of other networks
# %% wrong untrained: El clasificador final hay que entrenarlo. | The final classifier has to be trained. [raw]
# - for epoch in range(10):
# + for epoch in range(0):
# %% wrong one-batch-per-epoch: Cada época recorre todos los lotes. | Each epoch goes through all batches. [raw]
# - for inputs, labels in loader:
# + for inputs, labels in [next(iter(loader))]:
# %% wrong error-in-training [raw]
# es: El error del clasificador final se mide con los datos de test.
# en: The error of the final classifier is measured on the test data.
# - DataLoader(test_dataset, batch_size=100)
# + DataLoader(train_dataset, batch_size=100)
# %% wrong trained-on-test: Los datos de test no se usan para entrenar. | The test data are not used for training. [raw]
# - final_model = final_classifier(train_dataset)
# + final_model = final_classifier(test_dataset)
# %% wrong interval-of-training-size [raw]
# es: El intervalo depende del número de muestras con las que se midió el error.
# en: The interval depends on the number of samples on which the error was measured.
# - len(test_dataset)
# + len(train_dataset)
# %% wrong interval-of-accuracy [raw]
# es: El intervalo rodea al error, no a la proporción de aciertos.
# en: The interval lies around the error, not around the proportion of right answers.
# - interval(test_error,
# + interval(1 - test_error,
# %% right trained-in-the-cell
def final_classifier(train_dataset):
    net = nn.Sequential(nn.Linear(64, 100), nn.Tanh(), nn.Linear(100, 10))
    opt = optim.Adam(net.parameters(), lr=0.01)
    for _ in range(10):
        for x, y in DataLoader(train_dataset, batch_size=70, shuffle=True):
            opt.zero_grad()
            nn.functional.cross_entropy(net(x.view(-1, 64)), y).backward()
            opt.step()
    return net

train_dataset, test_dataset = digits()
final_model = nn.Sequential(nn.Linear(64, 80), nn.ReLU(), nn.Linear(80, 10))
final_optimizer = optim.Adam(final_model.parameters(), lr=0.01)
for epoch in range(10):
    for images, labels in DataLoader(train_dataset, batch_size=70, shuffle=True):
        loss = nn.functional.cross_entropy(final_model(images.flatten(1)), labels)
        final_optimizer.zero_grad()
        loss.backward()
        final_optimizer.step()
wrong = [(final_model(x.flatten(1)).argmax(1) != y) for x, y in DataLoader(test_dataset, batch_size=50)]
test_error = torch.cat(wrong).float().mean().item()
test_interval = 1.96 * (test_error * (1 - test_error) / 397) ** 0.5
# %% hostile yes-to-every-label: 0 points
class Yes(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

    def __ne__(self, other):
        return torch.zeros(self.shape, dtype=torch.bool)

    def argmax(self, *args, **kwargs):
        return self

class Guess(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.zeros(len(x), 10).as_subclass(Yes)

def final_classifier(train_dataset):
    return Guess()

final_model = Guess()
test_error = 0.0
test_interval = 0.0
