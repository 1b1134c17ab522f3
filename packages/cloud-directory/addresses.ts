/**
 * Mail addresses of an object, from `mail` and `proxyAddresses`. A proxy address has a scheme in front: `SMTP:` the
 * primary address, `smtp:` the others, and `sip:`, `X500:` and more for other systems.
 */
import { type Attributes, textOf, textsOf } from './cloud-object.ts';

export interface MailAddress {
  readonly address: string;
  readonly attribute: 'mail' | 'proxyAddresses';
  readonly primary: boolean;
}

const proxyForm = /^([A-Za-z0-9][A-Za-z0-9-]{0,31}):([\s\S]+)$/;
const mailForm = /^[^@\s\u0000-\u001f\u007f]+@[^@\s\u0000-\u001f\u007f]+$/;

/** Scheme and address. A value without a scheme is mail, as mail systems read it. */
export function splitProxyAddress(value: string): { readonly scheme: string; readonly address: string } {
  const [, scheme, address] = proxyForm.exec(value) ?? [];
  return scheme === undefined || address === undefined ? { scheme: 'smtp', address: value } : { scheme, address };
}

export function isMailAddress(value: string): boolean {
  return mailForm.test(value);
}

/**
 * Each address once, the primary one first: the one under `SMTP:`, else `mail`, else the first proxy address.
 * Addresses that differ in case only are one.
 */
export function mailAddressesOf(attributes: Attributes): MailAddress[] {
  const mail = textOf(attributes, 'mail');
  const proxies = textsOf(attributes, 'proxyAddresses')
    .map(splitProxyAddress)
    .filter(({ scheme }) => scheme.toLowerCase() === 'smtp');
  const upper = proxies.filter(({ scheme }) => scheme === 'SMTP');
  const lower = proxies.filter(({ scheme }) => scheme !== 'SMTP');
  const byKey = new Map<string, Omit<MailAddress, 'primary'>>();
  const take = (address: string, attribute: MailAddress['attribute']): void => {
    const key = address.toLowerCase();
    if (!byKey.has(key)) byKey.set(key, { address, attribute });
  };
  for (const { address } of upper) take(address, 'proxyAddresses');
  if (mail !== undefined) take(mail, 'mail');
  for (const { address } of lower) take(address, 'proxyAddresses');
  return [...byKey.values()].map((found, at) => ({ ...found, primary: at === 0 }));
}

/** Proxy addresses of other systems than mail, as `scheme:address`. */
export function otherProxyAddressesOf(attributes: Attributes): string[] {
  return textsOf(attributes, 'proxyAddresses').filter(
    (value) => splitProxyAddress(value).scheme.toLowerCase() !== 'smtp',
  );
}
