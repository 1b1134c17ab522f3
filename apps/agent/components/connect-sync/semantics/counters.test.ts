/** Counters and results of a run, by the names of the field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryEntry } from '@springline/directory/entry';
import { anchor, changed, Forest } from '../../../testing/bench-entries.ts';
import { inbound, projectUsers, provisionUsers, ruleSetOf, type WrittenRule } from '../../../testing/bench-rules.ts';
import { baseDn, contact, SyncBench, stepOf, user } from '../../../testing/sync-bench.ts';

const other = new Forest('DC=other,DC=example', 9);
const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;

interface CountedRow {
  readonly name: string;
  readonly connector: 'corp' | 'other' | 'Cloud directory';
  readonly step: 'Import' | 'Sync' | 'Export';
  readonly counter: string;
  readonly happens: (bench: SyncBench) => void;
}

const byMail = [[{ cs: 'mail', mv: 'mail' }]];
const rules: readonly WrittenRule[] = [
  {
    ...projectUsers,
    connector: 'corp',
    scope: [[{ attribute: 'company', operator: 'NOTEQUAL', value: 'out' }]],
    flows: [
      ...(projectUsers['flows'] as object[]),
      ...['mail', 'title'].map((name) => ({ target: name, source: name })),
    ],
  },
  inbound('Other - find', 110, {
    connector: 'other',
    linkType: 'StickyJoin',
    join: byMail,
    scope: [[{ attribute: 'company', operator: 'NOTEQUAL', value: 'out' }]],
    flows: [{ target: 'info', source: 'info' }],
  }),
  { ...inbound('In - Contact', 120), sourceObjectType: 'contact' },
  provisionUsers(['title', 'info'], { scope: [[{ attribute: 'sourceAnchor', operator: 'ISNOTNULL' }]] }),
];

const replaceUser1 = (bench: SyncBench, next: DirectoryEntry): void => {
  bench.drop(staff(1));
  bench.put(next);
};

const rows: readonly CountedRow[] = [
  {
    name: 'an object that is as it was',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-no-change',
    happens: () => {},
  },
  {
    name: 'a new object',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-add',
    happens: (bench) => bench.put(user(5)),
  },
  {
    name: 'a changed object',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-update',
    happens: (bench) => bench.put(user(1, { mail: 'a@x', title: 'x' })),
  },
  {
    name: 'a renamed object',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-rename',
    happens: (bench) => replaceUser1(bench, changed(user(1, { mail: 'a@x' }), {}, staff(9))),
  },
  {
    name: 'a deleted object',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-delete',
    happens: (bench) => bench.drop(staff(2)),
  },
  {
    name: 'an object of another type',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-delete-add',
    happens: (bench) => replaceUser1(bench, contact(1)),
  },
  {
    name: 'an object that cannot be placed',
    connector: 'corp',
    step: 'Import',
    counter: 'stage-failure',
    happens: (bench) => bench.put(changed(user(1, { title: 'twice' }), {}, staff(9))),
  },
  {
    name: 'an object that makes a person',
    connector: 'corp',
    step: 'Sync',
    counter: 'disconnector-projected-flow',
    happens: (bench) => bench.put(user(5)),
  },
  {
    name: 'an object that no rule takes in',
    connector: 'corp',
    step: 'Sync',
    counter: 'disconnector-filtered',
    happens: (bench) => bench.put(user(5, { company: 'out' })),
  },
  {
    name: 'an object that joins',
    connector: 'other',
    step: 'Sync',
    counter: 'disconnector-joined-flow',
    happens: (bench) => bench.directory('other').put(other.user(8, { mail: 'b@x' })),
  },
  {
    name: 'an object that finds nobody',
    connector: 'other',
    step: 'Sync',
    counter: 'disconnector-remains',
    happens: (bench) => bench.directory('other').put(other.user(8, { mail: 'z@x' })),
  },
  {
    name: 'an object that flows',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-flow',
    happens: (bench) => bench.put(user(1, { mail: 'a@x', title: 'x' })),
  },
  {
    name: 'an object of which nothing flows',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-no-flow',
    happens: (bench) => bench.put(user(1, { mail: 'a@x', company: 'unread' })),
  },
  {
    name: 'an object that is gone, and its person with it',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-delete-remove-mv',
    happens: (bench) => bench.drop(staff(2)),
  },
  {
    name: 'an object that is gone while its person stays',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-delete-leave-mv',
    happens: (bench) => bench.drop(staff(1)),
  },
  {
    name: 'an object of another type that was linked',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-delete-add-processed',
    happens: (bench) => replaceUser1(bench, contact(1)),
  },
  {
    name: 'an object that leaves the scope, and its person with it',
    connector: 'corp',
    step: 'Sync',
    counter: 'connector-filtered-remove-mv',
    happens: (bench) => bench.put(user(2, { mail: 'b@x', company: 'out' })),
  },
  {
    name: 'an object that leaves the scope while its person stays',
    connector: 'other',
    step: 'Sync',
    counter: 'connector-filtered-leave-mv',
    happens: (bench) => bench.directory('other').put(other.user(7, { mail: 'a@x', company: 'out' })),
  },
  {
    name: 'a person who is new to the cloud',
    connector: 'corp',
    step: 'Sync',
    counter: 'provisioned-add-flow',
    happens: (bench) => bench.put(user(5)),
  },
  {
    name: 'a person who leaves the cloud',
    connector: 'corp',
    step: 'Sync',
    counter: 'provisioned-disconnect',
    happens: (bench) => bench.drop(staff(2)),
  },
  {
    name: 'an object that was made in the cloud',
    connector: 'Cloud directory',
    step: 'Export',
    counter: 'export-add',
    happens: (bench) => bench.put(user(5)),
  },
  {
    name: 'an object that was changed in the cloud',
    connector: 'Cloud directory',
    step: 'Export',
    counter: 'export-update',
    happens: (bench) => bench.put(user(1, { mail: 'a@x', title: 'x' })),
  },
  {
    name: 'an object that was deleted in the cloud',
    connector: 'Cloud directory',
    step: 'Export',
    counter: 'export-delete',
    happens: (bench) => bench.drop(staff(2)),
  },
  {
    name: 'an object that the cloud refused',
    connector: 'Cloud directory',
    step: 'Export',
    counter: 'export-failure',
    happens: (bench) => {
      bench.put(user(5));
      bench.cloud.refuse = () => 'AttributeValueMustBeUnique';
    },
  },
];

for (const { name, connector, step, counter, happens } of rows) {
  test(`${name} counts once as ${counter}`, async () => {
    const bench = new SyncBench({
      directories: [
        { name: 'corp', kind: 'active-directory', baseDn },
        { name: 'other', kind: 'active-directory', baseDn: other.baseDn },
      ],
      ruleSet: ruleSetOf(rules),
    });
    const isCounted = counter === 'stage-no-change';
    bench.put(user(1, { mail: 'a@x' }), user(2, { mail: 'b@x' }));
    bench.directory('other').put(other.user(7, { mail: 'a@x' }));
    await bench.cycle();
    happens(bench);
    const { counters } = stepOf(await bench.cycle(), connector, step);
    assert.equal(counters[counter], isCounted ? 2 : 1, JSON.stringify(counters));
  });
}

test('a run that had nothing to do is a success, and every step says when it began and ended', async () => {
  const bench = new SyncBench();
  bench.put(user(1));
  await bench.cycle();
  const cycle = await bench.cycle();
  assert.equal(cycle.result, 'success');
  assert.ok(cycle.steps.length >= 4);
  for (const { startedAt, endedAt, result } of cycle.steps) {
    assert.ok(endedAt !== undefined && endedAt >= startedAt);
    assert.equal(result, 'success');
  }
});

test('the result of a run is the worst of its steps, and the history keeps all of them', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  bench.cloud.refuse = ({ sourceAnchor }) => (sourceAnchor === anchor(1) ? 'InvalidSoftMatch' : undefined);
  bench.put(user(1, { title: 'x' }), user(2, { title: 'x' }));
  assert.equal((await bench.cycle()).result, 'completed-export-errors');
  bench.entries.clear();
  assert.equal((await bench.cycle()).result, 'stopped-import-read');
  assert.deepEqual(
    bench.store.cycles(10).map(({ result }) => result),
    ['stopped-import-read', 'completed-export-errors', 'success'],
  );
});

test('objects come in, are synchronised and are exported in the order of the field', async () => {
  const bench = new SyncBench();
  bench.put(user(1));
  const cycle = await bench.cycle();
  assert.deepEqual(
    cycle.steps.map(({ connector, profile }) => `${connector}: ${profile}`),
    [
      'corp: Full Import',
      'Cloud directory: Full Import',
      'corp: Full Synchronization',
      'Cloud directory: Export',
      'Cloud directory: Delta Import',
    ],
  );
});
