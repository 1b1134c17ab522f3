/**
 * Private keys at rest: one file per key, PKCS #8 sealed with AES-256-GCM under a key that scrypt (RFC 7914) makes
 * from a passphrase. Everything else in the file (whose key, public key, key id, parameters) is in clear and
 * authenticated with it, so that a file cannot be given another name or weaker parameters.
 *
 * A checksum over the whole file tells damage from a wrong passphrase. It is no protection against people: who changes
 * the file on purpose changes the checksum too, and then the seal does not open.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type ScryptOptions,
  scrypt,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import type { Random } from '@springline/ports/random';
import { isImageRole } from './delegations.ts';
import { KeyError } from './error.ts';
import { type RepositoryName, repositories, roles } from './roles.ts';

const format = 'springline-key-1';
const fileLimitBytes = 16 * 1024;
/** 32 MiB and about 0.1 s for each guess. */
const madeWith: KdfParameters = { N: 2 ** 15, r: 8, p: 1 };
/** What a file may ask of us: 128 MiB and some seconds at most, and never less than a quarter of what we make. */
const leastN = 2 ** 13;
const mostN = 2 ** 17;
const mostP = 8;
const blockSizeR = 8;
const passphraseLimitBytes = 1_024;

interface KdfParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export interface KeyFile {
  readonly repository: RepositoryName;
  /** One of the four, or of the Image repository's delegated ones. */
  readonly role: string;
  /** TUF key id: lower-case hex. */
  readonly keyId: string;
  /** Raw Ed25519 public key, lower-case hex. */
  readonly publicKey: string;
}

interface SealedKeyFile extends KeyFile {
  readonly format: typeof format;
  readonly kdf: KdfParameters & { readonly name: 'scrypt'; readonly salt: string };
  readonly seal: {
    readonly name: 'aes-256-gcm';
    readonly nonce: string;
    readonly ciphertext: string;
    readonly tag: string;
  };
}

/** Seals `privateKey` into `path` (mode 0600), replacing nothing by halves. */
export async function writeKeyFile(
  path: string,
  facts: Omit<KeyFile, 'publicKey'>,
  privateKey: KeyObject,
  passphrase: string,
  random: Random,
): Promise<void> {
  const { repository, role, keyId } = facts;
  const kdf = { name: 'scrypt' as const, ...madeWith, salt: base64(random.bytes(32)) };
  const nonce = random.bytes(12);
  const header = { format, repository, role, keyId, publicKey: rawPublicKey(privateKey), kdf } as const;
  const cipher = createCipheriv('aes-256-gcm', await derive(passphrase, kdf), nonce).setAAD(headerBytes(header));
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const ciphertext = base64(Buffer.concat([cipher.update(secret), cipher.final()]));
  secret.fill(0);
  const seal = { name: 'aes-256-gcm' as const, nonce: base64(nonce), ciphertext, tag: base64(cipher.getAuthTag()) };
  const file: SealedKeyFile = { ...header, seal };
  writeFileAtomic(path, `${JSON.stringify({ ...file, checksum: checksum(file) }, null, 2)}\n`, 0o600);
}

/** What a key file says in clear. @throws {KeyError} `keys-missing`, `key-file-damaged`. */
export function readKeyFile(path: string): KeyFile {
  const { repository, role, keyId, publicKey } = load(path);
  return { repository, role, keyId, publicKey };
}

/**
 * Opens the seal.
 *
 * @throws {KeyError} `keys-missing`, `key-file-damaged` (also when it is another role's file), `key-passphrase-wrong`.
 */
export async function openKeyFile(
  path: string,
  wanted: { readonly repository: RepositoryName; readonly role: string },
  passphrase: string,
): Promise<KeyObject> {
  const file = load(path);
  const { format: made, repository, role, keyId, publicKey, kdf, seal } = file;
  if (repository !== wanted.repository || role !== wanted.role) {
    throw damaged(path, `it holds the key of ${repository}/${role}, and not of ${wanted.repository}/${wanted.role}`);
  }
  const key = await derive(passphrase, kdf);
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(seal.nonce, 'base64'), { authTagLength: 16 })
    .setAAD(headerBytes({ format: made, repository, role, keyId, publicKey, kdf }))
    .setAuthTag(Buffer.from(seal.tag, 'base64'));
  let secret: Buffer;
  try {
    secret = Buffer.concat([decipher.update(Buffer.from(seal.ciphertext, 'base64')), decipher.final()]);
  } catch {
    // The cause says only that the tag differs.
    throw new KeyError(
      'key-passphrase-wrong',
      `the passphrase does not open ${path}. Use the passphrase that its keys were made with, or restore the file if somebody changed it.`,
    );
  }
  const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  secret.fill(0);
  if (rawPublicKey(privateKey) !== publicKey) throw damaged(path, 'its public key belongs to another private key');
  return privateKey;
}

