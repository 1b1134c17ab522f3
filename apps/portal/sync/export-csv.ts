/**
 * Pending exports as a file for spreadsheets: a row for each change of an attribute, so that a change can be filtered,
 * counted and compared with what is expected before a server takes over.
 */
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import { csvText } from '../look/csv.ts';

const head = [
  ...['Operation', 'Connector', 'Object type', 'Name', 'Source anchor', 'Held'],
  ...['Change', 'Attribute', 'Old values', 'New values', 'Rules'],
];

/** Several values of a cell, each on a line of its own. */
const lines = (values: readonly string[], count: number): string =>
  [...values, ...(count > values.length ? [`(${count} in all)`] : [])].join('\n');

export function exportsCsv(items: readonly PendingExportView[]): string {
  return csvText([head, ...items.flatMap(rowsOf)]);
}

function rowsOf(item: PendingExportView): readonly (readonly string[])[] {
  const { operation, connector, objectType, name, sourceAnchor, held, attributes, references, why } = item;
  const lead = [operation, connector, objectType, name, sourceAnchor, held ? 'yes' : 'no'];
  const rules = why.join('\n');
  const rows = [
    ...attributes.map((change) => [
      ...lead,
      change.old.length === 0 ? 'set' : change.new.length === 0 ? 'clear' : 'change',
      change.name,
      lines(change.old, change.oldCount ?? 0),
      lines(change.new, change.newCount ?? 0),
      rules,
    ]),
    ...references.map(({ attribute, added, removed, addedCount, removedCount }) => [
      ...lead,
      'references',
      attribute,
      lines(removed, removedCount),
      lines(added, addedCount),
      rules,
    ]),
  ];
  return rows.length === 0 ? [[...lead, '', '', '', '', rules]] : rows;
}
