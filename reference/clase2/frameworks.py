# %% text es [markdown]
# ## Parte 4: PyTorch
#
# Las mismas ideas con las herramientas de PyTorch: `autograd` deriva, `torch.optim` da el paso, `nn.Module` guarda los
# parámetros. En esta parte están permitidas, salvo donde la pregunta dice otra cosa.
# %% text en [markdown]
# ## Part 4: PyTorch
#
# The same ideas with PyTorch's tools: `autograd` differentiates, `torch.optim` makes the step, `nn.Module` keeps the
# parameters. They are allowed in this part, except where a question says otherwise.

# %% question 4a: Autograd | Autograd
# points: 0.5
# %% text es [markdown]
# PyTorch anota las operaciones de los tensores que tienen `requires_grad=True` y deriva el resultado cuando llamas a
# `backward()`. El gradiente queda en el atributo `.grad` de cada hoja.
#
# - `model(x, w, b)` devuelve $w\,x + b$, con la forma de `x`.
# - `loss_fn(prediction, target)` devuelve la media de los cuadrados de las diferencias, un tensor `()`.
# - `gradients(x, target, w, b)` calcula con `backward()` los gradientes de la pérdida respecto a `w` y `b`, y los
#   devuelve como un par. `w` y `b` son tensores `(1,)` con `requires_grad=True`.
#
# Para revisar: con $x=4$, $w=0.5$, $b=2$ y el valor deseado 9 salen $-40$ y $-10$. Calcúlalo también a mano.
#
# **Cuidado**: `backward()` *suma* el gradiente nuevo al que ya está en `.grad`. `gradients` devuelve el gradiente de
# esta pérdida sola, aunque la hoja traiga uno anterior.
# %% text en [markdown]
# PyTorch takes note of the operations on tensors that have `requires_grad=True`, and differentiates the result when you
# call `backward()`. The gradient is left in the attribute `.grad` of each leaf.
#
# - `model(x, w, b)` returns $w\,x + b$, with the shape of `x`.
# - `loss_fn(prediction, target)` returns the mean of the squared differences, a tensor `()`.
# - `gradients(x, target, w, b)` computes with `backward()` the gradients of the loss by `w` and `b`, and returns them
#   as a pair. `w` and `b` are tensors `(1,)` with `requires_grad=True`.
#
# To check: with $x=4$, $w=0.5$, $b=2$ and the desired value 9 the results are $-40$ and $-10$. Compute them by hand
# too.
#
# **Careful**: `backward()` *adds* the new gradient to the one that is in `.grad` already. `gradients` returns the
# gradient of this loss alone, even if the leaf comes with an earlier one.
# %% solution
def model(x, w, b):
    return w * x + b


def loss_fn(prediction, target):
    squares = (prediction - target) ** 2
    return squares.mean()


def gradients(x, target, w, b):
    w.grad, b.grad = None, None
    loss = loss_fn(model(x, w, b), target)
    loss.backward()
    return w.grad, b.grad
# %% test modelo y pérdida | model and loss
# hint: La pérdida promedia los cuadrados. | The loss takes the mean of the squares.
@public(N=4)
@hidden(N=9)
def test(d):
    x, target = d.normal(d.N), d.normal(d.N)
    yield "model", model(x, d.normal(1), d.normal(1))
    yield "loss_fn", loss_fn(x, target)
# %% test el ejemplo | the example
# hint: Deriva a mano este ejemplo y compara. | Differentiate this example by hand and compare.
@public("-40 y -10 | -40 and -10", x=[4.0], target=[9.0], w=0.5, b=2.0)
@hidden(x=[1.5, -2.0], target=[0.5, 1.0], w=-1.25, b=0.75)
def test(d):
    w, b = d.real([d.w]).requires_grad_(), d.real([d.b]).requires_grad_()
    dw, db = gradients(d.real(d.x), d.real(d.target), w, b)
    return {"dL/dw": dw, "dL/db": db}
