/**
 * Passwords and signing secrets of channels, sealed for the database: AES-256-GCM with a key in a file of the home that
 * only its owner may read. Whoever reads the database, or a backup of it, learns no secret; whoever alters where a channel
 * leads does not get its secret sent there, because a seal holds for one tenant, channel and destination.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@springline/ports/files';
import type { Random } from '@springline/ports/random';
import { DeliveryError } from './delivery-error.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** The file holds something that this program did not write. */
export class NoticeKeyError extends Error {
  override readonly name = 'NoticeKeyError';
  readonly code = 'notice-key-malformed';
}

/** What a secret is for; a secret opens for exactly that. */
export interface SealContext {
  readonly tenantId: string;
  readonly channelId: string;
  /** The settings as they are stored. */
  readonly settings: string;
}

export class Sealer {
  readonly #path: string;
  readonly #random: Random;
  #key: Uint8Array | undefined;

  constructor(path: string, random: Random) {
    this.#path = path;
    this.#random = random;
    this.#key = readKey(path);
  }

  /** The key is made for the first secret. @throws {NoticeKeyError} Errors of the file system are thrown as they are. */
  seal(secret: string, context: SealContext): string {
    // Another process of the same home may have made it since.
    this.#key ??= readKey(this.#path) ?? makeKey(this.#path, this.#random);
    const nonce = this.#random.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(boundTo(context));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** @throws {DeliveryError} `channel-secret-unreadable`. */
  open(sealed: string, context: SealContext): string {
    const bytes = Buffer.from(sealed, 'base64url');
    this.#key ??= readKey(this.#path);
    if (this.#key === undefined) throw new DeliveryError('channel-secret-unreadable');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(boundTo(context));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new DeliveryError('channel-secret-unreadable', undefined, { cause });
    }
  }
}

/**
 * With the key of that file, if it is there.
 *
 * @throws {NoticeKeyError} when the file holds something else. Errors of the file system are thrown as they are.
 */
export function loadSealer(path: string, random: Random): Sealer {
  return new Sealer(path, random);
}

function readKey(path: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) {
    throw new NoticeKeyError(`${path} holds no key; restore it, or delete it and add the channels of notices again`);
  }
  chmodSync(path, 0o600);
  return Buffer.from(text, 'base64url');
}

function makeKey(path: string, random: Random): Uint8Array {
  const key = random.bytes(keyBytes);
  writeFileAtomic(path, `${Buffer.from(key).toString('base64url')}\n`, 0o600);
  return key;
}

function boundTo({ tenantId, channelId, settings }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['springline-notice-secret-1', tenantId, channelId, settings]));
}
