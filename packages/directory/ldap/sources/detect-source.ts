/**
 * Which feed of changes a server offers, by what its root DSE says. Names of vendors are not asked: servers are told by what
 * they can do.
 */

import type { DirectorySource } from '../../source.ts';
import { LdapConnection } from '../connection.ts';
import type { LdapEndpoint } from '../endpoint.ts';
import { activeDirectorySource } from './active-directory/active-directory-source.ts';
import { dirSyncOid } from './active-directory/dirsync-control.ts';
import { genericLdapSource } from './generic/generic-source.ts';
import type { LdapSourceOptions } from './ldap-source.ts';
import { openLdapSource } from './openldap/openldap-source.ts';
import { syncRequestOid } from './openldap/sync-controls.ts';
import { readRootDse } from './root-dse.ts';

/** Kinds of connectors as rules name them. */
export type LdapSourceKind = 'active-directory' | 'openldap' | 'ldap';

/** MS-ADTS 3.1.1.3.4.3: Active Directory, and AD LDS. */
const activeDirectoryOids: ReadonlySet<string> = new Set(['1.2.840.113556.1.4.800', '1.2.840.113556.1.4.1851']);

export interface DetectedSource {
  readonly kind: LdapSourceKind;
  /** As the server names itself, for people; undefined where it does not. */
  readonly vendor: string | undefined;
}

/** Asks the first server of the endpoint that answers. @throws {LdapError} */
export async function detectLdapSource(endpoint: LdapEndpoint, signal: AbortSignal): Promise<DetectedSource> {
  using connection = await LdapConnection.open(endpoint, signal);
  const names = ['supportedControl', 'supportedCapabilities', 'vendorName'] as const;
  const dse = await readRootDse(connection, names, signal);
  const isActiveDirectory = dse.supportedCapabilities.some((oid) => activeDirectoryOids.has(oid));
  const [vendor] = dse.vendorName;
  return { kind: kindOf(isActiveDirectory, new Set(dse.supportedControl)), vendor: vendor?.slice(0, 200) };
}

function kindOf(isActiveDirectory: boolean, controls: ReadonlySet<string>): LdapSourceKind {
  if (isActiveDirectory && controls.has(dirSyncOid)) return 'active-directory';
  return controls.has(syncRequestOid) ? 'openldap' : 'ldap';
}

/** The source for servers of this kind. */
export function ldapSource(kind: LdapSourceKind, options: LdapSourceOptions): DirectorySource {
  switch (kind) {
    case 'active-directory':
      return activeDirectorySource(options);
    case 'openldap':
      return openLdapSource(options);
    case 'ldap':
      return genericLdapSource(options);
  }
}
