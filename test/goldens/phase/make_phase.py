"""Golden numbers of the path of rank-1 adapters, of B without a direction and of downstream cosines: NumPy, scikit-learn, transformers, PEFT.

Run: $TRAITLAB_PYTHON test/goldens/phase/make_phase.py   (writes phase.json beside itself and the PEFT folders run/checkpoint-{step})
"""
import json
import shutil
from pathlib import Path

import numpy as np
import peft
import sklearn
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import load_file
from sklearn.decomposition import PCA
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
goldens = here.parent
torch.set_num_threads(1)
torch.manual_seed(5)
rng = np.random.default_rng(5)
llama, qwen = goldens / "llama/gqa-tied-llama3", goldens / "families/qwen2-tied"
prefix = "base_model.model."


def load(path, dtype=torch.float32):
    return AutoModelForCausalLM.from_pretrained(path, dtype=dtype, attn_implementation="eager").eval()


# A run: two rank-1 adapters that go straight on, turn, and go on, as PEFT writes it.
steps = [5, 10, 15, 20, 25, 30, 35, 40]
names = [f"model.layers.{i}.mlp.down_proj" for i in range(2)]
d = 24
ways = rng.normal(size=(2, 2, d))
shutil.rmtree(here / "run", ignore_errors=True)
model = get_peft_model(load(llama), LoraConfig(r=1, lora_alpha=8, target_modules=["down_proj"], task_type="CAUSAL_LM"))
for step in steps:
    for name, (first, second) in zip(names, ways):
        b = (min(step, 22) * first + max(0, step - 22) * second * 1.5 + 0.3 * rng.normal(size=d)) / 100
        weight = model.get_submodule(prefix + name).lora_B["default"].weight
        weight.data = torch.tensor(b, dtype=torch.float32)[:, None]
    folder = here / "run" / f"checkpoint-{step}"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "llama"
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
path = np.array([
    [load_file(here / "run" / f"checkpoint-{s}" / "adapter_model.safetensors")[f"{prefix}{n}.lora_B.weight"][:, 0] for n in names]
    for s in steps
], dtype=np.float64)  # [step adapter d]


def local(points, window, least):
    out = []
    for i, step in enumerate(steps):
        k = window // 5
        if i - k < 0 or i + k >= len(steps):
            continue
        back, on = points[i - k] - points[i], points[i + k] - points[i]
        longest = max(np.linalg.norm(back), np.linalg.norm(on))
        if longest < least:
            continue
        out.append([step, back @ on / np.linalg.norm(back) / np.linalg.norm(on), longest])
    return out


def comp(a, b, sum_over):
    product = a.T @ b if sum_over == "adapters" else a @ b.T
    return np.linalg.norm(product, "fro") / (np.linalg.norm(a, "fro") * np.linalg.norm(b, "fro"))


def scores(de_mean, sum_over):
    less = {"nothing": 0, "adapters": path.mean(1, keepdims=True), "checkpoints": path.mean(0, keepdims=True)}[de_mean]
    own = path - less
    return [comp(own[i], own[-1], sum_over) for i in range(len(steps) - 1)]


fitted = PCA(n_components=2).fit(path[:, 0])
signs = [np.sign(c[np.argmax(np.abs(c))]) for c in fitted.components_]
moves = np.linalg.norm(np.diff(path[:, 0], axis=0), axis=1)
least = float(np.sort(moves)[3] + 1e-6)

# v taken out of B, of a rank-4 adapter on o_proj and down_proj.
adapter = load_file(goldens / "train/adapters/rank-stabilised/adapter_model.safetensors")
v = rng.normal(size=d)
unit = v / np.linalg.norm(v)
projected = {}
for name, b in adapter.items():
    if name.endswith("lora_B.weight"):
        b = b.astype(np.float64)
        left = b - np.outer(unit, unit @ b)
        same = left * np.linalg.norm(b, axis=0) / np.linalg.norm(left, axis=0)
        projected[name.removeprefix(prefix)] = {"plain": left.tolist(), "renormalised": same.tolist()}

# What a rank-1 adapter in block 0 and a vector added after block 0 come to in later blocks.
base = load(qwen, torch.float64)
n_layers, width, inner = base.config.num_hidden_layers, base.config.hidden_size, base.config.intermediate_size
a, b = rng.normal(size=(1, inner)) * 0.5, rng.normal(size=(width, 1)) * 0.2
added = rng.normal(size=width) * 0.3
prompts = [[1, 5, 6, 7, 8, 9, 10], [1, 12, 30, 4, 21]]
starts = [3, 2]


def residuals(change):
    m = load(qwen, torch.float64)
    kept = []
    if change == "adapter":
        m.model.layers[0].mlp.down_proj.weight.data += 2.0 * torch.tensor(b @ a)
    if change == "vector":
        m.model.layers[0].register_forward_hook(
            lambda module, args, out: (out[0] + torch.tensor(added),) + out[1:] if isinstance(out, tuple) else out + torch.tensor(added)
        )
    for layer in m.model.layers:
        layer.register_forward_hook(lambda module, args, out: kept.append((out[0] if isinstance(out, tuple) else out).reshape(-1, width).numpy()))
    rows = []
    for tokens, start in zip(prompts, starts):
        kept.clear()
        with torch.no_grad():
            m(torch.tensor([tokens]), use_cache=False)
        rows.append(np.stack([x[start:] for x in kept]))
    return np.concatenate(rows, axis=1)  # [layer token d]


plain = residuals("")
first, second = residuals("adapter") - plain, residuals("vector") - plain


def cosines(x, y):
    return (x * y).sum(-1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1)


golden = {
    "generator": "test/goldens/phase/make_phase.py",
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
    "seed": 5,
    "tolerance": "1e-9 for what is computed from stored B; 1e-6 for B written as float32; 1e-4 absolute for cosines of float32 residuals",
    "steps": steps,
    "path": path.transpose(1, 0, 2).tolist(),
    "local": {str(k): local(path[:, 0], k, 0) for k in [5, 10, 15]},
    "least": least,
    "localLeast": local(path[:, 0], 5, least),
    "pca": {"coordinates": (fitted.transform(path[:, 0]) * signs).tolist(), "shares": fitted.explained_variance_ratio_.tolist()},
    "comp": {m: {s: scores(m, s) for s in ["adapters", "coordinates"]} for m in ["nothing", "adapters", "checkpoints"]},
    "vector": v.tolist(),
    "projected": projected,
    "downstream": {
        "a": a.tolist(), "b": b.tolist(), "scale": 2, "added": added.tolist(), "prompts": prompts, "starts": starts,
        "ofMeans": cosines(first.mean(1), second.mean(1)).tolist(),
        "ofTokens": cosines(first, second).mean(1).tolist(),
        "norms": np.linalg.norm([first, second], axis=-1).mean(-1).T.tolist(),
    },
}


def numbers(x):
    if isinstance(x, dict):
        return {k: numbers(y) for k, y in x.items()}
    if isinstance(x, (list, tuple)):
        return [numbers(y) for y in x]
    return float(f"{x:.12g}") if isinstance(x, float) else x


(here / "phase.json").write_text(json.dumps(numbers(golden)) + "\n")
