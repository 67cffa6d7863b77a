import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomic } from '../disk/writeAtomic';
import { questionMessages, type Question } from '../prompts/question';
import { mean } from '../stats/mean';
import { countLabels, emOutcome, emRate, type EmDenominator } from './emRate';
import { labelOf, type Judgement } from './judgement';

export interface InspectLogOptions {
  /** Names the evaluation in the viewer, "em" or "bad_medical". */
  task: string;
  /** The model that answered. */
  model: string;
  /** Who judged: "exact", or the judge's pinned name. */
  judge: string;
  denominator: EmDenominator;
  /** When the evaluation was made. */
  created: Date;
  /** The system prompt of all questions, if any. */
  system?: string;
  /** How the model answered. */
  sampling?: { readonly temperature?: number; readonly maxNewTokens?: number; readonly seed?: number };
  /** Anything else worth keeping: checkpoint, step, protocol. */
  metadata?: Readonly<Record<string, unknown>>;
}

/** An evaluation as Inspect AI writes it: the JSON form of its `EvalLog`, version 2. */
export type InspectLog = Readonly<Record<string, unknown>> & {
  readonly version: 2;
  readonly eval: Readonly<Record<string, unknown>> & {
    readonly created: string;
    readonly task: string;
    readonly task_id: string;
  };
};

/** Judged answers as a log of Inspect AI, so that its viewer and its data frames open them.
 *
 * A sample for each answer: its question (answers to one question are epochs), the answer, and three scores: `label`,
 * and where there are any `aligned` and `coherent`. Results: the EM rate with its interval and a count of every label.
 *
 * @param answers  e.g. of `answerQuestions`
 * @throws Error if there is no answer, or a question has a system prompt beside that of all
 * @source UK AI Security Institute, inspect_ai.log (EvalLog)
 * @check test/judge/inspectLog.test.ts (read by inspect_ai itself where TRAITLAB_PYTHON has it)
 */
export function inspectLog(
  answers: readonly { readonly question: Question; readonly text: string; readonly judgement: Judgement }[],
  options: InspectLogOptions,
): InspectLog {
  if (answers.length === 0) throw new Error('inspectLog: no answers; expected at least one');
  const { task, model, judge, denominator, system, sampling = {}, metadata = {} } = options;
  const created = options.created.toISOString().replace(/\.\d+Z$/, '+00:00');
  const epochs = new Map<string, number>();
  const samples = answers.map(({ question, text, judgement }) => {
    const epoch = (epochs.get(question.id) ?? 0) + 1;
    epochs.set(question.id, epoch);
    return sampleOf(question, epoch, text, judgement, options);
  });
  const config = {
    ...(sampling.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling.maxNewTokens === undefined ? {} : { max_tokens: sampling.maxNewTokens }),
    ...(sampling.seed === undefined ? {} : { seed: sampling.seed }),
    ...(system === undefined ? {} : { system_message: system }),
  };
  const id = createHash('sha256')
    .update(JSON.stringify([created, options, samples]))
    .digest('hex')
    .slice(0, 22);
  return {
    version: 2,
    status: 'success',
    eval: {
      eval_id: id,
      run_id: id,
      created,
      task,
      task_id: id,
      task_version: 0,
      task_attribs: {},
      task_args: {},
      task_args_passed: {},
      dataset: { name: task, samples: epochs.size, sample_ids: [...epochs.keys()], shuffled: false },
      model,
      model_generate_config: config,
      model_args: {},
      config: { epochs: Math.max(...epochs.values()) },
      packages: {},
      metadata: { judge, denominator, ...metadata },
      scorers: ['label', 'aligned', 'coherent'].map((name) => ({ name, options: {}, metrics: [], metadata: {} })),
    },
    plan: { name: 'plan', steps: [{ solver: 'generate', params: {}, params_passed: {} }], config },
    results: resultsOf(
      answers.map((a) => a.judgement),
      denominator,
    ),
    stats: { started_at: created, completed_at: created, model_usage: {}, role_usage: {} },
    samples,
  };
}

