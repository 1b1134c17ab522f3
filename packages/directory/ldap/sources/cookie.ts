/**
 * What a source keeps between two reads: the server's own cookie and what was read with it, in one opaque value. A cookie
 * counts only for the same read: another base, filter, list of attributes or of containers would leave objects without
 * what they have now to bring.
 */
import { createHash } from 'node:crypto';
import { CookieRefusedError, type ReadRequest } from '../../source.ts';
import type { ContainerLists } from './scope.ts';

const version = 1;
const cookieLimitBytes = 1024 * 1024;

export type SourceKind = 'openldap' | 'active-directory' | 'generic';
/** Facts by name; bytes as base64. */
type CookieFacts = Readonly<Record<string, string>>;

/** What makes two reads comparable, as a digest. */
export function readDigest(request: ReadRequest, baseDn: string, containers: ContainerLists | undefined): string {
  const guids = (list: readonly Uint8Array[] = []): string[] =>
    list.map((guid) => Buffer.from(guid).toString('hex')).sort();
  const text = JSON.stringify([
    baseDn,
    request.filter ?? '',
    [...request.attributes].map((name) => name.toLowerCase()).sort(),
    guids(containers?.include),
    guids(containers?.exclude),
  ]);
  return createHash('sha256').update(text).digest('hex');
}

export function encodeCookie(kind: SourceKind, digest: string, facts: CookieFacts): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify({ version, kind, digest, ...facts })));
}

/**
 * The facts of a cookie of this kind of source for this read, those named in `names`.
 *
 * @throws {CookieRefusedError}
 */
export function decodeCookie<Name extends string>(
  cookie: Uint8Array,
  kind: SourceKind,
  digest: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const fields = parsed(cookie);
  if (fields['version'] !== version || fields['kind'] !== kind) {
    throw new CookieRefusedError('The cookie is of another kind of source. Everything is read again.');
  }
  if (fields['digest'] !== digest) {
    throw new CookieRefusedError(
      'The base, the filter, the attributes or the containers are others than those of the cookie. Everything is read again.',
    );
  }
  const facts = Object.create(null) as Record<Name, string>;
  for (const name of names) {
    const fact = fields[name];
    if (typeof fact !== 'string') throw damaged();
    facts[name] = fact;
  }
  return facts;
}

function parsed(cookie: Uint8Array): Readonly<Record<string, unknown>> {
  if (cookie.length > cookieLimitBytes) throw damaged();
  try {
    const fields: unknown = JSON.parse(Buffer.from(cookie).toString('utf8'));
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return { ...fields };
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

function damaged(cause?: unknown): CookieRefusedError {
  return new CookieRefusedError('The cookie cannot be read. Everything is read again.', { cause });
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

export function bytesFromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
