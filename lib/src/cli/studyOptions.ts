import { parseOptions, type Options } from './parseOptions';

/** The options of every action of `traitlab study`; `openStudy` and the processes of a study read the same. */
export function parseStudyOptions(args: readonly string[]): Options {
  return parseOptions(args, {
    models: {},
    suite: {},
    out: {},
    only: {},
    all: { flag: true },
    for: {},
    task: {},
    workers: {},
    'system-role': {},
    slurm: { flag: true },
    'sbatch-args': {},
    tries: {},
  });
}