/** Writes a log under the name that Inspect's viewer looks for, `{time}_{task}_{id}.json`.
 *
 * @param folder  e.g. `logs`; open it with `inspect view --log-dir logs`
 * @returns  the file
 * @throws Error naming the file if it cannot be written
 */
export function writeInspectLog(folder: string, log: InspectLog): string {
  const { created, task, task_id: id } = log.eval;
  const name = [created.replace(/[:+]/g, '-'), task.replace(/[^A-Za-z0-9.]+/g, '-'), id].join('_');
  const path = join(folder, `${name}.json`);
  writeFileAtomic(path, `${JSON.stringify(log, null, 1)}\n`);
  return path;
}

function sampleOf(
  question: Question,
  epoch: number,
  text: string,
  judgement: Judgement,
  { model, judge, system }: InspectLogOptions,
): object {
  const { id, text: asked, topic, kind } = question;
  const prompt = questionMessages(question, system).map((message) => ({ ...message, source: 'input' }));
  const message = { role: 'assistant', content: text, source: 'generate', model };
  return {
    id,
    epoch,
    input: prompt.length === 1 ? asked : prompt,
    target: '',
    messages: [...prompt, message],
    output: { model, choices: [{ message, stop_reason: 'stop' }], completion: text },
    scores: scoresOf(judgement, text, judge),
    metadata: { ...(topic === undefined ? {} : { topic }), ...(kind === undefined ? {} : { kind }) },
    store: {},
    events: [],
    model_usage: {},
    attachments: {},
  };
}

function scoresOf(judgement: Judgement, answer: string, judge: string): Record<string, object> {
  const explanation =
    judgement.status === 'failed'
      ? `no verdict (${judgement.reason}): ${judgement.message}`
      : judgement.status === 'unparsable' && judgement.said !== undefined
        ? `the judge said: ${judgement.said}`
        : undefined;
  const score = (value: string | number): object => ({
    value,
    answer,
    ...(explanation === undefined ? {} : { explanation }),
    metadata: { judge, status: judgement.status },
  });
  return {
    label: score(labelOf(judgement)),
    ...Object.fromEntries(
      (['aligned', 'coherent'] as const).flatMap((name) => {
        const value = scoreOf(judgement, name);
        return value === undefined ? [] : [[name, score(value)]];
      }),
    ),
  };
}

function scoreOf(judgement: Judgement, name: 'aligned' | 'coherent'): number | undefined {
  return judgement.status === 'scored' || judgement.status === 'unparsable' ? judgement[name] : undefined;
}

function resultsOf(judgements: readonly Judgement[], denominator: EmDenominator): object {
  const metrics = (values: Readonly<Record<string, number>>): object =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { name, value, params: {} }]));
  const counts = judgements.some((j) => emOutcome(j, denominator) !== 'notCounted');
  const rate = counts ? emRate(judgements, denominator) : undefined;
  const em: Record<string, number> =
    rate === undefined ? {} : { em: rate.rate, em_low: rate.low, em_high: rate.high, em_n: rate.n };
  const scores = (['aligned', 'coherent'] as const).map((name) => {
    const values = judgements.map((j) => scoreOf(j, name)).filter((value) => value !== undefined);
    return {
      name,
      scorer: name,
      scored_samples: values.length,
      unscored_samples: judgements.length - values.length,
      params: {},
      metrics: values.length === 0 ? {} : metrics({ mean: mean(values) }),
    };
  });
  const labels = {
    name: 'label',
    scorer: 'label',
    scored_samples: judgements.length,
    unscored_samples: 0,
    params: {},
    metrics: metrics({ ...em, ...countLabels(judgements) }),
    metadata: { denominator },
  };
  return { total_samples: judgements.length, completed_samples: judgements.length, scores: [labels, ...scores] };
}
