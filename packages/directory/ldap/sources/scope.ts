/**
 * Which containers below the base an import takes in. The lists name containers by their anchors and never by DN, so an OU
 * that is renamed or moved stays what it was; today's DNs are looked up at the start of each read.
 *
 * A container of the list that is not found stops the read: what lies below it must not be taken for gone.
 */
import { isKeyUnder, normaliseDn, parentDn } from '../../dn.ts';
import type { LdapConnection } from '../connection.ts';
import type { AnchorAttribute } from './anchor-attribute.ts';
import { dnOf } from './entry-view.ts';

/** By anchors of 16 bytes. An empty `include` takes in everything below the base; the nearest container of an object decides. */
export interface ContainerLists {
  readonly include: readonly Uint8Array[];
  readonly exclude: readonly Uint8Array[];
}

export interface ScopeChoice {
  readonly baseDn: string;
  /** Absent: everything below the base. */
  readonly containers?: ContainerLists;
}

export interface Scope {
  /** DNs whose subtrees hold everything in scope; none lies below another. */
  readonly bases: readonly string[];
  /** Everything that the feed tells of is in scope. */
  readonly isWhole: boolean;
  /** @throws {DirectoryError} `dn-*` */
  isInScope(dn: string): boolean;
}

/** A container that the import was told to take in or to leave out cannot be found. */
export class ScopeError extends Error {
  override readonly name = 'ScopeError';
  readonly code = 'scope-container-missing';
}

/** Containers in both lists. */
const containerLimit = 10_000;

/**
 * @param feedBase the DN below which the feed of changes tells of everything: the base, or one above it.
 * @throws {ScopeError | LdapError}
 */
export async function resolveScope(
  connection: LdapConnection,
  { baseDn, containers: { include, exclude } = { include: [], exclude: [] } }: ScopeChoice,
  anchor: AnchorAttribute,
  signal: AbortSignal,
  feedBase = baseDn,
): Promise<Scope> {
  if (include.length + exclude.length > containerLimit) {
    throw new ScopeError(`More than ${containerLimit} containers are chosen. Choose the ones above them.`);
  }
  const included: string[] = [];
  for (const guid of include) included.push(await containerDn(connection, baseDn, guid, anchor, signal));
  const excluded: string[] = [];
  for (const guid of exclude) excluded.push(await containerDn(connection, baseDn, guid, anchor, signal));
  return scopeOf(baseDn, included, excluded, feedBase);
}

async function containerDn(
  connection: LdapConnection,
  baseDn: string,
  guid: Uint8Array,
  anchor: AnchorAttribute,
  signal: AbortSignal,
): Promise<string> {
  let dn: string | undefined;
  const filter = anchor.filterFor(guid);
  await connection.search(
    { baseDn, scope: 'sub', filter, attributes: ['1.1'] },
    {
      entry(raw) {
        dn = dnOf(raw);
      },
    },
    signal,
  );
  if (dn !== undefined) return dn;
  throw new ScopeError(
    `The container ${filter} of the import's scope is not below ${baseDn}, or this account may not see it. Nothing was imported and nothing counts as gone. Restore the container, or choose the containers again.`,
  );
}

/** Decides by today's DNs. */
export function scopeOf(
  baseDn: string,
  include: readonly string[],
  exclude: readonly string[],
  feedBase = baseDn,
): Scope {
  const isIncludedByKey = new Map<string, boolean>();
  if (include.length === 0) isIncludedByKey.set(normaliseDn(baseDn), true);
  for (const dn of include) isIncludedByKey.set(normaliseDn(dn), true);
  for (const dn of exclude) isIncludedByKey.set(normaliseDn(dn), false);
  return {
    bases: topmost(include.length === 0 ? [baseDn] : include),
    isWhole: include.length === 0 && exclude.length === 0 && normaliseDn(baseDn) === normaliseDn(feedBase),
    isInScope(dn) {
      for (let key: string | undefined = normaliseDn(dn); key !== undefined; key = parentDn(key)) {
        const isIncluded = isIncludedByKey.get(key);
        if (isIncluded !== undefined) return isIncluded;
      }
      return false;
    },
  };
}

function topmost(dns: readonly string[]): readonly string[] {
  const keys = dns.map(normaliseDn);
  return dns.filter(
    (_, index) =>
      keys.indexOf(keys[index]!) === index &&
      !keys.some((key, other) => key !== keys[index] && other !== index && isKeyUnder(keys[index]!, key)),
  );
}
