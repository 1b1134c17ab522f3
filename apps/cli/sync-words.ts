/** Objects of Connect Sync, connectors and explanations in words, for people at a terminal. */
import type { SyncConnectorView } from '@springline/api/shapes/sync';
import type {
  CsObjectView,
  CsRowView,
  MvObjectView,
  MvRowView,
  SyncAttribute,
} from '@springline/api/shapes/sync-objects';
import type { ExplanationView } from '@springline/api/shapes/sync-rules';
import { oneLine, relativeTime, table } from './output.ts';

export function describeConnectors(connectors: readonly SyncConnectorView[]): string {
  const rows = connectors.map((each) => [
    each.name,
    each.kind,
    each.state,
    String(each.objects.total),
    String(each.pendingImports),
    String(each.pendingExports),
    relativeTime(each.lastImportAt),
    each.lastResult ?? '',
    [
      ...(each.fullImportRequired ? ['full import'] : []),
      ...(each.fullSyncRequired ? ['full synchronisation'] : []),
    ].join(', '),
    each.source,
  ]);
  const heading = [
    'CONNECTOR',
    'KIND',
    'STATE',
    'OBJECTS',
    'TO SYNC',
    'TO EXPORT',
    'IMPORTED',
    'RESULT',
    'NEXT RUN',
    'SOURCE',
  ];
  const staging = connectors.some((each) => each.staging) ? ['', 'this server stages: it exports nothing'] : [];
  return [table([heading, ...rows]), ...staging].join('\n');
}

export function describeRows(rows: readonly CsRowView[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.objectType,
    row.displayName ?? '',
    row.link ?? (row.placeholder === true ? 'placeholder' : ''),
    [
      ...(row.pendingImport === 'none' ? [] : [`import ${row.pendingImport}`]),
      ...(row.pendingExport === 'none' ? [] : [`export ${row.pendingExport}`]),
      ...(row.awaitingConfirmation === true ? ['sent'] : []),
      ...(row.transient === true ? ['transient'] : []),
      ...(row.error === undefined ? [] : [row.error.code]),
    ].join(', '),
    row.dn,
  ]);
  return table([['ID', 'TYPE', 'NAME', 'LINK', 'STATE', 'DN'], ...cells]);
}

export function describeMvRows(rows: readonly MvRowView[]): string {
  const cells = rows.map(({ id, type, displayName, connectors }) => [id, type, displayName, connectors.join(', ')]);
  return table([['ID', 'TYPE', 'NAME', 'CONNECTORS'], ...cells]);
}

export function describeMvObject({ type, id, attributes, links }: MvObjectView): string {
  const rows = attributes.map((each) => [each.name, valueWords(each), each.rule, each.connector]);
  const linked = links.map((row) => [
    row.id,
    row.connector,
    row.link ?? '',
    row.pendingExport === 'none' ? '' : `pending ${row.pendingExport}`,
    row.error?.code ?? '',
    row.dn,
  ]);
  return [
    `${type} ${id}`,
    table([['ATTRIBUTE', 'VALUE', 'RULE', 'CONNECTOR'], ...rows]),
    '',
    table([['ID', 'CONNECTOR', 'LINK', 'EXPORT', 'ERROR', 'DN'], ...linked]),
  ].join('\n');
}

export function describeCsObject({ row, references, lineage, ...holograms }: CsObjectView): string {
  const parts = [
    ['as synchronised', holograms.synchronized],
    ['imported, not synchronised yet', holograms.pendingImport],
    ['wanted, not exported yet', holograms.unappliedExport],
    ['exported, not seen back yet', holograms.unconfirmedExport],
  ] as const;
  const lines = [
    `${row.objectType} ${oneLine(row.dn)}`,
    `connector  ${oneLine(row.connector)}`,
    `anchor     ${oneLine(row.anchor ?? 'none yet')}`,
    `linked     ${row.metaverseId === undefined ? 'no' : `${row.link ?? ''} to ${row.metaverseId}`}`,
    ...(row.error === undefined ? [] : [`error      ${row.error.code}: ${oneLine(row.error.message)}`]),
  ];
  for (const [title, attributes] of parts) {
    if (attributes === null) continue;
    lines.push('', title, table([['ATTRIBUTE', 'VALUE'], ...attributes.map((each) => [each.name, valueWords(each)])]));
  }
  if (references.length > 0) {
    const rows = references.flatMap(({ attribute, targets, count }) => [
      ...targets.map(({ dn, state }) => [attribute, state, dn]),
      ...(count > targets.length ? [[attribute, '', `… ${count - targets.length} more`]] : []),
    ]);
    lines.push('', table([['REFERENCE', 'STATE', 'TO'], ...rows]));
  }
  if (lineage.length > 0)
    lines.push('', table([['RULE', 'PART'], ...lineage.map(({ rule, action }) => [rule, action])]));
  return lines.join('\n');
}

const whys = {
  precedence: 'a rule before it decided',
  null: 'had no value',
  'not-in-scope': 'does not take the object in',
  ignored: 'left things as they were',
} as const;

export function describeExplanation({
  object,
  attribute,
  type,
  values,
  count,
  winner,
  losers,
  outbound,
}: ExplanationView): string {
  const lines = [
    `${attribute} of ${object.type} ${oneLine(object.displayName)}`,
    `value      ${valueWords({ name: attribute, type, values, ...(count === undefined ? {} : { count }) }) || '(none)'}`,
  ];
  if (winner === undefined) lines.push('given by   nobody');
  else {
    const since = winner.since === undefined ? '' : `, since ${winner.since}`;
    lines.push(`given by   ${oneLine(winner.rule)} (precedence ${winner.precedence})${since}`);
    lines.push(`from       ${oneLine(winner.from)} in ${oneLine(winner.connector)}`);
  }
  if (losers.length > 0) {
    const rows = losers.map((each) => [
      String(each.precedence),
      each.rule,
      each.connector,
      whys[each.why],
      each.values.join(' | '),
    ]);
    lines.push('', table([['PRECEDENCE', 'DID NOT GIVE IT', 'CONNECTOR', 'WHY', 'WOULD HAVE GIVEN'], ...rows]));
  }
  if (outbound.length > 0) {
    const rows = outbound.map((each) => [each.target, each.values.join(' | '), each.rule, each.connector ?? '']);
    lines.push('', table([['GOES TO', 'AS', 'BY', 'CONNECTOR'], ...rows]));
  } else {
    lines.push('', 'no rule takes it to the cloud directory');
  }
  return lines.join('\n');
}

function valueWords({ values, count }: SyncAttribute): string {
  const shown = values.map((value) => oneLine(value)).join(' | ');
  return count !== undefined && count > values.length ? `${shown} | … ${count - values.length} more` : shown;
}
