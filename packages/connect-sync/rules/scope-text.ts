/**
 * Comparisons of scoping filters on text: without regard to case, numerically where both sides are whole numbers, and
 * without making new texts where all characters are ASCII, as they nearly always are.
 */

/** A clause value that object values are compared with. */
export interface Needle {
  equals(value: string): boolean;
  isWithin(value: string): boolean;
  isStartOf(value: string): boolean;
  isEndOf(value: string): boolean;
}

export function needleOf(wanted: string): Needle {
  const lower = wanted.toLowerCase();
  const { length } = lower;
  if (!isAscii(lower)) return wideNeedle(lower);
  // A value with other letters than ASCII is compared in lower case: `K` (the Kelvin sign) is `k`.
  return {
    equals: (value) => (value.length === length && matchesAt(value, lower, 0)) || wide(value, (it) => it === lower),
    isWithin: (value) => {
      for (let at = 0; at + length <= value.length; at++) if (matchesAt(value, lower, at)) return true;
      return wide(value, (it) => it.includes(lower));
    },
    isStartOf: (value) => matchesAt(value, lower, 0) || wide(value, (it) => it.startsWith(lower)),
    isEndOf: (value) => matchesAt(value, lower, value.length - length) || wide(value, (it) => it.endsWith(lower)),
  };
}

function wideNeedle(lower: string): Needle {
  return {
    equals: (value) => value.toLowerCase() === lower,
    isWithin: (value) => value.toLowerCase().includes(lower),
    isStartOf: (value) => value.toLowerCase().startsWith(lower),
    isEndOf: (value) => value.toLowerCase().endsWith(lower),
  };
}

/** The slow way, only for values that need it. */
function wide(value: string, test: (lower: string) => boolean): boolean {
  return !isAscii(value) && test(value.toLowerCase());
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Whether `lower`, which is ASCII in lower case, stands in `value` at a position. */
function matchesAt(value: string, lower: string, at: number): boolean {
  if (at < 0 || at + lower.length > value.length) return false;
  for (let index = 0; index < lower.length; index++) {
    let unit = value.charCodeAt(at + index);
    if (unit >= 0x41 && unit <= 0x5a) unit += 0x20;
    if (unit !== lower.charCodeAt(index)) return false;
  }
  return true;
}

/** Below 0, 0 or above: numerically when both are whole numbers, otherwise as text without regard to case. */
export function compareTexts(a: string, b: string): number {
  if (isInteger(a) && isInteger(b)) {
    if (a.length <= exactLength && b.length <= exactLength) return Number(a) - Number(b);
    return order(BigInt(a), BigInt(b));
  }
  return order(a.toLowerCase(), b.toLowerCase());
}

/**
 * Whether a value has any bit of a mask. Numbers have 64 bits and a sign: `groupType` is negative for security groups,
 * so operators of 32 bits would be wrong.
 */
export function hasBits(mask: string): (value: string) => boolean {
  if (!isInteger(mask)) return () => false;
  const wide = BigInt(mask);
  const exact = Number(mask);
  const isExact = mask.length <= exactLength;
  const [low, high] = [exact | 0, highWord(exact)];
  return (value) => {
    if (!isInteger(value)) return false;
    if (!isExact || value.length > exactLength) return (BigInt(value) & wide) !== 0n;
    const number = Number(value);
    return (number & low) !== 0 || (highWord(number) & high) !== 0;
  };
}

/** Bits 32 and above of a whole number's two's complement, as far as an exact number has them. */
function highWord(number: number): number {
  return Math.floor(number / 2 ** 32) | 0;
}

/** Most characters of a whole number that JavaScript's own numbers hold exactly. */
const exactLength = 15;

const order = <T extends string | bigint>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const isInteger = (text: string): boolean => /^-?\d{1,19}$/.test(text);
