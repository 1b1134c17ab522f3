import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { functionCatalogue } from './catalogue.ts';

/** Every function of the original language. */
const originals = `
  CBin CBool CDate CGuid CNum CRef CStr CertExtensionOids CertFormat CertFriendlyName CertHashString CertIssuer
  CertIssuerDN CertIssuerOid CertKeyAlgorithm CertKeyAlgorithmParams CertNameInfo CertNotAfter CertNotBefore
  CertPublicKeyOid CertPublicKeyParametersOid CertSerialNumber CertSignatureAlgorithmOid CertSubject CertSubjectNameDN
  CertSubjectNameOid CertThumbprint CertVersion BitAnd BitOr Contains ConvertFromBase64 ConvertFromUTF8Hex
  ConvertToBase64 ConvertToUTF8Hex Count DNComponent DNComponentRev DateAdd DateFromNum Error EscapeDNComponent
  FormatDateTime Guid IIF ImportedValue InStr InStrRev IsBitSet IsCert IsDate IsEmpty IsGuid IsNull IsNullOrEmpty
  IsNumeric IsPresent IsString Item ItemOrNull Join LCase LTrim Left Len Mid Now NumFromDate PCase PadLeft PadRight
  RTrim RandomNum RemoveDuplicates Replace ReplaceChars Right Select Split StringFromGuid StringFromSid Switch
  Thumbprint Trim UCase ValueCount Where With Word`;

test('every function of the original is there, and no other', () => {
  const expected = originals.trim().split(/\s+/).sort();
  assert.deepEqual(
    functionCatalogue.map(({ name }) => name),
    expected,
  );
});

test('every function has a signature and one line of description', () => {
  for (const { name, signature, summary } of functionCatalogue) {
    assert.match(signature, new RegExp(`^(str|num|bool|bin|ref|dt|var|void|mv|mvstr) ${name}\\(.*\\)$`));
    assert.match(summary, /^[A-Z0-9][^\n]+\.$/, name);
  }
});

test('optional arguments are in square brackets', () => {
  const signatures = new Map(functionCatalogue.map(({ name, signature }) => [name, signature]));
  assert.equal(signatures.get('Join'), 'str Join(mvstr values [, str delimiter])');
  assert.equal(
    signatures.get('InStr'),
    'num InStr(str text, str search [, num start] [, vbTextCompare | vbBinaryCompare comparison])',
  );
});

test('every function has rows in the tables of this folder', () => {
  const tables = globSync(`${import.meta.dirname}/*.test.ts`)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const untested = functionCatalogue.filter(({ name }) => !new RegExp(`\\b${name}\\(`).test(tables));
  assert.deepEqual(
    untested.map(({ name }) => name),
    [],
  );
});
