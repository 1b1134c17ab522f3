/** What an X.509 certificate says. Certificates are DER or Base64 text. */
import { createHash } from 'node:crypto';
import type { Value } from '../value.ts';
import { type NameType, nameInfo, nameOid, nameText, nameTypes } from './certificate-names.ts';
import { type FunctionDefinition, family, refuse, required } from './definition.ts';
import { oidOf, tags } from './der.ts';
import { type Certificate, parseCertificate } from './x509.ts';

/** A certificate is decoded and read by each function anew. */
function certificateWork(value: unknown): number {
  return 2_000 + (value as string | Uint8Array).length;
}

const { strict } = family('certificate', certificateWork);

const certificate = required('certificate', 'str or bin');

export const certificateFunctions: readonly FunctionDefinition[] = [
  strict({
    name: 'CertExtensionOids',
    returns: 'mvstr',
    parameters: [certificate],
    summary: 'The OIDs of the critical extensions of a certificate.',
    apply: (value) => {
      const critical = parseCertificate(value).extensions.filter(({ isCritical }) => isCritical);
      return critical.length === 0 ? null : critical.map(({ oid }) => oid);
    },
  }),
  text('CertFormat', 'The name of the format of a certificate: X509.', () => 'X509'),
  text('CertFriendlyName', 'The alias of a certificate. It is kept outside of certificates, so it is empty.', () => ''),
  text('CertHashString', 'The SHA-1 hash of a certificate in upper-case hex.', sha1),
  text('CertIssuer', 'The name of the issuer of a certificate.', ({ issuer }) => nameText(issuer)),
  text('CertIssuerDN', 'The DN of the issuer of a certificate.', ({ issuer }) => nameText(issuer)),
  text('CertIssuerOid', 'The OID of the first attribute type in the DN of the issuer.', ({ issuer }) =>
    nameOid(issuer),
  ),
  text('CertKeyAlgorithm', 'The OID of the algorithm of the key of a certificate.', (it) => it.keyAlgorithm),
  text(
    'CertKeyAlgorithmParams',
    'The parameters of the key algorithm, as DER in upper-case hex.',
    ({ keyParameters }) => (keyParameters === undefined ? undefined : hex(keyParameters.raw)),
  ),
  strict({
    name: 'CertNameInfo',
    returns: 'str',
    parameters: [certificate, required('nameType', 'str'), required('issuer', 'bool')],
    summary: 'A name of the subject, or of the issuer, of the given kind; an empty text if there is none.',
    apply: (value, nameType, ofIssuer) => {
      if (isNameType(nameType)) return nameInfo(parseCertificate(value), nameType, ofIssuer) ?? '';
      throw refuse('expression-bad-value', `CertNameInfo: the kind of name is one of ${nameTypes.join(', ')}.`);
    },
  }),
  strict({
    name: 'CertNotAfter',
    returns: 'dt',
    parameters: [certificate],
    summary: 'When a certificate ends, in UTC.',
    apply: (value) => parseCertificate(value).notAfter,
  }),
  strict({
    name: 'CertNotBefore',
    returns: 'dt',
    parameters: [certificate],
    summary: 'When a certificate starts, in UTC.',
    apply: (value) => parseCertificate(value).notBefore,
  }),
  text('CertPublicKeyOid', 'The OID of the public key of a certificate.', (it) => it.keyAlgorithm),
  text(
    'CertPublicKeyParametersOid',
    'The OID in the parameters of the public key, such as that of a curve; otherwise that of the key.',
    ({ keyParameters, keyAlgorithm }) => (keyParameters?.tag === tags.oid ? oidOf(keyParameters) : keyAlgorithm),
  ),
  text('CertSerialNumber', 'The serial number of a certificate in upper-case hex.', (it) => hex(it.serialNumber)),
  text(
    'CertSignatureAlgorithmOid',
    'The OID of the algorithm that signed a certificate.',
    (it) => it.signatureAlgorithm,
  ),
  text('CertSubject', 'The DN of the subject of a certificate.', ({ subject }) => nameText(subject)),
  text('CertSubjectNameDN', 'The DN of the subject of a certificate.', ({ subject }) => nameText(subject)),
  text('CertSubjectNameOid', 'The OID of the first attribute type in the DN of the subject.', (it) =>
    nameOid(it.subject),
  ),
  text('CertThumbprint', 'The SHA-1 thumbprint of a certificate in upper-case hex.', sha1),
  text('CertVersion', 'The version of the format of a certificate: 1, 2 or 3.', ({ version }) => `${version}`),
];

/** A function of one certificate that gives a text, or NULL for nothing. */
function text(name: string, summary: string, read: (it: Certificate) => string | undefined): FunctionDefinition {
  const apply = (value: string | Uint8Array): Value => read(parseCertificate(value)) ?? null;
  return strict({ name, returns: 'str', parameters: [certificate], summary, apply });
}

function sha1({ der }: Certificate): string {
  return hex(createHash('sha1').update(der).digest());
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

function isNameType(text: string): text is NameType {
  return nameTypes.some((type) => type === text);
}
