"""
The benchmark's GPT in eager PyTorch (training, scoring, decoding), as a peer process: `python3 torch_gpt.py FOLDER`.

Written as a fluent PyTorch user would: one fused query-key-value projection, scaled_dot_product_attention where the
installed version has it, the fused layer norm, GELU and cross entropy, a foreach AdamW. Not here: any choice of size
or number (FOLDER/spec.json), and the protocol (torch_peer.py).
"""
import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch_peer import load, serve


class Block(nn.Module):
    def __init__(self, width, heads, mask):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.mask = mask

    def forward(self, x, cos, sin, cache=None):
        """`cache` holds keys and values [2, rows, heads, places, width / heads] and the position of x's only token."""
        rows, context, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(rows, context, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            store, at = cache
            store[0, :, :, at], store[1, :, :, at] = k[:, :, 0], v[:, :, 0]
            k, v = store[0, :, :, : at + 1], store[1, :, :, : at + 1]
            y = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(width // self.heads), dim=-1) @ v
        elif hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(width // self.heads) + self.mask, dim=-1) @ v
        x = x + self.out(y.transpose(1, 2).reshape(rows, context, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def rotate(x, cos, sin):
    """Rotary position embedding, the halves of each head being the two coordinates."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Gpt(nn.Module):
    def __init__(self, spec, weights):
        super().__init__()
        width, heads, context = spec["width"], spec["heads"], spec["context"]
        self.substrate = weights["substrate"] * math.sqrt(width)  # Rows of unit norm to unit RMS; frozen, so once will do.
        mask = torch.full((context, context), float("-inf")).triu(1)
        self.blocks = nn.ModuleList(Block(width, heads, mask) for _ in range(spec["blocks"]))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, spec["vocabulary"])
        half = width // heads // 2
        angle = torch.outer(torch.arange(context).double(), spec["ropeBase"] ** (-torch.arange(half).double() / half))
        self.cos, self.sin = angle.cos().float(), angle.sin().float()
        self.fill(weights)

    @torch.no_grad()
    def fill(self, weights):
        def norm(module, name):
            module.weight.copy_(weights[f"{name}/scale"])
            module.bias.copy_(weights[f"{name}/bias"])

        def linear(module, name, bias):
            module.weight.copy_(weights[name].T)
            module.bias.copy_(weights[bias])

        for i, block in enumerate(self.blocks):
            at = f"block/{i}"
            norm(block.norm1, f"{at}/norm1")
            norm(block.norm2, f"{at}/norm2")
            block.qkv.weight.copy_(torch.cat([weights[f"{at}/attention/{part}"].T for part in ("query", "key", "value")]))
            block.out.weight.copy_(weights[f"{at}/attention/out"].T)
            linear(block.up, f"{at}/mlp/up", f"{at}/mlp/up_bias")
            linear(block.down, f"{at}/mlp/down", f"{at}/mlp/down_bias")
        norm(self.norm, "norm")
        linear(self.head, "head/weight", "head/bias")

    def forward(self, tokens, targets):
        x = F.embedding(tokens, self.substrate)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten())

    def decode(self, token, target, at, caches):
        """The loss of the token after `token`, which stands at `at`; `caches` holds what stands before it, a block each."""
        x = F.embedding(token, self.substrate)
        cos, sin = self.cos[at : at + 1], self.sin[at : at + 1]
        for block, cache in zip(self.blocks, caches):
            x = block(x, cos, sin, (cache, at))
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), target.flatten())


def main(folder):
    spec = json.loads((Path(folder) / "spec.json").read_text())
    torch.set_num_threads(spec["threads"])
    weights, batches = load(Path(folder) / "weights.safetensors"), load(Path(folder) / "batches.safetensors")
    model = Gpt(spec, weights)
    inputs, targets = batches["input"].long(), batches["target"].long()
    step = {"train": training, "score": scoring, "decode": decoding}[spec["task"]](spec, model, inputs, targets)
    attention = "scaled_dot_product_attention" if hasattr(F, "scaled_dot_product_attention") else "explicit attention"
    serve(step, sum(p.numel() for p in model.parameters()), attention)


def training(spec, model, inputs, targets):
    params = list(model.parameters())
    groups = [
        {"params": [p for p in params if p.dim() > 1], "weight_decay": spec["decay"]},
        {"params": [p for p in params if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=spec["rate"], betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"], foreach=True)

    def step(at):
        optimiser.zero_grad(set_to_none=True)
        loss = model(inputs[at % len(inputs)], targets[at % len(inputs)])
        loss.backward()
        nn.utils.clip_grad_norm_(params, spec["clip"])
        optimiser.step()
        return loss.item()

    return step


def scoring(spec, model, inputs, targets):
    model.eval()

    def step(at):
        with torch.inference_mode():
            return model(inputs[at % len(inputs)], targets[at % len(inputs)]).item()

    return step


def decoding(spec, model, inputs, targets):
    model.eval()
    shape = (2, spec["rows"], spec["heads"], spec["context"], spec["width"] // spec["heads"])
    caches = [torch.zeros(shape) for _ in range(spec["blocks"])]

    def step(number):
        batch, at = number // spec["context"] % len(inputs), number % spec["context"]
        with torch.inference_mode():
            return model.decode(inputs[batch, :, at : at + 1], targets[batch, :, at : at + 1], at, caches).item()

    return step


if __name__ == "__main__":
    main(sys.argv[1])
