/**
 * How SCIM texts compare (RFC 7643 2.2 caseExact, RFC 7644 3.4.2.2). One definition for the evaluator and for stores,
 * so that a filter means the same in memory and in SQL.
 */

/** The form in which texts are compared without regard to case. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}

/**
 * Orders by code point, which is the order of the UTF-8 bytes and so that of a database with binary collation. The
 * order of UTF-16 units, which `<` has, differs beyond U+FFFF.
 */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return surrogatesLast(a) - surrogatesLast(b);
  }
  return left.length - right.length;
}

/** Surrogates (U+D800–U+DFFF) stand for code points above U+FFFF, so they sort behind U+E000–U+FFFF. */
function surrogatesLast(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
