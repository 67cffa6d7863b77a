/** Reads keys of a config.json, remembers which were asked for and collects every problem. */
export class ConfigReader {
  readonly source: Readonly<Record<string, unknown>>;
  private readonly asked = new Set<string>();
  private readonly problems: string[] = [];

  constructor(
    source: unknown,
    private readonly path: string,
  ) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) {
      throw new Error(`loadModel: ${path}: not a JSON object; expected a model configuration`);
    }
    this.source = source as Record<string, unknown>;
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  /** The raw value; a missing key and null are both undefined. */
  raw(key: string): unknown {
    this.asked.add(key);
    return this.source[key] ?? undefined;
  }

  /** Marks keys as known. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.asked.add(key);
  }

  text(key: string, fallback: string): string {
    return this.checked(key, fallback, (v): v is string => typeof v === 'string', 'text');
  }

  flag(key: string, fallback: boolean): boolean {
    return this.checked(key, fallback, (v): v is boolean => typeof v === 'boolean', 'true or false');
  }

  number(key: string, fallback?: number): number {
    return this.checked(
      key,
      fallback,
      (v): v is number => typeof v === 'number' && Number.isFinite(v) && v > 0,
      'a positive number',
    );
  }

  size(key: string, fallback?: number, most = 2 ** 31 - 1): number {
    const fits = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) > 0 && (v as number) <= most;
    return this.checked(key, fallback, fits, `an integer from 1 to ${most}`);
  }

  /** An integer from 0. */
  count(key: string, fallback: number): number {
    return this.checked(
      key,
      fallback,
      (v): v is number => Number.isSafeInteger(v) && (v as number) >= 0,
      'an integer from 0',
    );
  }

  /** A size that null switches off; a missing key takes the fallback, and is off without one. */
  optionalSize(key: string, fallback?: number): number | undefined {
    return this.isOff(key, fallback) ? undefined : this.size(key, fallback);
  }

  /** A number that null switches off; a missing key takes the fallback, and is off without one. */
  optionalNumber(key: string, fallback?: number): number | undefined {
    return this.isOff(key, fallback) ? undefined : this.number(key, fallback);
  }

  /** An object; undefined where there is none. */
  record(key: string): Record<string, unknown> | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
    this.problem(`${key} is ${JSON.stringify(value)}; expected an object`);
    return undefined;
  }

  /** One id or a list of ids. */
  ids(key: string): number[] {
    const value = this.raw(key);
    const list = value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
    if (list.every((id): id is number => Number.isSafeInteger(id))) return list;
    this.problem(`${key} is ${JSON.stringify(value)}; expected an id or a list of ids`);
    return [];
  }

  /** A key that may be missing but must have one value: any other is a mechanism that is not built. */
  mustBe(key: string, wanted: string | number | boolean | null): void {
    const value = this.raw(key);
    if (value !== undefined && value !== wanted)
      this.problem(`unsupported ${key} ${JSON.stringify(value)}; expected ${JSON.stringify(wanted)}`);
  }

  /** Which layers slide: `layer_types` if given, else the family's rule. */
  layerTypes(nLayers: number, rule: (layer: number) => boolean): boolean[] {
    const value = this.raw('layer_types');
    if (value === undefined) return Array.from({ length: nLayers }, (_, i) => rule(i));
    const known = ['sliding_attention', 'full_attention'];
    if (Array.isArray(value) && value.length === nLayers && value.every((t) => known.includes(t as string))) {
      return value.map((t) => t === 'sliding_attention');
    }
    this.problem(`invalid layer_types ${JSON.stringify(value)}; expected ${nLayers} times ${known.join(' or ')}`);
    return Array.from({ length: nLayers }, () => false);
  }

  /** Throws if a key was neither asked for nor is harmless, or any problem was met. */
  finish(harmless: readonly string[]): void {
    const unknown = Object.keys(this.source).filter((key) => !this.asked.has(key) && !harmless.includes(key));
    if (unknown.length > 0)
      this.problem(`unknown config keys: ${unknown.join(', ')}; expected only keys whose meaning is built in`);
    if (this.problems.length > 0) throw new Error(`loadModel: ${this.path}: ${this.problems.join('; ')}`);
  }

  private isOff(key: string, fallback: number | undefined): boolean {
    this.asked.add(key);
    return (this.source[key] === undefined ? fallback : this.source[key]) == null;
  }

  private checked<T>(key: string, fallback: T | undefined, fits: (value: unknown) => value is T, wanted: string): T {
    const value = this.raw(key);
    if (value === undefined && fallback !== undefined && fits(fallback)) return fallback;
    if (fits(value)) return value;
    this.problem(`${key} is ${value === undefined ? 'missing' : JSON.stringify(value)}; expected ${wanted}`);
    return (fallback ?? 1) as T;
  }
}