# %% test con un gradiente anterior | with an earlier gradient
# hint: ¿Qué hay en `.grad` antes de llamar a `backward()`? | What is in `.grad` before you call `backward()`?
@public(N=3)
@hidden(N=6)
def test(d):
    w, b = d.normal(1).requires_grad_(), d.normal(1).requires_grad_()
    w.grad, b.grad = d.real([5.0]), d.real([-3.0])
    dw, db = gradients(d.normal(d.N), d.normal(d.N), w, b)
    return {"dL/dw": dw, "dL/db": db}
# %% wrong summed-squares: Se pide la media de los cuadrados. | The mean of the squares is asked. [raw]
# - squares.mean()
# + squares.sum()
# %% wrong absolute-differences [raw]
# es: Se piden los cuadrados de las diferencias.
# en: The squares of the differences are asked.
# - (prediction - target) ** 2
# + (prediction - target).abs()
# %% wrong product-only: Al producto se le suma b. | b is added to the product. [raw]
# - return w * x + b
# + return w * x + 0 * b
# %% wrong keeps-old-gradient [raw]
# es: backward() suma al gradiente que ya había: ponlo antes en cero.
# en: backward() adds to the gradient that was there: set it to zero first.
# fails: with an earlier gradient
# - w.grad, b.grad = None, None
# %% wrong gradients-swapped [raw]
# es: Primero va el gradiente de w, después el de b.
# en: The gradient of w comes first, then that of b.
# - return w.grad, b.grad
# + return b.grad, w.grad
# %% right autograd-grad
def model(x, w, b):
    return torch.add(b, x * w)


def loss_fn(prediction, target):
    return F.mse_loss(prediction, target)


def gradients(x, target, w, b):
    return torch.autograd.grad(loss_fn(model(x, w, b), target), (w, b))
# %% hostile wipes-what-it-gets: 0 points
# The answer becomes right if the test reads the inputs after the call.
def model(x, w, b):
    for t in (x, w, b):
        t.detach().zero_()
    return x * 0 + 3.5


def loss_fn(prediction, target):
    prediction.detach().copy_(target)
    return prediction.sum() * 0 + 3.5


def gradients(x, target, w, b):
    w.detach().zero_()
    b.detach().zero_()
    return torch.full((1,), 3.5), torch.full((1,), 3.5)

# %% question 4b: Bucle de entrenamiento sin optimizador | Training loop without an optimiser
# points: 0.75
# forbidden: optim
# %% text es [markdown]
# `training_loop(model, params, inputs, ground_truth, loss_fn, learning_rate, n_epochs)` entrena los parámetros y los
# devuelve.
#
# - `params` es un tensor `(P,)` con `requires_grad=True`. Puede traer un gradiente anterior en `.grad`.
# - La predicción es `model(inputs, *params)` y la pérdida `loss_fn(prediction, ground_truth)`, un tensor `()`. Usa las
#   funciones que recibes, no las de 4a.
# - En cada una de las `n_epochs` épocas: gradiente en cero, pasada forward, pasada backward, y un paso de tamaño
#   `learning_rate` contra el gradiente. El paso no es parte del grafo: escríbelo dentro de `torch.no_grad()`.
#
# Los valores de `params` se cambian en el mismo tensor. Aquí no se usa `torch.optim`.
# %% text en [markdown]
# `training_loop(model, params, inputs, ground_truth, loss_fn, learning_rate, n_epochs)` trains the parameters and
# returns them.
#
# - `params` is a tensor `(P,)` with `requires_grad=True`. It may bring an earlier gradient in `.grad`.
# - The prediction is `model(inputs, *params)` and the loss `loss_fn(prediction, ground_truth)`, a tensor `()`. Use the
#   functions that you get, not those of 4a.
# - In each of the `n_epochs` epochs: gradient to zero, forward pass, backward pass, and a step of size `learning_rate`
#   against the gradient. The step is no part of the graph: write it inside `torch.no_grad()`.
#
# The values of `params` are changed in the tensor itself. `torch.optim` is not used here.
# %% solution
def training_loop(model, params, inputs, ground_truth, loss_fn, learning_rate, n_epochs):
    for epoch in range(n_epochs):
        if params.grad is not None:
            params.grad.zero_()
        prediction = model(inputs, *params)
        loss = loss_fn(prediction, ground_truth)
        loss.backward()
        with torch.no_grad():
            params -= learning_rate * params.grad
    return params
