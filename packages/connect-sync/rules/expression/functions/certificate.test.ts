import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, failsAll, givesAll } from '../expression-table.ts';

/** P-256, with names of every kind; made with OpenSSL. */
const modern =
  'MIICjTCCAjOgAwIBAgIDChssMAoGCCqGSM49BAMCMGoxCzAJBgNVBAYTAkRFMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMuMQwwCgYD' +
  'VQQLDANEZXYxFTATBgNVBAMMDEFkYSBMb3ZlbGFjZTEeMBwGCSqGSIb3DQEJARYPYWRhQGV4YW1wbGUuY29tMCAXDTI2MTEyMjE1' +
  'MTAxOVoYDzIwNTYxMTE0MTUxMDE5WjBqMQswCQYDVQQGEwJERTEWMBQGA1UECgwNRXhhbXBsZSwgSW5jLjEMMAoGA1UECwwDRGV2' +
  'MRUwEwYDVQQDDAxBZGEgTG92ZWxhY2UxHjAcBgkqhkiG9w0BCQEWD2FkYUBleGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49' +
  'AwEHA0IABHlzSfWVRLCub6XnyYdSrJJ/0NadOPzMC3zPWfM8iGZc+D901zziklxPCniygRsn3C46CBZkQqS8NBCY3m+uHP6jgcUw' +
  'gcIwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwaAYDVR0RBGEwX6AgBgorBgEEAYI3FAIDoBIMEGFkYUBjb3JwLmV4YW1w' +
  'bGWBEWFkYS5sQGV4YW1wbGUuY29tgg9hZGEuZXhhbXBsZS5jb22GF2h0dHBzOi8vZXhhbXBsZS5jb20vYWRhMBkGA1UdEgQSMBCC' +
  'DmNhLmV4YW1wbGUuY29tMB0GA1UdDgQWBBRlstO+vSupynUxrLskiErSP0QO9TAKBggqhkjOPQQDAgNIADBFAiA2OZ3qJGrWwMhS' +
  '/79pR8VzCjcCy00t8nmeKaOgZu5zQAIhAPoyf3IrTUbCS4vndBXxMp55dg52e20bqdUmiIm4RCdG';
/** RSA, version 1, issued by a domain's authority. */
const old =
  'MIIBwDCCASkCAgD/MA0GCSqGSIb3DQEBCwUAMDYxFzAVBgoJkiaJk/IsZAEZFgdleGFtcGxlMRswGQYDVQQKDBJTcHJpbmdsaW5l' +
  'IFRlc3QgQ0EwHhcNMjYxMTIyMTUxMDAwWhcNMzYxMTE5MTUxMDAwWjAaMRgwFgYDVQQDDA9vbGQuZXhhbXBsZS5jb20wgZ8wDQYJ' +
  'KoZIhvcNAQEBBQADgY0AMIGJAoGBAP0o97FztcUztlr4KwHl3WGp267wTYecm9A8zC6hgFm6vMe2feRCcwrcOlOniKz+hFOxGA5j' +
  '+6XZpIjGndmb2wjwW93KRgw7jvnsdmmGm339DPv79YOBMqZKbmYCIGxkfoN/E0WjNckqK3zvdX0UCqcU30mPYcu49jQSkJxCRKjF' +
  'AgMBAAEwDQYJKoZIhvcNAQELBQADgYEAtVZMNJQxvJwSHPrrr5+6fuLkpfoegMXATlMtLSu+tb5s0C+7qqNmYNqC26LmkqcQLiKt' +
  'f7Q82JrG2ChvLh6FdeJF+ivfSxWf23JiHM4xyTy0Bi/7zunBB7oJ3vgVjP6L4a8P+qsoLkrIaidXmhnpuO+c0/KgmbdBdAumGT53' +
  'PMw=';
const values = { modern, old, der: new Uint8Array(Buffer.from(modern, 'base64')), both: [modern, old] };

const iso = (expression: string) => `FormatDateTime(${expression}, "yyyy-MM-ddTHH:mm:ss")`;
const dn = 'E=ada@example.com,CN=Ada Lovelace,OU=Dev,O=Example\\, Inc.,C=DE';

