/**
 * The one thing that PKS can still say: which build of a component is the bridge to the Hybrid Upgrade Service. One file
 * per component, signed offline by the targets keys of the Image repository, alike for everybody who asks. It names
 * bytes and nothing else: no identity, no token, no tenant; a field that is not known here is refused.
 *
 * The envelope is DSSE (protocol 1.0.2): signatures cover the payload's type and bytes, so that what was signed here can
 * never be taken for metadata of a repository, nor the other way about.
 */
import { canonicalBytes, type JsonValue } from '@springline/tuf/canonical-json';
import { type Signer, verifyingKey } from '@springline/tuf/key';
import type { Root } from '@springline/tuf/metadata/root';
import { ReleaseError } from '../release/error.ts';
import { fullTransportPath } from '../release/release-facts.ts';
import { type Component, components, type Platform, parseTargetPath, platforms } from '../release/target-path.ts';
import { compareVersions, parseVersion } from '../release/version.ts';
import { PksError } from './error.ts';

export const bridgePayloadType = 'application/vnd.springline.pks-bridge.v1+json';
/** Of the whole envelope. */
export const bridgeAnswerLimitBytes = 16 * 1024;
const signatureLimit = 16;

export interface BridgeFile {
  /** Below `/repository/image/targets/`. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The signed tar, and the compressed file that it is made from; each has its own length and hash. */
export interface BridgeArchive extends BridgeFile {
  readonly platform: Platform;
  readonly transport: BridgeFile;
}

export interface BridgeAnswer {
  readonly component: Component;
  readonly version: string;
  readonly releaseNumber: number;
  /** RFC 3339, UTC, whole seconds. */
  readonly signedAt: string;
  /** SHA-256 of the Image repository's first root, lower-case hex: what the bridge build verifies itself against. */
  readonly imageRoot: string;
  /** Builds below it cannot be bridged: their hosts are replaced, by a swing migration. */
  readonly upgradesFrom?: string;
  /** One per platform. */
  readonly archives: readonly BridgeArchive[];
}

/** DSSE JSON envelope: payload and signatures in base64. */
export interface BridgeEnvelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** @throws {PksError} `pks-answer-malformed` when the answer is not one that clients would take. */
export function signBridgeAnswer(answer: BridgeAnswer, signers: readonly Signer[]): Uint8Array {
  const payload = canonicalBytes(payloadJson(answer));
  parsePayload(JSON.parse(Buffer.from(payload).toString('utf8')));
  const message = preAuthenticationEncoding(payload);
  const signatures = signers
    .map((signer) => ({ keyid: signer.keyId, sig: base64(signer.sign(message)) }))
    .sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
  const envelope: BridgeEnvelope = { payloadType: bridgePayloadType, payload: base64(payload), signatures };
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}

/** What a client trusts before it asks. */
export interface BridgeTrust {
  /** The Image root, which begins at the pin. */
  readonly root: Root;
  /** SHA-256 of the first Image root, lower-case hex. */
  readonly imageRoot: string;
  readonly component: Component;
}

/**
 * The answer, when the threshold of the Image root's targets keys has signed it, for this component and this root.
 *
 * @throws {PksError} `pks-answer-…`; then nothing of it may be used.
 */
export function verifyBridgeAnswer(bytes: Uint8Array, { root, imageRoot, component }: BridgeTrust): BridgeAnswer {
  const { envelope, payload } = openEnvelope(bytes);
  requireSignatures(envelope, preAuthenticationEncoding(payload), root);
  const answer = parsePayload(parseJson(payload));
  if (answer.component !== component) {
    throw new PksError('pks-answer-other-component', `the answer is for ${answer.component}, asked was ${component}`);
  }
  if (answer.imageRoot !== imageRoot) {
    throw new PksError('pks-answer-other-root', 'the answer pins another Image root than the one trusted here');
  }
  return answer;
}

/** What the envelope holds, signed or not: for who passes it on. @throws {PksError} `pks-answer-malformed`. */
export function readBridgeAnswer(bytes: Uint8Array): {
  readonly envelope: BridgeEnvelope;
  readonly answer: BridgeAnswer;
} {
  const { envelope, payload } = openEnvelope(bytes);
  return { envelope, answer: parsePayload(parseJson(payload)) };
}

/** Whether a build can be bridged, is the bridge already, or must be replaced by hand. */
export type Bridging = 'bridge' | 'bridged' | 'swing-migration';

export function bridgingOf(
  { version: bridge, upgradesFrom }: Pick<BridgeAnswer, 'version' | 'upgradesFrom'>,
  version: string,
): Bridging {
  const installed = parseVersion(version);
  if (compareVersions(installed, parseVersion(bridge)) >= 0) return 'bridged';
  const isTooOld = upgradesFrom !== undefined && compareVersions(installed, parseVersion(upgradesFrom)) < 0;
  return isTooOld ? 'swing-migration' : 'bridge';
}

/** DSSE 1.0.2: the type and the bytes, each with its length before it. */
function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${bridgePayloadType.length} ${bridgePayloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Keys count by what they are: one key under two ids counts once. */
function requireSignatures({ signatures }: BridgeEnvelope, message: Uint8Array, root: Root): void {
  const { keyIds, threshold } = root.roles.targets;
  const counted = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const tufKey = keyIds.has(keyid) ? root.keys.get(keyid) : undefined;
    const key = tufKey === undefined ? undefined : verifyingKey(tufKey);
    if (key === undefined || counted.has(key.identity)) continue;
    if (key.verifies(message, Buffer.from(sig, 'base64'))) counted.add(key.identity);
  }
  if (counted.size >= threshold) return;
  throw new PksError('pks-answer-unsigned', `${counted.size} good signatures where ${threshold} are needed`);
}

function openEnvelope(bytes: Uint8Array): { readonly envelope: BridgeEnvelope; readonly payload: Uint8Array } {
  if (bytes.length > bridgeAnswerLimitBytes) throw malformed('answer', `at most ${bridgeAnswerLimitBytes} bytes`);
  const fields = exactFields(parseJson(bytes), 'answer', ['payloadType', 'payload', 'signatures']);
  if (fields['payloadType'] !== bridgePayloadType) throw malformed('payloadType', bridgePayloadType);
  const listed = fields['signatures'];
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > signatureLimit) {
    throw malformed('signatures', `a list of 1 to ${signatureLimit}`);
  }
  const signatures = listed.map((entry: unknown) => {
    const { keyid, sig } = exactFields(entry, 'signatures', ['keyid', 'sig']);
    return { keyid: matching(keyid, /^[0-9a-f]{64}$/, 'keyid'), sig: base64Text(sig, 'sig') };
  });
  const payload = base64Text(fields['payload'], 'payload');
  return {
    envelope: { payloadType: bridgePayloadType, payload, signatures },
    payload: Buffer.from(payload, 'base64'),
  };
}

