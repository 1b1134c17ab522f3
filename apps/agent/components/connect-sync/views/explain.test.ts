import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SyncAnswer } from '@springline/api/shapes/sync';
import { Forest, type Values } from '../../../testing/bench-entries.ts';
import { inbound, projectUsers, provisionUsers, ruleSetOf, type WrittenRule } from '../../../testing/bench-rules.ts';
import { user } from '../../../testing/sync-bench.ts';
import { BenchContext } from './testing/bench-context.ts';

const flow = (source: string, more: object = {}): object => ({ target: 'otherPager', expression: source, ...more });
const rule = (name: string, precedence: number, expression: string, more: WrittenRule = {}): WrittenRule =>
  inbound(name, precedence, { flows: [flow(expression)], ...more });

async function explained(
  t: TestContext,
  rules: readonly WrittenRule[],
  attributes: Values = {},
  then?: (context: BenchContext) => Promise<void>,
): Promise<SyncAnswer<'explain'>> {
  const context = new BenchContext(t, { ruleSet: ruleSetOf([projectUsers, provisionUsers(['otherPager']), ...rules]) });
  context.bench.put(user(1, attributes));
  await context.bench.cycle();
  await then?.(context);
  return context.ask('explain', { object: user(1).dn, attribute: 'otherPager' });
}

interface Row {
  readonly name: string;
  readonly rules: readonly WrittenRule[];
  readonly attributes?: Values;
  readonly values: readonly string[];
  readonly winner: string | undefined;
  readonly losers: readonly (readonly [rule: string, why: string, ...values: string[]])[];
}

const rows: readonly Row[] = [
  {
    name: 'the lower precedence number wins, and the loser would have given its own',
    rules: [rule('first', 150, '"A"'), rule('second', 160, '"B"')],
    values: ['A'],
    winner: 'first',
    losers: [['second', 'precedence', 'B']],
  },
  {
    name: 'a rule without a value loses to one after it that has one',
    rules: [rule('first', 150, '[info]'), rule('second', 160, '"B"')],
    values: ['B'],
    winner: 'second',
    losers: [['first', 'null']],
  },
  {
    name: 'an authoritative null wins without a value',
    rules: [rule('first', 150, 'AuthoritativeNull'), rule('second', 160, '"B"')],
    values: [],
    winner: 'first',
    losers: [['second', 'precedence', 'B']],
  },
  {
    name: 'a rule that does not take the object in gives nothing, and would have',
    rules: [
      rule('first', 150, '"A"', { scope: [[{ attribute: 'department', operator: 'EQUAL', value: 'Sales' }]] }),
      rule('second', 160, '"B"'),
    ],
    values: ['B'],
    winner: 'second',
    losers: [['first', 'not-in-scope', 'A']],
  },
  {
    name: 'an ignored flow leaves it to the next',
    rules: [rule('first', 150, 'IgnoreThisFlow'), rule('second', 160, '"B"')],
    values: ['B'],
    winner: 'second',
    losers: [['first', 'ignored']],
  },
  {
    name: 'rules that merge give together, and none of them loses',
    rules: [
      inbound('first', 150, { flows: [flow('"A"', { mergeType: 'Merge' })] }),
      inbound('second', 160, { flows: [flow('"B"', { mergeType: 'Merge' })] }),
    ],
    values: ['A', 'B'],
    winner: 'first',
    losers: [],
  },
  {
    name: 'an attribute that nobody gives has no winner, and names who had nothing',
    rules: [rule('first', 150, '[info]')],
    values: [],
    winner: undefined,
    losers: [['first', 'null']],
  },
  {
    name: 'an expression that fails gives nothing where another decided before it',
    rules: [rule('first', 150, '"A"'), rule('second', 160, 'CStr(CNum([displayName]))')],
    values: ['A'],
    winner: 'first',
    losers: [['second', 'null']],
  },
];

