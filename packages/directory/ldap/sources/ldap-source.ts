/** What every source that reads an LDAP server is told. */
import type { LdapEndpoint } from '../endpoint.ts';
import type { ScopeChoice } from './scope.ts';

/**
 * What the importing side holds now, containers or not, without what it has down as deleted. It tells a move from a change,
 * and what was never in scope from what left it. A source that is not told reads more than it must, and may tell of objects as
 * gone that it never told of.
 */
export interface HeldObjects {
  /** The DN under which the object with this anchor is held; undefined when it is not. */
  dnOf(anchor: Uint8Array): string | undefined;
  /** Whether anything is held below it. */
  hasBelow(anchor: Uint8Array): boolean;
}

export interface LdapSourceOptions extends ScopeChoice {
  readonly endpoint: LdapEndpoint;
  readonly held?: HeldObjects;
}

/** Entries handed over before they are committed, and asked for in one page. */
export const entriesPerPage = 1_000;

/** The attributes to ask for: those that are wanted, and those that sources and importing side cannot do without. */
export function wireAttributes(wanted: ReadonlySet<string>, needed: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const name of [...wanted, ...needed]) byKey.set(name.toLowerCase(), name);
  return [...byKey.values()];
}

export const everyEntry = '(objectClass=*)';
