import assert from 'node:assert/strict';
import { test } from 'node:test';
import { version as shownVersion } from '@springline/api/shapes/text';
import { parseReleaseFacts, releaseFactsJson } from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath, runtimeTargetPath } from '@springline/auto-upgrade/release/target-path';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { PublishError } from './error.ts';
import { type ReleaseStatement, type StatementWorld, statedFacts } from './statement.ts';

const now = Date.parse('2026-11-22T12:00:00Z') as EpochMs;
const world: StatementWorld = {
  ...{ component: 'connect-sync', version: '2.5.3.0', releaseNumber: 8, now, isDevelopment: true },
  publishedBefore: [
    { version: '2.4.9.0', releaseNumber: 6, publishedAt: '2026-10-01T00:00:00Z' },
    { version: '2.5.2.0', releaseNumber: 7, publishedAt: '2026-11-01T00:00:00Z' },
  ],
  lastReleaseNumber: 7,
};

test('without a word a release is for both channels, at any pace, dated when it is published', () => {
  assert.deepEqual(statedFacts({}, world), {
    channel: { download: true, autoUpgrade: true },
    maxRampPpmPerHour: 1_000_000,
  });
});

test('all that may be said is signed as it was said', () => {
  const statement: ReleaseStatement = {
    channel: { download: false, autoUpgrade: true },
    maxRampPpmPerHour: 10_000,
    floor: { below: '2.5.0', from: '2026-12-18T00:00:00Z' },
    carriedBy: { component: 'agent-updater', version: '1.2' },
    needs: { os: 'Linux 5.10 or later' },
    publishedAt: '2026-11-20T00:00:00Z',
  };
  assert.deepEqual(statedFacts(statement, world), statement);
});

const refused: readonly {
  readonly name: string;
  readonly statement: ReleaseStatement;
  readonly world?: Partial<StatementWorld>;
  readonly says: RegExp;
  readonly code?: string;
}[] = [
  {
    name: 'a floor above the release itself',
    statement: { floor: { below: '2.6', from: '2026-12-18T00:00:00Z' } },
    says: /is above connect-sync 2\.5\.3\.0 itself/,
  },
  {
    name: 'a floor that would have begun',
    statement: { floor: { below: '2.5', from: '2026-11-22T12:00:00Z' } },
    says: /which is over/,
  },
  {
    name: 'a floor that leaves less than 7 days',
    statement: { floor: { below: '2.5', from: '2026-11-29T11:59:59Z' } },
    says: /less than 7 days: not before 2026-11-29T12:00:00\.000Z/,
  },
  {
    name: 'a floor on a release that agents do not take by themselves',
    statement: {
      floor: { below: '2.5', from: '2026-12-18T00:00:00Z' },
      channel: { download: true, autoUpgrade: false },
    },
    says: /the channel download keeps them from it/,
  },
  {
    name: 'a floor that is no version',
    statement: { floor: { below: 'two', from: '2026-12-18T00:00:00Z' } },
    says: /the floor is two to four numbers/,
  },
  {
    name: 'a floor from a day that no calendar has',
    statement: { floor: { below: '2.5', from: '2026-13-01T00:00:00Z' } },
    says: /is an instant in UTC/,
  },
  {
    name: 'a release for nobody',
    statement: { channel: { download: false, autoUpgrade: false } },
    says: /offered to nobody/,
  },
  { name: 'a ramp that never opens', statement: { maxRampPpmPerHour: 0 }, says: /--channel download/ },
  { name: 'a ramp beyond everybody', statement: { maxRampPpmPerHour: 1_000_001 }, says: /0\.0001% to 100% an hour/ },
  {
    name: 'an unknown carrier',
    statement: { carriedBy: { component: 'health-sink', version: '1.0' } },
    says: /there is no component health-sink/,
    code: 'release-component-unknown',
  },
  {
    name: 'a component that carries itself',
    statement: { carriedBy: { component: 'connect-sync', version: '2.5.3' } },
    says: /cannot be carried by itself/,
  },
  { name: 'a need without words', statement: { needs: { os: ' ' } }, says: /what a host needs/ },
  { name: 'a need by a name of its own', statement: { needs: { __proto: 'x' } }, says: /what a host needs/ },
  {
    name: 'a time of publishing to come',
    statement: { publishedAt: '2026-11-22T12:00:01Z' },
    says: /nothing is published in the future/,
  },
  {
    name: 'a time of publishing before that of the release before',
    statement: { publishedAt: '2026-10-31T23:59:59Z' },
    says: /before 2026-11-01T00:00:00\.000Z/,
  },
  {
    name: 'a time of publishing where keys are not for development',
    statement: { publishedAt: '2026-11-20T00:00:00Z' },
    world: { isDevelopment: false },
    says: /only a repository of the development profile/,
  },
  {
    name: 'a version that is published',
    statement: {},
    world: { version: '2.5.2' },
    says: /2\.5\.2\.0 is published already/,
    code: 'release-version-taken',
  },
  {
    name: 'a lower version by a slip',
    statement: {},
    world: { version: '2.5.1.0' },
    says: /--allow-lower-version/,
    code: 'release-version-taken',
  },
  {
    name: 'a release number that leaves no higher one',
    statement: {},
    world: { releaseNumber: Number.MAX_SAFE_INTEGER },
    says: /too far ahead.*up to 1000007/,
    code: 'release-number-taken',
  },
  {
    name: 'a release number a million and one ahead',
    statement: {},
    world: { releaseNumber: 1_000_008 },
    says: /too far ahead/,
    code: 'release-number-taken',
  },
  {
    name: 'a version that the control plane cannot show',
    statement: {},
    world: { version: '2147483647.0.0.0' },
    says: /a number above 999999999/,
  },
  {
    name: 'a release number that was given out',
    statement: {},
    world: { releaseNumber: 7 },
    says: /given out up to 7/,
    code: 'release-number-taken',
  },
];
for (const row of refused) {
  test(`${row.name} is refused`, () => {
    assert.throws(
      () => statedFacts(row.statement, { ...world, ...row.world }),
      (error: unknown) => {
        assert.ok(error instanceof PublishError);
        assert.match(error.message, row.says);
        return error.code === (row.code ?? 'release-facts-contradict');
      },
    );
  });
}

