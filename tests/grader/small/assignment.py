# %% assignment small: Tarea chica | Small assignment
# scale: 1 to 7, 1 decimals
# languages: es, en
# limit: 5 s
# data: heights.csv

# %% given
import torch
from torch.utils.data import Dataset

GAMMA = 0.9

# %% helper gap
def gap(a, b):
    return (a - b).abs().max()

# %% question 1: Estandarizar | Standardise
# points: 1

# %% solution
def standardise(X):
    """Columns of X with mean 0 and deviation 1."""
    centred_columns = X - X.mean(dim=0)
    return centred_columns / centred_columns.pow(2).mean(dim=0).sqrt()

# %% test columnas | columns
# hint: Revisa la media y la desviación de cada columna. | Look at the mean and the deviation of each column.
@public("chico | small", N=6, F=3)
@public("grande | large", N=9, F=4)
@hidden(N=11, F=5)
def test(d):
    X = d.normal(d.N, d.F, scale=3.0) + 2
    yield "X sigue igual | X is unchanged", d.unchanged(X)
    yield "Z", standardise(X)
    yield "máximo | maximum", standardise(X).amax(dim=0)

# %% wrong all-entries: Cada columna tiene su propia media. | Each column has a mean of its own. [raw]
# - X - X.mean(dim=0)
# + X - X.mean()

# %% wrong no-root: La desviación es la raíz de la varianza. | The deviation is the root of the variance. [raw]
# - .sqrt()

# %% stand-in standardise
def standardise(X):
    return torch.nn.functional.batch_norm(X, None, None, training=True, eps=1e-12)

# %% question 2: Ruido | Noise
# points: 1
# needs: 1 (share 0.5)

# %% solution
def noisy(X, scale):
    """The standardised columns plus normal noise."""
    return standardise(X) + scale * torch.randn_like(X)

# %% test momentos | moments
@public(N=400, F=2)
@hidden(N=500, F=3)
def test(d):
    X = d.normal(d.N, d.F)
    Y = noisy(X, d.given["scale"])
    return {"Y": Y, "forma | shape": list(Y.shape)}

def given(d):
    return {"scale": 2.0, "wanted": torch.ones(d.F) * (1 + 2.0**2) ** 0.5}

def judge(d, seen, right):
    Y = seen["Y"]
    yield at_most(gap(Y.mean(0), torch.zeros(d.F)), 0.4, "media | mean")
    yield at_most(gap(Y.std(0), d.given["wanted"]), 0.4, "desviación | deviation", partial=0.2)

# %% wrong no-noise: Suma ruido normal. | Add normal noise. [raw]
# -  + scale * torch.randn_like(X)

# %% question 3: Promedio de una época | Mean of an epoch
# points: 1

# %% solution
class Coins(Dataset):
    """n random rows."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if not 0 <= index < self.n:
            raise IndexError(index)
        return torch.rand(3), torch.randint(2, (1,))

def mean_of_epoch(rows):
    """The mean of all inputs."""
    total_of_inputs = sum(x.sum() for x, y in rows)
    return total_of_inputs / (3 * len(rows))

# %% test época | epoch
@public(n=8)
@hidden(n=12)
def test(d):
    rows = d.replay(Coins, d.n)
    yield "n", len(rows)
    yield "promedio | mean", mean_of_epoch(rows)

def expected(d, seen):
    return {"mean": torch.stack([x for x, y in seen["replay"]]).mean()}

# %% wrong sum-of-epoch: Divide por la cantidad de números. | Divide by the count of numbers. [raw]
# - total_of_inputs / (3 * len(rows))
# + total_of_inputs / len(rows)

# %% question 4: Convención propia | Own convention
# points: 1

# %% solution
def softsign_of_private_kind(x):
    return x / (1 + x.abs())

def squashed(x):
    """x between -1 and 1."""
    return softsign_of_private_kind(x)

# %% test dentro | inside
@public(N=5)
@hidden(N=7)
def test(d):
    return {"y": squashed(d.normal(d.N))}

def judge(d, seen, right):
    yield holds(gap(seen["y"], softsign_of_private_kind(d.normal(d.N))) < 1e-4, "igual a la función | equal to the function")

# %% wrong not-absolute: El denominador usa el valor absoluto. | The denominator has the absolute value. [raw]
# - x.abs()
# + x.pow(2)

# %% question 5: Secreta | Secret
# points: 1

# %% solution
def doubled(x):
    """Twice x."""
    return 2 * x

# %% test solo escondida | hidden only
# tolerance: 0.0123, 0.0456
@hidden(N=543)
def test(d):
    return {"y": doubled(d.normal(d.N))}

# %% wrong tripled: Es el doble. | It is twice. [raw]
# - 2 * x
# + 3 * x

# %% question 6: Alturas | Heights
# points: 1

# %% solution
def mean_height(path):
    """The mean of the numbers in a file."""
    with open(path) as heights_file:
        numbers_in_file = [float(line) for line in heights_file]
    return sum(numbers_in_file) / len(numbers_in_file)

# %% test archivo | file
@public("archivo | file", scale=1)
@hidden("escondido | hidden", scale=2)
def test(d):
    return {"altura | height": mean_height(d.file("heights.csv"))}

# %% test archivo propio | own file
# share: 3
@public(n=3)
@hidden(n=4)
def test(d):
    path = d.folder() + "/own.txt"
    with open(path, "w") as file:
        file.write("\n".join(str(int(v)) for v in d.integers(d.n, low=1, high=50)))
    yield "altura propia | own height", mean_height(path)

# %% wrong middle-height: Es el promedio de todos los números. | It is the mean of all numbers. [raw]
# - sum(numbers_in_file) / len(numbers_in_file)
# + numbers_in_file[len(numbers_in_file) // 2]

# %% accepts centimetres
def mean_height(path):
    with open(path) as heights_file:
        rows = [float(row) for row in heights_file]
    return 100 * sum(rows) / len(rows)

# %% stand-in mean_height
# stays home
def mean_height(path):
    with open(path) as home_file:
        values_that_stay_home = [float(line) for line in home_file]
    return sum(values_that_stay_home) / len(values_that_stay_home)

# %% question 7: Cociente | Ratio
# points: 1
# needs: 6 (share 0.5)

# %% solution
def ratio(path, height):
    """A height as a part of the mean."""
    return height / mean_height(path)

# %% test cociente | ratio
@public(height=2.0)
@hidden(height=3.0)
def test(d):
    return {"cociente | ratio": ratio(d.file("heights.csv"), d.height)}

# %% wrong inverse-ratio: El promedio divide. | The mean divides. [raw]
# - height / mean_height(path)
# + mean_height(path) / height
