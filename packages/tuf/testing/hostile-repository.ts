/**
 * A repository in memory that a test can make lie. It holds all keys, so it can sign nonsense properly, sign well with
 * stolen or strange keys, or serve bytes that nobody signed. For tests only.
 *
 * `delegate` adds a role; it lists what `delegated` says of it.
 *
 * `files` is the tree below `metadata/`, by name; `writeTree` puts an Image and a Director repository into a folder.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EpochMs } from '@springline/ports/clock';
import { canonicalText, type JsonValue } from '../canonical-json.ts';
import type { FetchMetadata, MetadataStore, TrustedName } from '../client/refresh.ts';
import { ed25519Signer, keyJson, type Signer } from '../key.ts';
import { type TopRole, topRoles } from '../metadata/head.ts';
import { formatInstant } from '../metadata/parse.ts';

/** The members of `signed`, to be changed at will. */
export type Draft = Record<string, unknown>;
type Edit = (signed: Draft) => void;
type OnlineRole = 'targets' | 'snapshot' | 'timestamp';

export interface Lies {
  /** Changes what is signed, below an honest layer of the roles that list it. */
  readonly edit?: Partial<Record<OnlineRole, Edit>>;
  /** Changes the text of `signed` before it is signed as it then stands. */
  readonly text?: Partial<Record<OnlineRole, (signed: string) => string>>;
  /** Who signs instead of the role's keys. */
  readonly signers?: Partial<Record<TopRole, readonly Signer[]>>;
  /** The same for delegated roles, by name. */
  readonly delegated?: Readonly<Record<string, DelegatedLies>>;
}

export interface DelegatedLies {
  readonly edit?: Edit;
  readonly text?: (signed: string) => string;
  readonly signers?: readonly Signer[];
  /** Signed and listed, but not served. */
  readonly isHeldBack?: boolean;
}

/** A delegated role; any part may be changed before the next `serve`. */
export interface HostileDelegation {
  signers: readonly Signer[];
  threshold: number;
  paths: readonly string[];
  isTerminating: boolean;
  /** Last served. */
  version: number;
  targets: Record<string, JsonValue>;
}

export interface RootLies {
  readonly edit?: Edit;
  readonly signers?: readonly Signer[];
}

export class HostileRepository {
  readonly files = new Map<string, Uint8Array>();
  /** Names asked for since the start, in order. */
  readonly requests: string[] = [];
  /** The signers of each role, as of the next root. */
  readonly signers: Record<TopRole, readonly Signer[]>;
  readonly thresholds: Record<TopRole, number> = { root: 1, targets: 1, snapshot: 1, timestamp: 1 };
  /** By which it signs; it may be set. */
  now: EpochMs;
  /** Versions last served. */
  readonly versions: Record<TopRole, number> = { root: 0, targets: 0, snapshot: 0, timestamp: 0 };
  /** Target entries by path, as in targets.json. */
  targets: Record<string, JsonValue> = { 'app/1.0/app.tar': targetEntry('app 1.0') };
  /** By role name, in the order of the delegations. */
  readonly delegated = new Map<string, HostileDelegation>();
  indented = false;
  #rootSigners: readonly Signer[] = [];

  /** Serves version 1 of each role, good for a day from `now`. */
  constructor(now: EpochMs) {
    this.now = now;
    this.signers = { root: [newSigner()], targets: [newSigner()], snapshot: [newSigner()], timestamp: [newSigner()] };
    this.serveRoot();
    this.serve();
  }

  get fetch(): FetchMetadata {
    return (name) => {
      this.requests.push(name);
      return Promise.resolve(this.files.get(name));
    };
  }

  /** The file of a role that is served now. */
  file(role: TopRole): Uint8Array {
    const name = role === 'timestamp' ? 'timestamp.json' : `${this.versions[role]}.${role}.json`;
    const bytes = this.files.get(name);
    if (bytes === undefined) throw new Error(`${name} is not served`);
    return bytes;
  }

