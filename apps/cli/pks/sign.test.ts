import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { readBridgeAnswer, verifyBridgeAnswer } from '@springline/auto-upgrade/pks-bridge/answer';
import { FakeClock } from '@springline/ports/clock';
import { initKeys } from '../release/init.ts';
import { KeyRing } from '../release/key-ring.ts';
import { publishRelease } from '../release/publish.ts';
import { recallRelease } from '../release/recall.ts';
import { keysHome } from '../release/roles.ts';
import { readRepositories } from '../release/sign.ts';
import { makePipe } from '../release/testing/make-pipe.ts';
import { releaseHome, writeBundle } from '../release/testing/release-home.ts';
import { followBridges, planBridges, signBridges, unsignedBridges } from './sign.ts';

/** Made once: the keys take a second. */
const original = releaseHome({ after: (cleanUp) => after(cleanUp) });
before(async () => {
  await initKeys(original.home, 'development');
  await publishRelease(original.home, { ...original, level: 3 });
});

/** A home with keys and one release of everything. */
function published(t: TestContext) {
  const { home, bundles, runtime } = releaseHome(t);
  cpSync(original.home, home, { recursive: true });
  const publish = (text: string, breakage?: 'crash') => {
    writeBundle(bundles, 'connect-sync', text);
    const request = { bundles, runtime, level: 3, components: ['connect-sync'] };
    return publishRelease(home, { ...request, ...(breakage === undefined ? {} : { breakage }) });
  };
  return { home, publish, file: join(home, 'control-plane', 'pks', 'connect-sync.json') };
}

test('the bridge is the newest release, signed so that a client of the published root takes it', async (t) => {
  const { home, publish, file } = published(t);
  const [release] = await publish('two');
  const bridges = await signBridges(home, { upgradesFrom: '2.0.0.0' });
  assert.deepEqual(bridges.map(({ answer }) => answer.component).sort(), ['agent-updater', 'connect-sync']);
  const bytes = readFileSync(file);
  const { imageRoot } = readBridgeAnswer(bytes).answer;
  const { root } = readRepositories(home).image;
  const answer = verifyBridgeAnswer(bytes, { root, imageRoot, component: 'connect-sync' });
  assert.equal(answer.version, release!.version);
  assert.equal(answer.archives[0]!.sha256, release!.sha256);
  assert.equal(answer.upgradesFrom, '2.0.0.0');
});

test('a dry run writes nothing, and signing again changes nothing until there is a newer release', async (t) => {
  const { home, publish, file } = published(t);
  const request = { components: ['connect-sync'] };
  assert.deepEqual(
    planBridges(home, request).map(({ isSigned }) => isSigned),
    [false],
  );
  assert.ok(!existsSync(file));
  await signBridges(home, request);
  const before = readFileSync(file);
  const later = new FakeClock(Date.now() + 60_000);
  assert.deepEqual(
    (await signBridges(home, request, later)).map(({ isSigned }) => isSigned),
    [true],
  );
  assert.deepEqual(readFileSync(file), before);
  await publish('two');
  assert.notDeepEqual(readFileSync(file), before);
});

test('a damaged answer is made anew', async (t) => {
  const { home, file } = published(t);
  const request = { components: ['connect-sync'] };
  await signBridges(home, request);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"payload":"', '"payload":"AAAA'));
  assert.deepEqual(
    (await signBridges(home, request)).map(({ isSigned }) => isSigned),
    [false],
  );
  readBridgeAnswer(readFileSync(file));
});

test('a release that was broken on purpose is never the bridge', async (t) => {
  const { home, publish } = published(t);
  const [good] = await publish('two');
  await publish('three', 'crash');
  const [bridge] = planBridges(home, { components: ['connect-sync'] });
  assert.equal(bridge!.answer.version, good!.version);
});

test('the answer follows what is published, with what was said about old builds, and components without one get none', async (t) => {
  const { home, publish, file } = published(t);
  await signBridges(home, { components: ['connect-sync'], upgradesFrom: '2.0.0.0' });
  const [release] = await publish('two');
  const { answer } = readBridgeAnswer(readFileSync(file));
  assert.deepEqual([answer.version, answer.upgradesFrom], [release!.version, '2.0.0.0']);
  const { root } = readRepositories(home).image;
  verifyBridgeAnswer(readFileSync(file), { root, imageRoot: answer.imageRoot, component: 'connect-sync' });
  assert.deepEqual(unsignedBridges(home), []);
  assert.ok(!existsSync(join(home, 'control-plane', 'pks', 'agent-updater.json')));
  const [free] = await signBridges(home, { components: ['connect-sync'], upgradesFrom: 'none' });
  assert.equal(free!.answer.upgradesFrom, undefined);
});

test('a recalled release is no bridge any more: the recall signs the one before it instead', async (t) => {
  const { home, publish, file } = published(t);
  const request = { components: ['connect-sync'] };
  const [first] = await signBridges(home, request);
  const [bad] = await publish('two');
  const version = () => readBridgeAnswer(readFileSync(file)).answer.version;
  assert.equal(version(), bad!.version);
  const reason = 'it loses memberships';
  await recallRelease(home, { component: 'connect-sync', version: bad!.version, reason, stop: 'running' });
  assert.equal(version(), first!.answer.version);
  await recallRelease(home, { component: 'connect-sync', version: first!.answer.version, reason, stop: 'new' });
  const [due] = unsignedBridges(home);
  assert.deepEqual(due, { component: 'connect-sync', reason: 'it has no release any more that could be a bridge' });
});

