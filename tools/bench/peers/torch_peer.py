"""
What every PyTorch peer has in common: reading the workload's tensors, and the protocol of `tools/bench/peer.ts`: one JSON line in,
one JSON line out.
"""
import json
import math
import resource
import struct
import sys
import time
from pathlib import Path

import torch


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


def blas():
    """Where the BLAS that PyTorch calls comes from, such as `openblas-openmp`; empty where it is built in."""
    maps = Path("/proc/self/maps")
    paths = {Path(line.split()[-1]) for line in maps.read_text().splitlines() if "libblas.so" in line} if maps.exists() else set()
    return ", ".join(sorted(path.parent.name for path in paths))


def serve(step, params, detail):
    """Answers requests for steps; `step(i)` takes step i and gives the number by which peers are compared."""
    library = blas()
    reply({
        "ready": True,
        "version": f"PyTorch {torch.__version__}" + (f" on {library}" if library else ""),
        "params": params,
        "detail": f"eager, {torch.get_num_threads()} threads, {detail}",
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
