import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { signBridges, unsignedBridges } from '../pks/sign.ts';
import { imageTargets } from './delegations.ts';
import { listReleases } from './list.ts';
import { publishRelease } from './publish.ts';
import { keysHome, treeFolder } from './roles.ts';
import { type ReleaseHome, releaseHome, TreeClient, writeBundle } from './testing/release-home.ts';

const program = join(import.meta.dirname, 'main.ts');

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

class Keeper {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  log = '';

  constructor({ home, bundles }: ReleaseHome) {
    this.child = spawn(process.execPath, [program, '--home', home, '--bundles', bundles], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    // A parent that closed the channel itself gets no 'close'.
    const exit = new Promise<number | null>((resolve) => this.child.on('exit', resolve));
    const read = new Promise((resolve) => this.child.stderr?.on('close', resolve));
    this.ended = Promise.all([exit, read]).then(([code]) => code);
    children.push(this.child);
  }

  /** Rejects with its log when it ends before it is ready. */
  async ready(): Promise<void> {
    const said = new Promise<string>((resolve) =>
      this.child.once('message', ({ type }: { type: string }) => resolve(type)),
    );
    const first = await Promise.race([said, this.ended]);
    assert.equal(first, 'ready', this.log);
  }

  events(): string[] {
    return this.log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  }
}

/** Made once by a keeper itself. */
const original = releaseHome({ after: (cleanUp) => after(cleanUp) });
let firstLog = '';
before(async () => {
  const keeper = new Keeper(original);
  await keeper.ready();
  keeper.child.disconnect();
  assert.equal(await keeper.ended, 0);
  firstLog = keeper.log;
});

function keptHome(t: TestContext): ReleaseHome {
  const made = releaseHome(t);
  cpSync(original.home, made.home, { recursive: true });
  return made;
}

test('a keeper on a new home makes keys, publishes what is built and is ready when agents can install it', async () => {
  const client = new TreeClient(original.home);
  const [image, director] = [await client.refresh('image'), await client.refresh('director')];
  assert.equal(director.targets.targets.size, 3);
  for (const path of director.targets.targets.keys()) assert.ok(imageTargets(image).has(path));
});

test('a keeper logs no passphrase and nothing of a private key', () => {
  const keys = keysHome(original.home);
  const secrets = [
    readFileSync(keys.passphrase, 'utf8').trim(),
    JSON.parse(readFileSync(keys.key('image', 'root'), 'utf8')).seal.ciphertext,
  ];
  assert.ok(firstLog.includes('keeper.keys-made'));
  for (const secret of secrets) assert.equal(firstLog.includes(secret), false);
});

test('a keeper that finds everything as it left it signs only what is due', async (t) => {
  const made = keptHome(t);
  const timestamp = join(treeFolder(made.home), 'image', 'metadata', 'timestamp.json');
  const signed = readFileSync(timestamp);
  const keeper = new Keeper(made);
  await keeper.ready();
  assert.deepEqual(readFileSync(timestamp), signed);
  keeper.child.kill('SIGTERM');
  assert.equal(await keeper.ended, 0);
});

test('a command publishes while a keeper runs', async (t) => {
  const made = keptHome(t);
  const keeper = new Keeper(made);
  await keeper.ready();
  writeBundle(made.bundles, 'connect-sync', 'by a command');
  const [release] = await publishRelease(made.home, { ...made, level: 3, components: ['connect-sync'] });
  assert.equal(release?.releaseNumber, 2);
  assert.equal(keeper.child.exitCode, null);
  const client = new TreeClient(made.home);
  await client.refresh('image');
  assert.ok((await client.refresh('director')).targets.targets.has(release!.path));
});

test('a keeper signs the bridge answers that were left behind when the key was elsewhere', async (t) => {
  const made = keptHome(t);
  await signBridges(made.home, { components: ['connect-sync'] });
  const key = keysHome(made.home).key('image', 'targets');
  renameSync(key, `${key}.elsewhere`);
  writeBundle(made.bundles, 'connect-sync', 'published without that key');
  await publishRelease(made.home, { ...made, level: 3, components: ['connect-sync'] });
  assert.equal(unsignedBridges(made.home).length, 1);
  const without = new Keeper(made);
  await without.ready();
  without.child.disconnect();
  await without.ended;
  assert.ok(without.events().includes('keeper.bridge-unsigned'), 'it is ready all the same, and says so');
  renameSync(`${key}.elsewhere`, key);
  const keeper = new Keeper(made);
  await keeper.ready();
  assert.deepEqual(unsignedBridges(made.home), []);
  assert.ok(keeper.events().includes('keeper.bridge-signed'));
});

test('a keeper ends with the process that started it', async (t) => {
  const keeper = new Keeper(keptHome(t));
  await keeper.ready();
  keeper.child.disconnect();
  assert.equal(await keeper.ended, 0);
});

test('a damaged key ends a keeper before it is ready, and its last line says what to do', async (t) => {
  const made = keptHome(t);
  // Nothing signed, so that it must sign.
  rmSync(treeFolder(made.home), { recursive: true });
  writeFileSync(keysHome(made.home).key('director', 'timestamp'), '{}');
  const keeper = new Keeper(made);
  assert.equal(await keeper.ended, 1);
  const { event, code, reason } = JSON.parse(keeper.log.trim().split('\n').at(-1)!);
  assert.deepEqual([event, code], ['keeper.failed', 'key-file-damaged']);
  assert.match(reason, /director-timestamp\.key\.json is damaged: .* Restore it from your copy/);
});

test('a keeper whose tree cannot be written says so, tries again, and is ready when it can', {
  timeout: 60_000,
}, async (t) => {
  const made = keptHome(t);
  const tree = treeFolder(made.home);
  cpSync(tree, `${tree}.copy`, { recursive: true });
  rmSync(tree, { recursive: true });
  writeFileSync(tree, 'no folder');
  const keeper = new Keeper(made);
  await new Promise<void>((resolve) =>
    keeper.child.stderr?.on('data', () => keeper.log.includes('keeper.failed') && resolve()),
  );
  rmSync(tree);
  cpSync(`${tree}.copy`, tree, { recursive: true });
  await keeper.ready();
  assert.equal(keeper.events()[0], 'keeper.failed');
  assert.equal(listReleases(made.home).length >= 2, true);
});
