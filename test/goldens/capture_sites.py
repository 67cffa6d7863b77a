"""What a Hugging Face checkpoint computes, under the hook-site names of traitlab. Shared by the generators of goldens.

Float32, eager attention, CPU, one thread. Run with the Python that TRAITLAB_PYTHON names.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()


def load(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


def left_pad(prompts, pad=0):
    """Token ids, attention mask and positions (0 at each prompt's first token) of prompts padded at the left."""
    longest = max(len(p) for p in prompts)
    tokens = torch.tensor([[pad] * (longest - len(p)) + list(p) for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    return tokens, mask, positions


def capture(model, tokens, mask=None, positions=None):
    """Every hook site of one forward pass, and the logits: name -> float32 array."""
    sites = {}
    handles = []
    config = model.config
    inner = model.model
    sandwich = hasattr(inner.layers[0], "pre_feedforward_layernorm")  # Gemma: norms before and after each half

    def first(value):
        return value[0] if isinstance(value, tuple) else value

    def on_output(name, shape=None, part=slice(None)):
        def hook(module, args, kwargs, output):
            x = first(output).detach()[..., part]
            sites[name] = x.reshape(*x.shape[:2], *shape) if shape else x

        return lambda module: handles.append(module.register_forward_hook(hook, with_kwargs=True))

    def on_input(name, shape=None):
        def hook(module, args, kwargs):
            x = (args[0] if args else kwargs["hidden_states"]).detach()
            sites[name] = x.reshape(*x.shape[:2], *shape) if shape else x

        return lambda module: handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    def on_pattern(name):
        def hook(module, args, kwargs, output):
            sites[name] = output[1].detach()

        return lambda module: handles.append(module.register_forward_hook(hook, with_kwargs=True))

    on_input("hook_embed")(inner.layers[0])
    for i, layer in enumerate(inner.layers):
        at = f"blocks.{i}"
        attention, mlp = layer.self_attn, layer.mlp
        d_head = attention.head_dim
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        on_input(f"{at}.hook_resid_pre")(layer)
        if hasattr(attention, "qkv_proj"):  # Phi: one matrix for queries, keys and values
            ends = [heads * d_head, (heads + kv_heads) * d_head, (heads + 2 * kv_heads) * d_head]
            q, k, v = ((attention.qkv_proj, slice(start, end)) for start, end in zip([0, *ends], ends))
        else:
            q, k, v = ((module, slice(None)) for module in (attention.q_proj, attention.k_proj, attention.v_proj))
        on_output(f"{at}.attn.hook_q", (heads, d_head), q[1])(q[0])
        on_output(f"{at}.attn.hook_k", (kv_heads, d_head), k[1])(k[0])
        on_output(f"{at}.attn.hook_v", (kv_heads, d_head), v[1])(v[0])
        on_pattern(f"{at}.attn.hook_pattern")(attention)
        on_input(f"{at}.attn.hook_z", (heads, d_head))(attention.o_proj)
        on_output(f"{at}.hook_attn_out")(layer.post_attention_layernorm if sandwich else attention)
        on_input(f"{at}.hook_resid_mid")(layer.pre_feedforward_layernorm if sandwich else layer.post_attention_layernorm)
        if hasattr(mlp, "gate_up_proj"):
            on_output(f"{at}.mlp.hook_pre", part=slice(config.intermediate_size))(mlp.gate_up_proj)
        else:
            on_output(f"{at}.mlp.hook_pre")(mlp.gate_proj)
        on_input(f"{at}.mlp.hook_post")(mlp.down_proj)
        on_output(f"{at}.hook_mlp_out")(layer.post_feedforward_layernorm if sandwich else mlp)
        on_output(f"{at}.hook_resid_post")(layer)
    on_output("ln_final.hook_normalized")(inner.norm)

    # Rotated queries and keys pass through no module: watch the function that turns them.
    source = sys.modules[type(model).__module__]
    turn = source.apply_rotary_pos_emb
    calls = []

    def watched(q, k, *args, **kwargs):
        q, k = turn(q, k, *args, **kwargs)
        calls.append((q.detach().transpose(1, 2), k.detach().transpose(1, 2)))
        return q, k

    source.apply_rotary_pos_emb = watched
    try:
        with torch.no_grad():
            sites["logits"] = model(tokens, attention_mask=mask, position_ids=positions, use_cache=False).logits
    finally:
        source.apply_rotary_pos_emb = turn
        for handle in handles:
            handle.remove()
    assert len(calls) == len(inner.layers), "apply_rotary_pos_emb was not called once per layer"
    for i, (q, k) in enumerate(calls):
        sites[f"blocks.{i}.attn.hook_rot_q"] = q
        sites[f"blocks.{i}.attn.hook_rot_k"] = k
    return {name: np.ascontiguousarray(x.float().numpy()) for name, x in sites.items()}


def greedy(model, prompts, new_tokens, use_cache=True):
    """Greedy continuations of left-padded prompts, with the model's own cache (or none) and no stop token."""
    tokens, mask, _ = left_pad(prompts)
    out = model.generate(
        tokens, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False, eos_token_id=None, pad_token_id=0,
        use_cache=use_cache,
    )  # fmt: skip
    return out[:, tokens.shape[1] :].tolist()


def gradients(model, tokens):
    """Mean next-token cross-entropy (nats) of the rows and its gradient for every parameter by name."""
    model.zero_grad()
    logits = model(tokens, use_cache=False).logits[:, :-1]
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))
    loss.backward()
    grads = {name: p.grad.numpy().copy() for name, p in model.named_parameters() if p.grad is not None}
    return float(loss.detach()), grads


def write(folder, seed, tensors, facts):
    """golden.safetensors and golden.json, with where they come from."""
    folder = Path(folder)
    save_file({name: np.ascontiguousarray(x) for name, x in tensors.items()}, folder / "golden.safetensors")
    header = {
        "generator": Path(sys.argv[0]).name,
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__},
        "dtype": "float32, eager attention, one CPU thread",
        "seed": seed,
        "tolerance": "5e-5 of max(1, |x|) per element: two float32 sums in different order; measured errors are below 1e-5",
        **facts,
    }
    (folder / "golden.json").write_text(json.dumps(header, indent=1) + "\n")


