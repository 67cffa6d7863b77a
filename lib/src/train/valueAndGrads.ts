import * as tf from '@tensorflow/tfjs';

/** Tensors by name: parameters, gradients, optimiser moments. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** One recorded operation, as the engine keeps it. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved: readonly tf.Tensor[];
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
}

/** The part of the engine that tf.grads works with. */
interface TapeEngine {
  readonly state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

/** The value of a scalar function of named tensors, and its gradient with respect to each of them.
 *
 * The same numbers as tf.valueAndGrads, in less memory: what the backward pass needs of an operation (its saved
 * activations, the gradient of its output) is freed as soon as that operation is behind it, and nothing is computed for
 * tensors that are not in `params`.
 *
 * @param f       computes a scalar from the parameters; what it saves for itself must not depend on the tape
 * @param params  float32 tensors of any shape
 * @returns value and gradients (same names and shapes), new tensors
 * @throws Error naming every parameter that the value does not depend on, or if f does not return a scalar
 */
export function valueAndGrads(
  f: (params: Tensors) => tf.Scalar,
  params: Tensors,
): { value: tf.Scalar; grads: Tensors } {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0)
    throw new Error('valueAndGrads: called while gradients are recorded; expected one level');
  const names = Object.keys(params);
  const { value, tape } = record(engine, () => f(params));
  try {
    const wanted = new Set(names.map((name) => params[name].id));
    const path = nodesBetween(tape, wanted, value.id);
    const byId = runBackward(path, value, wanted);
    const unused = names.filter((name) => !byId.has(params[name].id));
    if (unused.length > 0) {
      tf.dispose([...byId.values()]);
      throw new Error(
        `valueAndGrads: no gradient for ${unused.join(', ')}; expected a value that depends on every parameter`,
      );
    }
    return { value, grads: Object.fromEntries(names.map((name) => [name, byId.get(params[name].id)!])) };
  } catch (error) {
    value.dispose();
    throw error;
  } finally {
    for (const node of tape) tf.dispose([...node.saved]);
  }
}

function record(engine: TapeEngine, f: () => tf.Scalar): { value: tf.Scalar; tape: TapeNode[] } {
  engine.startTape();
  let value: tf.Scalar | undefined;
  try {
    value = tf.tidy(f);
    if (!(value instanceof tf.Tensor) || value.size !== 1)
      throw new Error('valueAndGrads: f returned no scalar; expected one');
    return { value, tape: engine.state.activeTape ?? [] };
  } catch (error) {
    for (const node of engine.state.activeTape ?? []) tf.dispose([...node.saved]);
    value?.dispose();
    throw error;
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** A node of the tape with the inputs that lead back to a parameter. */
interface PathNode {
  readonly node: TapeNode;
  readonly inputs: readonly string[];
}

/** The nodes through which the value depends on the parameters, in the order they ran. */
function nodesBetween(tape: readonly TapeNode[], wanted: ReadonlySet<number>, valueId: number): PathNode[] {
  const fromParams = new Set(wanted);
  const candidates: PathNode[] = [];
  for (const node of tape) {
    const inputs = Object.keys(node.inputs).filter((name) => fromParams.has(node.inputs[name].id));
    if (inputs.length === 0) continue;
    for (const output of node.outputs) fromParams.add(output.id);
    candidates.push({ node, inputs });
  }
  const toValue = new Set([valueId]);
  const path: PathNode[] = [];
  for (const candidate of candidates.reverse()) {
    if (!candidate.node.outputs.some((output) => toValue.has(output.id))) continue;
    for (const name of candidate.inputs) toValue.add(candidate.node.inputs[name].id);
    path.push(candidate);
  }
  return path.reverse();
}

/** Walks the path backwards; returns the gradient of each wanted tensor by its id. */
function runBackward(path: readonly PathNode[], value: tf.Tensor, wanted: ReadonlySet<number>): Map<number, tf.Tensor> {
  const gradients = new Map<number, tf.Tensor>([[value.id, tf.onesLike(value)]]);
  try {
    for (let i = path.length - 1; i >= 0; i--) {
      const { node, inputs } = path[i];
      const dys = node.outputs.map((output) => gradients.get(output.id) ?? null);
      for (const [k, dx] of inputGradients(node, inputs, dys).entries())
        accumulate(gradients, node.inputs[inputs[k]].id, dx);
      node.outputs.forEach((output, k) => {
        if (wanted.has(output.id)) return;
        gradients.delete(output.id);
        dys[k]?.dispose();
      });
      tf.dispose([...node.saved]);
    }
    return gradients;
  } catch (error) {
    tf.dispose([...gradients.values()]);
    throw error;
  }
}

function inputGradients(node: TapeNode, inputs: readonly string[], dys: (tf.Tensor | null)[]): tf.Tensor[] {
  const { gradient } = node;
  if (gradient === undefined)
    throw new Error(`valueAndGrads: ${node.kernelName} has no gradient; expected an operation with one`);
  return tf.tidy(() => {
    const functions = gradient(dys);
    const seen = new Set<number | undefined>(dys.map((dy) => dy?.id));
    return inputs.map((name) => {
      const dx = functions[name]();
      if (dx.shape.join() !== node.inputs[name].shape.join()) {
        throw new Error(
          `valueAndGrads: ${node.kernelName} gives a gradient of the wrong shape for ${name}; ` +
            `expected [${node.inputs[name].shape.join(' ')}], got [${dx.shape.join(' ')}]`,
        );
      }
      // A handle that is passed on unchanged would be freed with the one it came from.
      const own = seen.has(dx.id) ? tf.clone(dx) : dx;
      seen.add(own.id);
      return own;
    });
  });
}

function accumulate(gradients: Map<number, tf.Tensor>, id: number, dx: tf.Tensor): void {
  const before = gradients.get(id);
  if (before === undefined) {
    gradients.set(id, dx);
    return;
  }
  gradients.set(id, tf.add(before, dx));
  tf.dispose([before, dx]);
}
