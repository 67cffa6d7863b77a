/** The first ten problems in one line, and how many more there are. */
export function listed(problems: readonly string[]): string {
  const more = problems.length - 10;
  return problems.slice(0, 10).map(oneLine).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Text with its line breaks as spaces. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ');
}

/** Text as one line of at most so many characters; what is longer ends in an ellipsis. */
export function shortLine(text: string, most = 160): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

/** A value from a file for a message, as JSON; a long one is cut. */
export function quote(value: unknown, most = 200): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
