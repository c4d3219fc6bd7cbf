"""One product of two square matrices in PyTorch, as a peer process: `python3 torch_product.py FOLDER`."""
import json
import sys
from pathlib import Path

import torch
from torch_peer import load, serve


def main(folder):
    spec = json.loads((Path(folder) / "spec.json").read_text())
    torch.set_num_threads(spec["threads"])
    factors = load(Path(folder) / "factors.safetensors")
    out = torch.empty_like(factors["a"])

    def step(_):
        torch.mm(factors["a"], factors["b"], out=out)
        return out[0, 0].item()

    serve(step, 0, "into one array")


if __name__ == "__main__":
    main(sys.argv[1])
