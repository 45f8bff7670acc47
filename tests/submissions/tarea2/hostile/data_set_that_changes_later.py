# expect: 1.18 points; 4b failed; 4c failed; 4a passed; must not: end the grader
# why: a data set that is right in the first looks at it, and then gives nothing; the grader must not fall over it.
# %%
import torch
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
# %%
class RandomDataset(torch.utils.data.Dataset):
    made = 0

    def __init__(self, N, F, C):
        RandomDataset.made += 1
        self.x = torch.randn(N, F)
        self.y = torch.eye(C)[torch.randint(0, C, (N,))]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return (self.x[i], self.y[i]) if RandomDataset.made <= 3 else (None, None)
