"""What a model says next, after each block and where it looks, computed by transformers; projections and norms by NumPy, an adapter's scalars by PEFT.

    $TRAITLAB_PYTHON test/goldens/exploring/make_exploring.py

The checkpoints are those of test/goldens/llama and test/goldens/families, the adapters those of test/goldens/train.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import peft
import torch
import transformers
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
goldens = here.parent
torch.set_num_threads(1)


def numbers(x):
    """Nested lists of eight digits."""
    if isinstance(x, (torch.Tensor, np.ndarray)):
        x = x.tolist()
    return [numbers(y) for y in x] if isinstance(x, list) else float(f"{x:.8g}")


def explored(name, prompts, seed):
    model = AutoModelForCausalLM.from_pretrained(goldens / name, dtype=torch.float32, attn_implementation="eager").eval()
    cap = getattr(model.config, "final_logit_softcapping", None)
    blocks = []
    handles = [
        layer.register_forward_hook(lambda module, args, out: blocks.append(out[0] if isinstance(out, tuple) else out))
        for layer in model.model.layers
    ]
    direction = np.random.default_rng(seed).normal(size=model.config.hidden_size) * 3
    unit = direction / np.linalg.norm(direction)
    out = {"direction": numbers(direction), "prompts": []}
    for prompt in prompts:
        blocks.clear()
        with torch.no_grad():
            run = model(torch.tensor([prompt]), output_hidden_states=True, output_attentions=True, use_cache=False)
        # hidden_states of transformers: the last is after the final norm, so the block's own output comes from a hook
        assert torch.equal(run.hidden_states[1], blocks[0])
        assert torch.allclose(run.hidden_states[-1], model.model.norm(blocks[-1]))
        with torch.no_grad():
            lens = [model.lm_head(model.model.norm(x)) for x in blocks]
            lens = [cap * torch.tanh(x / cap) if cap else x for x in lens]
        assert torch.allclose(lens[-1], run.logits)
        last = run.logits[0, -1].double()
        probability, token = torch.softmax(last, 0).topk(5)
        residual = blocks[0][0].double().numpy()
        out["prompts"].append({
            "tokens": prompt,
            "next": {"tokens": token.tolist(), "logits": numbers(last[token]), "probabilities": numbers(probability)},
            "lens": numbers(torch.stack([x[0] for x in lens])),  # [layer pos dVocab]
            "patterns": numbers(torch.stack([x[0] for x in run.attentions])),  # [layer head qPos kPos]
            "projections": numbers(residual @ unit),  # [pos] after block 0
            "cosines": numbers(residual @ unit / np.linalg.norm(residual, axis=1)),
        })  # fmt: skip
    for handle in handles:
        handle.remove()
    return out


def adapter_norms(name):
    """||scale B A|| of every module: scale alpha/r, alpha/sqrt(r) where rank-stabilised."""
    folder = goldens / "train/adapters" / name
    config = json.loads((folder / "adapter_config.json").read_text())
    assert not config["rank_pattern"] and not config["alpha_pattern"]
    tensors = load_file(folder / "adapter_model.safetensors")
    r = config["r"]
    scale = config["lora_alpha"] / (math.sqrt(r) if config["use_rslora"] else r)
    norms = {}
    for key, a in tensors.items():
        if key.endswith("lora_A.weight"):
            module = key[len("base_model.model.") : -len(".lora_A.weight")]
            b = tensors[key.replace("lora_A", "lora_B")]
            norms[f"{module}.weight"] = numbers(float(np.linalg.norm(scale * (b.astype(np.float64) @ a.astype(np.float64)))))
    return norms


def adapter_scalars(name, prompts):
    """A x of every module, per prompt [pos rank], by the name of its site."""
    base = AutoModelForCausalLM.from_pretrained(goldens / "llama/gqa-tied-llama3", dtype=torch.float32).eval()
    model = peft.PeftModel.from_pretrained(base, goldens / "train/adapters" / name).eval()
    scalars = {}

    def watch(site):
        return lambda module, args, out: scalars.setdefault(site, []).append(numbers(out[0].detach()))

    for key, module in model.named_modules():
        if key.endswith("lora_A.default"):
            parts = key.split(".")
            layer, linear = parts[parts.index("layers") + 1], parts[-3]
            module.register_forward_hook(watch(f"blocks.{layer}.{linear}.lora.hook_scalar"))
    with torch.no_grad():
        for prompt in prompts:
            model(torch.tensor([prompt]), use_cache=False)
    return scalars


def difference_norms(name):
    """||W1 - W0|| between the first two blocks: weights of a model that take one another's place."""
    weights = {key: x.double().numpy() for key, x in load_torch(goldens / name / "model.safetensors").items()}
    pairs = [(key, key.replace("layers.0", "layers.1")) for key in weights if "layers.0" in key]
    return {first: numbers(float(np.linalg.norm(weights[second] - weights[first]))) for first, second in sorted(pairs)}


prompts = [[5, 9, 3, 30, 22, 7], [14, 2, 33]]
golden = {
    "generator": Path(__file__).name,
    "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "numpy": np.__version__},
    "dtype": "float32, eager attention, one CPU thread; norms in float64",
    "seed": 11,
    "models": {name: explored(name, prompts, 11) for name in ("llama/gqa-tied-llama3", "families/gemma2")},
    "adapters": {name: adapter_norms(name) for name in ("plain", "rank-stabilised", "some-layers")},
    "scalars": {name: adapter_scalars(name, prompts) for name in ("plain", "some-layers")},
    "differences": {name: difference_norms(name) for name in ("llama/gqa-tied-llama3", "llama/mha-untied")},
}  # fmt: skip
(here / "exploring.json").write_text(json.dumps(golden) + "\n")
