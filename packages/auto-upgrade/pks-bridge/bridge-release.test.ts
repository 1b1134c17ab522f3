import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BridgeCandidate, bridgeBuilds, bridgeStanding } from './bridge-release.ts';

const digest = (n: number): string => n.toString(16).padStart(64, '0');

function build(releaseNumber: number, changes: Partial<BridgeCandidate> = {}): BridgeCandidate {
  return {
    component: 'connect-sync',
    platform: 'linux-x64',
    releaseNumber,
    sha256: digest(releaseNumber),
    isForDownload: true,
    isRecalled: false,
    isDeliberatelyBroken: false,
    ...changes,
  };
}

function answerFor(builds: readonly BridgeCandidate[]) {
  const archives = builds.map(({ platform, sha256 }) => ({
    ...{ platform, sha256, path: '', length: 1 },
    transport: { path: '', length: 1, sha256 },
  }));
  return { component: 'connect-sync', archives } as const;
}

for (const row of [
  { name: 'the newest release is the bridge', published: [build(1), build(2)], bridge: 2 },
  { name: 'a recalled release is no bridge', published: [build(1), build(2, { isRecalled: true })], bridge: 1 },
  {
    name: 'a release that was broken on purpose is no bridge',
    published: [build(1), build(2, { isDeliberatelyBroken: true })],
    bridge: 1,
  },
  {
    name: 'a release that nobody may download is no bridge',
    published: [build(1), build(2, { isForDownload: false })],
    bridge: 1,
  },
  {
    name: 'a release of another component is no bridge',
    published: [build(1), build(2, { component: 'health-sync' })],
    bridge: 1,
  },
]) {
  test(row.name, () => {
    assert.deepEqual(
      bridgeBuilds('connect-sync', row.published).map(({ releaseNumber }) => releaseNumber),
      [row.bridge],
    );
  });
}

test('the bridge is one release with all its platforms', () => {
  const arm = build(2, { platform: 'linux-arm64', sha256: digest(3) });
  assert.deepEqual(bridgeBuilds('connect-sync', [build(1), build(2), arm]), [build(2), arm]);
  assert.deepEqual(bridgeBuilds('connect-sync', []), []);
});

for (const row of [
  { name: 'what names the newest release is current', answer: [build(2)], standing: 'current' },
  { name: 'after a newer release it is outdated', answer: [build(1)], standing: 'outdated' },
  { name: 'what is not published any more is outdated', answer: [build(9)], standing: 'outdated' },
  { name: 'what lacks a platform is outdated', answer: [], standing: 'outdated' },
  { name: 'what names a recalled build is recalled', answer: [build(3)], standing: 'recalled' },
]) {
  test(`an answer: ${row.name}`, () => {
    const published = [build(1), build(2), build(3, { isRecalled: true })];
    assert.equal(bridgeStanding(answerFor(row.answer), published), row.standing);
  });
}

test('an answer for the builds that are the bridge is current, whatever is published', () => {
  const builds = fc.array(
    fc.record({
      releaseNumber: fc.integer({ min: 1, max: 6 }),
      isForDownload: fc.boolean(),
      isRecalled: fc.boolean(),
      isDeliberatelyBroken: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(builds, (all) => {
      const published = all.map((one, at) => build(one.releaseNumber, { ...one, sha256: digest(at) }));
      const bridge = bridgeBuilds('connect-sync', published);
      assert.equal(bridgeStanding(answerFor(bridge), published), 'current');
      assert.ok(bridge.every((one) => !one.isRecalled));
    }),
  );
});
