/**
 * LDAP messages (RFC 4511 4.1.1): the requests that an import sends, and the parts of answers. Positions in a buffer, so
 * that an entry costs no object before somebody wants one.
 */
import { isUtf8 } from 'node:buffer';
import { BerError, type BerReader, BerWriter, berTag, contentStart, taggedEnd } from './ber.ts';
import { type Control, writeControls } from './control.ts';
import { encodeFilter } from './filter.ts';

export const operationTag = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchEntry: 0x64,
  searchDone: 0x65,
  searchReference: 0x73,
  abandonRequest: 0x50,
  extendedRequest: 0x77,
  extendedResponse: 0x78,
  intermediateResponse: 0x79,
} as const;

const scopes = { base: 0, one: 1, sub: 2 } as const;
export type SearchScope = keyof typeof scopes;

/** RFC 4511 4.5.1. Aliases are never followed. */
export interface SearchRequest {
  readonly baseDn: string;
  readonly scope: SearchScope;
  /** RFC 4515 */
  readonly filter: string;
  /** Empty: every user attribute. */
  readonly attributes: readonly string[];
  /** Of the server; absent: none of ours. */
  readonly sizeLimit?: number;
  readonly timeLimitSeconds?: number;
  readonly typesOnly?: boolean;
  readonly controls?: readonly Control[];
  /** The server may stay silent for as long as it likes: change notification, refreshAndPersist. */
  readonly isPatient?: boolean;
  /** Result codes besides success and e-syncRefreshRequired that are answers to the caller and no errors. */
  readonly acceptedCodes?: readonly number[];
}

export type Bind =
  | { readonly kind: 'simple'; readonly dn: string; readonly password: string }
  | { readonly kind: 'external' };

function message(id: number, write: (writer: BerWriter) => void, controls: readonly Control[] = []): Buffer {
  const writer = new BerWriter().begin().integer(id);
  write(writer);
  writeControls(writer, controls);
  return writer.end().finish();
}

/** RFC 4511 4.2; EXTERNAL is RFC 4422 appendix A with no other identity than the certificate's. */
export function bindRequest(id: number, bind: Bind): Buffer {
  return message(id, (writer) => {
    writer.begin(operationTag.bindRequest).integer(3);
    if (bind.kind === 'external') writer.octets('').begin(0xa3).octets('EXTERNAL').octets('').end();
    else writer.octets(bind.dn).octets(bind.password, 0x80);
    writer.end();
  });
}

/** @throws {LdapError} `ldap-filter-invalid` */
export function searchRequest(id: number, request: SearchRequest): Buffer {
  const filter = encodeFilter(request.filter);
  return message(
    id,
    (writer) => {
      writer.begin(operationTag.searchRequest).octets(request.baseDn);
      writer.integer(scopes[request.scope], berTag.enumerated).integer(0, berTag.enumerated);
      writer.integer(request.sizeLimit ?? 0).integer(request.timeLimitSeconds ?? 0);
      writer
        .boolean(request.typesOnly ?? false)
        .raw(filter)
        .begin();
      for (const attribute of request.attributes) writer.octets(attribute);
      writer.end().end();
    },
    request.controls,
  );
}

export function extendedRequest(id: number, oid: string, value?: Uint8Array): Buffer {
  return message(id, (writer) => {
    writer.begin(operationTag.extendedRequest).octets(oid, 0x80);
    if (value !== undefined) writer.octets(value, 0x81);
    writer.end();
  });
}

export function abandonRequest(id: number, abandonedId: number): Buffer {
  return message(id, (writer) => writer.integer(abandonedId, operationTag.abandonRequest));
}

export function unbindRequest(id: number): Buffer {
  return message(id, (writer) => writer.octets('', operationTag.unbindRequest));
}

/** RFC 4511 4.1.9 */
export interface Result {
  readonly code: number;
  readonly matchedDn: string;
  /** What the server says, printable and cut after 500 characters. */
  readonly diagnostic: string;
  readonly referrals: readonly string[];
}

const diagnosticLimit = 500;
const urlLimitBytes = 4_096;

