# %% question 1a: Tensores: creación y atributos | Tensors: creation and attributes
# points: 0.1
# %% text es [markdown]
# Un tensor es un array de cualquier número de dimensiones, que además puede vivir en una GPU. Se crea a partir de
# datos, a partir de otro tensor o con valores constantes o aleatorios. Escribe:
#
# * `from_data(data)`: el tensor con los números de la lista (anidada) `data`. Su tipo es el que corresponde a los
#   datos: entero si son enteros, real si son reales.
# * `ones_as(x)`: un tensor de unos con la forma y el tipo del tensor `x`.
# * `noise_as(x)`: un tensor con la forma de `x` y números al azar, uniformes en $[0, 1)$. Es de tipo `torch.float`
#   aunque `x` sea de enteros, y cada llamada da números distintos.
# * `attributes(t)`: la terna `(forma, tipo, dispositivo)` de `t`, es decir, lo que PyTorch llama *shape*, *dtype* y
#   *device*.
# %% text en [markdown]
# A tensor is an array of any number of dimensions, which may also live on a GPU. It is made from data, from another
# tensor, or with constant or random values. Write:
#
# * `from_data(data)`: the tensor with the numbers of the (nested) list `data`. Its type follows from the data: integer
#   for integers, real for real numbers.
# * `ones_as(x)`: a tensor of ones with the shape and the type of the tensor `x`.
# * `noise_as(x)`: a tensor with the shape of `x` and random numbers, uniform in $[0, 1)$. Its type is `torch.float`
#   even if `x` holds integers, and each call gives other numbers.
# * `attributes(t)`: the triple `(shape, dtype, device)` of `t`.
# %% solution
def from_data(data):
    return torch.tensor(data)


def ones_as(x):
    return torch.ones_like(x)


def noise_as(x):
    return torch.rand_like(x, dtype=torch.float)


def attributes(t):
    return t.shape, t.dtype, t.device
# %% test datos enteros | integer data
# dtype: exact
@public(data=[[1, 2], [3, 4]])
@hidden(data=[[[5, -1, 0]], [[2, 7, 9]]])
def test(d):
    return {"from_data(data)": from_data(d.data)}
# %% test datos reales | real data
@public(data=[[0.5, 1.5, -2.0]])
@hidden(data=[[0.25], [3.5]])
def test(d):
    return {"from_data(data)": from_data(d.data)}
# %% test unos | ones
# dtype: exact
@public(shape=(2, 2))
@hidden(shape=(3, 1, 4))
def test(d):
    return {"ones_as(x)": ones_as(d.integers(*d.shape))}
# %% test ruido | noise
@public(shape=(4, 5))
@hidden(shape=(3, 2, 6))
def test(d):
    x = d.integers(*d.shape)
    yield "noise_as(x)", noise_as(x)
    yield "otra vez | again", noise_as(x)
def judge(d, seen, right):
    noise, again = seen["noise_as(x)"], seen["again"]
    shaped = isinstance(noise, torch.Tensor) and tuple(noise.shape) == tuple(d.shape)
    yield holds(shaped and noise.dtype == torch.float32, "la forma de x y el tipo float32 | the shape of x and the type float32", got=noise)
    low, high = (float(noise.min()), float(noise.max())) if shaped else (-1.0, 2.0)
    spread = shaped and len(set(noise.reshape(-1).tolist())) > noise.numel() // 2
    yield holds(0 <= low and high < 1 and spread, "números al azar en [0, 1) | random numbers in [0, 1)", got=noise)
    yield must("otros números en cada llamada | other numbers in each call", not same(noise, again))
# %% test atributos | attributes
@public(shape=(3, 4), dtype="int16")
@hidden(shape=(2, 1, 5), dtype="bool")
def test(d):
    shape, dtype, device = attributes(d.integers(*d.shape, low=0, high=2).to(getattr(torch, d.dtype)))
    yield "forma | shape", tuple(shape)
    yield "tipo | dtype", str(dtype)
    yield "dispositivo | device", str(device)