  /** SHA-256 of `1.root.json`, in hex. */
  pin(): string {
    return sha256(this.files.get('1.root.json') ?? new Uint8Array());
  }

  /** Delegates `paths` to a role with a key of its own, from the next `serve` on. */
  delegate(name: string, paths: readonly string[]): HostileDelegation {
    const signers = [newSigner()];
    const made = { signers, threshold: 1, paths, isTerminating: true, version: 0, targets: {} };
    this.delegated.set(name, made);
    return made;
  }

  /** New keys for roles; they count from the next root on. */
  rotate(...roles: readonly TopRole[]): void {
    for (const role of roles) this.signers[role] = this.signers[role].map(newSigner);
  }

  /** The next root, signed by the keys of the last one and its own. */
  serveRoot({ edit, signers }: RootLies = {}): void {
    const version = ++this.versions.root;
    const signed: Draft = {
      ...this.#head('root', version),
      ...{ consistent_snapshot: true, keys: Object.fromEntries(topRoles.flatMap((role) => this.#keysOf(role))) },
      roles: Object.fromEntries(
        topRoles.map((role) => [
          role,
          { keyids: this.signers[role].map((signer) => signer.keyId), threshold: this.thresholds[role] },
        ]),
      ),
    };
    edit?.(signed);
    const both = signers ?? [...new Set([...this.#rootSigners, ...this.signers.root])];
    this.#rootSigners = this.signers.root;
    this.files.set(`${version}.root.json`, this.assemble(canonicalText(signed as never), both));
  }

  #keysOf(role: TopRole): [string, JsonValue][] {
    return this.signers[role].map((signer) => [signer.keyId, keyJson(signer.key)]);
  }

  /** New versions of targets, snapshot and timestamp. */
  serve(lies: Lies = {}): void {
    const meta = [...this.delegated].map(([name, role]): [string, JsonValue] => [
      `${name}.json`,
      this.#serveDelegated(name, role, lies.delegated?.[name] ?? {}),
    ]);
    const delegations = this.delegated.size === 0 ? {} : { delegations: this.#delegations() };
    const targets = this.#serve('targets', { targets: this.targets, ...delegations }, lies);
    const snapshot = this.#serve('snapshot', { meta: { ...Object.fromEntries(meta), 'targets.json': targets } }, lies);
    this.#serve('timestamp', { meta: { 'snapshot.json': snapshot } }, lies);
  }

  /** A new timestamp over the snapshot of now. */
  serveTimestamp(lies: Lies = {}): void {
    const bytes = this.file('snapshot');
    this.#serve('timestamp', { meta: { 'snapshot.json': listed(this.versions.snapshot, bytes) } }, lies);
  }

  #serve(role: OnlineRole, body: Draft, { edit, text, signers }: Lies): JsonValue {
    const signed: Draft = { ...this.#head(role, this.versions[role] + 1), ...body };
    edit?.[role]?.(signed);
    if (typeof signed['version'] === 'number') this.versions[role] = signed['version'];
    const canonical = canonicalText(signed as never);
    const bytes = this.assemble(text?.[role]?.(canonical) ?? canonical, signers?.[role] ?? this.signers[role]);
    const { [role]: version } = this.versions;
    this.files.set(role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`, bytes);
    return listed(version, bytes);
  }

  #delegations(): JsonValue {
    const keys = [...this.delegated.values()].flatMap(({ signers }) =>
      signers.map(({ keyId, key }) => [keyId, keyJson(key)] as const),
    );
    const roles = [...this.delegated].map(([name, { signers, threshold, paths, isTerminating }]) => ({
      ...{ name, keyids: signers.map(({ keyId }) => keyId), threshold, terminating: isTerminating, paths },
    }));
    return { keys: Object.fromEntries(keys), roles };
  }

  #serveDelegated(name: string, role: HostileDelegation, lies: DelegatedLies): JsonValue {
    const signed: Draft = { ...this.#head('targets', ++role.version), targets: role.targets };
    lies.edit?.(signed);
    if (typeof signed['version'] === 'number') role.version = signed['version'];
    const canonical = canonicalText(signed as never);
    const bytes = this.assemble(lies.text?.(canonical) ?? canonical, lies.signers ?? role.signers);
    const file = `${role.version}.${name}.json`;
    if (lies.isHeldBack === true) this.files.delete(file);
    else this.files.set(file, bytes);
    return listed(role.version, bytes);
  }

  #head(role: TopRole, version: number): Draft {
    const expires = formatInstant((this.now + 86_400_000) as EpochMs);
    const signedAt = formatInstant(this.now);
    return { _type: role, spec_version: '1.0.34', version, expires, 'x-springline-signed-at': signedAt };
  }

  /** A file around a text of `signed`; indented afterwards if asked, with the signatures over the canonical form. */
  assemble(signed: string, signers: readonly Signer[]): Uint8Array {
    const message = Buffer.from(signed);
    const signatures = signers.map((by) => ({ keyid: by.keyId, sig: Buffer.from(by.sign(message)).toString('hex') }));
    const text = `{"signatures":${JSON.stringify(signatures)},"signed":${signed}}`;
    return Buffer.from(this.indented ? JSON.stringify(JSON.parse(text), undefined, 2) : text);
  }

  /** A signed file with its list of signatures changed; nobody signs that. */
  withSignatures(bytes: Uint8Array, change: (list: { keyid: string; sig: string }[]) => unknown[]): Uint8Array {
    const text = Buffer.from(bytes).toString();
    const at = text.indexOf('],"signed":');
    const list = JSON.parse(text.slice('{"signatures":'.length, at + 1));
    return Buffer.from(`{"signatures":${JSON.stringify(change(list))}${text.slice(at + 1)}`);
  }
}

/** An Ed25519 signer with a new key. */
export function newSigner(): Signer {
  return ed25519Signer(generateKeyPairSync('ed25519').privateKey);
}

/** An entry of targets.json for a file with this content. */
export function targetEntry(content: string): JsonValue {
  return { length: Buffer.byteLength(content), hashes: { sha256: sha256(Buffer.from(content)) } };
}

function listed(version: number, bytes: Uint8Array): JsonValue {
  return { version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A store in memory that remembers each change. */
export class MemoryStore implements MetadataStore {
  readonly files = new Map<TrustedName, Uint8Array>();
  /** As `write root.json`, `remove timestamp.json`; the latter only for what was there. */
  readonly changes: string[] = [];
  /** Called before each change; what it throws is a kill at that point. */
  beforeChange: (change: string) => void = () => undefined;

  read(name: TrustedName): Uint8Array | undefined {
    return this.files.get(name);
  }

  write(name: TrustedName, bytes: Uint8Array): void {
    this.#note(`write ${name}`);
    this.files.set(name, bytes);
  }

  remove(name: TrustedName): void {
    if (!this.files.has(name)) return;
    this.#note(`remove ${name}`);
    this.files.delete(name);
  }

  #note(change: string): void {
    this.beforeChange(change);
    this.changes.push(change);
  }

  /** Name -> content, for comparing two moments. */
  picture(): Record<string, string> {
    return Object.fromEntries([...this.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]));
  }

  /** Name -> version, 0 for what is not there. */
  versions(): Record<TopRole, number> {
    const version = (role: TopRole): number => {
      const bytes = this.files.get(`${role}.json`);
      return bytes === undefined ? 0 : JSON.parse(Buffer.from(bytes).toString()).signed.version;
    };
    const [root, timestamp, snapshot, targets] = [
      version('root'),
      version('timestamp'),
      version('snapshot'),
      version('targets'),
    ];
    return { root, timestamp, snapshot, targets };
  }
}

/** Writes `<folder>/image/metadata/…` and `<folder>/director/metadata/…`, as the control plane serves them. */
export function writeTree(
  folder: string,
  repositories: Readonly<Record<'image' | 'director', Pick<HostileRepository, 'files'>>>,
): void {
  for (const [name, { files }] of Object.entries(repositories)) {
    for (const [file, bytes] of files) {
      const path = join(folder, name, 'metadata', file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  }
}