function parsePayload(json: unknown): BridgeAnswer {
  const names = ['component', 'version', 'releaseNumber', 'signedAt', 'imageRoot', 'archives'];
  const fields = exactFields(json, 'payload', names, ['upgradesFrom']);
  const component = oneOf(fields['component'], components, 'component');
  const version = versionText(fields['version'], 'version');
  const listed = fields['archives'];
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > platforms.length) {
    throw malformed('archives', `a list of 1 to ${platforms.length}`);
  }
  const archives = listed.map((entry: unknown) => parseArchive(entry, component, version));
  if (new Set(archives.map(({ platform }) => platform)).size !== archives.length) {
    throw malformed('archives', 'a list with one archive for each platform');
  }
  return {
    component,
    version,
    releaseNumber: whole(fields['releaseNumber'], 'releaseNumber'),
    signedAt: matching(fields['signedAt'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'signedAt'),
    imageRoot: matching(fields['imageRoot'], /^[0-9a-f]{64}$/, 'imageRoot'),
    ...(fields['upgradesFrom'] === undefined
      ? {}
      : { upgradesFrom: versionText(fields['upgradesFrom'], 'upgradesFrom') }),
    archives,
  };
}

/** The path is the one that such a release has and no other, so that a signed answer cannot point anywhere else. */
function parseArchive(json: unknown, component: Component, version: string): BridgeArchive {
  const fields = exactFields(json, 'archives', ['platform', 'path', 'length', 'sha256', 'transport']);
  const platform = oneOf(fields['platform'], platforms, 'platform');
  const archive = parseFile(fields);
  const target = parseTargetPath(archive.path);
  const isOwn = target?.kind === 'component' && target.component === component && target.version === version;
  if (!isOwn || target.platform !== platform) throw malformed('path', 'the target path of this release');
  const transport = parseFile(exactFields(fields['transport'], 'transport', ['path', 'length', 'sha256']));
  if (transport.path !== fullTransportPath(archive.path)) throw malformed('transport', 'the full file of the archive');
  return { platform, ...archive, transport };
}

function parseFile(fields: Fields): BridgeFile {
  return {
    path: matching(fields['path'], /^[a-z0-9./_-]{1,300}$/, 'path'),
    length: whole(fields['length'], 'length'),
    sha256: matching(fields['sha256'], /^[0-9a-f]{64}$/, 'sha256'),
  };
}

function payloadJson({ upgradesFrom, archives, ...rest }: BridgeAnswer): JsonValue {
  const named = archives.map(({ transport, ...archive }) => ({ ...archive, transport: { ...transport } }));
  return { ...rest, archives: named, ...(upgradesFrom === undefined ? {} : { upgradesFrom }) };
}

type Fields = Readonly<Record<string, unknown>>;

/** An object with these members, perhaps with those, and with no other. */
function exactFields(
  value: unknown,
  where: string,
  names: readonly string[],
  optional: readonly string[] = [],
): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(where, 'an object');
  const found = Object.keys(value);
  if (!names.every((name) => found.includes(name))) throw malformed(where, `an object with ${names.join(', ')}`);
  if (!found.every((name) => names.includes(name) || optional.includes(name))) {
    throw malformed(where, 'an object without other fields');
  }
  return value as Fields;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PksError('pks-answer-malformed', 'the answer is not JSON in UTF-8', { cause });
  }
}

function matching(value: unknown, form: RegExp, field: string): string {
  if (typeof value !== 'string' || !form.test(value)) throw malformed(field, 'of its form');
  return value;
}

/** Only the one way to write the bytes: padded, of the plain alphabet. */
function base64Text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '' || base64(Buffer.from(value, 'base64')) !== value) {
    throw malformed(field, 'base64');
  }
  return value;
}

function whole(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) throw malformed(field, 'a whole number');
  return value;
}

function oneOf<T extends string>(value: unknown, words: readonly T[], field: string): T {
  const word = words.find((known) => known === value);
  if (word === undefined) throw malformed(field, words.join(' or '));
  return word;
}

function versionText(value: unknown, field: string): string {
  if (typeof value !== 'string') throw malformed(field, 'two to four numbers');
  try {
    parseVersion(value);
  } catch (error) {
    if (error instanceof ReleaseError) throw malformed(field, 'two to four numbers');
    throw error;
  }
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function malformed(field: string, expected: string): PksError {
  return new PksError('pks-answer-malformed', `${field} is not ${expected}`);
}
