# expect: 4b failed
# why: features and classes are mixed up.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, C)
        self.y = torch.eye(F)[torch.randint(F, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
