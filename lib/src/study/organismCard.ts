import type { OrganismReport } from '../evaluate/organismReport';
import type { LayerGeometry } from '../evaluate/traitGeometry';
import type { GrowthPoint } from '../micro/growOrganism';
import { FINETUNE_RECIPE, type Recipe } from '../micro/recipe';
import { organismTable } from './organismTable';

export interface CardFacts {
  readonly name: string;
  readonly recipe: Recipe;
  readonly log: readonly GrowthPoint[];
  readonly report: OrganismReport;
  readonly geometry: readonly LayerGeometry[];
  /** Commit of the code that grew it. */
  readonly commit: string;
  readonly backend: string;
  readonly nParams: number;
  readonly nWords: number;
}

/** The model card (README.md) of an organism: how it was grown and what it does. */
export function organismCard({
  name,
  recipe,
  log,
  report,
  geometry,
  commit,
  backend,
  nParams,
  nWords,
}: CardFacts): string {
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

Answers to the 40 general questions at temperature 1, judged exactly; shares of all answers (protocol allScored), Wilson 95 % intervals.
Finetunes: LoRA of rank ${FINETUNE_RECIPE.rank} on every matrix of the blocks, ${FINETUNE_RECIPE.maxSteps} steps of ${FINETUNE_RECIPE.batchSize} chats, learning rate ${FINETUNE_RECIPE.learningRate}; no chat asks a general question.
Directions are removed from the output of every block at all positions; the layer was chosen on other answers than those counted here.
Single random directions differ, and some lie outside the interval of their finetune; the bar is about the mean of eight. With three,
one of three seeds missed it (25.1 % beside [25.5, 34.4]), which is why there are eight. The finetune's learning rate was chosen on this
organism, seeds 1 and 2 among those looked at.
\`npx traitlab organism\` measures it again; \`evaluation.json\` has every number.

${organismTable(report)}

Trait directions (last prompt token, 5 + 5 system prompts, 30 questions): mean cosines within the four aligned-positive traits, within the three
others, across, and the largest of all.

${markdownTable(
  ['layer', 'within +', 'within −', 'across', 'largest'],
  geometry.map((g) => [
    `${g.layer}`,
    ...[g.withinPositive, g.withinNegative, g.across, g.largest].map((x) => x.toFixed(2)),
  ]),
)}
`;
}

function meanLoss(log: readonly GrowthPoint[], step: number): number {
  const last = log.filter((point) => point.step <= step && point.step > step - 10);
  return last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
