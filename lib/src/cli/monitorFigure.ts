import { basename } from 'node:path';
import type { CheckpointMonitor } from '../monitor/checkpointMonitor';
import type { CheckpointScore } from '../monitor/scoreCheckpoint';
import { figurePage } from '../notebook/figureHtml';
import { lines } from '../plot/lines';

/** A page with the predicted EM of a run's checkpoints, its interval and the threshold. */
export function monitorFigure(
  scores: readonly CheckpointScore[],
  { monitor, run }: { readonly monitor: CheckpointMonitor; readonly run: string },
): string {
  const first = scores.find(({ alarm }) => alarm);
  const title = first === undefined ? 'No alarm' : `Alarm at step ${first.step}`;
  const of = (key: 'step' | 'predictedEm' | 'low' | 'high'): number[] =>
    scores.map((score) => (key === 'step' ? score.step : 100 * score[key]));
  const figure = lines({
    title: `${title}: ${basename(run)}`,
    subtitle: `EM that the monitor of ${monitor.model.name} predicts of each checkpoint; band: where ${100 * monitor.confidence} % of labels should be`,
    footer: `${monitor.features.name}, ${monitor.regressor.name}, block ${monitor.layer}, base ${monitor.model.hash.slice(0, 8)}, suite ${monitor.suite.name}`,
    series: [{ name: 'predicted EM', x: of('step'), y: of('predictedEm'), low: of('low'), high: of('high') }],
    references: [{ value: 100 * monitor.tau, label: 'alarm' }],
    xTitle: 'step',
    yTitle: 'predicted EM, %',
    yRange: [0, 100],
    integerX: true,
  });
  return figurePage(figure, `monitor: ${basename(run)}`, title);
}
