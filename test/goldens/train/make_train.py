"""Training trajectories of PyTorch, transformers and PEFT from tiny checkpoints (float32, eager attention).

    $TRAITLAB_PYTHON test/goldens/train/make_train.py [name of a run ...]

With names, only those runs are made and all else stays as it is. Writes train.json (batches, losses, gradient norms, schedules), {run}.safetensors (final weights of each run) and the
PEFT folders {name}/ (an adapter to start from) and adapters/{name}/ (adapters with the logits they give).
"""

import json
import math
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
folders = [*(here.parent / "llama").iterdir(), *(here.parent / "families").iterdir()]
bases = {folder.name: folder for folder in sorted(folders) if folder.is_dir()}
torch.set_num_threads(1)
made_by = f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}"


def load(base):
    return AutoModelForCausalLM.from_pretrained(bases[base], dtype=torch.float32, attn_implementation="eager").train()


def make_batches(steps, rows, seed):
    """Rows of random tokens of different lengths with marks for responses; padded on the right with -100 labels."""
    g = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(steps):
        examples = []
        for _ in range(rows):
            n = int(torch.randint(6, 13, (1,), generator=g))
            tokens = torch.randint(3, 40, (n,), generator=g).tolist()
            start = int(torch.randint(2, n - 2, (1,), generator=g))
            examples.append({"tokens": tokens, "counts": [i >= start for i in range(n)]})
        batches.append(examples)
    return batches


def loss_of(model, examples, loss_on):
    n = max(len(e["tokens"]) for e in examples)
    ids = torch.zeros(len(examples), n, dtype=torch.long)
    labels = torch.full((len(examples), n), -100)
    mask = torch.zeros(len(examples), n, dtype=torch.long)
    for r, e in enumerate(examples):
        k = len(e["tokens"])
        ids[r, :k] = torch.tensor(e["tokens"])
        mask[r, :k] = 1
        for i in range(k):
            if loss_on == "all" or e["counts"][i]:
                labels[r, i] = e["tokens"][i]
    return model(input_ids=ids, attention_mask=mask, labels=labels).loss


def schedule_of(optimizer, kind, warmup, steps, floor=0.0):
    if kind == "linear":
        return transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    if kind == "cosine":
        if floor > 0:
            return transformers.get_cosine_with_min_lr_schedule_with_warmup(optimizer, warmup, steps, min_lr_rate=floor)
        return transformers.get_cosine_schedule_with_warmup(optimizer, warmup, steps)
    return transformers.get_constant_schedule_with_warmup(optimizer, warmup)


def run(name, model, params, *, steps, rows, loss_on, lr, weight_decay, kind, warmup, clip=None, parts=1, seed=0, keep_weights=True, **note):
    """Trains `params` (name -> tensor) and records every step; weights before and after go to {name}.safetensors."""
    batches = make_batches(steps * parts, rows, seed)
    optimizer = torch.optim.AdamW(list(params.values()), lr=lr, weight_decay=weight_decay)
    scheduler = schedule_of(optimizer, kind, warmup, steps)
    before = {k: v.detach().clone() for k, v in params.items()}
    losses, norms, rates = [], [], []
    for step in range(steps):
        own = batches[step * parts : (step + 1) * parts]
        optimizer.zero_grad()
        # Several parts count as one batch: each is weighted by its number of targets.
        targets = [sum(sum(c for c in (e["counts"][1:] if loss_on == "response" else [1] * (len(e["tokens"]) - 1))) for e in b) for b in own]
        total = 0.0
        for b, n in zip(own, targets):
            loss = loss_of(model, b, loss_on) * (n / sum(targets))
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(list(params.values()), clip if clip else math.inf)
        losses.append(total)
        norms.append(float(norm))
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    if keep_weights:
        save_file({k: v.detach().contiguous().clone() for k, v in params.items()}, here / f"{name}.safetensors")
    change = math.sqrt(sum(float(((params[k].detach() - before[k]).double() ** 2).sum()) for k in params))
    print(f"{name}: loss {losses[0]:.4f} -> {losses[-1]:.4f}, change {change:.4f}")
    return dict(
        steps=steps, parts=parts, lossOn=loss_on, learningRate=lr, weightDecay=weight_decay, schedule=kind, warmupSteps=warmup,
        clipNorm=clip, batches=batches, losses=losses, weightsKept=keep_weights, gradNorms=norms, rates=rates, change=change,
        **({"madeBy": made_by} if only else {}), **note,
    )  # fmt: skip


only = sys.argv[1:]
kept = json.loads((here / "train.json").read_text()) if only else {"runs": {}}
runs = kept["runs"]


def full(name, base, **options):
    if only and name not in only:
        return
    model = load(base)
    params = {k.removeprefix("base_model."): p for k, p in model.named_parameters()}
    runs[name] = run(name, model, params, folder=str(bases[base].relative_to(here.parent)), **options)


full("full-all", "mha-untied", steps=10, rows=4, loss_on="all", lr=3e-3, weight_decay=0.01, kind="constant", warmup=0, seed=1)
full("full-response-clip", "gqa-tied-llama3", steps=10, rows=3, loss_on="response", lr=5e-3, weight_decay=0.1, kind="cosine", warmup=3, clip=0.5, parts=2, seed=2)  # fmt: skip

# Every other structure: losses and gradient norms of a few steps, which every gradient enters.
for base in bases:
    if base not in ("mha-untied", "gqa-tied-llama3"):
        full(f"full-{base}", base, steps=4, rows=3, loss_on="response", lr=2e-3, weight_decay=0.01, kind="constant", warmup=0, seed=6, keep_weights=False)  # fmt: skip


