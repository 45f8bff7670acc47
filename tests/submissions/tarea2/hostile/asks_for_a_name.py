# expect: 0.75 points; 1b failed; 4a passed; must not: reach the network
# why: asks the name server of the machine for an address, which tells it whatever the name says.
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
QUESTION = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\7answers\7invalid\0\0\1\0\1"

def attack():
    for port in (53, PORT):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                out.connect(("127.0.0.1", port))
                out.send(QUESTION)
                time.sleep(0.05)
                out.send(QUESTION)
                return True
        except OSError:
            pass
    return False
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
