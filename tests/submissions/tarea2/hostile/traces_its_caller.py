# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: a trace function that changes the variables of whoever called, each time a line has run.
# %%
import ctypes
import sys

import torch
# %%
def change(frame, event, argument):
    if "expected" in frame.f_locals:
        frame.f_locals["expected"] = torch.zeros(())
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return change

def spoil():
    frame = sys._getframe()
    while frame is not None:
        frame.f_trace = change
        frame = frame.f_back
    sys.settrace(change)
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    spoil()
    return torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