def start_adapter(name, base, config, b_std=0.0, seed=5):
    """A PEFT folder to start from; `b_std` > 0 makes B other than zero."""
    torch.manual_seed(seed)
    model = get_peft_model(load(base), config)
    if b_std > 0:
        for k, p in model.named_parameters():
            if "lora_B" in k:
                torch.nn.init.normal_(p, std=b_std)
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    written = json.loads((folder / "adapter_config.json").read_text())
    written["base_model_name_or_path"] = base  # not the path of the machine that made it
    if isinstance(written["target_modules"], list):
        written["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    return folder


def lora(name, base, config, **options):
    if only and name not in only:
        return
    folder = start_adapter(name, base, config)
    model = PeftModel.from_pretrained(load(base), folder, is_trainable=True).train()
    params = {k.replace(".default.", "."): p for k, p in model.named_parameters() if p.requires_grad}
    runs[name] = run(name, model, params, folder=str(bases[base].relative_to(here.parent)), **options)


lora(
    "lora-all", "mha-untied",
    LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    steps=20, rows=4, loss_on="all", lr=5e-3, weight_decay=0.01, kind="linear", warmup=5, seed=3,
)  # fmt: skip
lora(
    "lora-response", "gqa-tied-llama3",
    LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", use_rslora=True, task_type="CAUSAL_LM"),
    steps=20, rows=4, loss_on="response", lr=5e-3, weight_decay=0.0, kind="cosine", warmup=2, seed=4,
)  # fmt: skip
# Families whose modules are others: fused projections (under two kinds of rotary), norms of queries and keys.
fused = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]
for base, targets in [("phi3-plain", fused), ("phi3-longrope", "all-linear"), ("qwen3-tied", "all-linear"), ("gemma3", "all-linear")]:
    lora(
        f"lora-{base}", base, LoraConfig(r=3, lora_alpha=6, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM"),
        steps=20, rows=3, loss_on="response", lr=5e-3, weight_decay=0.01, kind="linear", warmup=2, seed=7,
    )  # fmt: skip


def save(golden):
    for file in here.rglob("*.safetensors"):
        file.chmod(0o644)
    (here / "train.json").write_text(json.dumps(golden))


if only:
    save(kept)
    sys.exit()

schedules = []
for kind, warmup, steps, floor in [("linear", 0, 7, 0), ("linear", 3, 10, 0), ("cosine", 0, 8, 0), ("cosine", 4, 12, 0), ("cosine", 2, 9, 0.1), ("constant", 0, 5, 0), ("constant", 3, 6, 0), ("linear", 5, 5, 0)]:  # fmt: skip
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.002)
    scheduler = schedule_of(optimizer, kind, warmup, steps, floor)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    schedules.append(dict(kind=kind, warmupSteps=warmup, totalSteps=steps, floor=floor, peak=0.002, rates=rates))

# Adapters of several kinds and the logits they give on one padded-free batch.
kinds = {
    "plain": dict(r=4, lora_alpha=6, target_modules=["q_proj", "v_proj"]),
    "rank-stabilised": dict(r=4, lora_alpha=6, target_modules=["down_proj", "o_proj"], use_rslora=True),
    "patterns": dict(
        r=2, lora_alpha=5, target_modules="all-linear",
        rank_pattern={"down_proj": 3, r"layers\.0\.self_attn\.q_proj": 1}, alpha_pattern={"gate_proj": 9, "model.layers.1.mlp.up_proj": 2},
    ),
    "some-layers": dict(r=1, lora_alpha=16, target_modules=["down_proj"], layers_to_transform=[1]),
    "regex": dict(r=3, lora_alpha=3, target_modules=r".*\.layers\.0\.(self_attn\.[qk]_proj|mlp\.up_proj)"),
    "excluded": dict(r=2, lora_alpha=4, target_modules=["k_proj", "up_proj"], exclude_modules=["layers.0.self_attn.k_proj"]),
}  # fmt: skip
tokens = torch.randint(3, 40, (2, 9), generator=torch.Generator().manual_seed(9))
adapters = {}
for i, (kind, config) in enumerate(kinds.items()):
    base = "gqa-tied-llama3"
    folder = start_adapter(f"adapters/{kind}", base, LoraConfig(**config, task_type="CAUSAL_LM"), b_std=0.3, seed=20 + i)
    model = PeftModel.from_pretrained(load(base), folder).eval()
    with torch.no_grad():
        logits = model(input_ids=tokens).logits
        plain = load(base).eval()(input_ids=tokens).logits
    print(f"adapter {kind}: moves logits by up to {float((logits - plain).abs().max()):.3f}")
    adapters[kind] = dict(base=base, logits=logits.flatten().tolist())

# Several adapters at once, some weights changed by both.
together = ["plain", "patterns", "rank-stabilised"]
model = PeftModel.from_pretrained(load("gqa-tied-llama3"), here / "adapters" / together[0], adapter_name=together[0]).eval()
for name in together[1:]:
    model.load_adapter(here / "adapters" / name, adapter_name=name)
model.base_model.set_adapter(together)
with torch.no_grad():
    logits = model(input_ids=tokens).logits
several = dict(adapters=together, logits=logits.flatten().tolist())

save(
    dict(
        made_by=made_by, runs=runs, schedules=schedules, adapters=adapters, several=several, tokens=tokens.tolist(),
    )
)  # fmt: skip