/**
 * The first line of the passphrase file. Its owner alone may read it.
 *
 * @throws {KeyError} `key-passphrase-missing` when it is not there, empty, too long, or open to others.
 */
export function readPassphrase(path: string): string {
  const refuse = (why: string): KeyError =>
    new KeyError(
      'key-passphrase-missing',
      `${path} ${why}. Put the passphrase of the keys into its first line, mode 0600.`,
    );
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw refuse('is not there');
  if (found.size > passphraseLimitBytes) throw refuse(`is longer than ${passphraseLimitBytes} bytes`);
  if ((found.mode & 0o077) !== 0) throw refuse('can be read by others than its owner');
  const line = readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw refuse('is empty');
  return line;
}

function derive(passphrase: string, { N, r, p, salt }: SealedKeyFile['kdf']): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function load(path: string): SealedKeyFile {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new KeyError('keys-missing', `${path} is not there. Restore it from your copy of the keys.`);
  }
  if (size > fileLimitBytes) throw damaged(path, `it is longer than ${fileLimitBytes} bytes`);
  try {
    return parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause);
  }
}

function parse(json: unknown): SealedKeyFile {
  const file = record(json, 'the file');
  const kdf = record(file['kdf'], 'kdf');
  const seal = record(file['seal'], 'seal');
  const parsed: SealedKeyFile = {
    format: oneOf(file['format'], [format], 'format'),
    repository: oneOf(file['repository'], repositories, 'repository'),
    role: roleOf(file['role']),
    keyId: matching(file['keyId'], /^[0-9a-f]{64}$/, 'keyId'),
    publicKey: matching(file['publicKey'], /^[0-9a-f]{64}$/, 'publicKey'),
    kdf: {
      name: oneOf(kdf['name'], ['scrypt'], 'kdf.name'),
      N: powerOfTwo(kdf['N']),
      r: within(kdf['r'], blockSizeR, blockSizeR, 'kdf.r'),
      p: within(kdf['p'], 1, mostP, 'kdf.p'),
      salt: base64Of(kdf['salt'], 16, 64, 'kdf.salt'),
    },
    seal: {
      name: oneOf(seal['name'], ['aes-256-gcm'], 'seal.name'),
      nonce: base64Of(seal['nonce'], 12, 12, 'seal.nonce'),
      ciphertext: base64Of(seal['ciphertext'], 16, 4_096, 'seal.ciphertext'),
      tag: base64Of(seal['tag'], 16, 16, 'seal.tag'),
    },
  };
  if (file['checksum'] !== checksum(parsed)) throw new Error('its checksum does not fit');
  return parsed;
}

/** The fields that are authenticated, in one fixed order. */
function headerBytes({ format: made, repository, role, keyId, publicKey, kdf }: Omit<SealedKeyFile, 'seal'>): Buffer {
  const { name, N, r, p, salt } = kdf;
  return Buffer.from(JSON.stringify([made, repository, role, keyId, publicKey, name, N, r, p, salt]));
}

function checksum(file: SealedKeyFile): string {
  const { name, nonce, ciphertext, tag } = file.seal;
  const seal = JSON.stringify([name, nonce, ciphertext, tag]);
  return createHash('sha256').update(headerBytes(file)).update('\0').update(seal).digest('hex');
}

function rawPublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
}

function damaged(path: string, why: string, cause?: unknown): KeyError {
  return new KeyError('key-file-damaged', `${path} is damaged: ${why}. Restore it from your copy of the keys.`, {
    cause,
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} is no object`);
  return value as Record<string, unknown>;
}

function roleOf(value: unknown): string {
  if (typeof value === 'string' && (roles.some((role) => role === value) || isImageRole(value))) return value;
  throw new Error('role is none that has a key');
}

function oneOf<T extends string>(value: unknown, words: readonly T[], name: string): T {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new Error(`${name} is not ${words.join(' or ')}`);
  return word;
}

function matching(value: unknown, pattern: RegExp, name: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${name} is malformed`);
  return value;
}

function within(value: unknown, least: number, most: number, name: string): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw new Error(`${name} is not ${least === most ? least : `${least} to ${most}`}`);
  }
  return value as number;
}

function powerOfTwo(value: unknown): number {
  const N = within(value, leastN, mostN, 'kdf.N');
  if (!Number.isInteger(Math.log2(N))) throw new Error('kdf.N is no power of two');
  return N;
}

function base64Of(value: unknown, leastBytes: number, mostBytes: number, name: string): string {
  const text = matching(value, /^[A-Za-z0-9+/]*={0,2}$/, name);
  const size = Buffer.byteLength(text, 'base64');
  if (size < leastBytes || size > mostBytes) throw new Error(`${name} is ${size} bytes long`);
  return text;
}
