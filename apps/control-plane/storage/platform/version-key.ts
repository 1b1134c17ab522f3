/**
 * Versions as text that sorts like them: each of four fields as the count of its digits before the digits, so 2.3.20.0 is
 * `1213220` + `10` and comes after 2.3.2.0. Missing fields count as 0.
 */
export function versionKey(version: string): string {
  return [...version.split('.'), '0', '0', '0']
    .slice(0, 4)
    .map((field) => field.replace(/^0+(?=\d)/, ''))
    .map((digits) => `${digits.length}${digits}`)
    .join('');
}

/** With all its four fields. */
export function versionOfKey(key: string): string {
  const fields: string[] = [];
  for (let at = 0; at < key.length; ) {
    const length = Number(key[at]);
    fields.push(key.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return fields.join('.');
}
