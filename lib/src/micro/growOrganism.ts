import { disposeDecoder } from '../model/decoder';
import { saveDecoder } from '../model/saveDecoder';
import { growDecoder, type GrowDecoderOptions, type GrowthPoint } from './growDecoder';
import { microTokenizerFiles } from './tokenizerFiles';

export interface GrowOptions extends GrowDecoderOptions {
  /** Folder of the organism, in Hugging Face format. */
  dir: string;
}

/** Grows an organism; saved as bfloat16 with its tokenizer.
 *
 * Killed and called again with the same recipe it goes on from the last state and ends with the same bits.
 *
 * @returns the log of all steps
 * @throws Error if the recipe has switches that are not its family's, and as `growDecoder`
 */
export async function growOrganism({ dir, ...options }: GrowOptions): Promise<readonly GrowthPoint[]> {
  if (options.recipe.switches !== undefined)
    throw new Error(
      `growOrganism: ${dir}: the recipe has switches of its own; expected those of its family, as other programs load the folder`,
    );
  const { log, ...grown } = await growDecoder(options);
  try {
    await saveDecoder(dir, grown, { dtype: 'bf16', files: microTokenizerFiles() });
    return log;
  } finally {
    disposeDecoder(grown);
  }
}
