const sides: Readonly<Record<string, { left: boolean; right: boolean }>> = {
  strip: { left: true, right: true },
  lstrip: { left: true, right: false },
  rstrip: { left: false, right: true },
};

/** Python's `strip`, `lstrip` and `rstrip` with the characters to take off, for templates: the Jinja package knows them
 * without only, and would take off all white space. */
export const stripFunctions = Object.fromEntries(
  Object.entries(sides).map(([name, { left, right }]) => [
    `python_${name}`,
    (text: string, characters: string): string => {
      const isOff = (c: string | undefined): boolean => c !== undefined && characters.includes(c);
      const all = Array.from(text);
      let [from, to] = [0, all.length];
      if (left) while (isOff(all[from])) from++;
      if (right) while (to > from && isOff(all[to - 1])) to--;
      return all.slice(from, to).join('');
    },
  ]),
);

/** Turns `text.strip(characters)` of a parsed template into a call of `stripFunctions`, in place. */
export function callStripFunctions(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  Object.values(node).forEach(callStripFunctions);
  if (!isCall(node)) return;
  const { callee, args } = node;
  const { value } = callee.property ?? {};
  if (callee.type !== 'MemberExpression' || callee.computed || args.length !== 1 || !Object.hasOwn(sides, value ?? ''))
    return;
  node.args = [callee.object, ...args];
  node.callee = { type: 'Identifier', value: `python_${value}` };
}

interface Call {
  callee: { type: string; computed?: boolean; object?: unknown; property?: { value?: string }; value?: string };
  args: unknown[];
}

function isCall(node: object): node is Call {
  return (node as { type?: unknown }).type === 'CallExpression';
}
