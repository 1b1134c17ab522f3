import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imageTargets } from './delegations.ts';
import { initKeys } from './init.ts';
import { showKeys } from './keys.ts';
import { asOnlyWriter } from './lock.ts';
import { ensurePublished, openTurn } from './publish.ts';
import { keysHome, treeFolder } from './roles.ts';
import { type ReleaseHome, releaseHome, TreeClient, writeBundle } from './testing/release-home.ts';

const preload = join(import.meta.dirname, 'testing', 'kill-at.ts');
const program = join(import.meta.dirname, 'testing', 'publish-once.ts');

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs a release manager's work in a process of its own, which dies before its `killAt`th step on disk. */
function run({ home, bundles, runtime }: ReleaseHome, work: 'init' | 'publish', killAt?: number): Promise<Ended> {
  const args = [
    ...(killAt === undefined ? [] : ['--import', preload]),
    program,
    home,
    bundles,
    runtime.file,
    runtime.cache,
    work,
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, KILL_AT: String(killAt) },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve) => child.on('close', (_, signal) => resolve({ signal, output })));
}

/** What an agent could install right now: every transport of what the Director asks for is there. */
async function check(home: string, client: TreeClient): Promise<number> {
  const image = await client.refresh('image');
  const director = await client.refresh('director');
  for (const path of director.targets.targets.keys()) {
    assert.ok(imageTargets(image).has(path), path);
    assert.ok(existsSync(join(treeFolder(home), 'image', 'targets', `${path}.zst`)), path);
  }
  return director.timestamp.version;
}

test('SIGKILL of a publisher before each of its steps: agents see the old release or the new, whole, and the next run goes on', {
  timeout: 240_000,
}, async (t) => {
  const base = releaseHome(t);
  await initKeys(base.home, 'development');
  await ensurePublished(base.home, base);
  writeBundle(base.bundles, 'connect-sync', 'two');
  let kills = 0;
  for (let killAt = 1; ; killAt++) {
    const home = `${base.home}-${killAt}`;
    cpSync(base.home, home, { recursive: true });
    const client = new TreeClient(home);
    await check(home, client);
    const { signal } = await run({ ...base, home }, 'publish', killAt);
    await check(home, client);
    // Opening finishes a commit that was begun, and from then on both repositories are of one publication.
    await asOnlyWriter(home, async (lock) => void openTurn(lock));
    assert.equal(existsSync(join(treeFolder(home), 'commit.json')), false);
    await check(home, client);
    const director = await client.refresh('director');
    const image = await client.refresh('image');
    assert.deepEqual(director.timestamp.extra.get('x-springline-image'), {
      root: 1,
      timestamp: image.timestamp.version,
    });
    const newest = (await ensurePublished(home, base)).length;
    assert.ok(newest <= 1);
    await check(home, client);
    if (signal === null) break;
    kills++;
  }
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 10, `${kills} steps`);
});

test('SIGKILL of keys init again and again: the next run repairs it, and no key is made twice', {
  timeout: 240_000,
}, async (t) => {
  const made = releaseHome(t);
  const keys = keysHome(made.home);
  const seen = new Map<string, string>();
  let kills = 0;
  // Each run gets one step further than the one before had come.
  for (let killAt = 1; ; killAt++) {
    const { signal, output } = await run(made, 'init', killAt);
    for (const path of [
      keys.passphrase,
      keys.key('image', 'root'),
      keys.key('director', 'timestamp'),
      keys.root('image'),
    ]) {
      if (!existsSync(path)) continue;
      const text = readFileSync(path, 'utf8');
      assert.equal(seen.get(path) ?? text, text, path);
      seen.set(path, text);
    }
    if (signal === null) {
      // A kill between the commit and its two renames leaves nothing to make: opening the tree was enough.
      assert.match(output, /^(repaired|keys-exist)$/);
      break;
    }
    kills++;
  }
  t.diagnostic(`${kills} kills`);
  assert.ok(kills >= 4, `${kills} kills`);
  assert.equal(seen.size, 4);
  assert.equal(existsSync(keys.unfinished), false);
  const client = new TreeClient(made.home);
  await client.refresh('image');
  await client.refresh('director');
  assert.equal(showKeys(made.home).repositories.length, 2);
  await assert.rejects(initKeys(made.home, 'development'), { code: 'keys-exist' });
});

test('keys of unknown origin are neither used nor overwritten', async (t) => {
  const { home } = releaseHome(t);
  await initKeys(home, 'development');
  const elsewhere = releaseHome(t).home;
  cpSync(keysHome(home).key('image', 'root'), keysHome(elsewhere).key('image', 'root'), { recursive: true });
  await assert.rejects(initKeys(elsewhere, 'development'), { code: 'keys-incomplete' });
  assert.equal(existsSync(keysHome(elsewhere).passphrase), false);
});

test('four publishers at once take turns: four releases, each with a number of its own', {
  timeout: 120_000,
}, async (t) => {
  const made = releaseHome(t);
  await initKeys(made.home, 'development');
  await ensurePublished(made.home, made);
  const ended = await Promise.all(Array.from({ length: 4 }, () => run(made, 'publish')));
  assert.deepEqual(ended.map(({ output }) => output).sort(), ['2', '3', '4', '5']);
  await check(made.home, new TreeClient(made.home));
});

test('what a publisher leaves behind holds nothing up, a file of somebody else is not removed', async (t) => {
  const { home } = releaseHome(t);
  assert.equal(await asOnlyWriter(home, async () => 'first'), 'first');
  const { lock } = keysHome(home);
  assert.equal(readFileSync(lock, 'utf8'), '');
  writeFileSync(
    lock,
    'a file of somebody else, long enough to be looked at as a database, which it is not at all.'.repeat(2),
  );
  await assert.rejects(
    asOnlyWriter(home, async () => 'second'),
    { code: 'release-lock-unusable' },
  );
  assert.match(readFileSync(lock, 'utf8'), /^a file of somebody else/);
});

test('a publisher that waits for another one in vain says so', async (t) => {
  const { home } = releaseHome(t);
  const second = asOnlyWriter(home, () => asOnlyWriter(home, async () => 'second', 200));
  await assert.rejects(second, {
    code: 'release-in-progress',
    message: /another process has been publishing in .*home for/,
  });
  assert.equal(await asOnlyWriter(home, async () => 'after'), 'after');
});