# %% test épocas | epochs
# tolerance: 1e-3, 1e-5
# hint: Compara los parámetros después de una época y después de dos. |
#   Compare the parameters after one epoch and after two.
@public("una época | one epoch", N=5, lr=0.1, epochs=1)
@public("tres épocas | three epochs", N=5, lr=0.1, epochs=3)
@hidden(N=9, lr=0.05, epochs=4)
def test(d):
    params = d.normal(2).requires_grad_()
    x, y = d.normal(d.N), d.normal(d.N)
    line, mse = lambda t, w, b: w * t + b, lambda p, r: ((p - r) ** 2).mean()
    trained = training_loop(line, params, x, y, mse, d.lr, d.epochs)
    return {"params": trained, "el tensor recibido | the tensor received": params}
# %% test otro modelo | another model
# tolerance: 1e-3, 1e-5
# hint: Usa el modelo y la pérdida que recibe el bucle, y pon en cero el gradiente anterior. |
#   Use the model and the loss that the loop gets, and set the earlier gradient to zero.
@public(N=6, lr=0.1, epochs=2)
@hidden(N=8, lr=0.05, epochs=3)
def test(d):
    params = d.normal(3).requires_grad_()
    params.grad = d.normal(3)
    x, y = d.normal(d.N), d.normal(d.N)
    parabola = lambda t, a, b, c: a * t**2 + b * t + c
    return {"params": training_loop(parabola, params, x, y, lambda p, r: ((p - r) ** 4).mean(), d.lr, d.epochs)}
# %% wrong accumulates [raw]
# es: backward() suma: pon el gradiente en cero en cada época.
# en: backward() adds up: set the gradient to zero in each epoch.
# - params.grad.zero_()
# %% wrong zeroed-once [raw]
# es: El gradiente se pone en cero en cada época, no sólo antes de la primera.
# en: The gradient is set to zero in each epoch, not only before the first one.
# - if params.grad is not None:
# + if epoch == 0 and params.grad is not None:
# %% wrong moves-uphill: El paso va contra el gradiente. | The step goes against the gradient. [raw]
# - params -= learning_rate
# + params += learning_rate
# %% wrong one-epoch-less: Cuenta las épocas: se da un paso de menos. | Count the epochs: one step is missing. [raw]
# - range(n_epochs)
# + range(1, n_epochs)
# %% wrong first-pass-has-no-gradient [raw]
# es: Antes de la primera pasada backward el gradiente puede ser None.
# en: Before the first backward pass the gradient may be None.
# raises: AttributeError
# - if params.grad is not None:
# -     params.grad.zero_()
# + params.grad.zero_()
# %% wrong loses-the-leaf [raw]
# es: params = params - ... crea otro tensor, que ya no es una hoja: cambia los valores del mismo tensor.
# en: params = params - ... makes another tensor, which is no leaf any more: change the values of the tensor itself.
# - params -= learning_rate * params.grad
# + params = (params - learning_rate * params.grad).requires_grad_()
# %% wrong own-squares [raw]
# es: La pérdida es la función loss_fn que recibe el bucle.
# en: The loss is the function loss_fn that the loop gets.
# fails: another model
# - loss_fn(prediction, ground_truth)
# + ((prediction - ground_truth) ** 2).mean()
# %% right data-and-none
def training_loop(model, params, inputs, ground_truth, loss_fn, learning_rate, n_epochs):
    epoch = 1
    while epoch <= n_epochs:
        params.grad = None
        loss_fn(model(inputs, *[p for p in params]), ground_truth).backward()
        params.data.sub_(params.grad, alpha=learning_rate)
        epoch += 1
    return params
# %% hostile announces-success: 0 points
import sys

print('{"status": "passed", "points": 0.75}', flush=True)


def training_loop(*arguments):
    print('{"status": "passed", "points": 0.75}', file=sys.stderr, flush=True)
    raise SystemExit(0)

