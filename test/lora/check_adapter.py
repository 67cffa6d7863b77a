"""Loads a PEFT folder with PEFT itself and prints the logits of a batch as JSON.

    $TRAITLAB_PYTHON test/lora/check_adapter.py MODEL_DIR ADAPTER_DIR TOKENS_JSON
"""

import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base, adapter, tokens = sys.argv[1:]
torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
model = PeftModel.from_pretrained(model, adapter).eval()
with torch.no_grad():
    print(json.dumps(model(input_ids=torch.tensor(json.loads(tokens))).logits.flatten().tolist()))
