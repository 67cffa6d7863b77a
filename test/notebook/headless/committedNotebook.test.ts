import test from 'node:test';
import assert from 'node:assert/strict';
import { committedNotebook } from 'traitlab/notebook/headless/committedNotebook';
import { notebookText, type CellOutput, type Notebook } from 'traitlab/notebook/headless/notebookFile';

const plotly = 'application/vnd.plotly.v1+json';
const notebook = (y: number[], png: string): Notebook => {
  const data = {
    [plotly]: { data: [{ y, name: undefined }], layout: {} },
    'image/png': png,
    'text/html': '<b>x</b>',
    'text/plain': 'x',
  };
  const outputs: CellOutput[] = [{ output_type: 'display_data', data, metadata: {} }];
  return {
    cells: [{ cell_type: 'code', id: 'a', metadata: {}, source: 'a\nb', outputs, execution_count: 1 }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
};
const picture = (n: Notebook): unknown => (n.cells[0].outputs![0].data as Record<string, unknown>)['image/png'];
const stored = (n: Notebook): Notebook => JSON.parse(notebookText(n)) as Notebook;

test('a committed figure has no HTML; an unchanged one keeps its picture, a changed one gets the new', () => {
  const previous = stored(notebook([1, 2], 'old'));
  const same = committedNotebook(notebook([1, 2], 'new'), previous);
  assert.deepEqual(Object.keys(same.cells[0].outputs![0].data as object), [plotly, 'image/png', 'text/plain']);
  assert.equal(picture(same), 'old');
  assert.equal(picture(committedNotebook(notebook([1, 3], 'new'), previous)), 'new');
});

test('the numbers of a committed figure have six digits; one that differs beyond them has not changed', () => {
  const first = committedNotebook(notebook([1 / 3, 12345678], 'old'), stored(notebook([], 'none')));
  const data = first.cells[0].outputs![0].data as Record<string, { data: { y: number[] }[] }>;
  assert.deepEqual(data[plotly].data[0].y, [0.333333, 12345700]);
  assert.equal(picture(committedNotebook(notebook([1 / 3 + 1e-9, 12345678], 'new'), stored(first))), 'old');
});

test('a notebook file is written as Jupyter writes it: sorted keys, lists of lines, one space', () => {
  const text = notebookText(notebook([1], 'p'));
  assert.ok(text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 1,\n   "id": "a",'));
  assert.ok(text.includes('"source": [\n    "a\\n",\n    "b"\n   ]'));
  assert.ok(text.endsWith('"nbformat_minor": 5\n}\n'));
});
