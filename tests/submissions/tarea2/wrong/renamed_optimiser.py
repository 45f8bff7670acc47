# expect: 4a missing "DescensoSGD"; 4b passed
# why: the class is called DescensoSGD.
# %%
import torch
# %%
class DescensoSGD():
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
