/** Names of certificates: as the text of a DN, and the one name of a kind that people mean. */
import { formatDn } from '@springline/directory/dn';
import { elementsOf, malformed, oidOf, sequenceOf, tags, textOf } from './der.ts';
import type { Certificate, Name } from './x509.ts';

const typesByOid: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'T'],
  ['2.5.4.42', 'G'],
  ['2.5.4.43', 'I'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'E'],
]);

/** RFC 4514: the most specific RDN first. Empty for an empty name. */
export function nameText(name: Name): string {
  const rdns = name.map((rdn) =>
    rdn.map(({ oid, text, raw }) => {
      const type = typesByOid.get(oid);
      return type === undefined || text === undefined || !text.isWellFormed()
        ? { type: type ?? oid, value: raw }
        : { type, value: text };
    }),
  );
  try {
    return formatDn(rdns.reverse());
  } catch {
    // A name that no DN can hold, such as one of too many parts.
    throw malformed();
  }
}

/** The attribute type of the most specific RDN; undefined for an empty name. */
export function nameOid(name: Name): string | undefined {
  return name.at(-1)?.[0]?.oid;
}

/** .NET's kinds of names. */
export const nameTypes = [
  'SimpleName',
  'EmailName',
  'UpnName',
  'DnsName',
  'DnsFromAlternativeName',
  'UrlName',
] as const;
export type NameType = (typeof nameTypes)[number];

const email = '1.2.840.113549.1.9.1';
const commonName = '2.5.4.3';
const simpleNames = [commonName, '2.5.4.11', '2.5.4.10', email];
const upn = '1.3.6.1.4.1.311.20.2.3';

/** One name of subject or issuer; undefined when the certificate has none of that kind. @throws {ValueRefusal} */
export function nameInfo(certificate: Certificate, type: NameType, ofIssuer: boolean): string | undefined {
  const name = ofIssuer ? certificate.issuer : certificate.subject;
  const alternatives = alternativeNames(certificate, ofIssuer ? '2.5.29.18' : '2.5.29.17');
  const find = (kind: AlternativeName['kind']) => alternatives.find((alternative) => alternative.kind === kind)?.text;
  switch (type) {
    case 'SimpleName':
      return simpleNames.map((oid) => attributeOf(name, oid)).find((text) => text !== undefined) ?? find('email');
    case 'EmailName':
      return find('email') ?? attributeOf(name, email);
    case 'UpnName':
      return find('upn');
    case 'DnsName':
      return find('dns') ?? attributeOf(name, commonName);
    case 'DnsFromAlternativeName':
      return find('dns');
    case 'UrlName':
      return find('url');
  }
}

/** The most specific value of a type. */
function attributeOf(name: Name, oid: string): string | undefined {
  return name.flat().findLast((attribute) => attribute.oid === oid && attribute.text !== undefined)?.text;
}

interface AlternativeName {
  readonly kind: 'email' | 'dns' | 'url' | 'upn';
  readonly text: string;
}

/** RFC 5280 4.2.1.6, the forms that are texts. */
function alternativeNames({ extensions }: Certificate, oid: string): AlternativeName[] {
  const extension = extensions.find((candidate) => candidate.oid === oid);
  if (extension === undefined) return [];
  const names: AlternativeName[] = [];
  for (const { tag, content } of sequenceOf(elementsOf(extension.value)[0])) {
    const text = content.toString('latin1');
    if (tag === 0x81) names.push({ kind: 'email', text });
    if (tag === 0x82) names.push({ kind: 'dns', text });
    if (tag === 0x86) names.push({ kind: 'url', text });
    if (tag === 0xa0) {
      const principal = principalNameOf(content);
      if (principal !== undefined) names.push({ kind: 'upn', text: principal });
    }
  }
  return names;
}

/** The text of an otherName that is a UPN. */
function principalNameOf(otherName: Buffer): string | undefined {
  const [type, value] = elementsOf(otherName);
  if (type?.tag !== tags.oid || value === undefined || oidOf(type) !== upn) return undefined;
  const [text] = elementsOf(value.content);
  return text === undefined ? undefined : textOf(text);
}
