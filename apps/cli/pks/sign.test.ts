import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readBridgeAnswer, verifyBridgeAnswer } from '@springline/auto-upgrade/pks-bridge/answer';
import { FakeClock } from '@springline/ports/clock';
import { initKeys } from '../release/init.ts';
import { publishRelease } from '../release/publish.ts';
import { recallRelease } from '../release/recall.ts';
import { readRepositories } from '../release/sign.ts';
import { releaseHome, writeBundle } from '../release/testing/release-home.ts';
import { planBridges, signBridges } from './sign.ts';

async function published(t: TestContext) {
  const made = releaseHome(t);
  const { home, bundles, runtime } = made;
  await initKeys(home, 'development');
  await publishRelease(home, { bundles, runtime, level: 3 });
  const publish = (text: string, breakage?: 'crash') => {
    writeBundle(bundles, 'connect-sync', text);
    const request = { bundles, runtime, level: 3, components: ['connect-sync'] };
    return publishRelease(home, { ...request, ...(breakage === undefined ? {} : { breakage }) });
  };
  return { home, publish, file: join(home, 'control-plane', 'pks', 'connect-sync.json') };
}

test('the bridge is the newest release, signed so that a client of the published root takes it', async (t) => {
  const { home, publish, file } = await published(t);
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
  const { home, publish, file } = await published(t);
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
  await signBridges(home, request, later);
  assert.notDeepEqual(readFileSync(file), before);
});

test('a damaged answer is made anew', async (t) => {
  const { home, file } = await published(t);
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
  const { home, publish } = await published(t);
  const [good] = await publish('two');
  await publish('three', 'crash');
  const [bridge] = planBridges(home, { components: ['connect-sync'] });
  assert.equal(bridge!.answer.version, good!.version);
});

test('a recalled release is no bridge any more: the one before it is signed instead', async (t) => {
  const { home, publish } = await published(t);
  const request = { components: ['connect-sync'] };
  const [first] = await signBridges(home, request);
  const [bad] = await publish('two');
  assert.equal((await signBridges(home, request))[0]!.answer.version, bad!.version);
  const reason = 'it loses memberships';
  await recallRelease(home, { component: 'connect-sync', version: bad!.version, reason, stop: 'running' });
  const [after] = await signBridges(home, request);
  assert.deepEqual([after!.isSigned, after!.answer.version], [false, first!.answer.version]);
});

test('without keys, without releases and for what was never published, nothing is signed', async (t) => {
  const { home } = releaseHome(t);
  await assert.rejects(signBridges(home, {}), { code: 'keys-missing' });
  await initKeys(home, 'development');
  await assert.rejects(signBridges(home, {}), /nothing is published yet/);
  const other = await published(t);
  await assert.rejects(signBridges(other.home, { components: ['health-sync'] }), /health-sync has no release/);
  await assert.rejects(signBridges(other.home, { upgradesFrom: 'two' }), { code: 'malformed-version' });
});
