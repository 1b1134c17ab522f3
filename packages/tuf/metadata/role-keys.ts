/** Keys and roles as root.json (TUF 4.3) and the delegations of targets.json (TUF 4.5) list them. */
import type { JsonValue, WritableValue } from '../canonical-json.ts';
import { TrustError } from '../error.ts';
import { keyJson, type TufKey } from '../key.ts';
import { keyIdLimit, keyLimit, keyTextLimit } from './limits.ts';
import { isObject, type JsonObject, malformed, objectField, own, positiveField, textField } from './parse.ts';
import type { RoleKeys } from './threshold.ts';

/** By key id. @throws {TrustError} `metadata-too-large`, `malformed-metadata`. */
export function parseKeys(keys: JsonObject, where: string): ReadonlyMap<string, TufKey> {
  const found = new Map<string, TufKey>();
  for (const [keyId, key] of Object.entries(keys)) {
    if (found.size === keyLimit) throw new TrustError('metadata-too-large', `${where} has more than ${keyLimit} keys`);
    if (keyId.length > keyIdLimit) throw malformed(where, 'keys', `key ids of up to ${keyIdLimit} characters`);
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

/** The key ids and the threshold of one role. @throws {TrustError} `metadata-too-large`, `malformed-metadata`. */
export function parseRoleKeys(role: JsonObject, name: string): RoleKeys {
  const keyIds = own(role, 'keyids');
  if (!Array.isArray(keyIds)) throw malformed(name, 'keyids', 'a list');
  if (keyIds.length > keyLimit) throw new TrustError('metadata-too-large', `${name} has more than ${keyLimit} key ids`);
  for (const keyId of keyIds as readonly JsonValue[]) {
    if (typeof keyId !== 'string' || keyId.length > keyIdLimit) throw malformed(name, 'keyids', 'a list of key ids');
  }
  return { keyIds: new Set(keyIds), threshold: positiveField(role, 'threshold', name) };
}

export function keysJson(keys: ReadonlyMap<string, TufKey>): WritableValue {
  return new Map([...keys].map(([keyId, key]) => [keyId, keyJson(key)] as const));
}
