# expect: 4b failed
# why: always returns the first example.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[0], self.y[0]
