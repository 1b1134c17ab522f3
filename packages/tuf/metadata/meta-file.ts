/** Lengths and hashes: how timestamp and snapshot list a metadata file, and how bytes are held against that. */
import { createHash } from 'node:crypto';
import type { WritableValue } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';
import { hashLimit } from './limits.ts';
import { type JsonObject, lengthField, malformed, objectField, own, positiveField } from './parse.ts';

/** One file of METAFILES (TUF 4.4). */
export interface MetaFile {
  readonly version: number;
  readonly length?: number;
  /** By algorithm. When present, at least one of SHA-256 and SHA-512 is there. */
  readonly hashes?: ReadonlyMap<string, string>;
}

export function parseMetaFile(object: JsonObject, where: string): MetaFile {
  return {
    version: positiveField(object, 'version', where),
    ...(own(object, 'length') === undefined ? {} : { length: lengthField(object, 'length', where) }),
    ...(own(object, 'hashes') === undefined ? {} : { hashes: parseHashes(object, where) }),
  };
}

export function metaFileJson({ version, length, hashes }: MetaFile): WritableValue {
  const members = new Map<string, WritableValue>([['version', version]]);
  if (length !== undefined) members.set('length', length);
  if (hashes !== undefined) members.set('hashes', hashes);
  return members;
}

/** Digits of the hashes that we can check. Others are kept, for the agreement of two repositories, and prove nothing. */
const hexDigits = { sha256: 64, sha512: 128 } as const;
type UsableHash = keyof typeof hexDigits;
const usableHashes: readonly UsableHash[] = ['sha256', 'sha512'];

/** @throws {TrustError} `missing-hash` without a usable hash, `malformed-metadata`. */
export function parseHashes(object: JsonObject, where: string): ReadonlyMap<string, string> {
  const listed = objectField(object, 'hashes', where);
  const hashes = new Map<string, string>();
  for (const algorithm of Object.keys(listed)) {
    const hex = listed[algorithm];
    if (typeof hex !== 'string' || hex.length > 256) throw malformed(where, 'hashes', 'a text of hex digits for each');
    hashes.set(algorithm, hex);
  }
  if (hashes.size > hashLimit) throw malformed(where, 'hashes', `at most ${hashLimit} algorithms`);
  requireUsableHash(hashes, where);
  return hashes;
}

/** @throws {TrustError} `missing-hash`, and `malformed-metadata` for a SHA-256 or SHA-512 that is none. */
export function requireUsableHash(hashes: ReadonlyMap<string, string>, where: string): void {
  let usable = false;
  for (const algorithm of usableHashes) {
    const hex = hashes.get(algorithm);
    if (hex === undefined) continue;
    if (hex.length !== hexDigits[algorithm] || !/^[0-9a-f]+$/.test(hex)) {
      throw malformed(where, algorithm, `${hexDigits[algorithm]} lower-case hex digits`);
    }
    usable = true;
  }
  if (!usable) throw new TrustError('missing-hash', `${quoted(where)} has neither a SHA-256 nor a SHA-512 hash`);
}

/** @throws {TrustError} `length-mismatch`, `hash-mismatch`. What the list does not say is not checked. */
export function requireListedBytes(bytes: Uint8Array, listed: Pick<MetaFile, 'length' | 'hashes'>, what: string): void {
  if (listed.length !== undefined && bytes.length !== listed.length) {
    throw new TrustError('length-mismatch', `${what} has ${bytes.length} bytes where ${listed.length} are listed`);
  }
  for (const algorithm of usableHashes) {
    const expected = listed.hashes?.get(algorithm);
    if (expected === undefined) continue;
    if (createHash(algorithm).update(bytes).digest('hex') !== expected) {
      throw new TrustError('hash-mismatch', `${what} does not have the listed ${algorithm}`);
    }
  }
}
