"""Exercise the data set of 4b."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from grader.authoring import Draw, Handle, Implementation, Value, WorkerError


def dataset_facts(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """The properties that a data set of N random examples must have. Labels are one-hot vectors or class indices."""
    N, F, C = draw["N"], draw["F"], draw["C"]
    data = f.new("RandomDataset", N, F, C)
    first, again = items_of(f, data, N), items_of(f, data, N)
    pairs = len(first) == len(again) == N and all(
        isinstance(item, (tuple, list)) and len(item) == 2 for item in first + again
    )
    facts: dict[str, Value] = {"len(dataset)": f.invoke(data, "__len__"), "pairs": pairs}
    if not pairs:
        return facts
    f.supply("es_dataset")
    facts["is_Dataset"] = f.call("es_dataset", data)
    xs, ys = [item[0] for item in first], [item[1] for item in first]
    tensors = all(isinstance(x, torch.Tensor) for x in xs)
    facts["x.shape"] = tuple(xs[0].shape) if tensors else None
    facts["valid_labels"] = all(label_of(y, C) is not None for y in ys)
    facts["unchanged"] = all(_same(a[0], b[0]) and _same(a[1], b[1]) for a, b in zip(first, again, strict=True))
    facts["distinct"] = tensors and len({tuple(x.reshape(-1).tolist()) for x in xs}) == N
    return facts


def items_of(f: Implementation, data: Handle, N: int) -> list[Value]:
    """dataset[0], ..., dataset[N - 1]."""
    f.supply("primeros")
    items = f.call("primeros", data, N)
    return items if isinstance(items, list) else []


def label_of(y: Value, C: int) -> int | None:
    """The class of a label: a one-hot vector (C,) or an index (int or tensor of one entry); None for anything else."""
    if isinstance(y, bool):
        return None
    if isinstance(y, int):
        return y if 0 <= y < C else None
    if not isinstance(y, torch.Tensor):
        return None
    if y.numel() == 1 and not y.is_floating_point() and C > 1:
        return int(y) if 0 <= int(y) < C else None
    flat = y.reshape(-1).double()  # booleans and some other dtypes have no argmax
    one_hot = flat.numel() == C and bool(((flat == 0) | (flat == 1)).all()) and int(flat.sum()) == 1
    return int(flat.argmax()) if one_hot else None


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)


def dataset_classes(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """Among 12 examples per class every class appears. A right answer misses one with a chance below 1e-4."""
    C = draw["C"]
    data = f.new("RandomDataset", 12 * C, draw["F"], C)
    labels = set()
    for item in items_of(f, data, 12 * C):
        labels.add(label_of(item[1], C) if isinstance(item, (tuple, list)) and len(item) == 2 else None)
    return {"all_classes": labels == set(range(C))}


def gives_indices(f: Implementation, draw: Draw) -> bool:
    """Whether the labels of the student's own data set are class indices, not one-hot vectors."""
    try:
        items = items_of(f, f.new("RandomDataset", draw["N"], draw["F"], draw["C"]), draw["N"])
    except WorkerError:
        return False
    labels = [item[1] for item in items if isinstance(item, (tuple, list)) and len(item) == 2]
    scalars = [y for y in labels if not isinstance(y, torch.Tensor) or y.numel() == 1]
    return bool(labels) and all(label_of(y, draw["C"]) is not None for y in scalars) and len(scalars) == len(labels)
