/** Shares of a million as percentages, in both directions. */

const form = new Intl.NumberFormat('en', { maximumFractionDigits: 4 });

/** `12.5%`. */
export const percentWords = (ppm: number): string => `${percentText(ppm)}%`;

/** `12.5`: as a person types it. */
export const percentText = (ppm: number): string => form.format(ppm / 10_000);

/** The share of a million that a percentage from 0 to 100 means, to the millionth; `undefined` for anything else. */
export function ppmFromPercent(text: string): number | undefined {
  const trimmed = text.trim().replace(/%$/, '').trim();
  if (!/^\d{1,3}(?:[.,]\d{1,6})?$/.test(trimmed)) return undefined;
  const ppm = Math.round(Number(trimmed.replace(',', '.')) * 10_000);
  return ppm <= 1_000_000 ? ppm : undefined;
}
