import { extname } from 'node:path';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { DocumentPart, type DocumentSource } from './documentPart';
import { readJsonl } from './jsonl';
import { listed, oneLine } from './listed';
import { readText } from '../disk/readText';
import { parseJson } from './readJson';

type Keys = readonly (string | number)[];

/** Reads a document that people write by hand, by its ending: YAML (.yaml, .yml), JSON, or a JSON value a line (.jsonl).
 *
 * YAML is version 1.2 with anchors: yes, no and 1_0 are text, as they look. JSON lines become a list.
 *
 * @param where  the caller, for messages
 * @throws Error naming the caller, the file and each place where it is not what its ending says
 */
export function readDocument(where: string, path: string): DocumentPart {
  const ending = extname(path).toLowerCase();
  const open = readers[ending];
  if (open === undefined)
    throw new Error(`${where}: ${path}: unknown kind of file; expected .yaml, .yml, .json or .jsonl`);
  const { value, ...places } = open(where, path);
  return new DocumentPart(value, { where, path, ...places, problems: [] });
}

type Opened = Pick<DocumentSource, 'lineOf' | 'numberText'> & { value: unknown };

const readers: Record<string, (where: string, path: string) => Opened> = {
  '.yaml': readYaml,
  '.yml': readYaml,
  '.json': readJsonDocument,
  '.jsonl': readLines,
};

function readYaml(where: string, path: string): Opened {
  const { document, lines } = parseYaml(readText(where, path));
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${path}:${line}:${col}: ${message}`;
  });
  if (problems.length > 0) throw new Error(`${where}: ${listed(problems)}; expected a YAML document`);
  const numberText = (keys: Keys): string | undefined => {
    const { node } = placeIn(document, lines, keys);
    return isScalar(node) ? node.source : undefined;
  };
  try {
    // The limit guards against documents that unfold without end; parts that are named twice are the same object.
    const value: unknown = document.toJS({ maxAliasCount: 100_000 });
    return { value, lineOf: (keys) => placeIn(document, lines, keys).line, numberText };
  } catch (error) {
    throw new Error(`${where}: ${path}: not YAML (${oneLine((error as Error).message)}); expected a YAML document`);
  }
}

function readJsonDocument(where: string, path: string): Opened {
  const text = readText(where, path);
  const value = parseJson(where, path, text);
  // JSON is YAML, whose parser knows the lines; it is slow, so only a problem calls it, and not on a large file.
  let parsed: ReturnType<typeof parseYaml> | undefined;
  const lineOf = (keys: Keys): number | undefined => {
    if (text.length > 1e6) return undefined;
    parsed ??= parseYaml(text);
    return placeIn(parsed.document, parsed.lines, keys).line;
  };
  return { value, lineOf };
}

function readLines(where: string, path: string): Opened {
  const rows = readJsonl(where, path);
  return {
    value: rows.map(({ value }) => value),
    lineOf: ([i]) => (typeof i === 'number' ? rows[i]?.line : undefined),
  };
}

function parseYaml(text: string): { document: Document; lines: LineCounter } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  return { document, lines };
}

/** A part, and its line or that of the smallest one around it that is there. */
function placeIn(document: Document, lines: LineCounter, keys: Keys): { node: unknown; line: number | undefined } {
  const lineOf = (node: unknown): number | undefined =>
    isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  const target = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  let node: unknown = document.contents;
  let line = lineOf(node);
  for (const key of keys) {
    node = target(node);
    if (isSeq(node)) {
      node = node.items[Number(key)];
      line = lineOf(node);
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      line = lineOf(pair?.key) ?? line;
      node = pair?.value;
    }
  }
  return { node: target(node), line };
}
