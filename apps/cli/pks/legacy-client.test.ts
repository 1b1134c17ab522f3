/** The legacy client of `conformance/pks-client`, a program of its own, against a service that lies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { sha256 } from '@springline/agent/testing/update-world';
import { hostPlatform } from '@springline/agent/upgrader/first-install';
import { type BridgeAnswer, readBridgeAnswer, signBridgeAnswer } from '@springline/auto-upgrade/pks-bridge/answer';
import { componentTargetPath, type Platform } from '@springline/auto-upgrade/release/target-path';
import type { EpochMs } from '@springline/ports/clock';
import type { Signer } from '@springline/tuf/key';
import { HostileRepository } from '@springline/tuf/testing/hostile-repository';

const program = join(import.meta.dirname, '..', '..', '..', 'conformance', 'pks-client', 'main.ts');
const platform = hostPlatform() as Platform;
const archive = Buffer.from('the bridge build '.repeat(1_000));
const productKey = 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX';

interface Said {
  readonly exitCode: number | null;
  readonly channel?: string;
  readonly bridge?: string;
  readonly code?: string;
  readonly message?: string;
  readonly file?: string;
}

/** A PKS and an Image repository, honest until a test changes a part. */
class World {
  readonly image = new HostileRepository(Date.now() as EpochMs);
  readonly folder = mkdtempSync(join(tmpdir(), 'springline-pks-'));
  readonly asked: unknown[] = [];
  readonly files = new Map<string, Uint8Array>();
  status = 200;
  answer: Uint8Array;
  readonly #server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/pks/v1/upgrade') {
      const parts: Uint8Array[] = [];
      request.on('data', (part: Uint8Array) => parts.push(part));
      request.on('end', () => {
        this.asked.push(JSON.parse(Buffer.concat(parts).toString()));
        response.writeHead(this.status).end(this.answer);
      });
      return;
    }
    const name = /^\/repository\/image\/metadata\/(.+)$/.exec(path)?.[1];
    const bytes = name === undefined ? this.files.get(path) : this.image.files.get(name);
    if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(bytes);
  });

  constructor(t: TestContext) {
    this.answer = this.signed();
    this.serve(zstdCompressSync(archive));
    t.after(() => {
      this.#server.close();
      this.#server.closeAllConnections();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  facts(changes: Partial<BridgeAnswer> = {}): BridgeAnswer {
    const component = changes.component ?? 'connect-sync';
    const path = componentTargetPath({ component, version: '2.3.6.0', platform });
    const file = zstdCompressSync(archive);
    return {
      component,
      version: '2.3.6.0',
      releaseNumber: 6,
      signedAt: '2024-02-21T00:00:00Z',
      imageRoot: this.image.pin(),
      upgradesFrom: '2.0.0.0',
      archives: [
        {
          ...{ platform, path, length: archive.length, sha256: sha256(archive) },
          transport: { path: `${path}.zst`, length: file.length, sha256: sha256(file) },
        },
      ],
      ...changes,
    };
  }

  signed(changes: Partial<BridgeAnswer> = {}, signers: readonly Signer[] = this.image.signers.targets): Uint8Array {
    return signBridgeAnswer(this.facts(changes), signers);
  }

  serve(bytes: Uint8Array): void {
    this.files.set(`/repository/image/targets/${this.facts().archives[0]!.transport.path}`, bytes);
  }

  get into(): string {
    return join(this.folder, 'bridge');
  }

  async run(words: { version?: string; pin?: string } = {}): Promise<Said> {
    if (!this.#server.listening) {
      this.#server.listen(0, '127.0.0.1');
      await once(this.#server, 'listening');
    }
    const keyFile = join(this.folder, 'key');
    writeFileSync(keyFile, `${productKey}\n`);
    const child = spawn(
      process.execPath,
      [
        program,
        ...['--url', `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`],
        ...['--pin', words.pin ?? this.image.pin(), '--component', 'connect-sync'],
        ...['--version', words.version ?? '2.1.20.0', '--host-name', 'adatum-sync1'],
        ...['--key-file', keyFile, '--into', this.into],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, ...(JSON.parse(output) as object) };
  }
}

test('a legacy client asks as it always did, and fetches the bridge that the built-in root vouches for', async (t) => {
  const world = new World(t);
  const said = await world.run();
  assert.deepEqual([said.exitCode, said.channel, said.bridge], [0, 'PKS', '2.3.6.0'], said.message);
  assert.deepEqual(readFileSync(said.file!), archive);
  assert.deepEqual(world.asked, [
    { productKey, component: 'connect-sync', version: '2.1.20.0', hostName: 'adatum-sync1' },
  ]);
  assert.equal((await world.run({ version: '2.3.6.0' })).channel, 'bridged');
});

test('it follows the Image root through a rotation of the keys', async (t) => {
  const world = new World(t);
  world.image.rotate('root', 'targets');
  world.image.serveRoot();
  assert.equal((await world.run()).code, 'answer-unsigned', 'by the keys that were rotated away');
  world.answer = world.signed();
  assert.equal((await world.run()).exitCode, 0);
});

const lies: readonly { readonly name: string; readonly tell: (world: World) => void; readonly code: string }[] = [
  {
    name: 'the answer of another component',
    tell: (world) => {
      world.answer = world.signed({ component: 'health-sync' });
    },
    code: 'answer-other-component',
  },
  {
    name: 'an answer with another pin',
    tell: (world) => {
      world.answer = world.signed({ imageRoot: 'a'.repeat(64) });
    },
    code: 'answer-other-root',
  },
  {
    name: 'an answer that the online keys signed',
    tell: (world) => {
      world.answer = world.signed({}, world.image.signers.timestamp);
    },
    code: 'answer-unsigned',
  },
  {
    name: 'a tampered payload',
    tell: (world) => {
      const { envelope } = readBridgeAnswer(world.answer);
      const other = readBridgeAnswer(world.signed({ releaseNumber: 99 })).envelope;
      world.answer = Buffer.from(JSON.stringify({ ...envelope, payload: other.payload }));
    },
    code: 'answer-unsigned',
  },
  {
    name: 'metadata in the place of an answer',
    tell: (world) => {
      world.answer = world.image.file('targets');
    },
    code: 'answer-malformed',
  },
  {
    name: 'an endless answer',
    tell: (world) => {
      world.answer = Buffer.alloc(1_000_000, 0x20);
    },
    code: 'too-large',
  },
  {
    name: 'another build of the signed length',
    tell: (world) => {
      const bytes = Buffer.from(world.files.values().next().value!);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      world.serve(bytes);
    },
    code: 'archive-mismatch',
  },
  {
    name: 'a longer build',
    tell: (world) => world.serve(Buffer.alloc(1_000_000)),
    code: 'too-large',
  },
  {
    name: 'a build that was signed as shorter than it unpacks',
    tell: (world) => {
      const facts = world.facts();
      const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
      world.answer = world.signed({
        archives: facts.archives.map((one) => ({
          ...one,
          transport: { ...one.transport, length: bomb.length, sha256: sha256(bomb) },
        })),
      });
      world.serve(bomb);
    },
    code: 'archive-mismatch',
  },
  {
    name: 'nothing to fetch',
    tell: (world) => world.files.clear(),
    code: 'archive-missing',
  },
];
for (const { name, tell, code } of lies) {
  test(`given ${name}, it refuses and keeps nothing`, async (t) => {
    const world = new World(t);
    tell(world);
    const said = await world.run();
    assert.deepEqual([said.exitCode, said.code], [1, code], said.message);
    assert.ok(!existsSync(world.into) || readdirSync(world.into).length === 0);
  });
}

test('an Image repository with another first root is refused', async (t) => {
  const world = new World(t);
  assert.equal((await world.run({ pin: 'f'.repeat(64) })).code, 'root-not-pinned');
});

test('a build that is too old for the bridge is told so, and fetches nothing', async (t) => {
  const world = new World(t);
  const said = await world.run({ version: '1.6.16.0' });
  assert.deepEqual([said.exitCode, said.code], [4, 'needs-swing-migration']);
  assert.ok(!existsSync(world.into));
});

test('after the end of PKS the client says the way by hand', async (t) => {
  const world = new World(t);
  world.status = 410;
  world.answer = Buffer.from(JSON.stringify({ code: 'pks-retired', detail: 'Upgrade by hand.' }));
  const said = await world.run();
  assert.deepEqual([said.exitCode, said.message], [3, 'Upgrade by hand. (pks-retired)']);
});
