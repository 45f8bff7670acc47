# %% question 2a: Un conjunto de datos propio | A data set of your own
# points: 0.15
# %% text es [markdown]
# Un *Dataset* sabe dos cosas: cuántas muestras tiene y cómo entregar la muestra `idx`. Puede transformar además las
# características y las etiquetas al entregarlas. Las imágenes suelen leerse de una carpeta; aquí ya están en memoria.
#
# Escribe la clase `CustomImageDataset`, derivada de `torch.utils.data.Dataset`:
#
# * `CustomImageDataset(images, labels, transform=None, target_transform=None)`: `images` es un tensor de talla
#   $(N, \ldots)$ y `labels` uno de talla $(N)$;
# * `len(dataset)` es el número de muestras;
# * `dataset[idx]` es el par `(imagen, etiqueta)` de la muestra `idx`. Si se dio `transform`, la imagen pasa antes por
#   esa función; si se dio `target_transform`, la etiqueta pasa por ella.
# %% text en [markdown]
# A *Dataset* knows two things: how many samples it has, and how to deliver sample `idx`. It may also transform features
# and labels when it delivers them. Images are often read from a folder; here they are already in memory.
#
# Write the class `CustomImageDataset`, derived from `torch.utils.data.Dataset`:
#
# * `CustomImageDataset(images, labels, transform=None, target_transform=None)`: `images` is a tensor of shape
#   $(N, \ldots)$ and `labels` one of shape $(N)$;
# * `len(dataset)` is the number of samples;
# * `dataset[idx]` is the pair `(image, label)` of sample `idx`. If `transform` was given, the image goes through that
#   function first; if `target_transform` was given, the label goes through it.
# %% solution
class CustomImageDataset(Dataset):
    def __init__(self, images, labels, transform=None, target_transform=None):
        self.images = images
        self.labels = labels
        self.transform = transform
        self.target_transform = target_transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        image = self.images[idx]
        label = self.labels[idx]
        if self.transform:
            image = self.transform(image)
        if self.target_transform:
            label = self.target_transform(label)
        return image, label
# %% test muestras | samples
# weights: images 2, labels 2
@public(N=5, H=3, W=4)
@hidden(N=8, H=2, W=2)
def test(d):
    data = CustomImageDataset(d.uniform(d.N, d.H, d.W), d.classes(d.N, 10))
    yield "Dataset", isinstance(data, Dataset)
    yield "len(dataset)", len(data)
    yield "imágenes | images", [data[i][0] for i in range(d.N)]
    yield "etiquetas | labels", [data[i][1] for i in range(d.N)]
def judge(d, seen, right):
    yield must("deriva de Dataset | is derived from Dataset", seen["Dataset"] is True)
# %% test transformaciones | transforms
@public(N=4, H=3, W=3, image=True, target=True)
@hidden(N=6, H=2, W=5, image=True, target=False)
@hidden(N=6, H=2, W=5, image=False, target=True)
def test(d):
    transform = (lambda image: 2 * image - 1) if d.image else None
    target_transform = (lambda label: int(label) + 100) if d.target else None
    data = CustomImageDataset(d.uniform(d.N, d.H, d.W), d.classes(d.N, 10), transform, target_transform)
    yield "imágenes | images", [data[i][0] for i in range(d.N)]
    yield "etiquetas | labels", [data[i][1] for i in range(d.N)]
# %% wrong constant-length [raw]
# es: El número de muestras depende de los datos.
# en: The number of samples depends on the data.
# - return len(self.labels)
# + return 10
# %% wrong whole-data-set [raw]
# es: Se entrega una muestra, la de índice idx, no todas.
# en: One sample is delivered, the one with index idx, not all.
# - self.images[idx]
# + self.images
# %% wrong labels-shifted: Imagen y etiqueta tienen el mismo índice. | Image and label have the same index. [raw]
# - self.labels[idx]
# + self.labels[idx - 1]
# %% wrong label-first: El par es (imagen, etiqueta), en este orden. | The pair is (image, label), in this order. [raw]
# - return image, label
# + return label, image
# %% wrong transform-ignored [raw]
# es: transform hay que aplicarla al entregar la imagen.
# en: transform has to be applied when the image is delivered.
# - image = self.transform(image)
# %% wrong target-transform-ignored [raw]
# es: target_transform se aplica a la etiqueta.
# en: target_transform is applied to the label.
# - label = self.target_transform(label)
# %% wrong not-a-dataset: La clase ha de derivar de Dataset. | The class has to be derived from Dataset. [raw]
# - CustomImageDataset(Dataset)
# + CustomImageDataset
# %% right list-of-pairs
class CustomImageDataset(Dataset):
    def __init__(self, images, labels, transform=None, target_transform=None):
        super().__init__()
        same = lambda value: value
        self.change, self.change_target = transform or same, target_transform or same
        self.pairs = list(zip(images, labels.tolist()))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, idx):
        image, label = self.pairs[idx]
        return self.change(image), self.change_target(label)
