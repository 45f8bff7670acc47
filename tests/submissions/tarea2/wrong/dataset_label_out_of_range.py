# expect: 4b failed
# why: indices from 0 to C, one class too many.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.randint(0, C + 1, (N,))

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
