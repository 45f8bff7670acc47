# %% assignment redes: Redes neuronales multicapa | Multilayer neural networks
# scale: 0 to 10, 2 decimals
# language: es
# languages: es, en
# parts: part1.py, part2.py, part3.py, part4.py, exercises.py
# limit: 5 s
# load limit: 60 s
# submission limit: 180 s
# preload: sklearn.datasets

# %% text es [markdown]
# En este cuaderno preparas, pieza a pieza, todo lo que hace falta para entrenar una red multicapa con PyTorch:
#
# 1. tensores;
# 2. conjuntos de datos, su carga por lotes y la codificación *one-hot* de las etiquetas;
# 3. una red y la derivación automática;
# 4. los bucles de entrenamiento y de evaluación, una red de tamaño libre, la tasa de error y su intervalo.
#
# Con esas piezas resuelves los tres ejercicios del final, sobre los dígitos de `scikit-learn`: 1797 imágenes de 8×8
# píxeles, que no hay que descargar.
#
# **Puntos.** Los ejercicios valen 0.25, 0.5 y 0.25 puntos. Las preguntas guiadas (partes 1 a 4) también puntúan: suman
# 2 puntos. La nota va de 0 a 10, en proporción a esos 3 puntos. Una parte de los ejercicios la lee una persona.
#
# **Cómo se entrega.** Completa las celdas y entrega este mismo cuaderno. Conserva los nombres de funciones, clases y
# variables, y el orden de los argumentos. Puedes añadir celdas, funciones auxiliares y argumentos con valor por
# defecto. Si defines un nombre varias veces, cuenta la última.
#
# **Cómo se corrige.** Tus funciones se llaman con datos nuevos y de otros tamaños. Usa por tanto solo sus argumentos, y
# no cambies los tensores que recibes salvo donde se pide. Una respuesta correcta a medias recibe parte de los puntos, y
# un fallo en una pregunta no perjudica a las que vienen después. Imprimir resultados no molesta.
#
# **Qué se puede usar.** Todo PyTorch, NumPy y la biblioteca estándar; `scikit-learn` para leer los datos y
# `matplotlib` para las figuras. Todo funciona en CPU; si tienes GPU, también.
# %% text en [markdown]
# In this notebook you prepare, piece by piece, all that is needed to train a multilayer network with PyTorch:
#
# 1. tensors;
# 2. data sets, how they are loaded in batches, and the one-hot coding of labels;
# 3. a network and automatic differentiation;
# 4. the training and test loops, a network of any size, the error rate and its interval.
#
# With these pieces you solve the three exercises at the end, on the digits of `scikit-learn`: 1797 images of 8×8
# pixels, which need no download.
#
# **Points.** The exercises are worth 0.25, 0.5 and 0.25 points. The guided questions (parts 1 to 4) give points too: 2
# points in all. The grade goes from 0 to 10, in proportion to these 3 points. A person reads a part of the exercises.
#
# **What you hand in.** Complete the cells and hand in this notebook. Keep the names of functions, classes and
# variables, and the order of the arguments. You may add cells, helper functions and arguments with a default. If you
# define a name several times, the last definition counts.
#
# **How it is graded.** Your functions are called with new data of other sizes. So use their arguments only, and leave
# the tensors that you get unchanged unless the question asks for a change. A partly right answer gets a part of the
# points, and a mistake in one question does no harm to later ones. Printing results is fine.
#
# **What you may use.** All of PyTorch, NumPy and the standard library; `scikit-learn` to read the data and `matplotlib`
# for the figures. Everything runs on a CPU; with a GPU as well.

# %% given
import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


def digits():
    """The digits of scikit-learn as (train_dataset, test_dataset): 1400 and 397 pairs (image, label).

    An image has the shape (1, 8, 8) and values from 0 to 1; a label is an integer from 0 to 9.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.Tensor(data.images / 16).unsqueeze(1)
    labels = torch.from_numpy(data.target)
    return TensorDataset(images[:1400], labels[:1400]), TensorDataset(images[1400:], labels[1400:])
