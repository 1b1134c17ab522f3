/** A plan as one HTML page that needs nothing else: no script, no address, no file beside it. */

import type { LinkChange } from './link-watch.ts';
import type { PendingChange } from './pending-change.ts';
import type { PlanError, PlanTotals } from './preview.ts';

export interface PlanPage {
  readonly plan: string;
  readonly totals: PlanTotals;
  readonly items: Iterable<PendingChange>;
  readonly joins: Iterable<LinkChange>;
  readonly errors: Iterable<PlanError>;
}

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1b1b}table{border-collapse:collapse;margin:.5rem 0 1.5rem}
th,td{border:1px solid #c8c8c8;padding:.25rem .6rem;text-align:left;vertical-align:top;max-width:40rem;overflow-wrap:anywhere}
th{background:#f2f2f2}h2{margin:1.5rem 0 .25rem;font-size:1.1rem}.held{font-weight:600}del{color:#8a1c1c}ins{color:#14602b;text-decoration:none}`;

/** Piece by piece, in order. */
export function* planHtml({ plan, totals, items, joins, errors }: PlanPage): Generator<string> {
  const csp = "default-src 'none'; style-src 'unsafe-inline'";
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${csp}">`;
  yield `<title>Plan ${html(plan)}</title><style>${style}</style></head><body>\n<h1>Plan ${html(plan)}</h1>\n`;
  yield `<p>${totals.add} to add, ${totals.update} to update, ${totals.delete} to delete</p>\n`;
  for (const change of items) yield changeHtml(change);
  yield section('Links', ['Action', 'Connector', 'Object', 'Metaverse object', 'Rule'], joins, (join) => [
    ...[join.action, join.connector, join.dn, join.metaverseObject, join.rule],
  ]);
  yield section('Errors', ['Object', 'Code', 'Message', 'Rule'], errors, (error) => [
    ...[error.object, error.code, error.message, error.rule ?? ''],
  ]);
  yield '</body></html>\n';
}

function changeHtml(change: PendingChange): string {
  const { operation, objectType, name, sourceAnchor, attributes, references, why, held } = change;
  const note = held ? ' <span class="held">held by the delete guard</span>' : '';
  const rows = [
    ...attributes.map((each) =>
      row([each.name, marked('del', each.old, each.oldCount), marked('ins', each.new, each.newCount)]),
    ),
    ...references.flatMap((each) => [
      ...(each.addedCount > 0 ? [row([each.attribute, '', marked('ins', each.added, each.addedCount)])] : []),
      ...(each.removedCount > 0 ? [row([each.attribute, marked('del', each.removed, each.removedCount), ''])] : []),
    ]),
  ];
  const table =
    rows.length === 0
      ? ''
      : `<table><thead><tr><th>Attribute</th><th>Old</th><th>New</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  const rules = why.length === 0 ? '' : `<p>By ${why.map(html).join('; ')}</p>`;
  return `<h2>${html(operation)} ${html(objectType)} ${html(name)}${note}</h2><p>${html(sourceAnchor)}</p>${table}${rules}\n`;
}

/** Cells of a row whose first is text and whose others are markup. */
function row([name = '', ...cells]: readonly string[]): string {
  return `<tr><th scope="row">${html(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function marked(element: 'del' | 'ins', values: readonly string[], count = values.length): string {
  const rest = count > values.length ? [`… ${count - values.length} more`] : [];
  return [...values, ...rest].map((value) => `<${element}>${html(value)}</${element}>`).join('<br>');
}

function section<T>(
  title: string,
  heading: readonly string[],
  things: Iterable<T>,
  cells: (thing: T) => readonly string[],
): string {
  const rows = [...things].map(
    (thing) =>
      `<tr>${cells(thing)
        .map((cell) => `<td>${html(cell)}</td>`)
        .join('')}</tr>`,
  );
  if (rows.length === 0) return '';
  const head = heading.map((name) => `<th>${name}</th>`).join('');
  return `<h2>${title}</h2><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>\n`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function html(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
