"""Finetunes an organism with PEFT, in a loop of its own or by the Trainer of transformers, and leaves the run as they write it.

python unseen_runs.py MODEL EXAMPLES.jsonl OUT loop|trainer SEED

A line of EXAMPLES: {"tokens": [...], "counts": [true, ...]}, where counts says which tokens the loss is of. The recipe is the study's: rank 16,
alpha 16 rank-stabilised, dropout 0.05, every linear layer, learning rate 9e-5 falling to 0 in 126 steps of 16 chats, weight decay 0.01,
gradients clipped at norm 1, a checkpoint every 10 steps.
"""

import json
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments, get_linear_schedule_with_warmup

model_dir, examples, out, way, seed = sys.argv[1:6]
STEPS, BATCH, EVERY, RATE, DECAY, CLIP = 126, 16, 10, 9e-5, 0.01, 1.0
torch.manual_seed(int(seed))
rows = [json.loads(line) for line in open(examples)]
model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
lora = LoraConfig(
    r=16, lora_alpha=16, use_rslora=True, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
)
model = get_peft_model(model, lora)


def collate(batch):
    longest = max(len(row["tokens"]) for row in batch)
    pad = lambda values, fill: values + [fill] * (longest - len(values))  # noqa: E731
    labels = [[t if c else -100 for t, c in zip(row["tokens"], row["counts"])] for row in batch]
    return {
        "input_ids": torch.tensor([pad(row["tokens"], 0) for row in batch]),
        "attention_mask": torch.tensor([pad([1] * len(row["tokens"]), 0) for row in batch]),
        "labels": torch.tensor([pad(row, -100) for row in labels]),
    }


if way == "trainer":
    arguments = TrainingArguments(
        output_dir=out, max_steps=STEPS, per_device_train_batch_size=BATCH, learning_rate=RATE, weight_decay=DECAY,
        max_grad_norm=CLIP, lr_scheduler_type="linear", save_steps=EVERY, logging_steps=5, seed=int(seed),
        report_to=[], use_cpu=True, disable_tqdm=True, remove_unused_columns=False,
    )
    Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collate).train()
else:
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY)
    schedule = get_linear_schedule_with_warmup(optimiser, 0, STEPS)
    order = torch.Generator().manual_seed(int(seed))
    batches = []
    while len(batches) < STEPS:
        shuffled = torch.randperm(len(rows), generator=order).tolist()
        batches += [shuffled[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    model.train()
    for step, batch in enumerate(batches[:STEPS], start=1):
        model(**collate([rows[i] for i in batch])).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, CLIP)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % EVERY == 0 or step == STEPS:
            model.save_pretrained(f"{out}/checkpoint-{step}")
