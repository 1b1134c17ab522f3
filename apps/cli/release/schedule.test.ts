import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { Published } from '@springline/tuf/repository/publish';
import { dueOf } from './schedule.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const signedAt = Date.UTC(2026, 10, 22) as EpochMs;

/** Only its end matters here. */
function rootUntil(expires: number): Published['root'] {
  return { expires } as Published['root'];
}

/** A repository that was signed whole at `signedAt`. */
function published(targetsLife: number, snapshotLife: number, timestampLife: number): Published {
  const head = (life: number) => ({ version: 1, expires: (signedAt + life) as EpochMs, signedAt, extra: new Map() });
  return {
    root: rootUntil(signedAt + 365 * dayMs),
    targets: { ...head(targetsLife), targets: new Map() },
    delegated: new Map(),
    snapshot: { ...head(snapshotLife), meta: new Map() },
    timestamp: { ...head(timestampLife), snapshot: { version: 1 } },
  };
}

const repositories = {
  image: published(90 * dayMs, 7 * dayMs, 7 * dayMs),
  director: published(7 * dayMs, 7 * dayMs, 30 * minuteMs),
};

for (const row of [
  { name: 'the Director\u2019s timestamp rests for 10 minutes', of: 'director', after: 10 * minuteMs - 1, due: [] },
  { name: 'after 10 minutes it is signed again', of: 'director', after: 10 * minuteMs, due: ['timestamp'] },
  {
    name: 'the Director\u2019s other metadata is signed again when half of its 7 days is over',
    of: 'director',
    after: 3.5 * dayMs + 1,
    due: ['timestamp', 'targets', 'snapshot'],
  },
  { name: 'what was signed in the future is signed again', of: 'director', after: -1, due: ['timestamp'] },
  { name: 'the Image timestamp rests for a day', of: 'image', after: dayMs - 1, due: [] },
  { name: 'after a day it is signed again', of: 'image', after: dayMs, due: ['timestamp'] },
  { name: 'the Image snapshot lives for 7 days', of: 'image', after: 3.5 * dayMs + 1, due: ['timestamp', 'snapshot'] },
  {
    name: 'the Image targets live for 90 days',
    of: 'image',
    after: 45 * dayMs + 1,
    due: ['timestamp', 'targets', 'snapshot'],
  },
  {
    name: 'a root is followed by the next when half of its year is over',
    of: 'image',
    after: 182.5 * dayMs + 1,
    due: ['root', 'timestamp', 'targets', 'snapshot'],
  },
] as const) {
  test(row.name, () => {
    const { root, timestamp, renew } = dueOf(row.of, repositories[row.of], (signedAt + row.after) as EpochMs);
    assert.deepEqual([...(root ? ['root'] : []), ...(timestamp ? ['timestamp'] : []), ...renew], row.due);
  });
}

test('everything is due in an empty repository', () => {
  const root = rootUntil(signedAt + 365 * dayMs);
  const empty = { root, targets: undefined, delegated: new Map(), snapshot: undefined, timestamp: undefined };
  assert.deepEqual(dueOf('image', empty, signedAt), {
    root: false,
    timestamp: true,
    renew: new Set(['targets', 'snapshot']),
  });
});

test('S20: a recall is signed anew within 15 days, a component\u2019s role within 45', () => {
  const image = repositories.image;
  const role = (life: number) => ({ ...image.targets!, expires: (signedAt + life) as EpochMs });
  const delegated = new Map([
    ['connect-sync', role(90 * dayMs)],
    ['recall-connect-sync', role(30 * dayMs)],
  ]);
  const dueAfter = (days: number): readonly string[] => {
    const { renew } = dueOf('image', { ...image, delegated }, (signedAt + days * dayMs + 1) as EpochMs);
    return [...delegated.keys()].filter((name) => renew.has(name));
  };
  assert.deepEqual(
    [dueAfter(14), dueAfter(15), dueAfter(45)],
    [[], ['recall-connect-sync'], ['connect-sync', 'recall-connect-sync']],
  );
});
