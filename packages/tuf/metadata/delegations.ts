/**
 * The `delegations` of targets.json (TUF 4.5): which further roles vouch for which paths, and with which keys. One level
 * only: a role that is delegated to delegates no further. Of the two ways to name paths, patterns are understood and
 * hash prefixes are not.
 *
 * A role's name becomes a file name on the client, so few names are taken; which they are is decided here.
 */
import type { WritableValue } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';
import type { TufKey } from '../key.ts';
import { topRoles } from './head.ts';
import { delegatedPathLimit, delegationLimit, pathLimitBytes } from './limits.ts';
import { isObject, type JsonObject, malformed, objectField, own, textField } from './parse.ts';
import { keysJson, parseKeys, parseRoleKeys } from './role-keys.ts';
import type { RoleKeys } from './threshold.ts';

export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  /** What it does not list of its paths, no later role lists either. */
  readonly isTerminating: boolean;
  /** Patterns of target paths: `*` and `?` stand for characters of one segment. */
  readonly paths: readonly string[];
}

export interface Delegations {
  /** By key id. */
  readonly keys: ReadonlyMap<string, TufKey>;
  /** In the order in which they are asked. */
  readonly roles: readonly DelegatedRole[];
}

/** @throws {TrustError} `unsupported-delegation`, `metadata-too-large`, `malformed-metadata`. */
export function parseDelegations(delegations: JsonObject): Delegations {
  const keys = parseKeys(objectField(delegations, 'keys', 'delegations'), 'delegations');
  const listed = own(delegations, 'roles');
  // Succinct roles (TAP 15) have no list.
  if (!Array.isArray(listed)) throw unsupported('the delegations list no roles');
  if (listed.length > delegationLimit) throw unsupported(`more than ${delegationLimit} roles are delegated to`);
  const roles = listed.map(parseRole);
  if (new Set(roles.map(({ name }) => name)).size < roles.length) throw unsupported('a role is delegated to twice');
  return { keys, roles };
}

function parseRole(role: unknown): DelegatedRole {
  if (!isObject(role as never)) throw malformed('delegations', 'roles', 'a list of objects');
  const fields = role as JsonObject;
  const name = textField(fields, 'name', 'delegations', pathLimitBytes);
  requireRoleName(name);
  const isTerminating = own(fields, 'terminating') ?? false;
  if (typeof isTerminating !== 'boolean') throw malformed(name, 'terminating', 'true or false');
  if (own(fields, 'path_hash_prefixes') !== undefined) throw unsupported(`${name} is given paths by their hashes`);
  const paths = own(fields, 'paths');
  if (!Array.isArray(paths) || paths.length > delegatedPathLimit) {
    throw malformed(name, 'paths', `a list of at most ${delegatedPathLimit} patterns`);
  }
  for (const pattern of paths) requirePattern(name, pattern);
  return { name, ...parseRoleKeys(fields, name), isTerminating, paths };
}

/** @throws {TrustError} `unsupported-delegation` for a name that cannot be a file name everywhere, or is a top role's. */
export function requireRoleName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,63}$/.test(name) && !topRoles.some((role) => role === name)) return;
  throw unsupported(`no delegated role can have the name ${quoted(name)}`);
}

function requirePattern(name: string, pattern: unknown): void {
  if (typeof pattern === 'string' && pattern !== '' && pattern.length <= pathLimitBytes) return;
  throw malformed(name, 'paths', `patterns of up to ${pathLimitBytes} characters`);
}

function unsupported(why: string): TrustError {
  return new TrustError('unsupported-delegation', why);
}

/** The member `delegations` of `signed`. @throws {TrustError} for what clients would refuse. */
export function delegationsJson({ keys, roles }: Delegations): WritableValue {
  if (roles.length > delegationLimit) throw unsupported(`more than ${delegationLimit} roles are delegated to`);
  const listed = roles.map(({ name, keyIds, threshold, isTerminating, paths }) => {
    requireRoleName(name);
    for (const pattern of paths) requirePattern(name, pattern);
    return { name, keyids: [...keyIds].sort(), threshold, terminating: isTerminating, paths };
  });
  return new Map<string, WritableValue>([
    ['keys', keysJson(keys)],
    ['roles', listed],
  ]);
}

/** Whether a role may vouch for `path` (TUF 4.5, PATHPATTERN): segment by segment, as a shell matches file names. */
export function isTrustedWith({ paths }: Pick<DelegatedRole, 'paths'>, path: string): boolean {
  return paths.some((pattern) => {
    const [wanted, given] = [pattern.split('/'), path.split('/')];
    return wanted.length === given.length && wanted.every((segment, at) => matches(segment, given[at] ?? ''));
  });
}

/** Goes back to the last star only: time grows with the product of both lengths, whatever the pattern. */
function matches(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let next = 0; next < text.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = next;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
