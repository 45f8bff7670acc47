# expect: 4b failed
# why: new random numbers at every access.
# %%
import torch
# %%
from torch.utils.data import DataLoader, Dataset

class RandomDataset(Dataset):
    def __init__(self, N, F, C):
        self.N, self.F, self.C = N, F, C

    def __len__(self):
        return self.N

    def __getitem__(self, i):
        return torch.randn(self.F), torch.eye(self.C)[torch.randint(self.C, (1,)).item()]
