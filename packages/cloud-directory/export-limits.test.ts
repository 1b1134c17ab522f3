import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectType } from './cloud-object.ts';
import { type CountsByKind, defaultExportLimits, judgeExports, type LimitFacts } from './export-limits.ts';

type Counts = Partial<Record<ObjectType, number>>;
const byType = (counts: Counts = {}) => new Map(Object.entries(counts) as [ObjectType, number][]);
const byKind = (creations?: Counts, changes?: Counts, deletions?: Counts, disablings?: Counts): CountsByKind => ({
  creations: byType(creations),
  changes: byType(changes),
  deletions: byType(deletions),
  disablings: byType(disablings),
});

interface Row {
  readonly name: string;
  readonly wanted: CountsByKind;
  readonly done?: CountsByKind;
  readonly live?: number;
  readonly approved?: number;
  readonly limits?: Partial<LimitFacts['limits']>;
  readonly isFirstWeek?: boolean;
  readonly refused?: string;
  readonly used?: number;
}

const tooMany = 'deletion-threshold-exceeded';
const rows: readonly Row[] = [
  { name: '500 deletions a day pass', wanted: byKind({}, {}, { user: 500 }), live: 10_000 },
  { name: 'the 501st deletion is refused', wanted: byKind({}, {}, { user: 501 }), live: 10_000, refused: tooMany },
  {
    name: 'deletions of several batches and types are added up',
    wanted: byKind({}, {}, { group: 1 }),
    done: byKind({}, {}, { user: 400, contact: 100 }),
    live: 10_000,
    refused: tooMany,
  },
  { name: 'twenty deletions pass whatever their share is', wanted: byKind({}, {}, { user: 20 }), live: 20 },
  { name: '21 of 105 users are a fifth, and pass', wanted: byKind({}, {}, { user: 21 }), live: 105 },
  { name: '21 of 104 users are more than a fifth', wanted: byKind({}, {}, { user: 21 }), live: 104, refused: tooMany },
  {
    name: 'the share counts from before the day’s deletions',
    wanted: byKind({}, {}, { user: 11 }),
    done: byKind({}, {}, { user: 10 }),
    live: 95,
  },
  {
    name: 'the share is that of a type and not of all',
    wanted: byKind({}, {}, { user: 15, group: 15 }),
    live: 30,
  },
  {
    name: 'approved deletions pass, and use the approval up',
    wanted: byKind({}, {}, { user: 600 }),
    live: 600,
    approved: 700,
    used: 600,
  },
  {
    name: 'an approval for fewer is no approval for some of them',
    wanted: byKind({}, {}, { user: 600 }),
    live: 600,
    approved: 599,
    refused: tooMany,
  },
  {
    name: 'a tenant may do without the prevention',
    wanted: byKind({}, {}, { user: 9_999 }),
    live: 9_999,
    limits: { deletions: { prevention: 'disabled', count: 500, percent: 20 } },
  },
  {
    name: 'a first load is large',
    wanted: byKind({ user: 500 }),
    done: byKind({ user: 1_000_000 }),
    isFirstWeek: true,
  },
  {
    name: 'a first load is not endless',
    wanted: byKind({ user: 1 }),
    done: byKind({ user: 2_000_000 }),
    isFirstWeek: true,
    refused: 'creation-limit-exceeded',
  },
  {
    name: 'later creations are limited more closely',
    wanted: byKind({ user: 1 }),
    done: byKind({ user: 50_000 }),
    refused: 'creation-limit-exceeded',
  },
  {
    name: 'changes are limited too',
    wanted: byKind({}, { user: 1 }),
    done: byKind({}, { user: 50_000 }),
    refused: 'change-limit-exceeded',
  },
  {
    name: 'three changes of every object pass, however many there are',
    wanted: byKind({}, { user: 500 }),
    done: byKind({}, { user: 179_500 }),
    live: 20_000,
  },
  {
    name: 'more than three changes of every object are refused',
    wanted: byKind({}, { user: 501 }),
    done: byKind({}, { user: 179_500 }),
    live: 20_000,
    refused: 'change-limit-exceeded',
  },
  {
    name: 'disabled accounts count with the deletions',
    wanted: byKind({}, {}, { user: 1 }, { user: 200 }),
    done: byKind({}, {}, { user: 100 }, { user: 200 }),
    live: 10_000,
    refused: tooMany,
  },
  {
    name: 'disabled accounts are still among those of whom a share is taken',
    wanted: byKind({}, {}, {}, { user: 1 }),
    done: byKind({}, {}, {}, { user: 20 }),
    live: 104,
    refused: tooMany,
  },
  {
    name: 'approved disablings pass, and use the approval up',
    wanted: byKind({}, { user: 600 }, {}, { user: 600 }),
    live: 600,
    approved: 700,
    used: 600,
  },
  {
    name: 'a limit that is reached stops its own kind only',
    wanted: byKind({ user: 1 }),
    done: byKind({}, { user: 50_000 }),
  },
];

for (const row of rows) {
  test(`S13: ${row.name}`, async () => {
    const verdict = await judgeExports(row.wanted, {
      limits: { ...defaultExportLimits, ...row.limits },
      done: row.done ?? byKind(),
      approvedDeletions: row.approved ?? 0,
      isFirstWeek: row.isFirstWeek ?? false,
      liveObjects: async () => row.live ?? 0,
    });
    assert.deepEqual(
      [...verdict.refused.values()].map(({ code }) => code),
      row.refused === undefined ? [] : [row.refused],
    );
    assert.equal(verdict.usedApprovals, row.used ?? 0);
  });
}
