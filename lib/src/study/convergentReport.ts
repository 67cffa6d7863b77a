import { markdownTable } from '../documents/markdownTable';
import { cellName } from '../records/cellRecord';
import { countCodes, type LabelCounts } from '../records/labelCode';
import { mean } from '../stats/mean';
import { formatProportion, proportion, type Proportion } from '../stats/proportion';
import { bestAblation } from './ablationSweep';
import type { ModelParts } from './openConvergent';
import { outcomeShares } from './variantOutcomes';

/** What the work on the grids of some models has found, as a page: the best of each sweep with its control. What is not there is left out.
 *
 * @check test/study/runPart.test.ts
 */
export function convergentReport(models: readonly ModelParts[]): string {
  return models.map(modelSection).join('\n');
}

function modelSection(found: ModelParts): string {
  const tables = [organisms(found), steering(found), ablation(found), transfer(found), probes(found)];
  const left = found.missing.length === 0 ? '' : `\n${found.missing.length} parts are not run yet.\n`;
  return `## ${found.model}\n\n${tables.filter((table) => table !== '').join('\n\n')}\n${left}`;
}

const section = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : `### ${title}\n\n${markdownTable(head, rows)}`;

/** Misaligned, and incoherent or unparsable, of all answers that have a verdict. */
function shares(counts: LabelCounts): { readonly misaligned: Proportion; readonly incoherent: Proportion } | undefined {
  const n = Object.values(counts).reduce((a, b) => a + b, 0) - counts.failed;
  if (n === 0) return undefined;
  return {
    misaligned: proportion(counts.misaligned, n),
    incoherent: proportion(counts.incoherent + counts.unparsable, n),
  };
}

function told(counts: LabelCounts): string[] {
  const found = shares(counts);
  return found === undefined
    ? ['no verdicts', '']
    : [formatProportion(found.misaligned), formatProportion(found.incoherent)];
}

function organisms({ organism }: ModelParts): string {
  const rows = organism.map(({ spec, labels }) => [cellName(spec), ...told(countCodes(labels))]);
  return section('Finetunes: answers to the general questions', ['', 'misaligned', 'incoherent'], rows);
}

function steering({ steering: found }: ModelParts): string {
  const rows = found.flatMap(({ spec, direction, again }) =>
    again.map(({ layer, coeff, control, residualFraction, kl, answers }) => [
      `${direction} of ${cellName(spec)}${control === undefined ? '' : ', random'}`,
      `${layer}`,
      `${coeff}`,
      residualFraction.toFixed(2),
      kl.toFixed(3),
      ...told(answers),
    ]),
  );
  const head = ['added to the base', 'block', 'coefficient', 'of the norm', 'KL (nats)', 'misaligned', 'incoherent'];
  return section('Steering: the best point that is nine tenths coherent, asked again', head, rows);
}

function ablation({ ablation: found }: ModelParts): string {
  const rows = found.flatMap(({ spec, direction, from, points }) => {
    const name = `${direction} of ${cellName(from ?? spec)}`;
    const own = points.filter(({ control }) => control === undefined);
    const single = own.filter(({ way }) => way === 'single').map((point) => ({ ...point, layer: point.layer!, ...outcomeShares(point) })); // prettier-ignore
    const best = single.length === 0 ? [] : [bestAblation(single)];
    const others = [...own.filter(({ way }) => way === 'layerwise'), ...points.filter(({ way, control }) => way === 'single' && control !== undefined)]; // prettier-ignore
    return [...own.filter(({ way }) => way === 'nothing'), ...best, ...others].map(
      ({ way, layer, control, labels }) => {
        const what = control !== undefined ? 'random' : way === 'single' ? `that of block ${layer} everywhere` : way;
        return [cellName(spec), way === 'nothing' ? '' : name, what, ...told(countCodes(labels))];
      },
    );
  });
  return section('Ablation', ['finetune', 'direction', 'taken out', 'misaligned', 'incoherent'], rows);
}

function transfer({ transfer: found }: ModelParts): string {
  const kinds = [...new Set(found.flatMap(({ points }) => points.flatMap(({ source }) => (source === undefined ? [] : [source.split(' ').at(-1)!]))))]; // prettier-ignore
  const rows = found.flatMap(({ spec, points }) => {
    const [before] = points;
    if (!before.labels.includes('m')) return [];
    const cells = kinds.map((kind) => {
      // A finetune's own direction is no transfer.
      const others = points.filter(
        ({ source }) => source?.split(' ').at(-1) === kind && source !== `${cellName(spec)} ${kind}`,
      );
      const taken = others.map(
        ({ labels }) => 1 - countCodes(labels).misaligned / countCodes(before.labels).misaligned,
      );
      return others.length === 0 ? '' : `${(100 * mean(taken)).toFixed(0)} % (${others.length})`;
    });
    return [[cellName(spec), ...told(countCodes(before.labels)).slice(0, 1), ...cells]];
  });
  return section('Transfer: mean share of the misaligned answers that directions of other finetunes take away (how many directions)', ['finetune', 'misaligned', ...kinds], rows); // prettier-ignore
}

function probes({ scalars }: ModelParts): string {
  const rows = scalars.flatMap(({ spec, probes: own }) =>
    own.map(({ negative, positive, tokens, split, nAnswers, scores, permuted }) => [
      cellName(spec),
      `${negative} or ${positive}`,
      `${tokens}, by ${split}`,
      nAnswers.join(' and '),
      scores === undefined ? 'too few answers' : `${scores.auroc.mean.toFixed(2)} ± ${scores.auroc.sd.toFixed(2)}`,
      permuted?.auroc === undefined ? '' : `${permuted.auroc.mean.toFixed(2)}, 95 % below ${permuted.auroc.high.toFixed(2)}, p ${permuted.auroc.p.toFixed(3)}`, // prettier-ignore
    ]),
  );
  return section(
    'Probes of rank-1 scalars',
    ['finetune', 'task', 'tokens', 'answers', 'AUROC', 'of dealt labels'],
    rows,
  );
}
