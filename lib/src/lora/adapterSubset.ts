import type { Adapter } from './adapter';

/** An adapter in which some modules count and the others do not: B of each chosen one multiplied, B of all others zero.
 *
 * A value that shares the adapter's tensors: `model.with({ adapter: adapterSubset(adapter, { 21: 30, 23: 30 }) })`.
 *
 * @param factors  by block (all its modules) or by a module's full name, as `model.layers.21.mlp.down_proj`; finite
 * @returns        what `model.with` and `adapterDeltas` take; the modules left out have no scalars
 * @throws Error listing factors of modules that the adapter does not have, of a module that two of them name, and those not finite; and if
 *   nothing is left
 * @source arXiv 2506.11618, section 4.3
 * @check test/lora/adapterSubset.test.ts (PEFT with B scaled)
 */
export function adapterSubset(
  { targets, params }: Pick<Adapter, 'targets' | 'params'>,
  factors: Readonly<Record<string | number, number>>,
): Pick<Adapter, 'targets' | 'params'> {
  const problems: string[] = [];
  const factorOf = new Map<string, number>();
  for (const [key, factor] of Object.entries(factors)) {
    if (!Number.isFinite(factor)) problems.push(`invalid factor of ${key}; expected a finite number, got ${factor}`);
    const own = targets.filter(({ module }) => module === key || module.startsWith(`model.layers.${key}.`));
    if (own.length === 0)
      problems.push(`no adapter at ${key}; expected a block or module of ${targets.map((t) => t.module).join(', ')}`);
    for (const { module } of own) {
      if (factorOf.has(module)) problems.push(`${module} named twice; expected one factor for each module`);
      factorOf.set(module, factor);
    }
  }
  const kept = targets.flatMap((target) => {
    const factor = factorOf.get(target.module) ?? 0;
    return factor === 0 ? [] : [{ ...target, scale: target.scale * factor }];
  });
  if (problems.length === 0 && kept.length === 0)
    problems.push('nothing is left; expected a factor other than 0 of at least one block');
  if (problems.length > 0) throw new Error(`adapterSubset: ${problems.join('; ')}`);
  return { targets: kept, params };
}
