/**
 * Values that only one live object of a tenant may have: userPrincipalName, addresses (of users, groups and contacts
 * alike, since mail to an address has one recipient) and the security identifier. Compared without regard to case.
 */
import { mailAddressesOf, otherProxyAddressesOf } from './addresses.ts';
import { type Attributes, type ObjectType, textOf } from './cloud-object.ts';

/** `smtp`: a mail address without its scheme; `proxy`: any other proxy address with it. */
export type UniqueKind = 'upn' | 'smtp' | 'proxy' | 'sid';

export interface UniqueKey {
  readonly kind: UniqueKind;
  /** In lower case. */
  readonly value: string;
  /** Where the object has it from. */
  readonly attribute: string;
  /** Of kind `smtp`: whether it is the primary address. */
  readonly primary: boolean;
}

/** Each key once. */
export function uniqueKeysOf(type: ObjectType, attributes: Attributes): UniqueKey[] {
  const keys = new Map<string, UniqueKey>();
  const take = (kind: UniqueKind, value: string | undefined, attribute: string, primary = false): void => {
    if (value === undefined) return;
    const key = { kind, value: value.toLowerCase(), attribute, primary };
    if (!keys.has(nameOfKey(key))) keys.set(nameOfKey(key), key);
  };
  if (type === 'user') take('upn', textOf(attributes, 'userPrincipalName'), 'userPrincipalName');
  for (const mail of mailAddressesOf(attributes)) take('smtp', mail.address, mail.attribute, mail.primary);
  for (const proxy of otherProxyAddressesOf(attributes)) take('proxy', proxy, 'proxyAddresses');
  for (const name of ['onPremiseSecurityIdentifier', 'onPremisesSecurityIdentifier']) {
    take('sid', textOf(attributes, name), name);
  }
  return [...keys.values()];
}

/** One word for a key, for maps. */
export function nameOfKey(key: Pick<UniqueKey, 'kind' | 'value'>): string {
  return `${key.kind}:${key.value}`;
}
