"""Small checkpoints whose files contradict each other, and what transformers computes with them.

    $TRAITLAB_PYTHON test/goldens/checkpoints/make_checkpoints.py

old.safetensors, new.safetensors: weights of one tiny Llama (float32). Each case says which files lie in the folder, what config.json and
generation_config.json say, and the greedy tokens and last logits of AutoModelForCausalLM. `refused`: transformers forgets the base of
rope_parameters there, which traitlab refuses.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.generation.logits_process import RepetitionPenaltyLogitsProcessor

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
here = Path(__file__).parent
prompt = [5, 6, 7, 8, 9, 10, 5, 6]
config = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "tie_word_embeddings": False,
    "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
default = {"rope_type": "default", "rope_theta": 10000.0}
linear = {"rope_type": "linear", "factor": 4.0}
llama3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}


def write_weights():
    torch.manual_seed(3)
    model = LlamaForCausalLM(LlamaConfig(**config))
    generator = torch.Generator().manual_seed(4)
    for name, scale in (("old", 0.3), ("new", 0.5)):
        with torch.no_grad():
            for key, p in model.named_parameters():
                p.copy_(torch.randn(p.shape, generator=generator) * scale + (1 if "norm" in key else 0))
        tensors = {key: p.detach().to(torch.bfloat16) for key, p in model.state_dict().items()}
        save_file(tensors, here / f"{name}.safetensors", metadata={"format": "pt"})


def shards(folder):
    tensors = load_file(here / "old.safetensors")
    names = sorted(tensors)
    weight_map = {}
    for i, part in enumerate((names[::2], names[1::2])):
        file = f"model-0000{i + 1}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        weight_map.update({name: file for name in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


cases = {
    "old shards beside a new file": {"files": ["new", "shards"]},
    "an old index beside a new file": {"files": ["new", "index"]},
    "shards": {"files": ["shards"]},
    "a pickle beside a new file": {"files": ["new", "pickle"]},
    "rope_scaling beside rope_parameters": {"config": {"rope_parameters": default, "rope_scaling": linear}},
    "rope_scaling switches rope_parameters off": {"config": {"rope_parameters": {**llama3, "rope_theta": 10000.0}, "rope_scaling": {"type": "default"}}},
    "an empty rope_scaling": {"config": {"rope_parameters": {**linear, "rope_theta": 5000.0}, "rope_scaling": {}}},
    "no rope_scaling": {"config": {"rope_parameters": {**llama3, "rope_theta": 5000.0}, "rope_scaling": None}},
    "a base beside rope_parameters": {"config": {"rope_parameters": {**default, "rope_theta": 500.0}, "rope_theta": 90000.0}},
    "rope_parameters without a base": {"config": {"rope_parameters": linear, "rope_theta": 90.0}},
    "a base in rope_scaling": {"config": {"rope_scaling": {**linear, "rope_theta": 300.0}, "rope_theta": 90000.0}},
    "bases in all three": {"config": {"rope_parameters": default, "rope_scaling": {**llama3, "rope_theta": 10000.0}, "rope_theta": 70.0}},
    "type and rope_type": {"config": {"rope_parameters": {**linear, "type": "default", "rope_theta": 70.0}}},
    "rope_scaling and a forgotten base": {"config": {"rope_parameters": {**default, "rope_theta": 500000.0}, "rope_scaling": linear}},
    "rope_scaling and two bases": {"config": {"rope_parameters": {**default, "rope_theta": 500000.0}, "rope_scaling": linear, "rope_theta": 70.0}},
    "generation settings without an end": {"end": True, "generation": {"temperature": 0.7}},
    "the end of config.json": {"end": True},
    "another end": {"end": True, "generation": {"eos_token_id": [2, 3]}},
    "a repetition penalty": {"generation": {"repetition_penalty": 1.3}},
    "a repetition bonus": {"generation": {"repetition_penalty": 0.7, "do_sample": True, "top_p": 0.8, "top_k": 20}},
    "settings that change nothing": {"generation": {"no_repeat_ngram_size": 0, "num_beams": 1, "suppress_tokens": [], "min_length": 0}},
}


def run(case, end):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        files = case.get("files", ["new"])
        if "shards" in files or "index" in files:
            shards(folder)
        if "index" in files:
            for shard in folder.glob("model-*.safetensors"):
                shard.unlink()
        if "new" in files:
            shutil.copy(here / "new.safetensors", folder / "model.safetensors")
        if "pickle" in files:
            torch.save({}, folder / "pytorch_model.bin")
        own = {**config, **case.get("config", {}), **({"eos_token_id": end} if case.get("end") else {})}
        (folder / "config.json").write_text(json.dumps(own))
        if "generation" in case:
            (folder / "generation_config.json").write_text(json.dumps(case["generation"]))
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        tokens = torch.tensor([prompt])
        with torch.no_grad():
            last = model(tokens).logits[0, -1]
            out = model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=12, do_sample=False, pad_token_id=0)
        result = {**case, "config": own, "greedy": out[0, len(prompt) :].tolist(), "logits": last.tolist()}
        penalty = case.get("generation", {}).get("repetition_penalty")
        if penalty is not None:
            result["penalized"] = RepetitionPenaltyLogitsProcessor(penalty)(tokens, last[None].clone())[0].tolist()
        forgotten = own.get("rope_scaling") and own.get("rope_parameters", {}).get("rope_theta")
        result["refused"] = bool(forgotten) and model.config.rope_parameters["rope_theta"] != forgotten
        return result


write_weights()
plain = run({}, None)["greedy"]
end = plain[3]  # greedy decoding meets it
out = {name: run(case, end) for name, case in cases.items()}
facts = {"generator": Path(sys.argv[0]).name, "transformers": transformers.__version__, "prompt": prompt}
rounded = json.loads(json.dumps({**facts, "cases": out}), parse_float=lambda x: float(f"{float(x):.7g}"))
text = json.dumps(rounded, separators=(",", ":"))
(here / "checkpoints.json").write_text(text + "\n")
print(len(text) // 1024, "KiB")
for name, case in out.items():
    print(f"{name:45}", case["greedy"], case["refused"])
