/** Certificates for tests: Node reads X.509 and does not write it. DER by hand, signed with an Ed25519 key. */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface CertificateWords {
  /** Common names; a subject of several parts has several. */
  readonly subject: readonly string[];
  readonly issuer: string;
  readonly isAuthority?: boolean;
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const commonName = (text: string): Buffer => tlv(0x31, sequence(hex('0603550403'), tlv(0x0c, Buffer.from(text))));

/** DER of one certificate, good from 2023 to 2025. */
export function certificate({ subject, issuer, isAuthority = false }: CertificateWords): Buffer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const algorithm = sequence(hex('06032b6570'));
  const time = (text: string): Buffer => tlv(0x17, Buffer.from(text));
  const constraints = sequence(hex('0603551d13'), tlv(0x04, sequence(...(isAuthority ? [hex('0101ff')] : []))));
  const signed = sequence(
    tlv(0xa0, hex('020102')),
    hex('02020123'),
    algorithm,
    sequence(commonName(issuer)),
    sequence(time('230501000000Z'), time('250501000000Z')),
    sequence(...subject.map(commonName)),
    publicKey.export({ format: 'der', type: 'spki' }),
    tlv(0xa3, sequence(constraints)),
  );
  return sequence(signed, algorithm, tlv(0x03, Buffer.from([0]), sign(null, signed, privateKey)));
}

export function pem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
