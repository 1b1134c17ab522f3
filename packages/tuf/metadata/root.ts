/** root.json (TUF 4.3): which keys speak for which role. */
import type { JsonValue, WritableValue } from '../canonical-json.ts';
import { TrustError } from '../error.ts';
import { keyJson, type TufKey } from '../key.ts';
import { type Head, headJson, parseHead, type TopRole } from './head.ts';
import { keyIdLimit, keyLimit, keyTextLimit } from './limits.ts';
import { isObject, type JsonObject, malformed, objectField, own, positiveField, textField } from './parse.ts';
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
    keys: parseKeys(objectField(signed, 'keys', 'root')),
    roles: {
      root: parseRole(roles, 'root'),
      targets: parseRole(roles, 'targets'),
      snapshot: parseRole(roles, 'snapshot'),
      timestamp: parseRole(roles, 'timestamp'),
    },
  };
}

function parseKeys(keys: JsonObject): ReadonlyMap<string, TufKey> {
  const found = new Map<string, TufKey>();
  for (const [keyId, key] of Object.entries(keys)) {
    if (found.size === keyLimit) throw new TrustError('metadata-too-large', `root has more than ${keyLimit} keys`);
    if (keyId.length > keyIdLimit) throw malformed('root', 'keys', `key ids of up to ${keyIdLimit} characters`);
    if (!isObject(key)) throw malformed(keyId, 'key', 'an object');
    found.set(keyId, {
      keytype: textField(key, 'keytype', keyId, 64),
      scheme: textField(key, 'scheme', keyId, 64),
      public: publicText(objectField(key, 'keyval', keyId)),
    });
  }
  return found;
}

/** Keys of schemes that we do not know need not have a public text; they never verify anything. */
function publicText(keyval: JsonObject): string {
  const text = own(keyval, 'public');
  if (text === undefined) return '';
  return textField(keyval, 'public', 'keyval', keyTextLimit);
}

function parseRole(roles: JsonObject, name: TopRole): RoleKeys {
  const role = objectField(roles, name, 'roles');
  const keyIds = own(role, 'keyids');
  if (!Array.isArray(keyIds)) throw malformed(name, 'keyids', 'a list');
  if (keyIds.length > keyLimit) throw new TrustError('metadata-too-large', `${name} has more than ${keyLimit} key ids`);
  for (const keyId of keyIds as readonly JsonValue[]) {
    if (typeof keyId !== 'string' || keyId.length > keyIdLimit) throw malformed(name, 'keyids', 'a list of key ids');
  }
  return { keyIds: new Set(keyIds), threshold: positiveField(role, 'threshold', name) };
}

/** The members of `signed`. */
export function rootJson(root: Root): ReadonlyMap<string, WritableValue> {
  const keys = new Map([...root.keys].map(([keyId, key]) => [keyId, keyJson(key)] as const));
  const roles = new Map<string, WritableValue>();
  for (const [name, { keyIds, threshold }] of Object.entries(root.roles)) {
    roles.set(name, { keyids: [...keyIds].sort(), threshold });
  }
  return headJson(root, 'root', { consistent_snapshot: root.consistentSnapshot, keys, roles });
}
