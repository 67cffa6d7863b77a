import * as tf from '@tensorflow/tfjs';
import { asFloat32, isBf16, type Weight } from './bf16Tensor';
import { checkDtype } from './checkArguments';
import { hasBody, runBody } from './dispatch';

export interface MatMulOptions {
  /** Use aᵀ: a is then `[*batch k m]`. */
  transposeA?: boolean;
  /** Use bᵀ: b is then `[*batch n k]`, the layout of Hugging Face linear weights `[dOut dIn]`. */
  transposeB?: boolean;
  /** Added to every row of the product, `[n]` float32. */
  bias?: tf.Tensor;
}

/** Matrix product: y = a·b + bias, per batch entry; b may be one matrix for the whole batch.
 *
 * Gradients reach a, a float32 b, and bias; a bfloat16 b is frozen.
 *
 * @param a        `[*batch m k]` float32
 * @param b        `[*batch k n]` or `[k n]`, float32 or bfloat16
 * @returns        `[*batch m n]` float32
 * @throws Error   if ranks, inner sizes, batch axes, the bias or a dtype do not fit
 */
export function matMul(
  a: tf.Tensor,
  b: Weight,
  { transposeA = false, transposeB = false, bias }: MatMulOptions = {},
): tf.Tensor {
  checkShapes(a, b, transposeA, transposeB, bias);
  if (!hasBody('TraitMatMul')) return matMulReference(a, b, { transposeA, transposeB, bias });
  const attrs = { transposeA, transposeB, bShape: isBf16(b) ? [...b.shape] : undefined };
  return runBody('TraitMatMul', { a, b: isBf16(b) ? b.packed : b, bias }, attrs)[0];
}

/** The definition of `matMul` in plain tfjs operations. */
export function matMulReference(
  a: tf.Tensor,
  b: Weight,
  { transposeA = false, transposeB = false, bias }: MatMulOptions = {},
): tf.Tensor {
  return tf.tidy(() => {
    const product = oneForAll(a, b)
      ? sharedProduct(transposeA ? swapLastTwo(a) : a, asFloat32(b), transposeB)
      : tf.matMul(a, asFloat32(b), transposeA, transposeB);
    return bias === undefined ? product : tf.add(product, bias);
  });
}

function oneForAll(a: tf.Tensor, b: Weight): boolean {
  return b.shape.length === 2 && a.rank > 2;
}

/** One matrix for every batch entry: tfjs' own gradient of such a product has the wrong shape, so the rows are joined. */
function sharedProduct(a: tf.Tensor, b: tf.Tensor, transposeB: boolean): tf.Tensor {
  const product = tf.matMul(rows(a), b, false, transposeB);
  return tf.reshape(product, [...a.shape.slice(0, -1), product.shape[1]!]);
}

function checkShapes(a: tf.Tensor, b: Weight, transposeA: boolean, transposeB: boolean, bias?: tf.Tensor): void {
  checkDtype('matMul', 'float32', { a, b: isBf16(b) ? undefined : b, bias });
  const show = (shape: readonly number[]): string => `[${shape.join(' ')}]`;
  if (a.rank < 2 || b.shape.length < 2) {
    throw new Error(`matMul: rank too low; expected matrices, got a ${show(a.shape)} and b ${show(b.shape)}`);
  }
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (batchB.length > 0 && show(batchA) !== show(batchB)) {
    throw new Error(`matMul: batch axes of b do not fit; expected ${show(batchA)} or none, got ${show(batchB)}`);
  }
  const inner = a.shape[transposeA ? a.rank - 2 : a.rank - 1];
  const innerB = b.shape[b.shape.length - (transposeB ? 1 : 2)];
  if (inner !== innerB) {
    throw new Error(
      `matMul: inner sizes differ; expected k=${inner} from a ${show(a.shape)}${transposeA ? ' transposed' : ''}, ` +
        `got ${innerB} from b ${show(b.shape)}${transposeB ? ' transposed' : ''}`,
    );
  }
  const n = b.shape[b.shape.length - (transposeB ? 2 : 1)];
  if (bias !== undefined && !(bias.rank === 1 && bias.shape[0] === n)) {
    throw new Error(`matMul: bias has the wrong shape; expected [${n}], got ${show(bias.shape)}`);
  }
}

const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, x.shape[x.rank - 1]]);

tf.registerGradient({
  kernelName: 'TraitMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (upstream, saved, attrs) => {
    const dy = upstream as tf.Tensor;
    const [a, bSaved] = saved;
    const { transposeA, transposeB, bShape } = attrs as unknown as {
      transposeA: boolean;
      transposeB: boolean;
      bShape?: number[];
    };
    const b: Weight = bShape === undefined ? bSaved : { kind: 'bf16', shape: bShape, packed: bSaved as tf.Tensor1D };
    const batched = b.shape.length > 2;
    return {
      a: () => {
        const da = matMul(dy, b, { transposeB: !transposeB });
        return transposeA ? swapLastTwo(da) : da;
      },
      b: () => {
        if (bShape !== undefined) throw new Error('matMul: no gradient for a bfloat16 b; expected a float32 weight');
        const fold = !batched && !transposeA;
        const [x, g] = fold ? [rows(a), rows(dy)] : [a, dy];
        const db = transposeB
          ? matMul(g, x, { transposeA: true, transposeB: transposeA })
          : matMul(x, g, { transposeA: !transposeA });
        const extra = db.rank - b.shape.length;
        return extra > 0 ? tf.sum(db, [...Array(extra).keys()]) : db;
      },
      bias: () => tf.sum(rows(dy), 0),
    };
  },
});

function swapLastTwo(x: tf.Tensor): tf.Tensor {
  const axes = [...x.shape.keys()];
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
