# expect: 1.2 points; 4b failed; 4a passed; must not: end the grader
# why: labels whose comparison raises or has no meaning; they are wrong labels, and the grader must not fall.
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
    def __init__(self, N, F, C):
        self.x = torch.randn(N, F)
        self.y = torch.randint(0, C, (N,))
        self.C = C

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], [torch.eye(self.C)[self.y[i]]]
