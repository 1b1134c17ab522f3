/** Files for spreadsheets. */

/** CSV (RFC 4180: CRLF, quoted where needed) with a byte order mark, without which Excel would not read it as UTF-8. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')}`;
}

/**
 * Names come from directories and hosts, and a spreadsheet runs a cell that begins with one of `= + - @` (or tab, or
 * carriage return) as a formula. An apostrophe before it makes it text. So too behind `;`, `,`, tab and line end: one that
 * splits at those, as spreadsheets of many languages do, sees a cell begin there whatever the quotes say. The files of
 * Connect Sync keep the same rule.
 */
function csvCell(text: string): string {
  const safe = text
    .replace(/(^|[;,\t\r\n])([\s\u0000-\u001f";,]*)([=+\-@]?)/g, (run, separator, between, sign) =>
      sign === '' ? run : `${separator}${between}'${sign}`,
    )
    .replace(/^[\t\r]/, "'$&");
  return safe !== text || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
