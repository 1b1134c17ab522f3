/**
 * A metadata file as received: bounded, split into what was signed and by whom. Nothing in it is trusted yet.
 *
 * `signed` is parsed from exactly the bytes that a signature over the received form covers. Signatures may also cover the
 * canonical form of the parsed value, for publishers that indent their files; repeated names, rounded numbers and broken
 * surrogates were refused by the scan, so each of the two forms stands for one value only.
 */
import { canonicalBytes } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';
import { keyIdLimit, keyLimit, signatureTextLimit } from './limits.ts';
import { isObject, type JsonObject, malformed, textField } from './parse.ts';
import { scanMetadata } from './scan.ts';

export interface SignedMetadata {
  /** The bytes of `signed` as received. */
  readonly signedBytes: Uint8Array;
  /** By key id. A signature that is not hex (some publishers leave empty places) is not here. */
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  /** The key ids of all entries of `signatures`. */
  readonly signerIds: ReadonlySet<string>;
  /** Parsed on the first call. @throws {TrustError} `malformed-metadata`. */
  signed(): JsonObject;
  /** The canonical form of `signed`, or undefined when `signedBytes` are that already. */
  canonical(): Uint8Array | undefined;
}

/** @throws {TrustError} `metadata-too-large`, `metadata-too-deep`, `malformed-metadata`. */
export function openMetadata(bytes: Uint8Array, limitBytes: number): SignedMetadata {
  const slices = scanMetadata(bytes, limitBytes);
  let signed: JsonObject | undefined;
  let canonical: Uint8Array | undefined;
  const parsed = (): JsonObject => {
    signed ??= parseSlice(slices.signed) as JsonObject;
    return signed;
  };
  return {
    ...readSignatures(slices.signatures),
    signedBytes: slices.signed,
    signed: parsed,
    canonical() {
      canonical ??= canonicalBytes(parsed());
      return Buffer.compare(canonical, slices.signed) === 0 ? undefined : canonical;
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseSlice(slice: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(slice));
  } catch (error) {
    throw new TrustError('malformed-metadata', 'not JSON in UTF-8', { cause: error });
  }
}

function readSignatures(slice: Uint8Array): Pick<SignedMetadata, 'signatures' | 'signerIds'> {
  const entries = parseSlice(slice) as JsonObject[string][];
  if (entries.length > keyLimit) throw new TrustError('metadata-too-large', `more than ${keyLimit} signatures`);
  const signatures = new Map<string, Uint8Array>();
  const signerIds = new Set<string>();
  for (const entry of entries) {
    if (!isObject(entry)) throw malformed('signatures', 'entry', 'an object');
    const keyId = textField(entry, 'keyid', 'signatures', keyIdLimit);
    const text = textField(entry, 'sig', 'signatures', signatureTextLimit);
    // TUF 4.2: a key id is unique among the signatures.
    if (signerIds.has(keyId)) throw new TrustError('malformed-metadata', `two signatures of key ${quoted(keyId)}`);
    signerIds.add(keyId);
    if (/^(?:[0-9a-fA-F]{2})+$/.test(text)) signatures.set(keyId, Buffer.from(text, 'hex'));
  }
  return { signatures, signerIds };
}
