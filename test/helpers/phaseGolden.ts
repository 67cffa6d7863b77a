import { projectPath } from 'traitlab/disk/projectPath';
import { golden } from './golden';

/** What test/goldens/phase holds beside its run of PEFT folders. */
export interface PhaseGolden {
  steps: number[];
  /** [adapter step d] */
  path: number[][][];
  /** By window: step, cosine, the longer move. */
  local: Record<string, [number, number, number][]>;
  least: number;
  localLeast: [number, number, number][];
  pca: { coordinates: [number, number][]; shares: [number, number] };
  comp: Record<'nothing' | 'adapters' | 'checkpoints', Record<'adapters' | 'coordinates', number[]>>;
  vector: number[];
  projected: Record<string, { plain: number[][]; renormalised: number[][] }>;
  downstream: {
    a: number[][];
    b: number[][];
    scale: number;
    added: number[];
    prompts: number[][];
    starts: number[];
    ofMeans: number[];
    ofTokens: number[];
    norms: [number, number][];
  };
}

export const phaseGolden = (): PhaseGolden => golden<PhaseGolden>('phase');

/** The run: two rank-1 adapters on down_proj of llama/gqa-tied-llama3, by PEFT. */
export const phaseRun = projectPath('test/goldens/phase/run');
