/** Versions in order: fields compare as numbers, and missing ones count as 0. Negative when `left` is the older one. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left.split('.'), right.split('.')];
  for (let field = 0; field < 4; field++) {
    const difference = Number(a[field] ?? 0) - Number(b[field] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
