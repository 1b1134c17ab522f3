/** Numbers of the expression language: signed, 64 bit. */

export const maxNumber = 2n ** 63n - 1n;
export const minNumber = -(2n ** 63n);

/** A whole number in decimal, spaces around it allowed; undefined for anything else and beyond 64 bits. */
export function parseNumber(text: string): bigint | undefined {
  const trimmed = text.trim();
  // 64 characters allow for leading zeros; BigInt takes quadratic time on long ones.
  if (trimmed.length > 64 || !/^[+-]?[0-9]+$/.test(trimmed)) return undefined;
  const value = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  return value > maxNumber || value < minNumber ? undefined : value;
}