for (const { name, rules, attributes, values, winner, losers } of rows) {
  test(name, async (t) => {
    const found = await explained(t, rules, attributes);
    assert.deepEqual(found.values, values);
    assert.equal(found.winner?.rule, winner);
    assert.deepEqual(
      found.losers.map((loser) => [loser.rule, loser.why, ...loser.values]),
      losers,
    );
    for (const each of [found.winner, ...found.losers].filter((some) => some !== undefined)) {
      assert.equal(each.connector, 'corp');
      assert.equal(each.from, user(1).dn);
      assert.equal(each.precedence, each.rule === 'first' ? 150 : 160);
    }
  });
}

test('a value that was flowed once stays, and the rule that gave it goes on holding it', async (t) => {
  const once = inbound('once', 150, {
    flows: [flow('[info]', { executeOnce: true })],
  });
  const found = await explained(t, [once], { info: 'seed' }, async ({ bench }) => {
    bench.put(user(1, { info: 'other' }));
    await bench.cycle();
  });
  assert.deepEqual([found.values, found.winner?.rule, found.losers], [['seed'], 'once', []]);
});

test('since when is when the value became what it is, and not when the object was last looked at', async (t) => {
  let changedAt = 0;
  const found = await explained(t, [rule('first', 150, '[info]')], { info: 'old' }, async ({ bench }) => {
    bench.put(user(1, { info: 'new' }));
    await bench.cycle();
    changedAt = bench.clock.now();
    bench.put(user(1, { info: 'new', displayName: 'Another' }));
    await bench.cycle();
  });
  assert.deepEqual(found.values, ['new']);
  assert.equal(Date.parse(found.winner!.since!), changedAt);
});

test('what becomes of the value in the cloud directory is said, with the rule that takes it there', async (t) => {
  const context = new BenchContext(t);
  context.bench.put(user(1, { department: ' Sales ', manager: user(2).dn }), user(2));
  await context.bench.cycle();
  const department = await context.ask('explain', { object: user(1).dn, attribute: 'department' });
  assert.deepEqual(
    department.outbound.map(({ target, values, connector }) => [connector, target, values]),
    [['Cloud directory', 'department', ['Sales']]],
  );
  assert.match(department.outbound[0]!.rule, /^Out to cloud/);
  const manager = await context.ask('explain', { object: user(1).dn, attribute: 'manager' });
  assert.deepEqual([manager.type, manager.values], ['reference', [user(2).dn]]);
  assert.deepEqual(
    manager.outbound.map(({ target, values }) => [target, values]),
    [['manager', [user(2).dn]]],
  );
});

test('an object that no rule takes in is said to be linked to nothing', async (t) => {
  const context = new BenchContext(t);
  context.bench.put(user(1, { adminDescription: 'User_42' }));
  await context.bench.cycle();
  await assert.rejects(context.ask('explain', { object: user(1).dn, attribute: 'otherPager' }), {
    code: 'object-disconnected',
  });
});

test('of two forests, the connector that was added first wins, and the other is told with what it would have given', async (t) => {
  const byMail = inbound('In - Mail', 100, {
    linkType: 'Provision',
    join: [[{ cs: 'mail', mv: 'mail' }]],
    flows: [
      { target: 'mail', source: 'mail' },
      { target: 'sourceAnchor', source: 'mail' },
      { target: 'title', source: 'title' },
    ],
  });
  const context = new BenchContext(t, {
    directories: [
      { name: 'first', kind: 'active-directory' },
      { name: 'second', kind: 'active-directory', baseDn: 'DC=other,DC=example' },
    ],
    ruleSet: ruleSetOf([byMail, provisionUsers(['title'])]),
  });
  const [first, second] = [new Forest('DC=corp,DC=example'), new Forest('DC=other,DC=example', 2)];
  const mail = 'ada@corp.example';
  context.bench.directory('first').put(first.user(1, { mail, title: 'Chief' }));
  context.bench.directory('second').put(second.user(2, { mail, title: 'Clerk' }));
  await context.bench.cycle();
  const { values, winner, losers } = await context.ask('explain', { object: second.dnOf(2), attribute: 'title' });
  assert.deepEqual([values, winner?.connector, winner?.from], [['Chief'], 'first', first.dnOf(1)]);
  assert.deepEqual(
    losers.map((loser) => [loser.connector, loser.from, loser.why, ...loser.values]),
    [['second', second.dnOf(2), 'precedence', 'Clerk']],
  );
});
