/** Which contribution wins, how contributions are merged, and what no value means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchor, Forest } from '../../../testing/bench-entries.ts';
import { faultCodes, inCloud } from '../../../testing/bench-looks.ts';
import {
  cloudName,
  inbound,
  outbound,
  projectUsers,
  provisionUsers,
  ruleSetOf,
  type WrittenRule,
} from '../../../testing/bench-rules.ts';
import { SyncBench, user } from '../../../testing/sync-bench.ts';

interface FlowRow {
  readonly name: string;
  /** Expressions for one attribute by rules of rising precedence number, and how they merge. */
  readonly flows: readonly string[];
  readonly mergeType?: string;
  readonly gives: readonly unknown[] | undefined;
}

const rows: readonly FlowRow[] = [
  { name: 'the lowest precedence number wins', flows: ['"a"', '"b"', '"c"'], gives: ['a'] },
  { name: 'NULL contributes nothing, and the next rule may', flows: ['NULL', '"b"', '"c"'], gives: ['b'] },
  { name: 'a direct flow without a value is NULL', flows: ['[company]', '"b"'], gives: ['b'] },
  { name: 'an empty text is no value', flows: ['""', '"b"'], gives: ['b'] },
  { name: 'a text function of nothing is no value', flows: ['Trim([company])', '"b"'], gives: ['b'] },
  { name: 'where nobody contributes there is no value', flows: ['NULL', '""'], gives: undefined },
  {
    name: 'AuthoritativeNull leaves it empty, whatever follows',
    flows: ['AuthoritativeNull', '"b"'],
    gives: undefined,
  },
  { name: 'AuthoritativeNull takes nothing from a rule before it', flows: ['"a"', 'AuthoritativeNull'], gives: ['a'] },
  {
    name: 'NULL before AuthoritativeNull changes nothing',
    flows: ['NULL', 'AuthoritativeNull', '"c"'],
    gives: undefined,
  },
  { name: 'IgnoreThisFlow is as if the flow were not there', flows: ['IgnoreThisFlow', '"b"'], gives: ['b'] },
  { name: 'IgnoreThisFlow alone gives a new object nothing', flows: ['IgnoreThisFlow'], gives: undefined },
  {
    name: 'IgnoreThisFlow does not stop AuthoritativeNull',
    flows: ['IgnoreThisFlow', 'AuthoritativeNull', '"c"'],
    gives: undefined,
  },
  { name: 'Replace is Update by another word', flows: ['"a"', '"b"'], mergeType: 'Replace', gives: ['a'] },
  {
    name: 'Merge gives all values together',
    flows: ['"a"', 'Split("b,c", ",")'],
    mergeType: 'Merge',
    gives: ['a', 'b', 'c'],
  },
  {
    name: 'Merge keeps what differs only in case',
    flows: ['"a"', '"A"', '"a"'],
    mergeType: 'Merge',
    gives: ['A', 'a'],
  },
  {
    name: 'MergeCaseInsensitive keeps the spelling of the lowest number',
    flows: ['"a@X"', '"A@x"', '"b"'],
    mergeType: 'MergeCaseInsensitive',
    gives: ['a@X', 'b'],
  },
  {
    name: 'NULL adds nothing to a merge',
    flows: ['NULL', '"b"', 'NULL', '"d"'],
    mergeType: 'Merge',
    gives: ['b', 'd'],
  },
  {
    name: 'AuthoritativeNull before a merge leaves it empty',
    flows: ['AuthoritativeNull', '"b"'],
    mergeType: 'Merge',
    gives: undefined,
  },
];

const target = 'otherMobile';

for (const { name, flows, mergeType = 'Update', gives } of rows) {
  test(`inbound: ${name}`, async () => {
    const rules = flows.map((expression, at) =>
      inbound(`rule ${at}`, 110 + at, { flows: [{ target, expression, mergeType }] }),
    );
    // Written in another order than they count.
    const bench = new SyncBench({
      ruleSet: ruleSetOf([provisionUsers([target]), ...rules.toReversed(), projectUsers]),
    });
    bench.put(user(1));
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), []);
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes[target], gives);
  });

  test(`outbound: ${name}`, async () => {
    const rules = flows.map((expression, at) =>
      outbound(`rule ${at}`, 910 + at, { flows: [{ target, expression, mergeType }] }),
    );
    const bench = new SyncBench({ ruleSet: ruleSetOf([...rules.toReversed(), provisionUsers([]), projectUsers]) });
    bench.put(user(1));
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), []);
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes[target], gives);
  });
}

/** What becomes of a value, inbound and outbound, when the expression gives another thing later. */
const laterCases = [
  { name: 'NULL removes it', later: 'NULL', keeps: false },
  { name: 'AuthoritativeNull removes it', later: 'AuthoritativeNull', keeps: false },
  { name: 'IgnoreThisFlow leaves it', later: 'IgnoreThisFlow', keeps: true },
];