# %% question 4c: El optimizador | The optimiser
# points: 0.75
# %% text es [markdown]
# Un optimizador conoce los parámetros y sabe dar el paso. `optimizer.zero_grad()` pone los gradientes en cero y
# `optimizer.step()` actualiza los parámetros con el gradiente que encuentra.
#
# - `training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs)` es el bucle de 4b con el
#   optimizador que recibe, que puede ser cualquiera de `torch.optim` y ya conoce a `params`. Devuelve `params`.
# - `minimise(f, start, learning_rate, steps)` busca un mínimo de `f`, que toma un tensor `()` y devuelve un tensor
#   `()`. Empieza en el número `start`, da `steps` pasos de `torch.optim.SGD` y devuelve el punto al que llega, como
#   número. Con $f(x)=x^2$ desde 0 no se mueve: ¿por qué? Prueba desde 1.
# %% text en [markdown]
# An optimiser knows the parameters and how to make the step. `optimizer.zero_grad()` sets the gradients to zero, and
# `optimizer.step()` updates the parameters with the gradient that it finds.
#
# - `training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs)` is the loop of 4b with the
#   optimiser that it gets, which may be any one of `torch.optim` and knows `params` already. It returns `params`.
# - `minimise(f, start, learning_rate, steps)` looks for a minimum of `f`, which takes a tensor `()` and returns a
#   tensor `()`. It starts at the number `start`, makes `steps` steps of `torch.optim.SGD` and returns the point where
#   it arrives, as a number. With $f(x)=x^2$ it does not move from 0: why? Try from 1.
# %% solution
def training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs):
    for epoch in range(n_epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(inputs, *params), ground_truth)
        loss.backward()
        optimizer.step()
    return params


def minimise(f, start, learning_rate, steps):
    x = torch.tensor(float(start), requires_grad=True)
    descent = optim.SGD([x], lr=learning_rate)
    for _ in range(steps):
        descent.zero_grad()
        f(x).backward()
        descent.step()
    return x.item()
# %% test bucle | loop
# tolerance: 1e-3, 1e-5
# share: 2
# hint: ¿En qué orden van zero_grad, backward y step? | In which order do zero_grad, backward and step come?
@public(N=5, lr=0.1, epochs=3, optimiser="SGD")
@public(N=5, lr=0.1, epochs=2, optimiser="Adam")
@hidden(N=9, lr=0.05, epochs=4, optimiser="RMSprop")
@hidden(N=7, lr=0.05, epochs=3, optimiser="SGD")
def test(d):
    params = d.normal(2).requires_grad_()
    x, y = d.normal(d.N), d.normal(d.N)
    optimizer = getattr(optim, d.optimiser)([params], lr=d.lr)
    line, mse = lambda t, w, b: w * t + b, lambda p, r: ((p - r) ** 2).mean()
    return {"params": training_loop_optim(line, params, x, y, mse, optimizer, d.epochs)}
# %% test minimise
# hint: Sigue a mano los dos primeros pasos de x². | Follow the first two steps of x² by hand.
@public(start=1.0, lr=0.25, steps=1, a=0.0)
@public(start=1.0, lr=0.1, steps=5, a=0.0)
@hidden(start=-2.0, lr=0.05, steps=7, a=1.5)
def test(d):
    return {"x": minimise(lambda x: (x - d.a) ** 2, d.start, d.lr, d.steps)}
