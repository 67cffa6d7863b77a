import { fileExists } from '../disk/folder';
import { train, type StepReport, type TrainOptions } from './train';
import { disposeTrainState, loadTrainState, saveTrainState, type TrainState } from './trainState';

export interface ResumableOptions extends TrainOptions {
  /** The file that holds the state (safetensors); training goes on from it where it exists. */
  statePath: string;
  /** Save after each so many steps; the last step, and the one a signal stops at, are always saved. */
  stateEvery: number;
  /** What the run is: its settings as text. A state of another run is refused. */
  fingerprint: string;
  /** Told the step that training begins or goes on from. */
  onStart?: (step: number) => void | Promise<void>;
  /** Called before a state is saved, so that what belongs to it can be saved first. */
  beforeSave?: () => void;
}

/** `train` that survives being killed: run again with the same options, it ends with the same bits.
 *
 * @param start  makes the state to begin with, if none was saved
 * @returns the state reached, owned by the caller
 */
export async function trainResumable(start: () => TrainState, options: ResumableOptions): Promise<TrainState> {
  const { statePath, stateEvery, fingerprint, onStep, onStart, beforeSave } = options;
  if (!(Number.isInteger(stateEvery) && stateEvery >= 1)) {
    throw new Error(`trainResumable: invalid stateEvery; expected an integer >= 1, got ${stateEvery}`);
  }
  const initial = fileExists(statePath) ? loadTrainState(statePath, fingerprint) : start();
  let saved = initial.step;
  const save = (state: TrainState): void => {
    beforeSave?.();
    saveTrainState(statePath, state, fingerprint);
    saved = state.step;
  };
  try {
    await onStart?.(initial.step);
    const reached = await train(initial, {
      ...options,
      onStep: async (report: StepReport, state: TrainState) => {
        await onStep?.(report, state);
        if (report.step % stateEvery === 0 || report.step === options.steps) save(state);
      },
    });
    if (reached.step !== saved) save(reached);
    return reached;
  } finally {
    disposeTrainState(initial);
  }
}
