# expect: 4b failed
# why: y is random numbers, neither one-hot nor an index.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.rand(N, C)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
