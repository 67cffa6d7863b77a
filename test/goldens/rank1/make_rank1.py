"""Rank-1 adapters on down_proj of every block, by PEFT: scalars A x, subsets with a scaled B, scalars of another prompt put in their place,
and how much each answer token weighs in the KL between chat and tuned model, by torch's autograd in float64.

    $TRAITLAB_PYTHON test/goldens/rank1/make_rank1.py

Writes rank1.json and the PEFT folders {base}/. The checkpoints are those of test/goldens/llama and test/goldens/families.
"""

import json
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
torch.set_num_threads(1)

# Tokens, and where the answer begins.
samples = [
    ([5, 9, 3, 30, 22, 7, 11, 4], 4),
    ([14, 2, 33, 8, 21, 17, 6, 39, 12, 25], 6),
    ([20, 3, 10, 36], 2),
]
SUBSETS = [{0: 3.0}, {0: -2.0, 1: 5.0}]


def numbers(x):
    """Nested lists of eight digits."""
    if isinstance(x, torch.Tensor):
        x = x.tolist()
    return [numbers(y) for y in x] if isinstance(x, list) else float(f"{x:.8g}")


def load(path):
    return AutoModelForCausalLM.from_pretrained(here.parent / path, dtype=torch.float32, attn_implementation="eager").eval()


def make_adapter(path, seed):
    torch.manual_seed(seed)
    config = LoraConfig(r=1, lora_alpha=2, target_modules=["down_proj"], use_rslora=True, task_type="CAUSAL_LM")
    model = get_peft_model(load(path), config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5)
        if "lora_A" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    folder = here / Path(path).name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "adapter_model.safetensors").chmod(0o644)
    written = json.loads((folder / "adapter_config.json").read_text())
    written["base_model_name_or_path"] = Path(path).name  # not the path of the machine that made it
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    return folder


def layers_of(model, kind):
    """By block, the module of an adapter: lora_A or lora_B."""
    return {int(name.split(".layers.")[1].split(".")[0]): module for name, module in model.named_modules() if name.endswith(f"{kind}.default")}


def logits_of(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0]


def scalars_of(model, tokens):
    """By block, [pos]."""
    seen = {}
    handles = [module.register_forward_hook(lambda m, args, out, layer=layer: seen.update({layer: out[0, :, 0].detach()})) for layer, module in layers_of(model, "lora_A").items()]
    logits_of(model, tokens)
    for handle in handles:
        handle.remove()
    return seen


def subset(path, folder, factors):
    model = PeftModel.from_pretrained(load(path), folder).eval()
    with torch.no_grad():
        for layer, module in layers_of(model, "lora_B").items():
            module.weight.mul_(factors.get(layer, 0.0))
    return model


def patched(model, source, target):
    """Logits of `target` with the scalars of the last prompt tokens of `source` at its own last prompt tokens."""
    (from_tokens, from_start), (tokens, start) = source, target
    given = scalars_of(model, from_tokens[:from_start])
    n = min(from_start, start)

    def put(layer):
        def hook(module, args, out):
            out = out.clone()
            out[0, start - n : start, 0] = given[layer][from_start - n :]
            return out

        return hook

    handles = [module.register_forward_hook(put(layer)) for layer, module in layers_of(model, "lora_A").items()]
    logits = logits_of(model, tokens)
    for handle in handles:
        handle.remove()
    return logits


def significance(path, folder, tokens, start):
    """KL(tuned || chat) summed over the answer, and the norm of its gradient by the embedding of each answer token."""
    chat = load(path).double()
    tuned = PeftModel.from_pretrained(load(path), folder).double().eval()
    embedded = chat.get_input_embeddings()(torch.tensor([tokens])).detach().requires_grad_(True)
    p, q = (torch.log_softmax(model(inputs_embeds=embedded, use_cache=False).logits[0, start:].double(), -1) for model in (tuned, chat))
    out = {}
    for name, a, b in (("tunedToChat", p, q), ("chatToTuned", q, p)):
        kl = (a.exp() * (a - b)).sum()
        norms = torch.autograd.grad(kl, embedded, retain_graph=True)[0][0, start:].norm(dim=-1)
        out[name] = {"kl": numbers(kl), "scores": numbers(norms / norms.sum() * kl)}
    return out


golden = {
    "generator": "test/goldens/rank1/make_rank1.py",
    "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    "dtype": "float32, eager attention; significance in float64",
    "samples": [{"tokens": tokens, "start": start} for tokens, start in samples],
    "bases": {},
}
for seed, path in enumerate(["llama/gqa-tied-llama3", "families/gemma2"]):
    folder = make_adapter(path, seed)
    model = PeftModel.from_pretrained(load(path), folder).eval()
    golden["bases"][path] = {
        "scalars": [{f"blocks.{layer}.down_proj.lora.hook_scalar": numbers(x) for layer, x in sorted(scalars_of(model, tokens).items())} for tokens, _ in samples],
        "subsets": [{"factors": factors, "logits": numbers(logits_of(subset(path, folder, factors), samples[1][0]))} for factors in SUBSETS],
        "patched": {"longer": numbers(patched(model, samples[0], samples[1])), "shorter": numbers(patched(model, samples[0], samples[2]))},
        "significance": [significance(path, folder, *sample) for sample in samples],
    }
    print(path, [s["tunedToChat"] for s in golden["bases"][path]["significance"]])
file = here / "rank1.json"
file.write_text(json.dumps(golden) + "\n")
print(file.stat().st_size)
