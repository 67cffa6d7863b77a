/** The eight colours of Okabe and Ito, told apart with every kind of colour vision; black last.
 *
 * @source Okabe and Ito 2008, jfly.uni-koeln.de/color
 */
export const palette: readonly string[] = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#F0E442',
  '#000000',
];

/** Diverging blue-white-vermilion for values in [-1, 1]; the ends are colours of the palette. */
export const divergingScale: [number, string][] = [
  [0, '#0072B2'],
  [0.25, '#7FB8D8'],
  [0.5, '#FFFFFF'],
  [0.75, '#EAAE7F'],
  [1, '#D55E00'],
];

/** The upper half of it, for values that have no other side; black numbers can be read on all of it. */
export const oneSidedScale: [number, string][] = [
  [0, '#FFFFFF'],
  [0.5, '#EAAE7F'],
  [1, '#D55E00'],
];

/** From light to dark, for values from none to much: lightness alone tells them apart. */
export const sequentialScale: [number, string][] = [
  [0, '#F5EFA0'],
  [0.35, '#E69F00'],
  [0.7, '#D55E00'],
  [1, '#4A1D00'],
];

/** The colour of the i-th series: the palette, round and round, or a throw on a negative index. */
export function colour(i: number): string {
  if (!(Number.isInteger(i) && i >= 0))
    throw new Error(`colour: invalid index; expected an integer of at least 0, got ${i}`);
  return palette[i % palette.length];
}

/** A palette colour with opacity, for bands: '#0072B2', 0.2 → 'rgba(0,114,178,0.2)'.
 *
 * @throws Error unless hex is '#rrggbb' and alpha in [0, 1]
 */
export function withAlpha(hex: string, alpha: number): string {
  if (!/^#[0-9a-fA-F]{6}$/.test(hex)) throw new Error(`withAlpha: invalid colour; expected #rrggbb, got ${hex}`);
  if (!(0 <= alpha && alpha <= 1))
    throw new Error(`withAlpha: invalid alpha; expected a number in [0, 1], got ${alpha}`);
  const part = (from: number): number => parseInt(hex.slice(from, from + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${alpha})`;
}
