/** Whether a value of a JSON record says nothing: null, or an empty list. Tools that write every key of a schema put
 * them where a key is missing.
 */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