for (const { name, later, keeps } of laterCases) {
  for (const direction of ['inbound', 'outbound']) {
    test(`${direction}: where there was a value, ${name}`, async () => {
      const expression = `IIF(IsPresent([info]), ${later}, "value")`;
      const isInbound = direction === 'inbound';
      const flow = { flows: [{ target: 'title', expression }] };
      const rules = isInbound
        ? [projectUsers, inbound('flow', 110, flow), provisionUsers(['title'])]
        : [
            projectUsers,
            inbound('info', 110, { flows: [{ target: 'info', source: 'info' }] }),
            provisionUsers([]),
            outbound('flow', 910, flow),
          ];
      const bench = new SyncBench({ ruleSet: ruleSetOf(rules) });
      bench.put(user(1), user(2));
      await bench.cycle();
      bench.put(user(1, { info: 'x' }));
      await bench.cycle();
      assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], keeps ? ['value'] : undefined);
      assert.deepEqual(inCloud(bench, anchor(2))?.attributes['title'], ['value']);
    });
  }
}

test('Error fails the object in its direction: it keeps what it had, is named, and comes right with its cause', async () => {
  for (const direction of ['inbound', 'outbound']) {
    const failing = {
      flows: [{ target: 'title', expression: 'IIF(IsPresent([info]), Error("no info, please"), [department])' }],
    };
    const rules =
      direction === 'inbound'
        ? [projectUsers, inbound('fails', 110, failing), provisionUsers(['title'])]
        : [
            projectUsers,
            inbound('all', 110, { flows: ['info', 'department'].map((name) => ({ target: name, source: name })) }),
            provisionUsers([]),
            outbound('fails', 910, failing),
          ];
    const bench = new SyncBench({ ruleSet: ruleSetOf(rules) });
    bench.put(user(1, { department: 'one' }), user(2, { department: 'two' }));
    await bench.cycle();
    bench.put(user(1, { department: 'new', info: 'x' }), user(2, { department: 'new' }));
    assert.equal((await bench.cycle()).result, 'completed-sync-errors', direction);
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['one']);
    assert.deepEqual(inCloud(bench, anchor(2))?.attributes['title'], ['new']);
    assert.match(bench.store.faults(undefined, 1)[0]!.fault!.message, /no info, please/);
    bench.put(user(1, { department: 'new' }));
    assert.equal((await bench.cycle()).result, 'success', direction);
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['new']);
  }
});

test('what flows once is set when the object is made, and never again', async () => {
  for (const direction of ['inbound', 'outbound']) {
    const once = { flows: [{ target: 'title', source: 'department', executeOnce: true }] };
    const rules =
      direction === 'inbound'
        ? [projectUsers, inbound('once', 110, once), provisionUsers(['title'])]
        : [
            projectUsers,
            inbound('all', 110, { flows: [{ target: 'department', source: 'department' }] }),
            provisionUsers([]),
            outbound('once', 910, once),
          ];
    const bench = new SyncBench({ ruleSet: ruleSetOf(rules) });
    bench.put(user(1, { department: 'first' }), user(2));
    await bench.cycle();
    bench.put(user(1, { department: 'second' }), user(2, { department: 'late' }));
    await bench.cycle();
    assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['first'], direction);
    assert.equal(inCloud(bench, anchor(2))?.attributes['title'], undefined, direction);
  }
});

test('several values for an attribute that takes one fail the object by name', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      projectUsers,
      inbound('flow', 110, { flows: [{ target: 'title', source: 'otherTelephone' }] }),
      provisionUsers(['title']),
    ]),
  });
  bench.put(user(1, { otherTelephone: ['1', '2'] }), user(2));
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), ['flow-multi-values-to-single-value']);
});

const forests = ['one', 'two', 'three'].map((name) => ({ name, forest: new Forest(`DC=${name},DC=example`) }));
const joinByMail: WrittenRule = inbound('In - User', 100, {
  linkType: 'Provision',
  join: [[{ cs: 'mail', mv: 'mail' }]],
  flows: [
    { target: 'mail', source: 'mail' },
    { target: 'sourceAnchor', constant: 'fixed' },
    { target: 'title', source: 'title' },
    { target: 'otherMobile', source: 'otherMobile', mergeType: 'Merge' },
  ],
});

for (const order of [
  ['one', 'two', 'three'],
  ['three', 'one', 'two'],
  ['two', 'three', 'one'],
]) {
  test(`of ${order.join(', ')} the connector that was added first wins, whoever was read first`, async () => {
    const bench = new SyncBench({
      directories: order.map((name) => ({
        name,
        kind: 'active-directory',
        baseDn: forests.find((found) => found.name === name)!.forest.baseDn,
      })),
      ruleSet: ruleSetOf([
        joinByMail,
        outbound('Out', 900, { linkType: 'Provision', flows: [cloudName, { target: 'title', source: 'title' }] }),
      ]),
    });
    const titleOf = (): unknown => inCloud(bench, 'fixed')?.attributes['title'];
    // The last one is there first, and projects.
    for (const [at, name] of order.toReversed().entries()) {
      const { forest } = forests.find((found) => found.name === name)!;
      bench.directory(name).put(forest.user(at + 1, { mail: 'a@x', title: name }));
      await bench.cycle();
      assert.deepEqual(titleOf(), [name]);
    }
    // A connector that has no value gives way; that it went leaves the others.
    const first = bench.directory(order[0]!);
    first.put(forests.find(({ name }) => name === order[0])!.forest.user(3, { mail: 'a@x' }));
    await bench.cycle();
    assert.deepEqual(titleOf(), [order[1]]);
  });
}
