/** root.json (TUF 4.3): which keys speak for which role. */
import type { WritableValue } from '../canonical-json.ts';
import type { TufKey } from '../key.ts';
import { type Head, headJson, parseHead, type TopRole } from './head.ts';
import { type JsonObject, malformed, objectField, own } from './parse.ts';
import { keysJson, parseKeys, parseRoleKeys } from './role-keys.ts';
import type { RoleKeys } from './threshold.ts';

export type { TopRole } from './head.ts';

export interface Root extends Head {
  readonly consistentSnapshot: boolean;
  /** By key id, which may be any text. */
  readonly keys: ReadonlyMap<string, TufKey>;
  /**
   * A threshold may be higher than the number of keys: nothing can be signed for that role then, and the next root can
   * still put it right. Refusing such a root would cut the chain for good.
   */
  readonly roles: Readonly<Record<TopRole, RoleKeys>>;
}

/** @throws {TrustError} for anything that TUF 4.3 does not allow. */
export function parseRoot(signed: JsonObject): Root {
  const head = parseHead(signed, 'root', ['consistent_snapshot', 'keys', 'roles']);
  const consistentSnapshot = own(signed, 'consistent_snapshot') ?? false;
  if (typeof consistentSnapshot !== 'boolean') throw malformed('root', 'consistent_snapshot', 'true or false');
  const roles = objectField(signed, 'roles', 'root');
  return {
    ...head,
    consistentSnapshot,
    keys: parseKeys(objectField(signed, 'keys', 'root'), 'root'),
    roles: {
      root: parseRoleKeys(objectField(roles, 'root', 'roles'), 'root'),
      targets: parseRoleKeys(objectField(roles, 'targets', 'roles'), 'targets'),
      snapshot: parseRoleKeys(objectField(roles, 'snapshot', 'roles'), 'snapshot'),
      timestamp: parseRoleKeys(objectField(roles, 'timestamp', 'roles'), 'timestamp'),
    },
  };
}

/** The members of `signed`. */
export function rootJson(root: Root): ReadonlyMap<string, WritableValue> {
  const roles = new Map<string, WritableValue>();
  for (const [name, { keyIds, threshold }] of Object.entries(root.roles)) {
    roles.set(name, { keyids: [...keyIds].sort(), threshold });
  }
  return headJson(root, 'root', { consistent_snapshot: root.consistentSnapshot, keys: keysJson(root.keys), roles });
}
