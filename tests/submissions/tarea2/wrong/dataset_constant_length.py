# expect: 4b failed
# why: __len__ is the 1000 of the statement.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(C, (N,))]

    def __len__(self):
        return 1000

    def __getitem__(self, i):
        return self.x[i], self.y[i]
