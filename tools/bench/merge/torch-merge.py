"""Merges tensor by tensor as mergekit does: load each model's tensor, cast, calculate, collect, save. Prints seconds and peak bytes."""
import json, resource, sys, time
import numpy as np
import torch

method, out, *paths = sys.argv[1:]
torch.set_num_threads(2)


def header(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return 8 + length, json.loads(file.read(length))


def load(path, start, entry):
    begin, end = entry["data_offsets"]
    flat = np.fromfile(path, dtype=np.uint8, count=end - begin, offset=start + begin)
    return torch.frombuffer(flat.data, dtype=torch.bfloat16).reshape(entry["shape"])


def linear(tensors):
    weights = torch.tensor([0.31372 + 0.1 * i for i in range(len(tensors))], dtype=tensors[0].dtype)
    stacked = torch.stack(tensors, 0)
    weights = weights.reshape([-1] + [1] * (stacked.dim() - 1))
    return (stacked * weights).sum(0) / weights.sum(0)


def slerp(tensors, t=0.4):
    a, b = tensors[0].float().numpy(), tensors[1].float().numpy()
    na, nb = a / (np.linalg.norm(a) + 1e-8), b / (np.linalg.norm(b) + 1e-8)
    dot = np.sum(na * nb)
    if abs(dot) > 0.9995:
        return torch.from_numpy((1 - t) * a + t * b).to(tensors[0].dtype)
    theta = np.arccos(dot)
    return torch.from_numpy(np.sin((1 - t) * theta) / np.sin(theta) * a + np.sin(t * theta) / np.sin(theta) * b).to(tensors[0].dtype)


def multislerp(tensors):
    flat = torch.stack([tensor.float().flatten() for tensor in tensors], 0)
    weights = torch.full((len(tensors), 1), 1 / len(tensors))
    norms = flat.norm(dim=1, keepdim=True)
    units = flat / norms
    mean = (weights * units).sum(0)
    mean = mean / mean.norm()
    tangents = units - (units * mean).sum(1, keepdim=True) * mean
    step = (weights * tangents).sum(0)
    length = step.norm()
    found = mean if length < 1e-8 else torch.cos(length) * mean + torch.sin(length) * step / length
    return (found * (weights * norms).sum()).reshape(tensors[0].shape).to(tensors[0].dtype)


def ties(tensors, density=0.2):
    base, deltas = tensors[0], []
    for tensor in tensors[1:]:
        delta = (tensor - base).flatten()
        mask = torch.zeros_like(delta)
        order = torch.argsort(delta.abs(), descending=True)
        mask[order[: int(density * delta.numel())]] = 1
        deltas.append(delta * mask)
    stacked = torch.stack(deltas, 0) * 0.5
    sign = (stacked.sum(0) >= 0).to(stacked.dtype) * 2 - 1
    mask = stacked.sign() == sign
    total = (stacked * mask).sum(0)
    divisor = (mask * 0.5).sum(0)
    divisor[divisor == 0] = 1
    return base + (total / divisor).reshape(base.shape)


def dare_linear(tensors, density=0.5):
    base, total = tensors[0], 0
    for tensor in tensors[1:]:
        delta = tensor - base
        kept = delta * torch.bernoulli(torch.full_like(delta, density, dtype=torch.float32)).to(delta.dtype)
        scale = delta.abs().sum() / kept.abs().sum()
        total = total + 0.5 * kept * scale
    return base + total


def fisher(tensors):
    half = len(tensors) // 2
    models, information = torch.stack(tensors[:half], 0), torch.stack(tensors[half:], 0)
    return (models * information).sum(0) / information.sum(0).clamp(min=1e-6)


began = time.perf_counter()
heads = [header(path) for path in paths]
start0, first = heads[0]
results = {}
for name in sorted(key for key in first if key != "__metadata__"):
    tensors = [load(path, start, head[name]) for path, (start, head) in zip(paths, heads)]
    results[name] = globals()[method](tensors)
entries, end = {}, 0
for name, tensor in results.items():
    size = tensor.numel() * 2
    entries[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [end, end + size]}
    end += size
text = json.dumps(entries).encode()
with open(out, "wb") as file:
    file.write(len(text).to_bytes(8, "little") + text)
    for tensor in results.values():
        file.write(tensor.contiguous().view(torch.int16).numpy().tobytes())
    file.flush()
    import os

    os.fsync(file.fileno())
print(json.dumps({"seconds": time.perf_counter() - began, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
