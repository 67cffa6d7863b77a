import test from 'node:test';
import assert from 'node:assert/strict';
import { adapterShare } from 'traitlab/lora/adapterShare';

test('the products of an adapter are counted against those of the weights under it', () => {
  assert.equal(adapterShare([{ rank: 16, dIn: 128, dOut: 128 }]), 0.25);
  const both = [{ rank: 2, dIn: 10, dOut: 20 }, { rank: 4, dIn: 30, dOut: 10 }]; // prettier-ignore
  assert.equal(adapterShare(both), (2 * 30 + 4 * 40) / (200 + 300));
});