# %% hostile answers-anything: 0 points
class CustomImageDataset:
    def __init__(self, *args, **kwargs):
        pass

    def __len__(self):
        return 1 << 40

    def __getitem__(self, idx):
        return 0, 0

# %% question 2b: DataLoader
# points: 0.15
# %% text es [markdown]
# El *Dataset* entrega las muestras de una en una; un `DataLoader` las agrupa en lotes y puede barajarlas en cada época.
# Para ajustar un modelo se aparta además una parte de los datos, la de validación.
#
# Escribe `make_loaders(dataset, n_val, batch_size)`, que reparte **al azar** las $N$ muestras de `dataset` en
# $N - n_{val}$ de entrenamiento y $n_{val}$ de validación, y devuelve el par `(train_loader, val_loader)` de objetos
# `DataLoader`:
#
# * los lotes de ambos son de `batch_size` muestras; el último puede ser menor, pero no falta;
# * `train_loader` baraja sus muestras en cada época;
# * `val_loader` las da siempre en el mismo orden.
# %% text en [markdown]
# The *Dataset* delivers samples one by one; a `DataLoader` groups them in batches and may shuffle them in each epoch.
# To tune a model, a part of the data is also set aside, for validation.
#
# Write `make_loaders(dataset, n_val, batch_size)`, which splits the $N$ samples of `dataset` **at random** into
# $N - n_{val}$ for training and $n_{val}$ for validation, and returns the pair `(train_loader, val_loader)` of
# `DataLoader` objects:
#
# * the batches of both have `batch_size` samples; the last one may be smaller, but is not left out;
# * `train_loader` shuffles its samples in each epoch;
# * `val_loader` always gives them in the same order.
# %% solution
def make_loaders(dataset, n_val, batch_size):
    train_dataset, val_dataset = random_split(dataset, [len(dataset) - n_val, n_val])
    train_loader = DataLoader(train_dataset, batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(val_dataset, batch_size=batch_size, shuffle=False)
    return train_loader, val_loader
# %% test dos épocas | two epochs
@public(N=43, n_val=12, batch=10)
@hidden(N=61, n_val=17, batch=8)
def test(d):
    data = TensorDataset(torch.arange(d.N), d.classes(d.N, 3))
    train_loader, val_loader = make_loaders(data, d.n_val, d.batch)
    for epoch in (1, 2):
        yield f"train {epoch}", [x for x, y in train_loader]
        yield f"val {epoch}", [x for x, y in val_loader]
def judge(d, seen, right):
    names = "train 1", "train 2", "val 1", "val 2"
    epochs = {name: [x.long().reshape(-1).tolist() for x in seen[name]] for name in names}
    order = {name: sum(batches, []) for name, batches in epochs.items()}
    train, val = order["train 1"], order["val 1"]
    whole = sorted(train + val) == list(range(d.N)) and len(val) == d.n_val
    label = "cada muestra una vez, n_val en validación | each sample once, n_val for validation"
    yield holds(whole, label, got=[len(train), len(val)], weight=3)
    for name, count in (("train 1", d.N - d.n_val), ("val 1", d.n_val)):
        sizes = [len(batch) for batch in epochs[name]]
        full = [d.batch] * (count // d.batch) + [count % d.batch] * (count % d.batch > 0)
        part = "entrenamiento | training" if name == "train 1" else "validación | validation"
        es, en = part.split(" | ")
        yield holds(sizes == full, f"lotes de {es} del tamaño pedido | batches for {en} of the size that was asked for", got=sizes)
    shuffled = len(set(train)) == len(train) > d.batch and train != order["train 2"]
    yield holds(shuffled, "el entrenamiento se baraja en cada época | training is shuffled in each epoch")
    distinct = len(set(val)) == len(val) > 0
    ends = sorted(val) in (list(range(d.n_val)), list(range(d.N - d.n_val, d.N)))
    yield holds(distinct and not ends, "el reparto es al azar | the split is random")
    yield holds(distinct and val == order["val 2"], "la validación no se baraja | validation is not shuffled")
# %% wrong no-shuffle [raw]
# es: Las muestras de entrenamiento se barajan en cada época.
# en: Training samples are shuffled in each epoch.
# - shuffle=True
# + shuffle=False
# %% wrong val-shuffled: Solo se baraja el entrenamiento. | Only training is shuffled. [raw]
# - shuffle=False
# + shuffle=True
# %% wrong last-batch-lost [raw]
# es: También cuenta el último lote, aunque sea menor.
# en: The last batch counts too, even if it is smaller.
# - shuffle=True)
# + shuffle=True, drop_last=True)
# %% wrong batches-of-one [raw]
# es: Sin batch_size, cada lote tiene una sola muestra.
# en: Without batch_size each batch has a single sample.
# - DataLoader(val_dataset, batch_size=batch_size, shuffle=False)
# + DataLoader(val_dataset, shuffle=False)
# %% wrong split-in-order [raw]
# es: Si validación son siempre las últimas muestras, el reparto no es al azar.
# en: If validation always gets the last samples, the split is not random.
# - train_dataset, val_dataset = random_split(dataset, [len(dataset) - n_val, n_val])
# + n = len(dataset) - n_val
# + pick = torch.utils.data.Subset
# + train_dataset, val_dataset = pick(dataset, range(n)), pick(dataset, range(n, len(dataset)))
# %% wrong parts-exchanged [raw]
# es: A validación le tocan n_val muestras; a entrenamiento, el resto.
# en: Validation gets n_val samples; training gets the rest.
# - [len(dataset) - n_val, n_val]
# + [n_val, len(dataset) - n_val]
# %% wrong validates-on-all [raw]
# es: Las muestras de validación no se usan en el entrenamiento.
# en: The validation samples are not used for training.
# - DataLoader(train_dataset,
# + DataLoader(dataset,
# %% right by-permutation
def make_loaders(dataset, n_val, batch_size):
    order = torch.randperm(len(dataset)).tolist()
    parts = [torch.utils.data.Subset(dataset, part) for part in (order[n_val:], order[:n_val])]
    sampler = torch.utils.data.RandomSampler(parts[0])
    return [DataLoader(parts[0], batch_size, sampler=sampler), DataLoader(parts[1], batch_size)]
# %% hostile the-same-batch: 0 points
def make_loaders(dataset, n_val, batch_size):
    return [[torch.zeros(batch_size), 0]] * 3, [[torch.zeros(batch_size), 0]] * 3

# %% question 2c: Etiquetas one-hot | One-hot labels
# points: 0.1
# %% text es [markdown]
# Una transformación de etiquetas habitual convierte la clase $y$ en un vector *one-hot*: todo ceros salvo un 1 en la
# posición $y$. Escribe `one_hot(y, num_classes=10)`: para un entero `y` entre 0 y `num_classes - 1` devuelve ese vector
# como tensor de reales de talla `(num_classes,)`. Así puedes usarla como `target_transform` de tu conjunto de datos.
# %% text en [markdown]
# A common transform of labels turns the class $y$ into a *one-hot* vector: all zeros but for a 1 at place $y$. Write
# `one_hot(y, num_classes=10)`: for an integer `y` from 0 to `num_classes - 1` it returns this vector as a tensor of
# real numbers with the shape `(num_classes,)`. So you can use it as the `target_transform` of your data set.
# %% solution
def one_hot(y, num_classes=10):
    return torch.zeros(num_classes).scatter_(0, torch.tensor(y), value=1)
# %% test vector
@public(y=3, C=10)
@public(y=0, C=4)
@hidden(y=6, C=7)
@hidden(y=2, C=12)
def test(d):
    return {"one_hot(y, C)": one_hot(d.y, d.C)}
def judge(d, seen, right):
    vector = seen["one_hot(y, C)"]
    yield near(vector, right["one_hot(y, C)"], "one_hot(y, C)")
    real = isinstance(vector, torch.Tensor) and vector.is_floating_point()
    yield must("tensor de reales | tensor of real numbers", real)
# %% test sin decir el número de clases | without the number of classes
@public(y=9)
@hidden(y=4)
def test(d):
    return {"one_hot(y)": one_hot(d.y)}
# %% wrong ten-classes: La talla es num_classes, no siempre 10. | The size is num_classes, not always 10. [raw]
# - torch.zeros(num_classes)
# + torch.zeros(max(10, num_classes))
# %% wrong from-one: Las clases se cuentan desde 0. | Classes are counted from 0. [raw]
# - torch.tensor(y)
# + torch.tensor((y - 1) % num_classes)
# %% wrong integer-vector [raw]
# es: La transformación ha de dar reales, que es lo que se resta de una salida de la red.
# en: The transform has to give real numbers, as the output of a network.
# - torch.zeros(num_classes)
# + torch.zeros(num_classes, dtype=torch.long)
# %% wrong class-as-value [raw]
# es: En la posición y va un 1, no el número de la clase.
# en: Place y holds a 1, not the number of the class.
# - value=1
# + value=y
# %% right identity-row
def one_hot(y, num_classes=10):
    return torch.eye(num_classes)[y]
# %% right function-of-torch
def one_hot(y, num_classes=10):
    return nn.functional.one_hot(torch.as_tensor(y), num_classes).float()
# %% hostile equals-everything: 0 points
class Yes(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

    def __ne__(self, other):
        return torch.zeros(self.shape, dtype=torch.bool)

    def allclose(self, *args, **kwargs):
        return True

def one_hot(y, num_classes=10):
    return torch.full((num_classes,), 0.5).as_subclass(Yes)