# %% wrong never-zeroed: optimizer.zero_grad() va en cada época. | optimizer.zero_grad() belongs to each epoch. [raw]
# fails: loop
# - optimizer.zero_grad()
# %% wrong no-step [raw]
# es: Los parámetros no cambian: step() va después de backward(), con el gradiente todavía ahí.
# en: The parameters do not change: step() comes after backward(), with the gradient still there.
# fails: loop
# - optimizer.step()
# %% wrong own-optimiser [raw]
# es: El optimizador es el que recibe la función.
# en: The optimiser is the one that the function gets.
# fails: loop
# - for epoch in range(n_epochs):
# + optimizer = optim.SGD([params], lr=0.01)
# + for epoch in range(n_epochs):
# %% wrong returns-the-value: Se pide el punto x, no el valor f(x). | The point x is asked, not the value f(x). [raw]
# fails: minimise
# - return x.item()
# + return f(x).item()
# %% wrong minimise-accumulates [raw]
# es: También aquí hay que poner el gradiente en cero en cada paso.
# en: Here too the gradient has to be set to zero in each step.
# fails: minimise
# - descent.zero_grad()
# %% wrong single-step: Da tantos pasos como pide `steps`. | Make as many steps as `steps` asks. [raw]
# fails: minimise
# - range(steps)
# + range(1)
# %% right closures
def training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs):
    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = loss_fn(model(inputs, *params), ground_truth)
        loss.backward()
        return loss

    for _ in range(n_epochs):
        optimizer.step(closure)
    return params


def minimise(f, start, learning_rate, steps):
    x = nn.Parameter(torch.tensor(start))
    for _ in range(steps):
        x.grad = None
        f(x).backward()
        optim.SGD((x,), lr=learning_rate).step()
    return x.detach()
# %% hostile patches-the-optimiser: 0 points
def still(self, *arguments, **options):
    return None


for kind in (optim.SGD, optim.Adam, optim.RMSprop):
    kind.step = still


def training_loop_optim(model, params, inputs, ground_truth, loss_fn, optimizer, n_epochs):
    return params


def minimise(f, start, learning_rate, steps):
    return start

# %% question 4d: Dos maneras de escribir una red | Two ways of writing a network
# points: 0.75
# %% text es [markdown]
# Escribe una red con una capa oculta y ReLU de dos maneras. Las dos son clases derivadas de `nn.Module`, se crean con
# los tamaños `(n_in, n_hidden, n_out)`, y reciben `x` `(N, n_in)` y devuelven `(N, n_out)`. La salida no lleva
# activación.
#
# - `Net` guarda dos capas `nn.Linear` en los atributos `fc1` (sin sesgo) y `fc2` (con sesgo), y las une en `forward`.
# - `SequentialNet` guarda un único `nn.Sequential` en el atributo `seq_model`: capa, ReLU, capa. Aquí las dos capas
#   llevan sesgo.
#
# Prueba `print(Net(5, 7, 1))`: ¿cuántos parámetros tiene cada red?
# %% text en [markdown]
# Write a network with one hidden layer and ReLU in two ways. Both are classes derived from `nn.Module`, are made with
# the sizes `(n_in, n_hidden, n_out)`, and get `x` `(N, n_in)` and return `(N, n_out)`. The output has no activation.
#
# - `Net` keeps two layers `nn.Linear` in the attributes `fc1` (without bias) and `fc2` (with bias), and joins them in
#   `forward`.
# - `SequentialNet` keeps a single `nn.Sequential` in the attribute `seq_model`: layer, ReLU, layer. Here both layers
#   have a bias.
#
# Try `print(Net(5, 7, 1))`: how many parameters does each network have?
# %% solution
class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()  # keep
        self.fc1 = nn.Linear(n_in, n_hidden, bias=False)
        self.fc2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        h = F.relu(self.fc1(x))
        return self.fc2(h)


class SequentialNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()  # keep
        self.seq_model = nn.Sequential(
            nn.Linear(n_in, n_hidden),
            nn.ReLU(),
            nn.Linear(n_hidden, n_out),
        )

    def forward(self, x):
        return self.seq_model(x)
# %% test Net
# weights: parameters 1, output 2
# hint: Compara los parámetros de tu red con los del enunciado. |
#   Compare your network's parameters with those of the statement.
@public(N=4, n_in=5, n_hidden=7, n_out=1)
@public("una muestra | one sample", N=1, n_in=3, n_hidden=6, n_out=2)
@hidden(N=6, n_in=3, n_hidden=4, n_out=2)
def test(d):
    net = Net(d.n_in, d.n_hidden, d.n_out)
    yield "parámetros | parameters", sorted(name for name, _ in net.named_parameters())
    yield "salida | output", d.fill(net)(d.normal(d.N, d.n_in))