/** Reads a result; what is left in `reader` then belongs to the operation. @throws {BerError} */
export function readResult(reader: BerReader, referralLimit: number): Result {
  const code = reader.integer(berTag.enumerated);
  if (code < 0) throw new BerError(`result code ${code}`);
  const matchedDn = printable(reader.octets());
  const diagnostic = printable(reader.octets());
  const referrals = reader.tag === 0xa3 ? readUrls(reader.enter(0xa3), referralLimit) : [];
  return { code, matchedDn, diagnostic, referrals };
}

/** URLs of a referral or of a search result reference (RFC 4511 4.1.10, 4.5.3). @throws {BerError} */
export function readUrls(reader: BerReader, limit: number): string[] {
  const urls: string[] = [];
  while (!reader.isAtEnd) {
    if (urls.length >= limit) throw new BerError(`more than ${limit} URLs in one referral`);
    const url = reader.octets();
    if (url.length > urlLimitBytes) throw new BerError(`a referral of ${url.length} bytes`);
    urls.push(printable(url));
  }
  return urls;
}

/** Extended and intermediate responses: a name and a value, each of which may be absent. @throws {BerError} */
export function readNameAndValue(
  reader: BerReader,
  nameTag: number,
  valueTag: number,
): { oid: string | undefined; value: Buffer | undefined } {
  const oid = reader.tag === nameTag ? printable(reader.octets(nameTag)) : undefined;
  const value = reader.tag === valueTag ? reader.octets(valueTag) : undefined;
  return { oid, value };
}

/** Text of a server for a message of ours: one line, without what a terminal obeys, and not endless. */
function printable(bytes: Buffer): string {
  const text = bytes.subarray(0, diagnosticLimit * 8).toString('utf8');
  return text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, diagnosticLimit);
}

/** Longest attribute description on the wire, in bytes. */
const nameLimitBytes = 1_024;

/**
 * Looks at every tag and length of a SearchResultEntry's contents (RFC 4511 4.5.2), so that whoever takes the entry need
 * not doubt its form.
 *
 * @throws {BerError} when it is not sound, its DN is no UTF-8, or it has more than `attributeLimit` attributes.
 */
export function checkSearchEntry(bytes: Buffer, start: number, end: number, attributeLimit: number): void {
  const dnEnd = taggedEnd(bytes, start, end, berTag.octetString);
  if (!isText(bytes, contentStart(bytes, start), dnEnd)) throw new BerError('a DN is no UTF-8');
  const listEnd = taggedEnd(bytes, dnEnd, end, berTag.sequence);
  if (listEnd !== end) throw new BerError(`something follows the attributes at byte ${listEnd}`);
  let count = 0;
  for (let at = contentStart(bytes, dnEnd); at < listEnd; count++) {
    if (count >= attributeLimit) throw new BerError(`an entry with more than ${attributeLimit} attributes`);
    at = checkAttribute(bytes, at, listEnd);
  }
}

/** Most DNs are ASCII, which is seen without a view of them for each entry. */
function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 0x7f) return isUtf8(bytes.subarray(at, end));
  }
  return true;
}

function checkAttribute(bytes: Buffer, at: number, limit: number): number {
  const end = taggedEnd(bytes, at, limit, berTag.sequence);
  const nameAt = contentStart(bytes, at);
  const nameEnd = taggedEnd(bytes, nameAt, end, berTag.octetString);
  const nameSize = nameEnd - contentStart(bytes, nameAt);
  if (nameSize === 0) throw new BerError(`an attribute without a name at byte ${at}`);
  if (nameSize > nameLimitBytes) throw new BerError(`an attribute name of ${nameSize} bytes`);
  const setEnd = taggedEnd(bytes, nameEnd, end, berTag.set);
  if (setEnd !== end) throw new BerError(`something follows the values of an attribute at byte ${setEnd}`);
  for (let valueAt = contentStart(bytes, nameEnd); valueAt < setEnd; ) {
    valueAt = taggedEnd(bytes, valueAt, setEnd, berTag.octetString);
  }
  return end;
}