givesAll(
  [
    ['CertExtensionOids([modern])', ['2.5.29.19', '2.5.29.15'], 'critical ones only'],
    ['CertExtensionOids([old])', null, 'version 1 has none'],
    ['CertFormat([modern])', 'X509', 'the only format'],
    ['CertFriendlyName([modern])', '', 'a certificate has no alias'],
    ['CertVersion([modern])', '3', 'as people count'],
    ['CertVersion([old])', '1', 'without a version it is the first'],
    ['CertHashString([modern])', '55F8E2614DD2DE722BE6A4F490E0D5DE58068344', 'SHA-1'],
    ['CertThumbprint([old])', 'EA2B5E5A4EFB629435EF465AD40DBCA8C6675CBC', 'SHA-1'],
    ['CertThumbprint([der])', '55F8E2614DD2DE722BE6A4F490E0D5DE58068344', 'of DER as of Base64'],
    [
      'CertThumbprint([both]) & ""',
      ['55F8E2614DD2DE722BE6A4F490E0D5DE58068344', 'EA2B5E5A4EFB629435EF465AD40DBCA8C6675CBC'],
      'mapped',
    ],
    ['CertIssuer([old])', 'O=Springline Test CA,DC=example', 'the name of the issuer'],
    ['CertIssuerDN([old])', 'O=Springline Test CA,DC=example', 'is a DN'],
    ['CertIssuerOid([old])', '2.5.4.10', 'the type of its first RDN'],
    ['CertSubject([modern])', dn, 'the most specific RDN is first'],
    ['CertSubjectNameDN([modern])', dn, 'a DN as RFC 4514 writes it'],
    ['CertSubjectNameOid([modern])', '1.2.840.113549.1.9.1', 'the type of its first RDN'],
    ['DNComponent(CRef(CertSubject([modern])), 4)', 'Example, Inc.', 'and can be taken apart'],
    ['CertNameInfo([modern], "SimpleName", False)', 'Ada Lovelace', 'the common name'],
    ['CertNameInfo([modern], "EmailName", False)', 'ada.l@example.com', 'the alternative name before the subject'],
    ['CertNameInfo([modern], "UpnName", False)', 'ada@corp.example', 'the name for signing in'],
    ['CertNameInfo([modern], "DnsName", False)', 'ada.example.com', 'a DNS name'],
    ['CertNameInfo([old], "DnsName", False)', 'old.example.com', 'the common name when there is no other'],
    ['CertNameInfo([old], "DnsFromAlternativeName", False)', '', 'alternative names only'],
    ['CertNameInfo([modern], "DnsFromAlternativeName", True)', 'ca.example.com', 'of the issuer'],
    ['CertNameInfo([modern], "UrlName", False)', 'https://example.com/ada', 'a URL'],
    ['CertNameInfo([old], "SimpleName", True)', 'Springline Test CA', 'an organisation when there is no common name'],
    ['CertKeyAlgorithm([modern])', '1.2.840.10045.2.1', 'elliptic curves'],
    ['CertKeyAlgorithm([old])', '1.2.840.113549.1.1.1', 'RSA'],
    ['CertKeyAlgorithmParams([modern])', '06082A8648CE3D030107', 'the curve in DER'],
    ['CertKeyAlgorithmParams([old])', '0500', 'RSA has none'],
    ['CertPublicKeyOid([modern])', '1.2.840.10045.2.1', 'elliptic curves'],
    ['CertPublicKeyParametersOid([modern])', '1.2.840.10045.3.1.7', 'the curve'],
    ['CertPublicKeyParametersOid([old])', '1.2.840.113549.1.1.1', 'the algorithm where there is no other OID'],
    ['CertSignatureAlgorithmOid([modern])', '1.2.840.10045.4.3.2', 'ECDSA with SHA-256'],
    ['CertSignatureAlgorithmOid([old])', '1.2.840.113549.1.1.11', 'RSA with SHA-256'],
    ['CertSerialNumber([modern])', '0A1B2C', 'hex in upper case'],
    [iso('CertNotBefore([modern])'), '2026-11-22T15:10:19', 'in UTC'],
    [iso('CertNotAfter([modern])'), '2056-11-14T15:10:19', 'with a year of four digits'],
    [iso('CertNotAfter([old])'), '2036-11-19T15:10:00', 'with a year of two digits'],
    ['CertNotAfter([modern]) > Now()', true, 'comparable with Now()'],
    ['CertSubject([absent])', null, 'NULL stays NULL'],
    ['IsCert([modern])', true, 'Base64 is a certificate'],
    ['IsCert([der])', true, 'so is DER'],
    ['IsCert(Left([modern], 100))', false, 'a part is none'],
    ['IsCert("-----BEGIN CERTIFICATE-----" & CRLF & [old] & CRLF & "-----END CERTIFICATE-----")', true, 'so is PEM'],
  ],
  values,
);

failsAll(
  [
    ['CertSubject("AAAA")', 'expression-bad-value', 'the bytes are no certificate'],
    ['CertSubject("?")', 'expression-bad-value', 'the text is no Base64'],
    ['CertSubject(5)', 'expression-type-mismatch', 'a number is none'],
    ['CertNameInfo([modern], "Nickname", False)', 'expression-bad-value', 'there is no such kind of name'],
    ['CertNameInfo([modern], "SimpleName", "no")', 'expression-type-mismatch', 'the issuer flag is True or False'],
  ],
  values,
);

test('certificates are read as OpenSSL reads them', () => {
  for (const text of [modern, old]) {
    const reference = new X509Certificate(Buffer.from(text, 'base64'));
    assert.equal(evaluate('CertThumbprint([c])', { c: text }), reference.fingerprint.replaceAll(':', ''));
    const serial = String(evaluate('CertSerialNumber([c])', { c: text }));
    assert.equal(serial.replace(/^00/, ''), reference.serialNumber.replace(/^0(?=.$)/, ''));
    assert.equal(
      evaluate('NumFromDate(CertNotAfter([c])) - NumFromDate(CDate([d]))', { c: text, d: isoOf(reference.validTo) }),
      0n,
    );
  }
});

test('a damaged certificate is refused or read, and nothing else happens', () => {
  const der = Buffer.from(modern, 'base64');
  const text = 'IIF(IsCert([c]), CertSubject([c]) & CertNameInfo([c], "UpnName", False), "")';
  fc.assert(
    fc.property(fc.nat({ max: der.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
      const damaged = new Uint8Array(der);
      damaged[at] = byte;
      try {
        evaluate(text, { c: damaged });
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'expression-bad-value');
      }
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

function isoOf(text: string): string {
  return new Date(text).toISOString();
}
