import type { BoundHook, HookFn, Hooks } from './hookSite';

/** Hooks whose tensors are made once, for all forward passes of one call; a hook at several sites is bound once.
 *
 * @returns the bound hooks; `dispose` frees what they hold
 * @throws what a hook throws while it is bound; those bound before are freed
 * @check test/model/bindHooks.test.ts
 */
export function bindHooks(hooks: Hooks): { readonly hooks: Hooks; dispose(): void } {
  const bound = new Map<HookFn, BoundHook>();
  const bind = (fn: HookFn): HookFn => {
    if (fn.prepare === undefined) return fn;
    const known = bound.get(fn) ?? fn.prepare();
    bound.set(fn, known);
    return known.hook;
  };
  const dispose = (): void => bound.forEach((hook) => hook.dispose());
  const entries = Object.entries(hooks) as [string, HookFn | readonly HookFn[] | undefined][];
  try {
    return {
      hooks: Object.fromEntries(
        entries.map(([site, fns]) => [site, fns === undefined ? [] : [fns].flat().map((fn) => bind(fn as HookFn))]),
      ) as Hooks,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
