# %% assignment clase2: Perceptrón multicapa y PyTorch | Multilayer perceptron and PyTorch
# scale: Argentina 1 to 10, 1 decimals
# language: es
# languages: es, en
# parts: derivatives.py, networks.py, descent.py, frameworks.py
# limit: 3 s

# %% text es [markdown]
# # Perceptrón multicapa, retropropagación y PyTorch
#
# Esta práctica acompaña las clases 2.A y 2.B. Empieza con derivadas escritas a mano, pasa por las pérdidas y el
# perceptrón multicapa, y termina con las mismas ideas en PyTorch, donde `autograd` deriva por ti.
#
# **Reglas.** Conserva el nombre de cada función y el orden de sus argumentos. Cada función devuelve su resultado con
# `return`; lo que se imprime no se corrige. En las partes 1 a 3 el gradiente se escribe a mano: ahí no se usa
# `autograd`. En la parte 4 sí.
#
# **Notación.** `N` es el número de muestras del batch, `F` el de features, `H` el de unidades ocultas y `C` el de
# clases. `(N, F)` es un tensor con `N` filas y `F` columnas, `(N,)` un vector de largo `N` y `()` un tensor con un solo
# número.
# %% text en [markdown]
# # Multilayer perceptron, backpropagation and PyTorch
#
# These exercises go with classes 2.A and 2.B. They start with derivatives written by hand, go on with losses and the
# multilayer perceptron, and end with the same ideas in PyTorch, where `autograd` differentiates for you.
#
# **Rules.** Keep the name of each function and the order of its arguments. Each function gives its result with
# `return`; printed text is not graded. In parts 1 to 3 the gradient is written by hand: `autograd` is not used there.
# In part 4 it is.
#
# **Notation.** `N` is the number of samples in the batch, `F` the number of features, `H` of hidden units and `C` of
# classes. `(N, F)` is a tensor with `N` rows and `F` columns, `(N,)` a vector of length `N` and `()` a tensor with a
# single number.

# %% given
import math

import torch
import torch.nn.functional as F
from torch import nn, optim
