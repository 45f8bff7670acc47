"""Tarea 2: back propagation by hand, gradient descent, and the training of a feed-forward network."""
