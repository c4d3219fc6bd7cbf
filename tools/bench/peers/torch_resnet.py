"""
The benchmark's ResNet-20 in eager PyTorch, its training step or its loss by running moments, as a peer process: `python3 torch_resnet.py FOLDER`. Written as a fluent
PyTorch user would: nn.BatchNorm2d, shortcuts that subsample and pad (option A of arXiv 1512.03385), a foreach SGD where there is one.
"""
import inspect
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch_peer import load, serve


class Layer(nn.Module):
    """A convolution without bias, padded by half its filter, and a batch norm."""

    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outer)

    def forward(self, x):
        return self.norm(self.conv(x))

    @torch.no_grad()
    def fill(self, weights, name):
        self.conv.weight.copy_(weights[f"{name}/weight"])
        self.norm.weight.copy_(weights[f"{name}/scale"])
        self.norm.bias.copy_(weights[f"{name}/bias"])


class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.stride, self.missing = stride, outer - inner
        self.first, self.second = Layer(inner, outer, stride), Layer(outer, outer)

    def forward(self, x):
        y = self.second(F.relu(self.first(x), inplace=True))
        if self.stride > 1 or self.missing > 0:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))
        return F.relu(x + y, inplace=True)


class ResNet(nn.Module):
    def __init__(self, spec, weights):
        super().__init__()
        widths, blocks = spec["widths"], spec["blocks"]
        self.stem = Layer(spec["channels"], widths[0])
        self.stem.fill(weights, "stem")
        stages = []
        for s, width in enumerate(widths):
            for b in range(blocks):
                first = b == 0 and s > 0
                block = Block(widths[s - 1] if first else width, width, 2 if first else 1)
                block.first.fill(weights, f"stage/{s}/block/{b}/1")
                block.second.fill(weights, f"stage/{s}/block/{b}/2")
                stages.append(block)
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(widths[-1], spec["classes"])
        with torch.no_grad():
            self.head.weight.copy_(weights["head/weight"].T)
            self.head.bias.copy_(weights["head/bias"])

    def forward(self, images):
        return self.head(self.stages(F.relu(self.stem(images), inplace=True)).mean((2, 3)))


def main(folder):
    spec = json.loads((Path(folder) / "spec.json").read_text())
    torch.set_num_threads(spec["threads"])
    weights, batches = load(Path(folder) / "weights.safetensors"), load(Path(folder) / "batches.safetensors")
    model = ResNet(spec, weights)
    foreach = {"foreach": True} if "foreach" in inspect.signature(torch.optim.SGD).parameters else {}
    optimiser = torch.optim.SGD(model.parameters(), lr=spec["rate"], momentum=spec["momentum"], nesterov=True, **foreach)
    images, labels = batches["image"], batches["label"].long()

    def loss_of(at):
        return F.cross_entropy(model(images[at % len(images)]), labels[at % len(labels)])

    @torch.inference_mode()
    def score(at):
        return loss_of(at).item()

    def train(at):
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(at)
        loss.backward()
        optimiser.step()
        return loss.item()

    model.train(spec["task"] == "train-cnn")
    step = train if model.training else score
    serve(step, sum(p.numel() for p in model.parameters()), "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN")


if __name__ == "__main__":
    main(sys.argv[1])