# %% test SequentialNet
# weights: parameters 1, output 2
# hint: Compara los parámetros de tu red con los del enunciado. |
#   Compare your network's parameters with those of the statement.
@public(N=4, n_in=5, n_hidden=7, n_out=1)
@hidden(N=6, n_in=3, n_hidden=4, n_out=2)
def test(d):
    net = SequentialNet(d.n_in, d.n_hidden, d.n_out)
    yield "parámetros | parameters", sorted(name for name, _ in net.named_parameters())
    yield "salida | output", d.fill(net)(d.normal(d.N, d.n_in))
# %% wrong fc1-with-bias: La primera capa de Net no lleva sesgo. | The first layer of Net has no bias. [raw]
# fails: Net
# - nn.Linear(n_in, n_hidden, bias=False)
# + nn.Linear(n_in, n_hidden)
# %% wrong no-bias-anywhere: La segunda capa de Net sí lleva sesgo. | The second layer of Net does have a bias. [raw]
# fails: Net
# - self.fc2 = nn.Linear(n_hidden, n_out)
# + self.fc2 = nn.Linear(n_hidden, n_out, bias=False)
# %% wrong no-activation: Entre las dos capas va la ReLU. | The ReLU belongs between the two layers. [raw]
# fails: Net
# - h = F.relu(self.fc1(x))
# + h = self.fc1(x)
# %% wrong activated-output: La salida no lleva activación. | The output has no activation. [raw]
# fails: Net
# - return self.fc2(h)
# + return F.relu(self.fc2(h))
# %% wrong sizes-of-the-class [raw]
# es: Los tamaños son los que recibe la clase, no siempre 5 y 7.
# en: The sizes are those that the class gets, not always 5 and 7.
# fails: Net
# raises: RuntimeError
# - self.fc1 = nn.Linear(n_in, n_hidden, bias=False)
# + self.fc1 = nn.Linear(5, 7, bias=False)
# %% wrong relu-at-the-end [raw]
# es: En la secuencia la ReLU va entre las dos capas.
# en: In the sequence the ReLU comes between the two layers.
# fails: SequentialNet
# -     nn.ReLU(),
# -     nn.Linear(n_hidden, n_out),
# +     nn.Linear(n_hidden, n_out),
# +     nn.ReLU(),
# %% wrong sequence-without-bias [raw]
# es: En SequentialNet la primera capa también lleva sesgo.
# en: In SequentialNet the first layer has a bias too.
# fails: SequentialNet
# in SequentialNet
# - nn.Linear(n_in, n_hidden),
# + nn.Linear(n_in, n_hidden, bias=False),
# %% wrong another-activation: La activación pedida es ReLU. | The activation asked is ReLU. [raw]
# fails: SequentialNet
# - nn.ReLU()
# + nn.Tanh()
# %% right older-style
class Net(torch.nn.Module):
    def __init__(self, entrada, oculta, salida):
        super(Net, self).__init__()
        self.fc2 = nn.Linear(oculta, salida)
        self.fc1 = nn.Linear(entrada, oculta, False)

    def forward(self, x):
        return self.fc2(self.fc1(x).clamp(min=0))


class SequentialNet(torch.nn.Module):
    def __init__(self, entrada, oculta, salida):
        super(SequentialNet, self).__init__()
        self.seq_model = nn.Sequential()
        self.seq_model.append(nn.Linear(entrada, oculta))
        self.seq_model.append(nn.ReLU(inplace=True))
        self.seq_model.append(nn.Linear(oculta, salida))

    def forward(self, x):
        for layer in self.seq_model:
            x = layer(x)
        return x
