/**
 * A plan as CSV (RFC 4180), one line per attribute or reference that changes; an object without any is one line. A cell
 * that a spreadsheet would take for a formula begins with an apostrophe.
 */
import type { PendingChange } from './pending-change.ts';

const columns = [
  ...['operation', 'objectType', 'name', 'sourceAnchor', 'held'],
  ...['attribute', 'old', 'new', 'added', 'removed', 'rules'],
] as const;

export function planCsvHeading(): string {
  return line(columns);
}

/** The lines of one change, each with its end. */
export function planCsvLines(change: PendingChange): string {
  const { operation, objectType, name, sourceAnchor, held, attributes, references, why } = change;
  const object = [operation, objectType, name, sourceAnchor, held ? 'yes' : 'no'];
  const rules = why.join('; ');
  const lines = [
    ...attributes.map((each) => [
      ...object,
      each.name,
      counted(each.old, each.oldCount),
      counted(each.new, each.newCount),
      '',
      '',
      rules,
    ]),
    ...references.map((each) => {
      const [added, removed] = [counted(each.added, each.addedCount), counted(each.removed, each.removedCount)];
      return [...object, each.attribute, '', '', added, removed, rules];
    }),
  ];
  return (lines.length > 0 ? lines : [[...object, '', '', '', '', '', rules]]).map(line).join('');
}

function joined(values: readonly string[]): string {
  return values.join(' | ');
}

function counted(values: readonly string[], count = values.length): string {
  return count > values.length ? `${joined(values)} | … ${count - values.length} more` : joined(values);
}

function line(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * A cell that is shown and never evaluated (rule S30), quoted where the format needs it. A spreadsheet takes a cell that
 * begins with one of `= + - @` (or tab, or carriage return) for a formula; an apostrophe before it makes it text. So too
 * behind `;`, `,`, tab and line end: one that splits at those, as spreadsheets of many languages do, sees a cell begin
 * there whatever the quotes say. The files of the portal keep the same rule.
 */
export function csvCell(text: string): string {
  const safe = text
    .replace(/(^|[;,\t\r\n])([\s\u0000-\u001f";,]*)([=+\-@]?)/g, (run, separator, between, sign) =>
      sign === '' ? run : `${separator}${between}'${sign}`,
    )
    .replace(/^[\t\r]/, "'$&");
  return safe !== text || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