test('where the key is elsewhere, a release is published all the same, and who is to sign is told', async (t) => {
  const { home, publish, file } = published(t);
  await signBridges(home, { components: ['connect-sync'] });
  const before = readFileSync(file);
  const key = keysHome(home).key('image', 'targets');
  renameSync(key, `${key}.elsewhere`);
  const [release] = await publish('two');
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(unsignedBridges(home), [{ component: 'connect-sync', reason: 'its answer names another release' }]);
  const clock = new FakeClock(Date.now());
  const { signed, unsigned } = await followBridges(home, new KeyRing(home), clock);
  assert.deepEqual([signed, unsigned.length], [[], 1]);
  assert.match(unsigned[0]!.reason, /image-targets\.key\.json/);
  renameSync(`${key}.elsewhere`, key);
  const [bridge] = (await followBridges(home, new KeyRing(home), clock)).signed;
  assert.equal(bridge!.version, release!.version);
});

test('an answer that somebody else wrote is no model for what is signed by itself', async (t) => {
  const { home, publish, file } = published(t);
  await signBridges(home, { components: ['connect-sync'] });
  const { envelope, answer } = readBridgeAnswer(readFileSync(file));
  const payload = Buffer.from(JSON.stringify({ ...answer, upgradesFrom: '9.0' })).toString('base64');
  const forged = JSON.stringify({ ...envelope, payload });
  writeFileSync(file, forged);
  await publish('two');
  assert.equal(readFileSync(file, 'utf8'), forged);
  assert.deepEqual(
    unsignedBridges(home).map(({ reason }) => reason),
    ['its answer is damaged, or of other keys'],
  );
});

test('an old answer that comes back into the served folder decides nothing', async (t) => {
  const { home, file } = published(t);
  const request = { components: ['connect-sync'] };
  await signBridges(home, { ...request, upgradesFrom: '2.0.0.0' });
  const old = readFileSync(file);
  await signBridges(home, { ...request, upgradesFrom: '3.0.0.0' });
  writeFileSync(file, old);
  const clock = new FakeClock(Date.now());
  const [again] = (await followBridges(home, new KeyRing(home), clock)).signed;
  assert.equal(again!.upgradesFrom, '3.0.0.0');
  assert.equal(readBridgeAnswer(readFileSync(file)).answer.upgradesFrom, '3.0.0.0');
  rmSync(file);
  assert.equal((await followBridges(home, new KeyRing(home), clock)).signed.length, 1, 'nor that it is gone');
  assert.ok(existsSync(file));
});

test('an answer that a person took back is not signed again, whoever puts it back', async (t) => {
  const { home, publish, file } = published(t);
  await signBridges(home, { components: ['connect-sync'] });
  const old = readFileSync(file);
  rmSync(join(keysHome(home).pksBridges, 'connect-sync.json'));
  rmSync(file);
  assert.deepEqual(unsignedBridges(home), []);
  writeFileSync(file, old);
  await publish('two');
  assert.deepEqual(readFileSync(file), old);
  assert.match(unsignedBridges(home)[0]!.reason, /nobody signed it with these keys/);
});

for (const [what, put] of [
  ['a folder', (path: string) => mkdirSync(path)],
  ['a pipe', makePipe],
  ['a file without end', (path: string) => writeFileSync(path, Buffer.alloc(10_000_000, ' '))],
] as const) {
  test(`${what} in the place of an answer holds up no other component`, {
    skip: what === 'a pipe' && process.platform === 'win32',
  }, async (t) => {
    const { home, file } = published(t);
    await signBridges(home, {});
    const other = join(home, 'control-plane', 'pks', 'agent-updater.json');
    rmSync(file);
    rmSync(other);
    put(file);
    const { signed, unsigned } = await followBridges(home, new KeyRing(home), new FakeClock(Date.now()));
    assert.deepEqual(
      signed.map(({ component }) => component),
      ['agent-updater'],
    );
    assert.deepEqual(unsigned, [{ component: 'connect-sync', reason: 'its answer is damaged, or of other keys' }]);
  });
}

test('a damaged note of what was signed is told for its component, and holds up no other', async (t) => {
  const { home } = published(t);
  await signBridges(home, {});
  rmSync(join(home, 'control-plane', 'pks', 'agent-updater.json'));
  writeFileSync(join(keysHome(home).pksBridges, 'connect-sync.json'), '{"format":"x"}');
  const { signed, unsigned } = await followBridges(home, new KeyRing(home), new FakeClock(Date.now()));
  assert.deepEqual([signed.length, unsigned.length], [1, 1]);
  assert.match(unsigned[0]!.reason, /connect-sync\.json is damaged/);
});

test('without keys, without releases and for what was never published, nothing is signed', async (t) => {
  const { home } = releaseHome(t);
  await assert.rejects(signBridges(home, {}), { code: 'keys-missing' });
  await initKeys(home, 'development');
  await assert.rejects(signBridges(home, {}), /nothing is published yet/);
  const other = published(t);
  await assert.rejects(signBridges(other.home, { components: ['health-sync'] }), /health-sync has no release/);
  await assert.rejects(signBridges(other.home, { upgradesFrom: 'two' }), { code: 'malformed-version' });
  await assert.rejects(signBridges(other.home, { upgradesFrom: '2147483647.0' }), /nobody could be shown/);
});
