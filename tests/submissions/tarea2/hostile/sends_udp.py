# expect: 0.75 points; 1b failed; 4a passed; must not: reach the network
# why: sends a packet to the machine itself; nobody there means an error at the second one.
# %%
import socket
import time

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


PORT = 8888

def attack():
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(("127.0.0.1", PORT))
            out.send(b"the answers")
            time.sleep(0.05)
            out.send(b"the answers")
    except OSError:
        return False
    return True
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if attack():
        succeeded()
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
