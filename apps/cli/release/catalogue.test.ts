import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaVersion } from '@springline/agent/storage/sync-schema';
import {
  type ComponentFacts,
  fullTransportPath,
  releaseFactsJson,
} from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath, type Platform, runtimeTargetPath } from '@springline/auto-upgrade/release/target-path';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import { stateSchemas } from './bundles.ts';
import { directorTargets, keptTransports, nextVersion, releasesIn, withinHistory } from './catalogue.ts';

const sha256 = 'a'.repeat(64);

function runtime(version: string, platform: Platform = 'linux-x64'): TargetFile {
  const path = runtimeTargetPath({ version, platform });
  const transports = [{ kind: 'full', path: fullTransportPath(path), length: 1, sha256 }] as const;
  const custom = releaseFactsJson({ kind: 'runtime', version, platform, treeHash: sha256, transports });
  return { path, length: 1, hashes: new Map([['sha256', sha256]]), custom };
}

function release(
  releaseNumber: number,
  needs = '24.0.0',
  platform: Platform = 'linux-x64',
  channel = { download: true, autoUpgrade: true },
): TargetFile {
  const version = `1.0.0.${releaseNumber}`;
  const path = componentTargetPath({ component: 'connect-sync', version, platform });
  const facts: ComponentFacts = {
    ...{ kind: 'component', component: 'connect-sync', version, releaseNumber, platform },
    ...{ channel, runtime: runtimeTargetPath({ version: needs, platform }) },
    ...{ stateSchema: 1, maxRampPpmPerHour: 1_000_000, treeHash: sha256, publishedAt: '2026-11-22T14:00:00Z' },
    transports: [{ kind: 'full', path: fullTransportPath(path), length: 1, sha256 }],
  };
  return { path, length: 1, hashes: new Map([['sha256', sha256]]), custom: releaseFactsJson(facts) };
}

function targets(...files: readonly TargetFile[]): ReadonlyMap<string, TargetFile> {
  return new Map(files.map((file) => [file.path, file]));
}

for (const row of [
  { name: 'the first release has the version of the sources', last: undefined, source: '0.1.0.0', next: '0.1.0.0' },
  { name: 'the next one raises the fourth field', last: '0.1.0.7', source: '0.1.0.0', next: '0.1.0.8' },
  { name: 'sources that are further win', last: '0.1.0.7', source: '0.2.0', next: '0.2.0.0' },
  { name: 'sources that are behind never lower a version', last: '2.5.79.1', source: '2.5.8', next: '2.5.79.2' },
]) {
  test(row.name, () => assert.equal(nextVersion(row.last, row.source), row.next));
}

test('S3: the Director lists the current release of each platform and its runtime, by path, length and hashes alone', () => {
  const image = targets(
    runtime('24.0.0'),
    runtime('22.0.0'),
    runtime('24.0.0', 'linux-arm64'),
    release(1, '22.0.0'),
    release(9),
    release(10),
    release(3, '24.0.0', 'linux-arm64'),
  );
  const director = directorTargets(image);
  assert.deepEqual(
    [...director.keys()].sort(),
    [
      release(10).path,
      release(3, '24.0.0', 'linux-arm64').path,
      runtime('24.0.0').path,
      runtime('24.0.0', 'linux-arm64').path,
    ].sort(),
  );
  for (const target of director.values()) assert.deepEqual(Object.keys(target), ['path', 'length', 'hashes']);
});

test('the transports of the last 5 releases stay on disk, with the runtimes that they need', () => {
  const image = targets(
    runtime('24.0.0'),
    runtime('22.0.0'),
    ...[1, 2, 3].map((n) => release(n, '22.0.0')),
    ...[4, 5, 6, 7, 8].map((n) => release(n)),
  );
  const expected = [runtime('24.0.0'), ...[4, 5, 6, 7, 8].map((n) => release(n))];
  assert.deepEqual([...keptTransports(image)].sort(), expected.map(({ path }) => `${path}.zst`).sort());
});

test('beside a newest release that is for one channel, the newest of the other channel is current and keeps its files', () => {
  const download = { download: true, autoUpgrade: false };
  const only = (n: number, channel = download) => release(n, '24.0.0', 'linux-x64', channel);
  const image = targets(runtime('24.0.0'), release(1), release(2), ...[3, 4, 5, 6, 7, 8].map((n) => only(n)));
  const director = directorTargets(image);
  assert.deepEqual([...director.keys()], [only(8).path, release(2).path, runtime('24.0.0').path]);
  assert.ok(keptTransports(image, new Set(director.keys())).has(`${release(2).path}.zst`));
  const pushed = only(9, { download: false, autoUpgrade: true });
  const later = directorTargets(targets(runtime('24.0.0'), release(2), only(8), pushed));
  assert.deepEqual([...later.keys()], [pushed.path, only(8).path, runtime('24.0.0').path]);
});

test('the history of a component is bounded, and runtimes that only forgotten releases needed go with them', () => {
  const many = Array.from({ length: 120 }, (_, at) => release(at + 1, at < 20 ? '22.0.0' : '24.0.0'));
  const kept = withinHistory(targets(runtime('24.0.0'), runtime('22.0.0'), ...many));
  const numbers = releasesIn(kept).map(({ facts }) => facts.releaseNumber);
  assert.deepEqual([numbers.length, numbers.at(0), numbers.at(-1)], [100, 120, 21]);
  assert.equal(kept.has(runtime('22.0.0').path), false);
  assert.equal(kept.has(runtime('24.0.0').path), true);
});

test('a release of Connect Sync names the schema of its store', () => {
  assert.equal(stateSchemas['connect-sync'], schemaVersion);
});
