/**
 * What a client of the retired PKS channel must check before it believes an answer, written from the description in
 * README.md and from nothing else: it shares no code with the product, so that each can catch the other's mistakes.
 * Understands Ed25519 keys. Throws a `Refused` with a stable code for everything that is not as it must be.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface RootKeys {
  readonly version: number;
  /** Hex of Ed25519 keys by key id, and how many of them are needed, by role. */
  readonly roles: Readonly<
    Record<'root' | 'targets', { readonly keys: ReadonlyMap<string, string>; readonly threshold: number }>
  >;
}

export interface FileFacts {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
}

export interface Bridge {
  readonly component: string;
  readonly version: string;
  readonly upgradesFrom: string | undefined;
  readonly archive: FileFacts;
  readonly transport: FileFacts;
}

const payloadType = 'application/vnd.springline.pks-bridge.v1+json';
type Fields = Readonly<Record<string, unknown>>;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The root that is built in by its hash. */
export function pinnedRoot(bytes: Uint8Array, pin: string): RootKeys {
  if (sha256(bytes) !== pin) throw new Refused('root-not-pinned', 'the first Image root is not the one built in');
  return rootOf(parse(bytes));
}

/** The next root: signed by the keys of the one before and by its own. */
export function nextRoot(bytes: Uint8Array, before: RootKeys): RootKeys {
  const file = parse(bytes);
  const after = rootOf(file);
  if (after.version !== before.version + 1)
    throw new Refused('root-not-next', 'the next Image root has a wrong version');
  const message = Buffer.from(canonical(file['signed']));
  const signatures = signaturesOf(file, 'hex');
  for (const root of [before, after]) requireSignatures(root.roles.root, message, signatures, 'root-unsigned');
  return after;
}

/** The answer of PKS, for this component and platform. */
export function bridgeOf(
  bytes: Uint8Array,
  root: RootKeys,
  wanted: { pin: string; component: string; platform: string },
): Bridge {
  const envelope = parse(bytes);
  if (envelope['payloadType'] !== payloadType) throw new Refused('answer-malformed', 'the answer is of another type');
  const payload = Buffer.from(String(envelope['payload']), 'base64');
  const message = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ]);
  requireSignatures(root.roles.targets, message, signaturesOf(envelope, 'base64'), 'answer-unsigned');
  const answer = parse(payload);
  const { component, version, imageRoot, upgradesFrom } = answer;
  if (component !== wanted.component)
    throw new Refused('answer-other-component', 'the answer is for another component');
  if (imageRoot !== wanted.pin) throw new Refused('answer-other-root', 'the answer pins another Image root');
  const archives = Array.isArray(answer['archives']) ? (answer['archives'] as Fields[]) : [];
  const own = archives.find(({ platform }) => platform === wanted.platform);
  if (own === undefined) throw new Refused('no-archive', `the bridge was not built for ${wanted.platform}`);
  return {
    component,
    version: String(version),
    upgradesFrom: upgradesFrom === undefined ? undefined : String(upgradesFrom),
    archive: fileOf(own),
    transport: fileOf(fields(own['transport'])),
  };
}

/** Numbers are compared as numbers: 2.3.20 is newer than 2.3.8. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let at = 0; at < 4; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function rootOf(file: Fields): RootKeys {
  const signed = fields(file['signed']);
  const keys = fields(signed['keys']);
  const roles = fields(signed['roles']);
  const role = (name: string) => {
    const { keyids, threshold } = fields(roles[name]);
    const found = new Map<string, string>();
    for (const keyId of Array.isArray(keyids) ? keyids.map(String) : []) {
      const { keytype, scheme, keyval } = fields(keys[keyId]);
      const text = String(fields(keyval)['public']);
      if (keytype === 'ed25519' && scheme === 'ed25519' && /^[0-9a-f]{64}$/.test(text)) found.set(keyId, text);
    }
    return { keys: found, threshold: whole(threshold) };
  };
  return { version: whole(signed['version']), roles: { root: role('root'), targets: role('targets') } };
}

/** One key under two ids counts once. */
function requireSignatures(
  role: RootKeys['roles']['root'],
  message: Uint8Array,
  signatures: ReadonlyMap<string, Uint8Array>,
  code: string,
): void {
  const good = new Set<string>();
  for (const [keyId, hex] of role.keys) {
    const signature = signatures.get(keyId);
    const x = Buffer.from(hex, 'hex').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (signature !== undefined && verify(null, message, key, signature)) good.add(hex);
  }
  if (good.size < role.threshold) throw new Refused(code, `${good.size} good signatures of ${role.threshold}`);
}

function signaturesOf(file: Fields, encoding: 'hex' | 'base64'): ReadonlyMap<string, Uint8Array> {
  const listed = Array.isArray(file['signatures']) ? (file['signatures'] as Fields[]) : [];
  return new Map(listed.slice(0, 64).map(({ keyid, sig }) => [String(keyid), Buffer.from(String(sig), encoding)]));
}

function fileOf({ path, length, sha256: digest }: Fields): FileFacts {
  if (typeof path !== 'string' || !/^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/.test(path)) {
    throw new Refused('answer-malformed', 'a path leads nowhere');
  }
  if (!/^[0-9a-f]{64}$/.test(String(digest))) throw new Refused('answer-malformed', 'a hash is no hash');
  return { path, length: whole(length), sha256: String(digest) };
}

/** Sorted names, no spaces, only quotes and backslashes escaped. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `"${value.replaceAll(/[\\"]/g, '\\$&')}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${canonical(name)}:${canonical(member)}`).join(',')}}`;
}

function parse(bytes: Uint8Array): Fields {
  try {
    return fields(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('answer-malformed', 'no JSON');
  }
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('answer-malformed', 'no object');
  return value as Fields;
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new Refused('answer-malformed', 'no whole number');
  }
  return value;
}
