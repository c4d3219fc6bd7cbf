"""
The benchmark's GPT training step in eager PyTorch, as a peer process: `python3 torch_gpt.py FOLDER`.

Written as a fluent PyTorch user would: one fused query-key-value projection, scaled_dot_product_attention where the
installed version has it, the fused layer norm, GELU and cross entropy, a foreach AdamW. The protocol is that of
`tools/bench/peer.ts`: one JSON line in, one JSON line out. Not here: any choice of size or number (FOLDER/spec.json).
"""
import json
import math
import resource
import struct
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


def load(path):
    """A safetensors file as a dict of tensors (F32 and I32 only)."""
    raw = bytearray(Path(path).read_bytes())
    (length,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + length])
    dtypes = {"F32": torch.float32, "I32": torch.int32}
    return {
        name: torch.frombuffer(
            raw, dtype=dtypes[entry["dtype"]], count=math.prod(entry["shape"]), offset=8 + length + entry["data_offsets"][0]
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


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

    def forward(self, x, cos, sin):
        rows, context, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(rows, context, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if hasattr(F, "scaled_dot_product_attention"):
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


def blas():
    """Where the BLAS that PyTorch calls comes from, such as `openblas-openmp`; empty where it is built in."""
    maps = Path("/proc/self/maps")
    paths = {Path(line.split()[-1]) for line in maps.read_text().splitlines() if "libblas.so" in line} if maps.exists() else set()
    return ", ".join(sorted(path.parent.name for path in paths))


def main(folder):
    spec = json.loads((Path(folder) / "spec.json").read_text())
    torch.set_num_threads(spec["threads"])
    weights, batches = load(Path(folder) / "weights.safetensors"), load(Path(folder) / "batches.safetensors")
    model = Gpt(spec, weights)
    params = list(model.parameters())
    groups = [
        {"params": [p for p in params if p.dim() > 1], "weight_decay": spec["decay"]},
        {"params": [p for p in params if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=spec["rate"], betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"], foreach=True)
    inputs, targets = batches["input"].long(), batches["target"].long()
    attention = "scaled_dot_product_attention" if hasattr(F, "scaled_dot_product_attention") else "explicit attention"

    def step(at):
        optimiser.zero_grad(set_to_none=True)
        loss = model(inputs[at % len(inputs)], targets[at % len(inputs)])
        loss.backward()
        nn.utils.clip_grad_norm_(params, spec["clip"])
        optimiser.step()
        return loss.item()

    library = blas()
    reply({
        "ready": True,
        "version": f"PyTorch {torch.__version__}" + (f" on {library}" if library else ""),
        "params": sum(p.numel() for p in params),
        "detail": f"eager, {torch.get_num_threads()} threads, {attention}",
        # Debian's python3-torch runs on whatever BLAS is installed; with the reference one its matmul is about thirty times slower.
        **({"unfair": "it runs on the reference BLAS; on Debian: apt-get install -y libopenblas0-openmp"} if library == "blas" else {}),
    })
    done = 0
    for line in sys.stdin:
        losses, ms, before = [], [], time.process_time()
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            losses.append(step(done))
            ms.append((time.perf_counter() - start) * 1000)
            done += 1
        reply({"losses": losses, "ms": ms, "cpuMs": (time.process_time() - before) * 1000, "peakKb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})


def reply(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