def scatter_weights(model, seed):
    """Random weights big enough that every part of the network shows in the output."""
    generator = torch.Generator().manual_seed(seed)
    tied = model.config.tie_word_embeddings
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith("norm.weight"):
                p.copy_(p + 0.3 * noise)
            elif p.dim() == 1:
                p.copy_(0.3 * noise)
            elif "embed_tokens" in name:
                p.copy_(noise * (0.25 if tied else 0.8))  # small where the same matrix reads out, or the last token wins
            else:
                p.copy_(noise * 1.2 / p.shape[1] ** 0.5)


def make(
    folder, config, *, seed, storage="float32", max_shard_size="1GB", with_gradients=True, rewrite_config=None, alone=False
):  # fmt: skip
    """A tiny random checkpoint of `config` in `folder` and its golden; with names on the command line, of those only.

    `alone` runs each prompt by itself and without a cache: where transformers lets the longest row of a batch decide the
    rotary of all (longrope), a batch is not what its prompts are.
    """
    folder = Path(folder)
    if sys.argv[1:] and folder.name not in sys.argv[1:]:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    scatter_weights(model, seed)
    model.to(getattr(torch, storage)).save_pretrained(folder, max_shard_size=max_shard_size)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if rewrite_config:
        path = folder / "config.json"
        path.write_text(json.dumps(rewrite_config(json.loads(path.read_text())), indent=2) + "\n")

    model = load(folder)
    random = np.random.default_rng(seed)
    whole = torch.tensor(random.integers(1, config.vocab_size, (2, 9)))
    prompts = [random.integers(1, config.vocab_size, n).tolist() for n in (9, 5, 2)]
    tensors = {f"whole/{k}": v for k, v in capture(model, whole).items()}
    tensors["whole/tokens"] = whole.numpy().astype(np.int32)
    batches = [[prompt] for prompt in prompts] if alone else [prompts]
    last = f"blocks.{config.num_hidden_layers - 1}.hook_resid_post"
    rows = []
    for batch in batches:
        seen = capture(model, *left_pad(batch))
        rows += [{name: seen[name][row, -len(prompt) :] for name in ("logits", last)} for row, prompt in enumerate(batch)]
    for row, seen in enumerate(rows):
        tensors.update({f"padded/{row}/{name}": x for name, x in seen.items()})
    facts = {"prompts": prompts, "greedy": [row for batch in batches for row in greedy(model, batch, 12, use_cache=not alone)]}
    if with_gradients:
        facts["loss"], grads = gradients(model, whole)
        tensors.update({f"grad/{k}": v for k, v in grads.items()})
    write(folder, seed, tensors, facts)
    print(folder, sum(f.stat().st_size for f in folder.iterdir()) // 1024, "KiB", facts["greedy"][0][:6])
