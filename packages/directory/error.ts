/**
 * The error of names, entries and LDIF, and the catalogue of its codes. The protocol folders have errors of their own.
 *
 * Codes are public and stable: callers and documents switch on them, messages are for people. Messages name places and
 * remedies and never quote an attribute value, because they end in logs.
 */

/** Every code with its meaning. */
export const directoryErrors = {
  'attribute-name-invalid': 'An attribute description is not one that RFC 4512 allows.',
  'dn-bad-escape': 'A backslash in a DN is not followed by an escapable character or two hex digits of valid UTF-8.',
  'dn-bad-hex': 'A `#` value in a DN is not one or more pairs of hex digits.',
  'dn-bad-rdn': 'An RDN of a DN is empty, has no `=`, or its attribute type is not a name or an OID.',
  'dn-not-below': 'A DN was expected below another one and is not.',
  'dn-not-unicode': 'A DN holds half a surrogate pair, which no UTF-8 text can carry.',
  'dn-quoted': 'A DN uses the quoted values of LDAPv2 instead of backslash escapes.',
  'dn-too-long': 'A DN is longer than the limit.',
  'dn-too-many-rdns': 'A DN has more RDNs, or an RDN more values, than the limit.',
  'dn-unescaped': 'A DN holds a character that must be escaped.',
  'entry-malformed': 'An entry from the wire or the store is not the BER that RFC 4511 says.',
  'guid-invalid': 'A GUID is not 16 bytes, or not the usual text of 32 hex digits.',
  'ldif-bad-attribute': 'An LDIF line names an attribute that RFC 4512 does not allow.',
  'ldif-bad-base64': 'A value after `::` is not base64.',
  'ldif-bad-change': 'A change record lacks a line, or has one too many.',
  'ldif-bad-changetype': 'A `changetype:` is none of add, delete, modify, modrdn, moddn.',
  'ldif-bad-control': 'A `control:` line is malformed.',
  'ldif-bad-dn': 'A DN in an LDIF file is not valid.',
  'ldif-bad-line': 'An LDIF line is neither `name: value` nor a continuation.',
  'ldif-bad-version': 'The version line is not `version: 1`, or not the first line.',
  'ldif-empty-record': 'A record has a DN and no attribute.',
  'ldif-encoding': 'The file is UTF-16; LDIF is UTF-8.',
  'ldif-missing-dn': 'A record does not start with its DN.',
  'ldif-mixed-records': 'A file mixes content records and change records.',
  'ldif-not-utf8': 'A value of a text attribute is not UTF-8.',
  'ldif-stray-continuation': 'A line starts with a space and there is no line that it could continue.',
  'ldif-too-large': 'A line or a record is beyond its limit.',
  'ldif-unreadable': 'The LDIF file cannot be read.',
  'ldif-unsafe-character': 'A plain value holds a character that needs base64.',
  'ldif-url-refused': 'A value by URL is not allowed: by default none is, and never outside the allowed folder.',
  'ldif-url-unreadable': 'The file behind a URL value cannot be read.',
  'sid-invalid': 'A SID is malformed.',
  'time-invalid': 'A generalized time is malformed, or no such instant exists.',
  'value-not-unicode': 'A text value holds half a surrogate pair.',
  'value-not-utf8': 'The bytes of a text attribute are not UTF-8.',
} as const;

export type DirectoryErrorCode = keyof typeof directoryErrors;

/** A name, value or file of a directory was refused. */
export class DirectoryError extends Error {
  override readonly name: string = 'DirectoryError';
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
