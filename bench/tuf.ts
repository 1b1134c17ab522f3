/** Update metadata: a whole refresh that reads and verifies it, and a publication. The peer is the npm client for TUF. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refreshRepository, type TrustedName } from '@springline/tuf/client/refresh';
import { ed25519Signer, type Signer } from '@springline/tuf/key';
import type { TargetFile, Targets } from '@springline/tuf/metadata/targets';
import { makeRoot, publish, readPublished } from '@springline/tuf/repository/publish';
import { Updater } from 'tuf-js';
import { type Measure, measure } from './measure.ts';

const size = 10_000;
const largeSize = 100_000;
const rounds = 12;

const refreshGoalMs = 60;
/** Of the growth of JSON.parse on the same files: caches end for both, and quadratic work would be ten times more. */
const growthGoal = 1.25;
const publishGoalMs = 100;

export async function* measures(): AsyncIterable<Measure> {
  const repository = new Repository();
  const targets = makeTargets(size);
  repository.publish(targets);
  const large = new Repository();
  large.publish(makeTargets(largeSize));
  const texts = [repository, large].map(({ files }) => Buffer.from(files.get('1.targets.json') ?? []).toString('utf8'));
  let [publishMs, refreshMs, largeMs, parseMs, largeParseMs] = Array<number>(5).fill(Number.POSITIVE_INFINITY) as Five;
  // In turns, so that whatever else the machine does hits all; the best, because other work only ever adds.
  for (let round = 0; round < rounds; round++) {
    publishMs = Math.min(publishMs, await timed(() => repository.publish(targets)));
    refreshMs = Math.min(refreshMs, await timed(() => refresh(repository.files)));
    largeMs = Math.min(largeMs, await timed(() => refresh(large.files)));
    parseMs = Math.min(parseMs, await timed(() => JSON.parse(texts[0] ?? '')));
    largeParseMs = Math.min(largeParseMs, await timed(() => JSON.parse(texts[1] ?? '')));
  }
  // Last, because what it leaves for the garbage collector would slow down ours.
  const peerMs = await refreshByPeer(repository.files);
  yield measure({
    ...{ bench: 'tuf', measure: `read and verify ${size} targets`, unit: 'ms', peerName: 'tuf-js' },
    ...{ ours: refreshMs, peer: peerMs, goal: `<= ${refreshGoalMs} ms`, met: refreshMs <= refreshGoalMs },
  });
  yield measure({
    ...{ bench: 'tuf', measure: `publish and sign ${size} targets`, unit: 'ms', peerName: 'limit' },
    ...{ ours: publishMs, peer: publishGoalMs, goal: `<= ${publishGoalMs} ms`, met: publishMs <= publishGoalMs },
  });
  yield measure({
    ...{
      bench: 'tuf',
      measure: `read and verify ${largeSize} targets`,
      unit: 'ms',
      peerName: 'JSON.parse of the file',
    },
    ...{ ours: largeMs, peer: largeParseMs, goal: '-', met: true },
  });
  const [growth, parseGrowth] = [largeMs / refreshMs, largeParseMs / parseMs];
  yield measure({
    ...{ bench: 'tuf', measure: `growth from ${size} to ${largeSize} targets`, unit: 'x', peerName: 'JSON.parse' },
    ...{ ours: growth, peer: parseGrowth, goal: `<= ${growthGoal}x`, met: growth <= growthGoal * parseGrowth },
  });
}

type Five = [number, number, number, number, number];

/** Milliseconds. */
async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function instant(ms: number): Targets['expires'] {
  return ms as Targets['expires'];
}

/** A repository in memory, all of it by one key. */
class Repository {
  readonly files = new Map<string, Uint8Array>();
  readonly #signer: Signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  readonly #now = instant(Date.now());
  readonly #expires = instant(this.#now + 86_400_000);

  constructor() {
    const role = { keys: [this.#signer.key], threshold: 1 };
    const roles = { root: role, targets: role, snapshot: role, timestamp: role };
    const root = makeRoot({ version: 1, roles, expires: this.#expires, now: this.#now }, [this.#signer]);
    this.files.set(root.name, root.bytes);
  }

  publish(targets: ReadonlyMap<string, TargetFile>): void {
    const signers = new Map(
      (['targets', 'snapshot', 'timestamp'] as const).map((role) => [role, [this.#signer]] as const),
    );
    const expires = { targets: this.#expires, snapshot: this.#expires, timestamp: this.#expires };
    const current = readPublished((name) => (name === '1.root.json' ? this.files.get(name) : undefined));
    for (const file of publish(current, { targets }, signers, { now: this.#now, expires })) {
      this.files.set(file.name, file.bytes);
    }
  }
}

function makeTargets(count: number): ReadonlyMap<string, TargetFile> {
  const targets = new Map<string, TargetFile>();
  for (let at = 0; at < count; at++) {
    const path = `cloud-sync/1.0.${at}.0/cloud-sync-1.0.${at}.0-linux-x64.tar`;
    const sha256 = at.toString(16).padStart(64, '0');
    targets.set(path, { path, length: 1_000_000 + at, hashes: new Map([['sha256', sha256]]) });
  }
  return targets;
}

/** As a new agent: it knows the first root only. */
async function refresh(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const stored = new Map<TrustedName, Uint8Array>([['root.json', rootOf(files)]]);
  const store = {
    read: (name: TrustedName) => stored.get(name),
    write: (name: TrustedName, bytes: Uint8Array) => void stored.set(name, bytes),
    remove: (name: TrustedName) => void stored.delete(name),
  };
  const fetch = (name: string) => Promise.resolve(files.get(name));
  await refreshRepository({ store, fetch, now: instant(Date.now()) }, new AbortController().signal);
}

function rootOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const root = files.get('1.root.json');
  if (root === undefined) throw new Error('the repository has no root');
  return root;
}

/** Milliseconds of a refresh by the npm client. Once: it takes about half a minute. */
async function refreshByPeer(files: ReadonlyMap<string, Uint8Array>): Promise<number> {
  return withPeer(files, rootOf(files), async (peer) => {
    const startedAt = performance.now();
    await peer.refresh();
    return performance.now() - startedAt;
  });
}

/** Runs `use` with an npm client that trusts `root` and reads `files` over loopback HTTP into a folder of its own. */
export async function withPeer<T>(
  files: ReadonlyMap<string, Uint8Array>,
  root: Uint8Array,
  use: (peer: Updater) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    const bytes = files.get(request.url?.replace('/metadata/', '') ?? '');
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  const metadataDir = mkdtempSync(join(tmpdir(), 'springline-tuf-'));
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(metadataDir, 'root.json'), root);
    return await use(new Updater({ metadataDir, metadataBaseUrl: `http://127.0.0.1:${port}/metadata` }));
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(metadataDir, { recursive: true });
  }
}
