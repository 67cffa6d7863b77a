import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const commit = '0123456789abcdef0123456789abcdef01234567';

/** How the server misbehaves; may be changed while it runs. */
export interface FakeHubFaults {
  /** Every request gets this status. */
  status?: number;
  /** Requests without this token get 401. */
  token?: string;
  /** A large file's first answer breaks off after so many bytes. */
  breakAt?: number;
  /** Every answer with a large file breaks off before its first byte. */
  isDead?: boolean;
  /** The bytes sent are not those that were listed. */
  isCorrupt?: boolean;
  /** The size of a large file in the list is wrong. */
  listsWrongSize?: boolean;
  /** Range is not understood: the whole file comes. */
  ignoresRange?: boolean;
}

export interface FakeHub {
  readonly endpoint: string;
  /** `METHOD path range` of every request so far. */
  readonly requests: string[];
  readonly faults: FakeHubFaults;
  close(): void;
}

/** A server that speaks the routes of the Hugging Face hub for one model: revision, tree, resolve with Range.
 *
 * @param files  name to bytes; those called *.safetensors and tokenizer.json are stored as large files, by SHA-256
 */
export async function fakeHub(repo: string, files: Readonly<Record<string, Buffer>>): Promise<FakeHub> {
  const faults: FakeHubFaults = {};
  const requests: string[] = [];
  const isLarge = (path: string): boolean => path.endsWith('.safetensors') || path === 'tokenizer.json';
  const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  const gitHash = (data: Buffer): string =>
    createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
  const json = (res: ServerResponse, status: number, value: unknown): void => {
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
  const sendFile = (req: IncomingMessage, res: ServerResponse, path: string): void => {
    const data = files[path];
    if (data === undefined) {
      res.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '');
    const from = range && !(faults.ignoresRange && range[1] !== '0') ? Number(range[1]) : 0;
    const to = range && !(faults.ignoresRange && range[1] !== '0') ? Number(range[2]) + 1 : data.length;
    const body = Buffer.from(data.subarray(from, to));
    if (faults.isCorrupt && isLarge(path) && body.length > 1) body[1] ^= 1;
    const etag = isLarge(path) ? { 'X-Linked-Etag': `"${sha256(data)}"`, ETag: '"x"' } : { ETag: `"${gitHash(data)}"` };
    res.writeHead(range ? 206 : 200, {
      ...etag,
      'X-Repo-Commit': commit,
      'Content-Length': body.length,
      ...(range ? { 'Content-Range': `bytes ${from}-${to - 1}/${data.length}` } : {}),
    });
    const end = faults.isDead ? 0 : (faults.breakAt ?? Infinity);
    if (!isLarge(path) || body.length <= 1 || body.length <= end) {
      res.end(body);
      return;
    }
    faults.breakAt = undefined;
    if (end === 0) res.flushHeaders();
    res.write(body.subarray(0, end), () => setTimeout(() => res.destroy(), 30));
  };
  const server = createServer((req, res) => {
    const url = new URL(req.url!, 'http://hub');
    requests.push(`${req.method} ${url.pathname} ${req.headers.range ?? ''}`.trim());
    if (faults.status !== undefined) return json(res, faults.status, { error: 'no\nsuch luck' });
    if (faults.token !== undefined && req.headers.authorization !== `Bearer ${faults.token}`)
      return json(res, 401, { error: 'Invalid credentials' });
    if ([`main`, `refs%2Fpr%2F1`, commit].some((r) => url.pathname === `/api/models/${repo}/revision/${r}`))
      return json(res, 200, { _id: 'x', id: repo, sha: commit, lastModified: '2026-01-01' });
    if (url.pathname === `/api/models/${repo}/tree/${commit}`) {
      const list = Object.entries(files).map(([path, data]) => {
        const size = data.length + (faults.listsWrongSize && isLarge(path) ? 1 : 0);
        const lfs = isLarge(path) ? { lfs: { oid: sha256(data), size, pointerSize: 130 } } : {};
        return { type: 'file', path, size, oid: gitHash(data), ...lfs };
      });
      return json(res, 200, [...list, { type: 'directory', path: 'onnx', size: 0, oid: '' }]);
    }
    const file = `/${repo}/resolve/${commit}/`;
    if (url.pathname.startsWith(file)) return sendFile(req, res, url.pathname.slice(file.length));
    return json(res, 404, { error: 'Repository not found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${port}`, requests, faults, close };
}
