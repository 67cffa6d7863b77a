import test, { after } from 'node:test';
import assert from 'node:assert/strict';
import type { Figure } from 'traitlab/plot/figure';
import { figureHtml } from 'traitlab/notebook/figureHtml';
import { findChromium } from 'traitlab/notebook/findChromium';
import { closePlots } from 'traitlab/notebook/plotBrowser';
import { toPng, toSvg } from 'traitlab/notebook/renderFigure';

const figure: Figure = {
  data: [{ type: 'scatter', y: [1, 3, 2] }],
  layout: { title: { text: 'Drift of </script> & co' }, width: 300, height: 200 },
};
after(closePlots);

const skip = findChromium() ? false : 'no Chromium or Chrome on this machine';

test('a PNG has the size asked for, and the same figure gives the same SVG', { skip }, async () => {
  const png = (await toPng(figure, { scale: 2 }))!;
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [600, 400]);
  const [first, second] = [await toSvg(figure), await toSvg(figure)];
  assert.ok(first === second);
  assert.match(first!, /^<svg [^>]*width="300" height="200"/);
});

test('a title cannot end the script it stands in', () => {
  const html = figureHtml(figure, { png: 'AAAA' });
  assert.equal(html.match(/<\/script>/g)!.length, 1);
  assert.match(html, /<img width="300" height="200" src="data:image\/png;base64,AAAA">/);
});
