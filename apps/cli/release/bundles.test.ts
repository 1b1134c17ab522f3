import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DeliberateBreak } from '@springline/auto-upgrade/release/release-facts';
import { brokenBundle, readBundles } from './bundles.ts';
import { releaseHome } from './testing/release-home.ts';

/** Says that it is up, answers each message with its own type, and passes its preflight. */
const sound = `import { argv } from 'node:process';
if (argv.includes('--preflight')) process.exit(0);
await new Promise((resolve) => setTimeout(resolve, 20));
process.on('message', ({ type }) => process.send({ type: 'heard ' + type }));
process.send({ type: 'up' });
`;

function start(t: TestContext, how: DeliberateBreak, args: readonly string[]): ChildProcess {
  const { bundles } = releaseHome(t);
  writeFileSync(join(bundles, 'connect-sync.mjs'), sound);
  const [bundle] = readBundles(bundles, ['connect-sync']);
  const file = join(bundles, 'broken.mjs');
  writeFileSync(file, brokenBundle(bundle!, how).files[0]!.bytes);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Its end, with what it said. */
function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, errors })));
}

function message(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.once('message', ({ type }: { type: string }) => resolve(type)));
}

for (const how of ['crash', 'hang'] as const) {
  test(`a release broken by ${how} passes its preflight`, async (t) => {
    assert.equal((await ended(start(t, how, ['--preflight']))).code, 0);
  });
}

test('a release broken by preflight refuses in its preflight, with a sentence', async (t) => {
  const { code, errors } = await ended(start(t, 'preflight', ['--preflight']));
  assert.equal(code, 1);
  assert.match(errors, /broken on purpose/);
  assert.equal(await message(start(t, 'preflight', [])), 'up');
});

test('a release broken by crash starts warm, hears every message, and crashes after it was made active', async (t) => {
  const child = start(t, 'crash', ['--warm']);
  const end = ended(child);
  // Sent before the program listens: none may be lost.
  child.send({ type: 'first' });
  assert.equal(await message(child), 'up');
  assert.equal(await message(child), 'heard first');
  child.send({ type: 'activate' });
  assert.equal(await message(child), 'heard activate');
  const { code, errors } = await end;
  assert.equal(code, 1);
  assert.match(errors, /broken on purpose \(--break crash\)/);
});

test('a release broken by crash that is started without being warmed crashes at once', async (t) => {
  assert.equal((await ended(start(t, 'crash', []))).code, 1);
});

test('a release broken by hang goes on to live and does not answer any more', async (t) => {
  const child = start(t, 'hang', ['--warm']);
  assert.equal(await message(child), 'up');
  child.send({ type: 'activate' });
  assert.equal(await message(child), 'heard activate');
  // Blocked for ever 50 ms later: a message after that finds nobody. 500 ms are ten times that.
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.send({ type: 'ping' });
  const answer = await Promise.race([message(child), new Promise((resolve) => setTimeout(resolve, 500, 'silence'))]);
  assert.equal(answer, 'silence');
  assert.equal(child.exitCode, null);
});

test('the files of the Agent Updater are its bundle and the upgrader; the launcher is in no release', (t) => {
  const { bundles } = releaseHome(t);
  for (const name of ['upgrader.mjs', 'launcher.mjs', 'connect-sync.mjs.map']) writeFileSync(join(bundles, name), 'x');
  const paths = readBundles(bundles).map(({ component, files }) => [component, ...files.map(({ path }) => path)]);
  assert.deepEqual(paths, [
    ['agent-updater', 'agent-updater.mjs', 'upgrader.mjs'],
    ['connect-sync', 'connect-sync.mjs'],
  ]);
});