# %% hostile lies-about-parameters: 0 points
class Net(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.p = nn.Parameter(torch.zeros(1))

    def named_parameters(self, *arguments, **options):
        return iter([("p", self.p)] * 10**6)

    def parameters(self, *arguments, **options):
        return iter([torch.zeros(3, 4)] * 3)

    def forward(self, x):
        return torch.full((len(x), 1), 0.5)


SequentialNet = Net

# %% question 4e: Entrenar un módulo | Training a module
# points: 0.5
# %% text es [markdown]
# `train(net, inputs, ground_truth, learning_rate, n_epochs)` entrena una red cualquiera (un `nn.Module`) con
# `torch.optim.SGD` y `nn.MSELoss`. Cada época usa todas las muestras a la vez. La función cambia los parámetros de
# `net` y devuelve una lista con `n_epochs` números de Python: la pérdida de cada época, calculada **antes** de su paso.
#
# Después entrena un `SequentialNet(2, 8, 1)` con los cuatro puntos de XOR y mira cómo baja la pérdida.
# %% text en [markdown]
# `train(net, inputs, ground_truth, learning_rate, n_epochs)` trains any network (an `nn.Module`) with `torch.optim.SGD`
# and `nn.MSELoss`. Each epoch uses all samples at once. The function changes the parameters of `net` and returns a list
# of `n_epochs` Python numbers: the loss of each epoch, computed **before** its step.
#
# Then train a `SequentialNet(2, 8, 1)` on the four points of XOR and watch the loss fall.
# %% solution
def train(net, inputs, ground_truth, learning_rate, n_epochs):
    optimizer = optim.SGD(net.parameters(), lr=learning_rate)
    loss_fn = nn.MSELoss()
    losses = []
    for epoch in range(n_epochs):
        optimizer.zero_grad()
        loss = loss_fn(net(inputs), ground_truth)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
# %% test entrenamiento | training
# tolerance: 1e-3, 1e-5
# weights: losses 1, parameters 1
# hint: Compara la primera pérdida y los parámetros después de una época. |
#   Compare the first loss and the parameters after one epoch.
@public("una época | one epoch", N=6, n_in=3, n_hidden=5, n_out=2, lr=0.1, epochs=1)
@public("cuatro épocas | four epochs", N=6, n_in=3, n_hidden=5, n_out=2, lr=0.1, epochs=4)
@hidden(N=9, n_in=4, n_hidden=6, n_out=3, lr=0.2, epochs=3)
def test(d):
    net = d.fill(nn.Sequential(nn.Linear(d.n_in, d.n_hidden), nn.Tanh(), nn.Linear(d.n_hidden, d.n_out)))
    x, y = d.normal(d.N, d.n_in), d.normal(d.N, d.n_out)
    yield "pérdidas | losses", train(net, x, y, d.lr, d.epochs)
    yield "parámetros | parameters", d.parameters(net)
# %% wrong no-zero-grad [raw]
# es: Los gradientes se suman de una época a la siguiente.
# en: Gradients add up from one epoch to the next.
# - optimizer.zero_grad()
# %% wrong never-steps: Sin step() la red no aprende. | Without step() the network does not learn. [raw]
# - optimizer.step()
# %% wrong last-loss-only [raw]
# es: Se pide la pérdida de cada época en una lista.
# en: The loss of each epoch is asked, in a list.
# - return losses
# + return losses[-1:]
# %% wrong loss-after-step: La pérdida se calcula antes del paso. | The loss is computed before the step. [raw]
# - losses.append(loss.item())
# + losses.append(loss_fn(net(inputs), ground_truth).item())
# %% wrong absolute-loss [raw]
# es: La pérdida pedida es el error cuadrático medio.
# en: The loss asked is the mean squared error.
# - nn.MSELoss()
# + nn.L1Loss()
# %% wrong running-total [raw]
# es: Cada número es la pérdida de su época, no la suma hasta ahí.
# en: Each number is its epoch's loss, not the sum so far.
# - losses.append(loss.item())
# + losses.append(loss.item() + sum(losses[-1:]))
# %% right without-optimiser
def train(net, inputs, ground_truth, learning_rate, n_epochs):
    history = torch.empty(n_epochs)
    for epoch in range(n_epochs):
        net.zero_grad()
        loss = ((net(inputs) - ground_truth) ** 2).mean()
        history[epoch] = loss.detach()
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                p.copy_(p - learning_rate * p.grad)
    return history.tolist()
# %% hostile never-ends: 0 points
def train(net, inputs, ground_truth, learning_rate, n_epochs):
    while True:
        pass
