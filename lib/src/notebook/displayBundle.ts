/** One output in several representations: MIME type → content. */
export type Bundle = Readonly<Record<string, unknown>> & { readonly 'text/plain'?: string };

/** What surrounds a bundle. */
export interface DisplayOptions {
  /** Per MIME type, e.g. `{ 'image/png': { width, height } }`; kept in the notebook file. */
  metadata?: Readonly<Record<string, unknown>>;
  /** Names the output so that a later call can replace it. */
  id?: string;
  /** Replace the output named `id` instead of adding one. */
  update?: boolean;
}

type Sender = (
  content: { data: Bundle; metadata: Readonly<Record<string, unknown>>; transient: { display_id?: string } },
  update: boolean,
) => void;

/** Sends one display message holding several representations of the same thing.
 *
 * tslab's public display sends one MIME type a message; its kernel can send any bundle.
 * Outside a notebook the `text/plain` part is printed instead.
 *
 * @param data  MIME type → content; include `text/plain`
 */
export function displayBundle(data: Bundle, { metadata = {}, id, update = false }: DisplayOptions = {}): void {
  const send = (require('tslab/dist/jupyter.js') as { lastWriteDisplayData: Sender | null }).lastWriteDisplayData;
  if (send) send({ data, metadata, transient: id ? { display_id: id } : {} }, update);
  else if (!update) console.log(data['text/plain'] ?? Object.keys(data).join(', '));
}
