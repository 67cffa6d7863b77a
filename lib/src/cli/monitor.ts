/** Gets its arguments, resolves to the exit status. */
type Action = (args: readonly string[]) => Promise<number>;

const actions: Readonly<Record<string, () => Promise<Action>>> = {
  fit: async () => (await import('./monitorFit')).monitorFit,
  score: async () => (await import('./monitorScore')).monitorScore,
  plan: async () => (await import('./monitorPlan')).monitorPlan,
  cost: async () => (await import('./monitorCost')).monitorCostCommand,
};

/** `traitlab monitor fit|score|plan|cost`: a monitor of a model from its calibration runs, what it says of another run, what it takes to have
 * one, and to use it. */
export async function monitorCommand(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  if (!Object.hasOwn(actions, action ?? ''))
    throw new Error(`unknown action ${action ?? '(none)'}; expected one of ${Object.keys(actions).join(', ')}`);
  return (await actions[action]())(rest);
}
