import { listed } from './listed';

/** Where a document came from, and what was found wrong with it. */
export interface DocumentSource {
  readonly where: string;
  readonly path: string;
  /** Line of a part, if it can be told. */
  lineOf(keys: readonly (string | number)[]): number | undefined;
  /** A number as it is written there, if that can be told. */
  numberText?(keys: readonly (string | number)[]): string | undefined;
  readonly problems: string[];
}

/** Keys that a mapping may have. */
export interface KnownKeys {
  readonly known: readonly string[];
  /** Keys that change nothing here. */
  readonly harmless?: readonly string[];
}

/** Keys of prompt files that say where something comes from and change nothing. */
export const HARMLESS_KEYS = ['version', 'schema_version', 'source', 'license', 'notes', 'meta', 'tags'];

/** A part of a document that people write by hand: asks for what should be there and collects every problem with its place.
 *
 * What does not fit is a problem and gives an empty value; `finish` throws if there was any. A missing key and null are
 * the same.
 */
export class DocumentPart {
  constructor(
    readonly value: unknown,
    private readonly source: DocumentSource,
    private readonly keys: readonly (string | number)[] = [],
  ) {}

  /** A value that is there already, of a file whose lines nobody knows: `where` and `path` for messages. */
  static of(value: unknown, { where, path }: Pick<DocumentSource, 'where' | 'path'>): DocumentPart {
    return new DocumentPart(value, { where, path, lineOf: () => undefined, problems: [] });
  }

  /** The file it stands in. */
  get path(): string {
    return this.source.path;
  }

  get isMissing(): boolean {
    return this.value === undefined || this.value === null;
  }

  get isMapping(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  has(key: string): boolean {
    return !this.get(key).isMissing;
  }

  get(key: string | number): DocumentPart {
    const inside = typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, key);
    return new DocumentPart(inside ? (this.value as Record<string | number, unknown>)[key] : undefined, this.source, [
      ...this.keys,
      key,
    ]);
  }

  /** Notes what is wrong with this part: "problem; expected X". */
  problem(text: string): void {
    const { path, problems } = this.source;
    const line = this.source.lineOf(this.keys);
    const name = this.keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
    const place = line === undefined ? path : `${path}:${line}`;
    problems.push([place, name.replace(/^\./, ''), text].filter((part) => part !== '').join(': '));
  }

  /** The mapping's entries; unknown keys are a problem. */
  entries(keys?: KnownKeys): [string, DocumentPart][] {
    if (!this.isMapping) {
      this.problem(`${this.shown()}; expected a mapping${keys ? ` with ${keys.known.join(', ')}` : ''}`);
      return [];
    }
    const names = Object.keys(this.value as object);
    const known = [...(keys?.known ?? []), ...(keys?.harmless ?? [])];
    const unknown = keys ? names.filter((name) => this.has(name) && !known.includes(name)) : [];
    if (unknown.length > 0) this.problem(`unknown keys ${unknown.join(', ')}; expected ${keys!.known.join(', ')}`);
    return names.map((name) => [name, this.get(name)]);
  }

  /** The parts of a list of at least one. */
  items(what: string): DocumentPart[] {
    if (Array.isArray(this.value) && this.value.length > 0) return this.value.map((_, i) => this.get(i));
    const got = Array.isArray(this.value) ? 'an empty list' : this.shown();
    this.problem(`${got}; expected a list of at least one ${what}`);
    return [];
  }

  /** Text that is more than blanks. */
  text(): string {
    if (typeof this.value !== 'string') {
      const hint = ['number', 'boolean'].includes(typeof this.value) ? ' (in quotes it is text)' : '';
      this.problem(`${this.shown()}; expected text${hint}`);
      return '';
    }
    if (this.value.trim() === '') this.problem('blank; expected text');
    if (this.value.includes('\uFFFD')) this.problem('text with U+FFFD; expected a file in UTF-8');
    return this.value;
  }

  /** A list of different texts, at least one. */
  texts(): string[] {
    const parts = this.items('text');
    const found = parts.map((part) => part.text());
    found.forEach((text, i) => {
      const first = found.indexOf(text);
      if (text !== '' && first < i) parts[i].problem(`the same as number ${first + 1}; expected different texts`);
    });
    return found;
  }

  /** A number that fits, or undefined if there is none. */
  number(fits: (value: number) => boolean, expected: string): number | undefined {
    if (this.isMissing) return undefined;
    if (typeof this.value === 'number' && fits(this.value)) return this.value;
    this.problem(`${this.shown()}; expected ${expected}`);
    return undefined;
  }

  /** Text, or a number as it is written: what names something in a table. */
  name(): string {
    if (typeof this.value !== 'number') return this.text();
    const written = this.source.numberText?.(this.keys);
    return written ?? (Number.isSafeInteger(this.value) ? String(this.value) : this.text());
  }

  /** A name, or undefined if there is none. */
  optionalName(): string | undefined {
    return this.isMissing ? undefined : this.name();
  }

  /** One of the given texts; undefined if it is none of them. */
  choice<T extends string>(choices: readonly T[]): T | undefined {
    const chosen = choices.find((name) => name === this.value);
    if (chosen === undefined) this.problem(`${this.shown()}; expected ${choices.join(', ')}`);
    return chosen;
  }

  /** Text, or undefined if there is none. */
  optionalText(): string | undefined {
    return this.isMissing ? undefined : this.text();
  }

  /** Throws if there was any problem in the whole document. */
  finish(): void {
    const { where, problems } = this.source;
    if (problems.length > 0) throw new Error(`${where}: ${listed(problems)}`);
  }

  private shown(): string {
    if (this.isMissing) return this.keys.length === 0 ? 'nothing in the file' : 'missing';
    const text = typeof this.value === 'number' ? String(this.value) : JSON.stringify(this.value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }
}

/** The entries of an object that are not undefined. */
export function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