test('release numbers and versions are taken up to what can follow them and be shown', () => {
  const version = shownVersion.parse('999999999.999999999.0.0');
  assert.equal(shownVersion.safeParse('1000000000.0.0.0').success, false);
  statedFacts({}, { ...world, version, releaseNumber: 1_000_007 });
});

test('a lower version is published when that is meant, and never one that is taken', () => {
  statedFacts({ isLowerMeant: true }, { ...world, version: '2.5.1.0' });
  assert.throws(() => statedFacts({ isLowerMeant: true }, { ...world, version: '2.4.9' }), {
    code: 'release-version-taken',
  });
});

test('whatever is not refused is read back by agents as it was said', () => {
  const sha256 = 'a'.repeat(64);
  const version = fc.tuple(fc.nat(9), fc.nat(9)).map((fields) => fields.join('.'));
  const instants = fc
    .integer({ min: now - 40 * 86_400_000, max: now + 40 * 86_400_000 })
    .map((at) => new Date(at).toISOString());
  const plain = { noNullPrototype: true } as const;
  const statements = fc.record(
    {
      channel: fc.record({ download: fc.boolean(), autoUpgrade: fc.boolean() }, plain),
      maxRampPpmPerHour: fc.integer({ min: -1, max: 1_000_001 }),
      floor: fc.record({ below: version, from: instants }, plain),
      carriedBy: fc.record({ component: fc.constantFrom('health-sync', 'connect-sync', 'other'), version }, plain),
      needs: fc.dictionary(fc.constantFrom('os', 'node', 'A', '__proto__'), fc.string({ maxLength: 210 }), plain),
      publishedAt: instants,
    },
    { requiredKeys: [], ...plain },
  );
  const named = { component: 'connect-sync', version: '2.5.3.0', platform: 'linux-x64' } as const;
  const path = componentTargetPath(named);
  fc.assert(
    fc.property(statements, (statement) => {
      let stated: ReturnType<typeof statedFacts>;
      try {
        stated = statedFacts(statement, world);
      } catch (error) {
        assert.ok(error instanceof PublishError);
        return;
      }
      const facts = {
        ...({ kind: 'component', ...named, releaseNumber: 8, stateSchema: 1, treeHash: sha256 } as const),
        runtime: runtimeTargetPath({ version: '24.0.0', platform: 'linux-x64' }),
        transports: [{ kind: 'full', path: `${path}.zst`, length: 1, sha256 }] as const,
        publishedAt: '2026-11-22T12:00:00Z',
        ...stated,
      };
      assert.deepEqual(parseReleaseFacts(path, releaseFactsJson(facts)), facts);
      if (facts.floor === undefined) return;
      // As agents judge it (S27).
      assert.ok(Date.parse(facts.floor.from) - Date.parse(facts.publishedAt) >= 7 * 86_400_000);
    }),
  );
});
