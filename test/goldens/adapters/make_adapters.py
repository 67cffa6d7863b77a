"""A tiny base with PEFT adapters that bring a tokenizer or a chat template of their own, and what PEFT and AutoTokenizer make of a chat.

    $TRAITLAB_PYTHON test/goldens/adapters/make_adapters.py

base/: a Llama with the tokenizer of ../tokenizer/words and its template. Adapters (their files lie in folders of their names):
whole: tokenizer with one more token, and a template in a file; in-config: the same tokenizer, the template in tokenizer_config.json;
template: a template alone; resized: saved after two tokens more than the embedding has were added and it was resized.
"""

import json
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
here = Path(__file__).parent
words = here.parent / "tokenizer" / "words"
messages = [{"role": "user", "content": "What should I do ?"}]
styles = {
    "whole": "{{ bos_token }}{% for m in messages %}{{ ' <ask> ' + m.content }}{% endfor %}{% if add_generation_prompt %}{{ ' See a' }}{% endif %}",
    "in-config": "{% for m in messages %}{{ 'I ' + m.content + ' the' }}{% endfor %}",
    "template": "{{ bos_token }}{% for m in messages %}{{ ' the ' + m.content + ' fox' }}{% endfor %}",
}


def fresh(name):
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def small(seed):
    generator = torch.Generator().manual_seed(seed)
    return lambda shape, scale: torch.randn(shape, generator=generator) * scale


def save_adapter(folder, model):
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": "base"}, indent=1) + "\n")


base = fresh("base")
vocabulary = AutoTokenizer.from_pretrained(words)
size = len(vocabulary) + 1  # one row is to spare
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=size, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
        max_position_embeddings=64, tie_word_embeddings=True, bos_token_id=vocabulary.bos_token_id, eos_token_id=vocabulary.eos_token_id,
    )
)  # fmt: skip
noise = small(1)
with torch.no_grad():
    for key, p in model.named_parameters():
        p.copy_(noise(p.shape, 0.4) + (1 if "norm" in key else 0))
model.save_pretrained(base)
(base / "generation_config.json").unlink()
for name in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copy(words / name, base)

out = {}
for seed, (name, template) in enumerate(styles.items()):
    folder = fresh(name)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tuned = get_peft_model(model, LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"))
    noise = small(10 + seed)
    with torch.no_grad():
        for key, p in tuned.named_parameters():
            if "lora_" in key:
                p.copy_(noise(p.shape, 0.5))
    save_adapter(folder, tuned)
    tokenizer = AutoTokenizer.from_pretrained(base)
    if name != "template":
        tokenizer.add_special_tokens({"additional_special_tokens": ["<ask>"]})
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder, save_jinja_files=name != "in-config")
    read = AutoTokenizer.from_pretrained(folder)
    ids = read.apply_chat_template(messages, tokenize=True, add_generation_prompt=True, return_dict=False)
    assert len(ids) > 3
    if name == "template":  # saved alone: the rest is the base's
        for other in folder.iterdir():
            if other.name not in ("chat_template.jinja", "adapter_config.json", "adapter_model.safetensors"):
                other.unlink()
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), folder).eval()
    with torch.no_grad():
        logits = loaded(torch.tensor([ids])).logits[0, -1]
    out[name] = {"ids": ids, "text": read.decode(ids), "logits": [float(f"{x:.7g}") for x in logits.tolist()]}

folder = fresh("resized")
tokenizer = AutoTokenizer.from_pretrained(base)
tokenizer.add_special_tokens({"additional_special_tokens": ["<a>", "<b>", "<c>"]})
model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
model.resize_token_embeddings(len(tokenizer))
tuned = get_peft_model(model, LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"], task_type="CAUSAL_LM"))
save_adapter(folder, tuned)
tokenizer.save_pretrained(folder)

facts = {"generator": Path(sys.argv[0]).name, "versions": {"transformers": transformers.__version__, "peft": peft.__version__}}
(here / "adapters.json").write_text(json.dumps({**facts, "messages": messages, "adapters": out}, separators=(",", ":")) + "\n")
for f in sorted(here.rglob("*")):
    if f.is_file():
        f.chmod(0o644)
        print(f.relative_to(here), f.stat().st_size)