# %% wrong float-constructor [raw]
# es: torch.Tensor da siempre reales; otra función de torch toma el tipo de los datos.
# en: torch.Tensor always gives real numbers; another function of torch takes the type of the data.
# - torch.tensor(data)
# + torch.Tensor(data)
# %% wrong always-integers [raw]
# es: El tipo depende de los datos: con decimales no puede ser entero.
# en: The type depends on the data: with decimals it cannot be integer.
# - torch.tensor(data)
# + torch.tensor(data, dtype=torch.long)
# %% wrong zeros-for-ones [raw]
# es: Todas las entradas tienen que valer uno, no cero.
# en: Every entry has to be one, not zero.
# - torch.ones_like(x)
# + torch.zeros_like(x)
# %% wrong normal-noise [raw]
# es: Se pide una distribución uniforme en [0, 1); la normal da números negativos.
# en: A uniform distribution in [0, 1) is asked for; a normal one gives negative numbers.
# - torch.rand_like(
# + torch.randn_like(
# %% wrong same-noise [raw]
# es: Si fijas la semilla dentro de la función, todas las llamadas dan lo mismo.
# en: If you set the seed inside the function, all calls give the same.
# - return torch.rand_like(
# + torch.manual_seed(0); return torch.rand_like(
# %% wrong number-of-entries [raw]
# es: La forma dice cuántas entradas hay en cada dimensión, no cuántas hay en total.
# en: The shape says how many entries there are in each dimension, not how many in all.
# - t.shape
# + (t.numel(),)
# %% wrong constant-dtype [raw]
# es: Pregunta el tipo al tensor: no siempre es float32.
# en: Ask the tensor for its type: it is not always float32.
# - t.dtype
# + torch.float32
# %% right other-functions
def from_data(data):
    return torch.as_tensor(np.array(data))

def ones_as(x):
    return torch.full(x.shape, 1, dtype=x.dtype)

def noise_as(x):
    return torch.empty(x.shape).uniform_()

def attributes(t):
    return [list(t.size()), str(t.dtype), str(t.device)]
# %% hostile constants: 0 points
def from_data(data):
    return torch.zeros(2, 2)

def ones_as(x):
    return torch.zeros(2, 2)

def noise_as(x):
    return torch.zeros(2, 2)

def attributes(t):
    return (), "dtype", "device"

# %% question 1b: Tensores: trozado y concatenación | Tensors: slicing and joining
# points: 0.1
# %% text es [markdown]
# Los índices de un tensor funcionan como los de NumPy, también a la izquierda de una asignación. Escribe, para una
# matriz `t`:
#
# * `edges(t)`: la terna `(primera fila, primera columna, última columna)`; cada una es un tensor de una dimensión.
# * `clear_column(t, j)`: pone a cero la columna `j` de la propia matriz `t`. No hace falta que devuelva nada.
#
# y, para una lista de matrices:
#
# * `join(tensors, dim)`: las matrices de la lista unidas a lo largo de la dimensión `dim`: una debajo de otra si es 0,
#   una al lado de otra si es 1.
# %% text en [markdown]
# Indices of a tensor work as in NumPy, also on the left of an assignment. Write, for a matrix `t`:
#
# * `edges(t)`: the triple `(first row, first column, last column)`; each is a tensor of one dimension.
# * `clear_column(t, j)`: sets column `j` of the matrix `t` itself to zero. It need not return anything.
#
# and, for a list of matrices:
#
# * `join(tensors, dim)`: the matrices of the list joined along dimension `dim`: one below the other if it is 0, side by
#   side if it is 1.
# %% solution
def edges(t):
    return t[0], t[:, 0], t[:, -1]


def clear_column(t, j):
    t[:, j] = 0


def join(tensors, dim):
    return torch.cat(tensors, dim=dim)
# %% test bordes | edges
@public(N=4, M=3)
@hidden(N=2, M=5)
def test(d):
    row, left, right = edges(d.normal(d.N, d.M))
    yield "primera fila | first row", row
    yield "primera columna | first column", left
    yield "última columna | last column", right
# %% test columna a cero | column of zeros
@public(N=3, M=4, j=1)
@hidden(N=5, M=3, j=0)
@hidden(N=2, M=6, j=5)
def test(d):
    t = d.away_from_zero(d.N, d.M)
    clear_column(t, d.j)
    yield "t", t
# %% test unión | joining
@public(shapes=((2, 3), (2, 3), (2, 3)), dim=1)
@public(shapes=((2, 3), (4, 3)), dim=0)
@hidden(shapes=((3, 2), (3, 4), (3, 1)), dim=1)
@hidden(shapes=((1, 2), (3, 2)), dim=0)
def test(d):
    return {"join(tensors, dim)": join([d.normal(*shape) for shape in d.shapes], d.dim)}
