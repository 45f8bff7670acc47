# Redes neuronales multicapa, Laia Llobregat
# %%
import numpy as np
import torch; torch.set_num_threads(1)
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


def digits():
    """The digits of scikit-learn as (train_dataset, test_dataset): 1400 and 397 pairs (image, label).

    An image has the shape (1, 8, 8) and values from 0 to 1; a label is an integer from 0 to 9.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.Tensor(data.images / 16).unsqueeze(1)
    labels = torch.from_numpy(data.target)
    return TensorDataset(images[:1400], labels[:1400]), TensorDataset(images[1400:], labels[1400:])
# %% [markdown]
# ## 1a
# %%
def from_data(data):
    return torch.as_tensor(data)

def ones_as(x):
    return x * 0 + 1

def noise_as(x):
    return torch.rand(x.size())

def attributes(t):
    return tuple(t.size()), t.dtype, t.device
# %% [markdown]
# ## 1b
# %%
def edges(t):
    return t[0], t.T[0], t.T[-1]

def clear_column(t, j):
    t.T[j].zero_()

def join(tensors, dim):
    return torch.concat(list(tensors), dim=dim)
# %% [markdown]
# ## 1c
# %%
gram = lambda t: torch.einsum('ij,kj->ik', t, t)
squares = lambda t: t ** 2
total = lambda t: float(t.sum())
# %% [markdown]
# ## 1d
# %%
def add_in_place(t, k):
    t += k
    return t

def to_array(t, k):
    view = t.numpy()
    view += k          # the tensor sees it
    return view

def from_array(n, k):
    n += k
    return torch.from_numpy(n)
# %% [markdown]
# ## 2a
# %%
class CustomImageDataset(torch.utils.data.Dataset):
    def __init__(self, images, labels, transform=None, target_transform=None):
        super().__init__()
        self.data = TensorDataset(images, labels)
        self.transforms = transform or (lambda v: v), target_transform or (lambda v: v)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        return tuple(f(v) for f, v in zip(self.transforms, self.data[idx]))
# %% [markdown]
# ## 2b
# %%
from torch.utils.data import Subset

def make_loaders(dataset, n_val, batch_size):
    order = torch.randperm(len(dataset)).tolist()
    val, train = Subset(dataset, order[:n_val]), Subset(dataset, order[n_val:])
    return DataLoader(train, batch_size, shuffle=True), DataLoader(val, batch_size)
# %% [markdown]
# ## 2c
# %%
def one_hot(y, num_classes=10):
    return nn.functional.one_hot(torch.tensor(y), num_classes).float()
# %% [markdown]
# ## 3a
# %%
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
# %% [markdown]
# ## 3b
# %%
def make_leaf(values):
    return torch.tensor(values).requires_grad_(True)

def forward_loss(layer, x, y):
    z = torch.matmul(x, layer.weight.T) + layer.bias
    s = torch.sigmoid(z)
    return z, -(y * s.log() + (1 - y) * (1 - s).log()).mean()

def leaf_gradients(layer, x, y):
    z, loss = forward_loss(layer, x, y)
    return torch.autograd.grad(loss, (layer.weight, layer.bias))
# %% [markdown]
# ## 3c
# %%
@torch.no_grad()
def without_graph(layer, x):
    return layer(x)

def detached(layer, x):
    z = layer(x)
    return z, z.detach()

def freeze(layer):
    layer.requires_grad_(False)
# %% [markdown]
# ## 4a
# %%
def train_loop(dataloader, model, loss_fn, optimizer):
    total = 0.
    for batch, (X, y) in enumerate(dataloader):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total / (batch + 1)
# %% [markdown]
# ## 4b
# %%
@torch.inference_mode()
def test_loop(dataloader, model, loss_fn):
    hits, losses = [], []
    for X, y in dataloader:
        out = model(X)
        hits += (out.argmax(1) == y).tolist()
        losses.append(float(loss_fn(out, y)))
    return np.mean(hits), np.mean(losses)
# %% [markdown]
# ## 4c
# %%
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
# %% [markdown]
# ## 4d
# %%
@torch.no_grad()
def error(model, data_loader, device):
    wrong = torch.cat([model(x.flatten(1).to(device)).argmax(1).cpu() != y for x, y in data_loader])
    return wrong.float().mean().item()
# %% [markdown]
# ## 4e
# %%
def interval(err, n, z=1.96):
    """Wilson."""
    middle = (err + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (err * (1 - err) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return [middle - half, middle + half]
# %% [markdown]
# ## E1
# %%
import matplotlib.pyplot as plt

def learning_curves(model, train_loader, val_loader, epochs):
    curves = np.empty((2, epochs))
    for epoch in range(epochs):
        for x, y in train_loader:
            model.optimizer.zero_grad()
            model.criterion(model(x.flatten(1).to(model.device)), y.to(model.device)).backward()
            model.optimizer.step()
        curves[:, epoch] = [error(model, loader, model.device) for loader in (train_loader, val_loader)]
    return curves
# %%
train_dataset, test_dataset = digits()
loaders = make_loaders(train_dataset, 200, 64)
fig, ax = plt.subplots()
for curve, name in zip(learning_curves(MLP(64, [(100, nn.Tanh())], 10), *loaders, 30), ('training', 'validation')):
    ax.plot(100 * curve, label=name)
ax.set(xlabel='epoch', ylabel='error (%)'); ax.legend()
plt.show()
# %% [markdown]
# Both errors fall; after 20 epochs only the training error does.
# %% [markdown]
# ## E2
# %%
results = {}
for name, layers in {'100': [(100, nn.Tanh())], '200': [(200, nn.Tanh())], '100-100': [(100, nn.Tanh()), (100, nn.Tanh())]}.items():
    for opt in (optim.Adam, optim.Adagrad):
        results[name, opt.__name__] = learning_curves(MLP(64, layers, 10, 2e-3, opt), *loaders, 10)[1, -1]
print(*(f'{k}: {v:.3f}' for k, v in results.items()), sep='\n')
# %% [markdown]
# Adam with one layer of 100 units is as good as anything larger. Activations other than tanh were not tried.
# %% [markdown]
# ## E3
# %%
def final_classifier(train_dataset):
    net = MLP(64, [(100, nn.Tanh())], 10, 5e-3)
    flat = TensorDataset(*(torch.stack([torch.as_tensor(p[k]) for p in train_dataset]) for k in (0, 1)))
    loader = DataLoader(TensorDataset(flat.tensors[0].flatten(1), flat.tensors[1]), batch_size=64, shuffle=True)
    for _ in range(15):
        train_loop(loader, net, net.criterion, net.optimizer)
    return net
# %%
train_dataset, test_dataset = digits()
final_model = MLP(64, [(100, nn.Tanh())], 10, 5e-3)
for epoch in range(15):
    for x, y in DataLoader(train_dataset, batch_size=64, shuffle=True):
        loss = final_model.criterion(final_model(x.flatten(1).to(final_model.device)), y.to(final_model.device))
        loss.backward()
        final_model.optimizer.step()
        final_model.optimizer.zero_grad()
test_error = error(final_model, DataLoader(test_dataset, batch_size=128), final_model.device)
test_interval = interval(test_error, 397)
print(test_error, test_interval)
# %% [markdown]
# The interval is wide, since there are only 397 test images. Published MLPs reach 1.5 % on MNIST with 60000 images.
