/** Files for spreadsheets. */

/** CSV (RFC 4180: CRLF, quoted where needed) with a byte order mark, without which Excel would not read it as UTF-8. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')}`;
}

/**
 * Names come from directories and hosts, and a spreadsheet runs a cell that begins with one of `= + - @` (or tab, or
 * carriage return) as a formula. An apostrophe before it, inside quotes, makes it text.
 */
function csvCell(text: string): string {
  if (/^[=+\-@\t\r]/.test(text)) return `"'${text.replaceAll('"', '""')}"`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