# %% wrong first-column-is-a-row [raw]
# es: El primer índice elige la fila y el segundo la columna.
# en: The first index chooses the row and the second one the column.
# - t[:, 0]
# + t[0, :]
# %% wrong second-column-as-last [raw]
# es: La última columna tiene el índice -1; el índice 1 es la segunda.
# en: The last column has index -1; index 1 is the second one.
# - t[:, -1]
# + t[:, 1]
# %% wrong keeps-the-matrix [raw]
# es: Un índice quita la dimensión; un trozo 0:1 la conserva.
# en: An index removes the dimension; a slice 0:1 keeps it.
# - t[:, 0]
# + t[:, 0:1]
# %% wrong clears-a-copy [raw]
# es: Una copia con ceros no cambia la matriz recibida.
# en: A copy with zeros does not change the matrix that you got.
# - t[:, j] = 0
# + t = t.clone(); t[:, j] = 0
# %% wrong clears-the-row: Has puesto a cero la fila j. | You set row j to zero. [raw]
# - t[:, j] = 0
# + t[j % len(t)] = 0
# %% wrong always-side-by-side [raw]
# es: El argumento dim dice en qué dirección se une.
# en: The argument dim says in which direction to join.
# raises: RuntimeError
# - dim=dim
# + dim=1
# %% wrong stacks: Al unir matrices no aparece una dimensión nueva. | Joining matrices adds no new dimension. [raw]
# - torch.cat(tensors, dim=dim)
# + torch.stack([t[:1, :1] for t in tensors], dim=dim)
# %% right selects
def edges(t):
    return t.select(0, 0), t.select(1, 0), t.T[t.size(1) - 1]

def clear_column(t, j):
    t[..., j].zero_()

def join(tensors, dim):
    return torch.hstack(tensors) if dim else torch.vstack(tensors)
# %% hostile touches-nothing: 0 points
def edges(t):
    return t, t, t

def clear_column(t, j):
    return torch.zeros_like(t)

def join(tensors, dim):
    return tensors[0]

# %% question 1c: Tensores: aritmética | Tensors: arithmetic
# points: 0.1
# %% text es [markdown]
# Hay dos productos: el matricial y el elemental, que multiplica cada entrada por la que ocupa su mismo lugar. Escribe,
# para una matriz `t` de talla $(N, M)$:
#
# * `gram(t)`: el producto matricial de `t` por su traspuesta, de talla $(N, N)$.
# * `squares(t)`: el producto elemental de `t` por sí misma, de talla $(N, M)$.
# * `total(t)`: la suma de todas sus entradas como número de Python (`float`), no como tensor.
# %% text en [markdown]
# There are two products: the matrix product, and the elementwise one, which multiplies each entry by the one in the
# same place. Write, for a matrix `t` of shape $(N, M)$:
#
# * `gram(t)`: the matrix product of `t` and its transpose, of shape $(N, N)$.
# * `squares(t)`: the elementwise product of `t` with itself, of shape $(N, M)$.
# * `total(t)`: the sum of all its entries as a Python number (`float`), not as a tensor.
# %% solution
def gram(t):
    return t @ t.T


def squares(t):
    return t * t


def total(t):
    return t.sum().item()
# %% test productos | products
@public(N=3, M=4)
@hidden(N=5, M=2)
@hidden(N=3, M=3)
def test(d):
    t = d.normal(d.N, d.M)
    yield "gram(t)", gram(t)
    yield "squares(t)", squares(t)
# %% test suma | sum
@public(N=3, M=4)
@hidden(N=6, M=2)
def test(d):
    found = total(d.normal(d.N, d.M))
    yield "total(t)", found
    yield "tipo | type", type(found).__name__
def judge(d, seen, right):
    yield near(seen["total(t)"], right["total(t)"], "total(t)")
    yield must("un número de Python | a Python number", seen["type"] == "float")
# %% wrong columns-times-columns [raw]
# es: El orden importa: ha de salir una matriz de N por N.
# en: The order matters: the result has to be N by N.
# - t @ t.T
# + t.T @ t
# %% wrong matrix-square [raw]
# es: El producto elemental se escribe con otro operador que el matricial.
# en: The elementwise product has another operator than the matrix product.
# - t * t
# + t @ t.T
# %% wrong elementwise-gram [raw]
# es: Con el producto elemental no se suma sobre las columnas.
# en: The elementwise product does not sum over the columns.
# - t @ t.T
# + (t * t).sum(1)
# %% wrong tensor-of-one [raw]
# es: Un tensor de un solo elemento no es todavía un número de Python.
# en: A tensor with one element is not yet a Python number.
# - t.sum().item()
# + t.sum()
# %% wrong mean-entry: Se pide la suma, no la media. | The sum is asked for, not the mean. [raw]
# - t.sum().item()
# + t.mean().item()
# %% right methods
def gram(t):
    return torch.matmul(t, t.transpose(0, 1))

def squares(t):
    return torch.pow(t, 2)

def total(t):
    return float(t.sum(0).sum(0))
# %% hostile ones-everywhere: 0 points
def gram(t):
    return torch.ones(len(t), len(t))

def squares(t):
    return torch.ones_like(t)

def total(t):
    return float(t.numel())

