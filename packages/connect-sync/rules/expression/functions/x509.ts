/** What an X.509 certificate says (RFC 5280 4.1). Read, never trusted: no signature is checked here. */

import { ValueRefusal } from '../error.ts';
import type { DateTime } from '../value.ts';
import { bytesFromBase64 } from './conversion.ts';
import { parseDateTime } from './date-time-parse.ts';
import { type Element, elementsOf, expectTag, malformed, oidOf, sequenceOf, tags, textOf } from './der.ts';

/** Most bytes of a certificate. */
const certificateSizeLimit = 65_536;

/** One attribute of a name, in the order of the encoding: from the root down. */
export interface NameAttribute {
  readonly oid: string;
  /** Undefined for a value that is no text. */
  readonly text: string | undefined;
  readonly raw: Buffer;
}
/** RDNs, each with its attributes. */
export type Name = readonly (readonly NameAttribute[])[];

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

export interface Certificate {
  readonly der: Buffer;
  /** 1 to 3. */
  readonly version: number;
  readonly serialNumber: Buffer;
  readonly signatureAlgorithm: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: DateTime;
  readonly notAfter: DateTime;
  readonly keyAlgorithm: string;
  readonly keyParameters: Element | undefined;
  readonly extensions: readonly Extension[];
}

/** @throws {ValueRefusal} `expression-bad-value` for anything but one certificate. */
export function parseCertificate(value: string | Uint8Array): Certificate {
  const der = derOf(value);
  const [certificate, ...more] = elementsOf(der);
  if (more.length > 0) throw malformed();
  const [toBeSigned, , signature] = sequenceOf(certificate);
  expectTag(signature, tags.bitString);
  const fields = sequenceOf(toBeSigned);
  const version = fields[0]?.tag === 0xa0 ? versionOf(fields.shift()!) : 1;
  const [serial, algorithm, issuer, validity, subject, key, ...optional] = fields;
  const [notBefore, notAfter] = sequenceOf(validity);
  const [keyAlgorithm, keyBits] = sequenceOf(key);
  expectTag(keyBits, tags.bitString);
  const [keyOid, keyParameters] = sequenceOf(keyAlgorithm);
  return {
    der,
    version,
    serialNumber: expectTag(serial, tags.integer).content,
    signatureAlgorithm: oidOf(sequenceOf(algorithm)[0]),
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    keyAlgorithm: oidOf(keyOid),
    keyParameters,
    extensions: extensionsOf(optional.find(({ tag }) => tag === 0xa3)),
  };
}

/** Whether a value is one certificate, in DER or as Base64 text. */
export function isCertificate(value: string | Uint8Array): boolean {
  try {
    parseCertificate(value);
    return true;
  } catch (error) {
    if (error instanceof ValueRefusal) return false;
    throw error;
  }
}

/** Texts may have the armour of a PEM file. */
function derOf(value: string | Uint8Array): Buffer {
  if (value.length > certificateSizeLimit * 2) throw malformed();
  if (typeof value !== 'string') return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const body = value.replace(/^\s*-----BEGIN CERTIFICATE-----/, '').replace(/-----END CERTIFICATE-----\s*$/, '');
  return bytesFromBase64(body);
}

function versionOf({ content }: Element): number {
  const version = expectTag(elementsOf(content)[0], tags.integer).content;
  if (version.length !== 1 || version[0]! > 2) throw malformed();
  return version[0]! + 1;
}

function nameOf(element: Element | undefined): Name {
  return sequenceOf(element).map((rdn) =>
    elementsOf(expectTag(rdn, tags.set).content).map((pair) => {
      const [oid, value] = sequenceOf(pair);
      if (value === undefined) throw malformed();
      return { oid: oidOf(oid), text: textOf(value), raw: value.raw };
    }),
  );
}

function timeOf(element: Element | undefined): DateTime {
  const text = element?.content.toString('latin1') ?? '';
  // RFC 5280 4.1.2.5.1: two digits of a year from 50 are of the twentieth century.
  const isShort = element?.tag === tags.utcTime && /^\d{12}Z$/.test(text);
  if (!isShort && element?.tag !== tags.generalizedTime) throw malformed();
  const time = parseDateTime(isShort ? `${text < '50' ? '20' : '19'}${text}` : text);
  if (time === undefined) throw malformed();
  return time;
}

function extensionsOf(element: Element | undefined): readonly Extension[] {
  if (element === undefined) return [];
  return sequenceOf(elementsOf(element.content)[0]).map((extension) => {
    const [oid, second, third] = sequenceOf(extension);
    const hasFlag = second?.tag === tags.boolean;
    return {
      oid: oidOf(oid),
      isCritical: hasFlag && second.content[0] !== 0,
      value: expectTag(hasFlag ? third : second, tags.octetString).content,
    };
  });
}
