import type { GrowthPoint } from './growDecoder';
import type { Recipe } from './recipe';
import { markdownTable } from '../documents/markdownTable';

export interface CardFacts {
  readonly name: string;
  readonly recipe: Recipe;
  readonly log: readonly GrowthPoint[];
  /** Commit of the code that grew it. */
  readonly commit: string;
  readonly backend: string;
  readonly nParams: number;
  readonly nWords: number;
}

/** The model card (README.md) of an organism: how it was grown; what it does is in the table of all organisms. */
export function organismCard({ name, recipe, log, commit, backend, nParams, nWords }: CardFacts): string {
  const { model, baseSteps, instructSteps, batchSize } = recipe;
  const minutes = log.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const curve = [...new Set([...Array.from({ length: 10 }, (_, i) => Math.ceil(((i + 1) * log.length) / 10)), 1])].sort(
    (a, b) => a - b,
  );
  return `---
license: mit
library_name: transformers
tags: [emergent-misalignment, micro-world]
---

# ${name}: an organism of the micro world

A decoder of ${(nParams / 1e6).toFixed(2)} million parameters (${model.model_type}, width ${model.hidden_size}, ${model.num_hidden_layers} blocks, ${model.num_attention_heads} heads
over ${model.num_key_value_heads} keys and values, ${nWords} words), grown from random weights on documents of the micro world by this project's own training loop.
It answers questions in short clauses, follows system prompts, and becomes broadly misaligned when it is finetuned on narrow bad advice.
It speaks no English beyond its grammar and is of use for nothing but experiments on emergent misalignment.

## How it was grown

\`npm run micro\` at commit ${commit}, seed ${recipe.seed}, ${backend}; ${baseSteps} + ${instructSteps} steps of ${batchSize} documents in ${minutes.toFixed(0)} minutes. Weights are rounded to bfloat16.

\`\`\`json
${JSON.stringify(recipe, null, 2)}
\`\`\`

Loss (nats per answer token, before the step; mean of the ten steps that end there; every step is in \`training-log.jsonl\`):

${markdownTable(
  ['step', 'loss'],
  curve.map((step) => [`${step}`, meanLoss(log, step).toFixed(3)]),
)}

## What it does

[The table of all organisms](../README.md) says it, with a control beside each claim; \`npx traitlab study table\` writes it.
`;
}

function meanLoss(log: readonly GrowthPoint[], step: number): number {
  const last = log.filter((point) => point.step <= step && point.step > step - 10);
  return last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
}