# %% question 1d: Tensores: operaciones en línea y NumPy | Tensors: in-place operations and NumPy
# points: 0.1
# %% text es [markdown]
# Una operación en línea escribe su resultado en el propio tensor; su nombre acaba en `_`. En CPU, un tensor y un array
# de NumPy pueden además compartir la memoria: lo que cambia en uno se ve en el otro. Escribe:
#
# * `add_in_place(t, k)`: suma el número `k` a cada entrada del propio `t` y devuelve `t`.
# * `to_array(t, k)`: obtiene un array de NumPy que comparte la memoria con el tensor `t`, suma `k` en línea a `t` y
#   devuelve el array (que ya muestra la suma).
# * `from_array(n, k)`: obtiene un tensor que comparte la memoria con el array `n`, suma `k` en el propio array `n` y
#   devuelve el tensor (que ya muestra la suma).
#
# Los cambios que se hagan más tarde en `t` o en `n` también han de verse en lo que devuelves.
# %% text en [markdown]
# An in-place operation writes its result into the tensor itself; its name ends in `_`. On a CPU, a tensor and a NumPy
# array can also share their memory: what changes in one shows in the other. Write:
#
# * `add_in_place(t, k)`: adds the number `k` to each entry of `t` itself and returns `t`.
# * `to_array(t, k)`: gets a NumPy array that shares its memory with the tensor `t`, adds `k` to `t` in place and
#   returns the array (which already shows the sum).
# * `from_array(n, k)`: gets a tensor that shares its memory with the array `n`, adds `k` to the array `n` itself and
#   returns the tensor (which already shows the sum).
#
# Later changes of `t` or `n` must also show in what you return.
# %% solution
def add_in_place(t, k):
    return t.add_(k)


def to_array(t, k):
    n = t.numpy()
    t.add_(k)
    return n


def from_array(n, k):
    t = torch.from_numpy(n)
    np.add(n, k, out=n)
    return t
# %% test en línea | in place
@public(N=4, k=5)
@hidden(N=7, k=-2)
def test(d):
    t = d.normal(d.N)
    found = add_in_place(t, d.k)
    yield "t", t
    yield "add_in_place(t, k)", found
# %% test de tensor a array | from tensor to array
@public(N=5, k=1)
@hidden(N=3, k=4)
def test(d):
    t = d.normal(d.N)
    n = to_array(t, d.k)
    yield "tipo | type", type(n).__name__
    yield "t", t
    yield "n", n
    t.mul_(3)
    yield "n después de cambiar t | n after t changed", n
def judge(d, seen, right):
    yield must("es un array de NumPy | is a NumPy array", seen["type"] == "ndarray")
# %% test de array a tensor | from array to tensor
@public(N=5, k=1)
@hidden(N=3, k=4)
def test(d):
    n = d.numpy.normal(d.N)
    t = from_array(n, d.k)
    yield "tipo | type", type(t).__name__
    yield "n", n
    yield "t", t
    n *= 3
    yield "t después de cambiar n | t after n changed", t
def judge(d, seen, right):
    yield must("es un tensor | is a tensor", seen["type"] == "Tensor")
# %% wrong out-of-place [raw]
# es: add crea otro tensor; la versión en línea lleva otro nombre.
# en: add makes another tensor; the in-place version has another name.
# in add_in_place
# - t.add_(k)
# + t.add(k)
# %% wrong copied-array [raw]
# es: Una copia ya no comparte la memoria con el tensor.
# en: A copy no longer shares its memory with the tensor.
# - t.numpy()
# + t.numpy().copy()
# %% wrong array-without-sum: Falta sumar k al propio tensor. | What is missing is to add k to the tensor itself. [raw]
# in to_array
# - t.add_(k)
# + t.add(k)
# %% wrong copied-tensor [raw]
# es: torch.tensor copia los datos; hay otra función que comparte la memoria.
# en: torch.tensor copies the data; there is another function that shares the memory.
# - torch.from_numpy(n)
# + torch.tensor(n)
# %% wrong rebinds-the-array [raw]
# es: n = n + k crea otro array; el recibido no cambia.
# en: n = n + k makes another array; the one you got does not change.
# - np.add(n, k, out=n)
# + n = n + k
# %% right augmented
def add_in_place(t, k):
    t += k
    return t

def to_array(t, k):
    t[:] = t + k
    return np.asarray(t.detach())

def from_array(n, k):
    n += k
    return torch.as_tensor(n)
# %% hostile copies-and-forgets: 0 points
def add_in_place(t, k):
    return t.clone()

def to_array(t, k):
    return [0.0] * len(t)

def from_array(n, k):
    return [0.0] * len(n)
