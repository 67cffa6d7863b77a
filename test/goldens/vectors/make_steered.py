"""What transformers generates when vectors of other tools are added to, or projected out of, the residual stream.

    $TRAITLAB_PYTHON test/goldens/vectors/make_steered.py   (after make_vectors.py)

The model is test/goldens/llama/gqa-tied-llama3 in float32: 2 blocks, dModel 24. persona_vectors' row L+1 belongs to block L.
"""

import json
import sys
from pathlib import Path

import gguf
import torch
import transformers
from safetensors.torch import save_file

here = Path(__file__).parent
model = transformers.AutoModelForCausalLM.from_pretrained(here.parent / "llama/gqa-tied-llama3", dtype=torch.float32).eval()
persona = torch.load(here / "float32.pt")
torch.save(persona[1].clone(), here / "one-row.pt")
metadata = {"site": "blocks.1.hook_resid_post", "kind": "mean"}
for name, dtype in {"bfloat16": torch.bfloat16, "float16": torch.float16}.items():
    save_file({"vector": persona[2].to(dtype)}, here / f"{name}.safetensors", metadata=metadata)
writer = gguf.GGUFWriter(here / "one-block.gguf", "controlvector")
writer.add_string("controlvector.model_hint", "llama")
writer.add_uint32("controlvector.layer_count", 1)
control = torch.randn(24, generator=torch.Generator().manual_seed(1))
writer.add_tensor("direction.1", control.numpy())
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()


def generate(change):
    """Twelve greedy tokens; change(layer, x) is the output of a block."""
    handles = []
    for layer, block in enumerate(model.model.layers):

        def hook(_, __, out, layer=layer):
            return change(layer, out) if torch.is_tensor(out) else (change(layer, out[0]), *out[1:])

        handles.append(block.register_forward_hook(hook))
    ids = torch.tensor([[1, 5, 9, 12]])
    margin = float("inf")
    with torch.no_grad():
        for _ in range(12):
            top = model(ids).logits[0, -1].topk(2)
            margin = min(margin, (top.values[0] - top.values[1]).item())
            ids = torch.cat([ids, top.indices[:1, None]], 1)
            if top.indices[0].item() == model.config.eos_token_id:
                break
    for handle in handles:
        handle.remove()
    assert margin > 1e-3, margin
    return ids[0, 4:].tolist()


def added(vector, at, coeff):
    return generate(lambda layer, x: x + coeff * vector if layer == at else x)


def removed(vector):
    unit = vector / vector.norm()
    return generate(lambda _, x: x - (x @ unit)[..., None] * unit)


cases = [
    ["--steer", "float32.pt@1:2", added(persona[2], 1, 2)],
    ["--steer", "float32.pt@0:-3", added(persona[1], 0, -3)],
    ["--steer", "bfloat16.pt@1:4", added(persona[2].bfloat16().float(), 1, 4)],
    ["--steer", "one-row.pt@1:2", added(persona[1], 1, 2)],
    ["--steer", "one-block.gguf@1:2", added(control, 1, 2)],
    ["--steer", "bfloat16.safetensors@0:2", added(persona[2].bfloat16().float(), 0, 2)],
    ["--steer", "float16.safetensors@1:-2", added(persona[2].half().float(), 1, -2)],
    ["--ablate", "float32.pt@1", removed(persona[2])],
    ["--ablate", "float32.pt@0", removed(persona[1])],
    ["--ablate", "one-row.pt", removed(persona[1])],
    ["--ablate", "one-block.gguf", removed(control)],
    ["--ablate", "bfloat16.safetensors", removed(persona[2].bfloat16().float())],
]
plain = generate(lambda _, x: x)
golden = {
    "generator": Path(sys.argv[0]).name,
    "versions": {"transformers": transformers.__version__, "torch": torch.__version__},
    "prompt": [1, 5, 9, 12],
    "plain": plain,
    "cases": [{"option": option, "value": value, "tokens": tokens} for option, value, tokens in cases],
}
(here / "steered.json").write_text(json.dumps(golden) + "\n")
print(plain, *cases, sep="\n")
