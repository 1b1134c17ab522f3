/**
 * A client of the retired PKS channel: asks with its product key, verifies the answer with the Image root that is built
 * in, and fetches the bridge build. It gets no identity by that; the bridge build enrols later, by an enrolment string.
 *
 *   node main.ts --url URL --pin SHA256 --component NAME --version V --host-name H --key-file FILE --into FOLDER
 *
 * Prints one line of JSON. Exit codes: 0 bridged or fetched, 1 refused or failed (nothing is left in FOLDER), 3 PKS has
 * ended or has no bridge, 4 this build is too old for the bridge.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { type Bridge, bridgeOf, isOlder, nextRoot, pinnedRoot, Refused, type RootKeys, sha256 } from './verify.ts';

const answerLimitBytes = 16 * 1024;
const rootLimitBytes = 512 * 1024;
const transportLimitBytes = 512 * 1024 * 1024;
const rootSteps = 64;
const timeoutMs = 60_000;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    pin: { type: 'string' },
    component: { type: 'string' },
    version: { type: 'string' },
    'host-name': { type: 'string' },
    'key-file': { type: 'string' },
    into: { type: 'string' },
  },
});
const text = (name: keyof typeof values): string => {
  const value = values[name];
  if (value === undefined) throw new Refused('misused', `--${name} is missing`);
  return value;
};

try {
  say(await bridge());
} catch (error) {
  const { code = 'failed', message } = error as { code?: string; message: string };
  say({ code, message });
  process.exitCode = code === 'pks-ended' ? 3 : code === 'needs-swing-migration' ? 4 : 1;
}

async function bridge(): Promise<object> {
  const [url, pin, component, version] = [text('url'), text('pin'), text('component'), text('version')];
  // 1. Ask, as this channel always was asked.
  const answer = await ask(url, {
    productKey: readFileSync(text('key-file'), 'utf8').trim(),
    component,
    version,
    hostName: text('host-name'),
  });
  // 2. Believe the built-in root, and what leads on from it.
  const root = await imageRoot(url, pin);
  // 3. Believe the answer only by that root.
  const found = bridgeOf(answer, root, { pin, component, platform: `${process.platform}-${process.arch}` });
  if (!isOlder(version, found.version)) return { channel: 'bridged', version, bridge: found.version };
  if (found.upgradesFrom !== undefined && isOlder(version, found.upgradesFrom)) {
    throw new Refused('needs-swing-migration', `builds before ${found.upgradesFrom} are replaced by hand`);
  }
  // 4. Fetch it; lengths and hashes are the signed ones, before decoding and after.
  const archive = await fetchArchive(url, found);
  const folder = text('into');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, basename(found.archive.path));
  const part = `${file}.part`;
  try {
    writeFileSync(part, archive);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
  return { channel: 'PKS', version, bridge: found.version, file, sha256: found.archive.sha256, imageRoot: pin };
}

async function ask(url: string, body: object): Promise<Uint8Array> {
  const response = await fetch(`${url}/pks/v1/upgrade`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const bytes = await bounded(response, answerLimitBytes);
  if (response.status === 200) return bytes;
  const { detail, title, code } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, string>;
  const ended = response.status === 410 || response.status === 404;
  throw new Refused(ended ? 'pks-ended' : 'pks-refused', `${detail ?? title} (${code})`);
}

async function imageRoot(url: string, pin: string): Promise<RootKeys> {
  const fetched = (version: number) => get(`${url}/repository/image/metadata/${version}.root.json`, rootLimitBytes);
  const first = await fetched(1);
  if (first === undefined) throw new Refused('root-missing', 'there is no Image repository');
  let root = pinnedRoot(first, pin);
  for (let step = 0; step < rootSteps; step++) {
    const next = await fetched(root.version + 1);
    if (next === undefined) return root;
    root = nextRoot(next, root);
  }
  throw new Refused('too-many-roots', `more than ${rootSteps} new Image roots`);
}

async function fetchArchive(url: string, { transport, archive }: Bridge): Promise<Uint8Array> {
  if (transport.length > transportLimitBytes) throw new Refused('archive-too-large', 'the bridge is too large');
  const bytes = await get(`${url}/repository/image/targets/${transport.path}`, transport.length);
  if (bytes === undefined) throw new Refused('archive-missing', `${transport.path} is not published`);
  requireFacts(bytes, transport);
  let decoded: Uint8Array;
  try {
    decoded = zstdDecompressSync(bytes, { maxOutputLength: archive.length });
  } catch {
    throw new Refused('archive-mismatch', 'the file cannot be decoded to its signed length');
  }
  requireFacts(decoded, archive);
  return decoded;
}

function requireFacts(bytes: Uint8Array, facts: { readonly length: number; readonly sha256: string }): void {
  if (bytes.length === facts.length && sha256(bytes) === facts.sha256) return;
  throw new Refused('archive-mismatch', 'the file does not have its signed length and hash');
}

async function get(address: string, limitBytes: number): Promise<Uint8Array | undefined> {
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new Refused('unreachable', `${address} answered ${response.status}`);
  return bounded(response, limitBytes);
}

async function bounded(response: Response, limitBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > limitBytes) throw new Refused('too-large', `more than ${limitBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
