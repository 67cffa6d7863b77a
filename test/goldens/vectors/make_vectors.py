"""Goldens of vector files: torch.save tensors and GGUF control vectors, by torch and the package gguf."""
import json
from collections import OrderedDict
from pathlib import Path

import gguf
import numpy as np
import torch

here = Path(__file__).parent
torch.manual_seed(0)
base = torch.randn(3, 24)
tensors = {
    "float32": base,
    "float16": base.half(),
    "bfloat16": base.bfloat16(),
    "float64": base.double(),
    "transposed": torch.randn(24, 3).T,
    "slice": torch.randn(5, 30)[1:4, 2:26],
}
for name, tensor in tensors.items():
    torch.save(tensor, here / f"{name}.pt")
(here / "torch.json").write_text(json.dumps({n: t.double().tolist() for n, t in tensors.items()}))


class Evil:
    def __reduce__(self):
        return (print, ("this must not run",))


refused = {
    "dict": {"vector": base},
    "ordered": OrderedDict(a=base),
    "int64": torch.arange(4),
    "parameter": torch.nn.Parameter(base),
    "evil": Evil(),
}
for name, value in refused.items():
    torch.save(value, here / f"refused-{name}.pt")

writer = gguf.GGUFWriter(here / "control.gguf", "controlvector")
writer.add_string("controlvector.model_hint", "llama")
writer.add_uint32("controlvector.layer_count", 2)
control = {layer: np.random.default_rng(layer).standard_normal(24).astype(np.float32) for layer in (1, 2)}
for layer, vector in control.items():
    writer.add_tensor(f"direction.{layer}", vector)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
(here / "control.json").write_text(json.dumps({k: v.astype(float).tolist() for k, v in control.items()}))
