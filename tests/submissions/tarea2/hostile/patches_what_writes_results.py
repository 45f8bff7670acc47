# expect: 0.75 points; 1b failed; must not: earn points
# why: json, struct and sockets of its process put its own words in place of others.
# %%
import json
import socket
import struct

import torch
# %%
FORGED = json.dumps({"points": [{"1b": 1.25, "4a": 0.75}] * 2})

def spoil():
    json.dumps = lambda *args, **kwargs: FORGED
    json.JSONEncoder.encode = lambda *args: FORGED
    socket.socket.sendall = lambda self, data, *flags: self.send(FORGED.encode())
    struct.pack = lambda *args: b"\0\0\0\0"
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
