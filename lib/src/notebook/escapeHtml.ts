const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text that is safe inside an HTML element or a double-quoted attribute. */
export function escapeHtml(value: unknown): string {
  return String(value).replace(/[&<>"]/g, (c) => entities[c]);
}
