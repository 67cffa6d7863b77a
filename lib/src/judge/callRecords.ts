import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CallFailure, ChatRequest } from './chatEndpoint';
import type { ChatReply } from './chatReply';
import { fileExists } from '../disk/folder';
import { readJson } from '../documents/readJson';
import { writeFileAtomic } from '../disk/writeAtomic';

/** What came of a call in the end. */
export type CallOutcome = { readonly reply: ChatReply } | { readonly failure: CallFailure };

/** Calls kept as files, one a call: `{folder}/{first two digits}/{address}.json` with request and outcome. */
export interface CallRecords {
  readonly folder: string;
  /** The outcome under an address, or undefined if it was never recorded. */
  readonly read: (address: string) => CallOutcome | undefined;
  readonly write: (request: ChatRequest, outcome: CallOutcome) => void;
}

/** Where a call is kept: SHA-256 of route, model, messages and parameters, whatever the order of their keys.
 *
 * Server and key are no part of it, so a recording made at one place is found at another.
 */
export function callAddress({ model, messages, parameters }: ChatRequest): string {
  const content = { path: '/chat/completions', model, messages, parameters };
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(content)))
    .digest('hex');
}

/** Opens a folder of recorded calls; it is made at the first write. */
export function callRecords(folder: string): CallRecords {
  const file = (address: string): string => join(folder, address.slice(0, 2), `${address}.json`);
  return {
    folder,
    read(address) {
      const path = file(address);
      if (!fileExists(path)) return undefined;
      const record = readJson('callRecords', path) as { request?: ChatRequest; outcome?: CallOutcome } | null;
      const { request, outcome } = record ?? {};
      if (!request || !outcome || !('reply' in outcome || 'failure' in outcome)) {
        throw new Error(`callRecords: ${path}: not a recorded call; expected request and outcome`);
      }
      if (callAddress(request) !== address) {
        throw new Error(`callRecords: ${path}: its request was changed; expected one with the address ${address}`);
      }
      return outcome;
    },
    write(request, outcome) {
      const address = callAddress(request);
      writeFileAtomic(file(address), `${JSON.stringify({ address, request, outcome }, null, 1)}\n`);
    },
  };
}

/** The same JSON value with the keys of every object in order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sortKeys(item)]),
  );
}
