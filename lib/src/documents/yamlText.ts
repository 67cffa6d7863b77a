import { Document, isScalar, Scalar, visit } from 'yaml';

/** A value as YAML text that people can read and that parsers of YAML 1.1 (PyYAML) and 1.2 understand alike.
 *
 * Text stands in double quotes, or as a block if it has several lines; what is the same object twice is written once and
 * named.
 *
 * @param comment  goes first, a `#` before each line
 */
export function yamlText(value: unknown, comment?: string): string {
  const document = new Document(value, { compat: 'yaml-1.1' });
  visit(document, {
    Scalar: (key, node) => {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const isName = key === 'key' && /^[A-Za-z]\w*$/.test(node.value);
      node.type = isName ? Scalar.PLAIN : isBlock(node.value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
    },
  });
  if (comment !== undefined) document.commentBefore = comment.replace(/^/gm, ' ');
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
  // These can only stand within double quotes, where YAML 1.1 would take them for line breaks or refuse them.
  return text.replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether text has several lines that all look as they are. */
function isBlock(text: string): boolean {
  return text.includes('\n') && !/^\s|[^\S\n]$|\n{2}$|[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe]/m.test(text);
}
