/** Connectors of a server in words. */
import type { SyncConnectorView } from '@springline/api/shapes/sync';
import { countWords } from '../look/number-words.ts';

export const connectorKinds: Readonly<Record<SyncConnectorView['kind'], string>> = {
  'active-directory': 'Active Directory',
  openldap: 'OpenLDAP',
  ldap: 'LDAP',
  csv: 'CSV',
  cloud: 'Cloud directory',
};

export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

/** The most of them first. */
export function objectsByType({ objects }: Pick<SyncConnectorView, 'objects'>): readonly TypeCount[] {
  return Object.entries(objects.byType)
    .map(([type, count]) => ({ type, count }))
    .toSorted((a, b) => b.count - a.count || a.type.localeCompare(b.type));
}

/** What the next cycle does once more than usual; empty when nothing. */
export function requiredWords({
  fullImportRequired,
  fullSyncRequired,
}: Pick<SyncConnectorView, 'fullImportRequired' | 'fullSyncRequired'>): readonly string[] {
  return [
    ...(fullImportRequired ? ['Full import: reads everything again'] : []),
    ...(fullSyncRequired ? ['Full synchronisation: evaluates every object again'] : []),
  ];
}

/** `dc=contoso,dc=example`, or the first two of many and how many there are. */
export function partitionWords(partitions: readonly string[]): string {
  if (partitions.length <= 3) return partitions.length === 0 ? 'none' : partitions.join(' · ');
  return `${partitions.slice(0, 2).join(' · ')} and ${countWords(partitions.length - 2)} more`;
}
