import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split

class NeuralNetwork(nn.Module):
    def __init__(self):
        super(NeuralNetwork, self).__init__()
        self.flatten = nn.Flatten()
        layers = []
        for i, o in [(784, 512), (512, 512), (512, 10)]:
            layers += [nn.Linear(i, o), nn.ReLU()]
        self.linear_relu_stack = nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))

def predict(model, X):
    with torch.no_grad():
        logits = model(X)
    return torch.softmax(logits, 1), logits.argmax(-1)

def train_loop(dataloader, model, loss_fn, optimizer):
    total = 0.
    for batch, (X, y) in enumerate(dataloader):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total / (batch + 1)

@torch.inference_mode()
def test_loop(dataloader, model, loss_fn):
    hits, losses = [], []
    for X, y in dataloader:
        out = model(X)
        hits += (out.argmax(1) == y).tolist()
        losses.append(float(loss_fn(out, y)))
    return np.mean(hits), np.mean(losses)

class MLP(nn.Module):
    def __init__(self, input_size, layers_data, num_classes, learning_rate=1e-3, optimizer=optim.Adam):
        super().__init__()
        sizes = [input_size, *(n for n, _ in layers_data)]
        stack = []
        for i, (n, f) in zip(sizes, layers_data):
            stack.extend((nn.Linear(i, n), f))
        self.net = nn.Sequential(*stack, nn.Linear(sizes[-1], num_classes))
        self.device = 'cuda' if torch.cuda.is_available() else 'cpu'
        self.net.to(self.device)
        self.learning_rate = learning_rate
        self.optimizer = optimizer(self.net.parameters(), learning_rate)
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, input_data):
        return self.net(input_data)

@torch.no_grad()
def error(model, data_loader, device):
    wrong = torch.cat([model(x.flatten(1).to(device)).argmax(1).cpu() != y for x, y in data_loader])
    return wrong.float().mean().item()

def interval(err, n, z=1.96):
    """Wilson."""
    middle = (err + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (err * (1 - err) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return [middle - half, middle + half]
