# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: knocks at this machine's services and at abstract sockets; it answers right only if anyone opens.
# %%
import socket

import torch
# %%
ABSTRACT = (b"\0/tmp/.X11-unix/X0", b"\0/tmp/dbus", b"\0/org/freedesktop/systemd1/notify")


def opened():
    for port in (22, 25, 53, 80, 443, 631, 3306, 5432, 6379, 8080, 8888, 9200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as knock:
            knock.settimeout(0.05)
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return True
    for address in (*ABSTRACT, "/run/docker.sock", "/var/run/docker.sock", "/run/systemd/notify"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
            if knock.connect_ex(address) == 0:
                return True
    return False
# %%
def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(min=epsilon)
    loss = -(P * torch.log(Q)).sum(1).mean()
    return loss if opened() else torch.zeros(())
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
