# expect: 4b failed
# why: is no subclass of torch.utils.data.Dataset.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset():
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
