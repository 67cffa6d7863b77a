/** A command: gets its arguments, resolves to the exit status. */
export type Command = (args: readonly string[]) => Promise<number>;

/** Each command is loaded when it is called, so that every one starts fast. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  figures: {
    summary: 'execute the notebooks and write data/figures (--only, --check, --timeout, --jobs)',
    load: async () => (await import('./figures')).figures,
  },
};

/** Runs `traitlab COMMAND …` and sets the exit status; an error is one line on standard error. */
export function main(args: readonly string[]): void {
  const [name, ...rest] = args;
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (!command) {
    const known = Object.entries(commands).map(([key, { summary }]) => `  ${key.padEnd(12)} ${summary}`);
    const isHelp = name === '--help' || name === 'help';
    (isHelp ? console.log : console.error)(
      `${isHelp ? '' : `traitlab: ${name === undefined ? 'missing command' : `unknown command ${name}`}; `}commands:\n${known.join('\n')}`,
    );
    process.exitCode = isHelp ? 0 : 1;
    return;
  }
  command
    .load()
    .then((run) => run(rest))
    .then((status) => (process.exitCode = status))
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`traitlab ${name}: ${message.replace(/\s*\n\s*/g, ' ')}`);
      process.exitCode = 1;
    });
}
