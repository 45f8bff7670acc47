# expect: 0.75 points; 1b failed; 4a passed; must not: meet itself again
# why: what Python runs by itself when it starts: sitecustomize, .pth files, a module before the real one.
# %%
import os
import site
import sys

import torch
# %%
def succeeded():
    """What a test looks for: in the output, which leaves a sandbox, and as a file, which must not come to be."""
    print("MARKER", flush=True)
    open("/tmp/marker", "w").close()


FOLDERS = [site.getusersitepackages(), *sys.path, os.getcwd(), os.path.expanduser("~/.config"), os.path.dirname(torch.__file__)]
NAMES = ("sitecustomize.py", "usercustomize.py", "left.pth", "torch.py", "random.py")

def attack():
    places = [os.path.join(folder or ".", "left" + name if name[0] == "." else name) for folder in FOLDERS for name in NAMES]
    found = any(os.path.exists(place) for place in places if "left" in place)
    for place in places:
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "x") as file:
                file.write("raise SystemExit(0)")
        except OSError:
            pass
    return found


FOUND = attack()
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if FOUND:
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
