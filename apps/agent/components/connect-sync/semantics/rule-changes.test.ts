/** Rules that change: every object ends up as if the rules had always been so, and no more is evaluated than changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { DirectoryEntry } from '@springline/directory/entry';
import { changed } from '../../../testing/bench-entries.ts';
import { faultCodes } from '../../../testing/bench-looks.ts';
import {
  inbound,
  outbound,
  projectUsers,
  provisionUsers,
  ruleSetOf,
  type WrittenRule,
} from '../../../testing/bench-rules.ts';
import { baseDn, group, SyncBench, stepOf, user } from '../../../testing/sync-bench.ts';
import { other, peopleOfCorp, same } from '../../../testing/two-forests.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const flow = (target: string, expression: string): WrittenRule => ({ target, expression });
const own = (name: string, flows: readonly WrittenRule[], more: WrittenRule = {}): WrittenRule =>
  inbound(name, 50, { flows, ...more });
const exported = ['department', 'manager', 'title', 'mail', 'info'];
const out = provisionUsers(exported);
const base = [
  projectUsers,
  inbound('flow', 110, {
    flows: ['department', 'manager', 'title', 'mail'].map((name) => ({ target: name, source: name })),
  }),
];

interface Change {
  readonly name: string;
  readonly before: readonly WrittenRule[];
  readonly after: readonly WrittenRule[];
  /** Whether only the flows that changed are evaluated. */
  readonly isTouched: boolean;
}

const sales = { scope: [[{ attribute: 'department', operator: 'EQUAL', value: 'Sales' }]] };
const changes: readonly Change[] = [
  {
    name: 'a rule is added before others',
    before: [...base, out],
    after: [...base, own('own', [flow('department', 'IIF([title] = "Boss", "Board", NULL)')]), out],
    isTouched: true,
  },
  {
    name: 'a rule with a scope is added',
    before: [...base, out],
    after: [...base, own('own', [flow('title', '"Seller"'), flow('info', '"sold"')], sales), out],
    isTouched: true,
  },
  {
    name: 'an expression changes',
    before: [...base, own('own', [flow('title', '"A"')], sales), out],
    after: [...base, own('own', [flow('title', '"B"')], sales), out],
    isTouched: true,
  },
  {
    name: 'a flow is taken out, and the rule behind it decides',
    before: [...base, own('own', [flow('title', '"A"'), flow('info', '"i"')]), out],
    after: [...base, own('own', [flow('info', '"i"')]), out],
    isTouched: true,
  },
  {
    name: 'a reference is not flowed by a rule before any more',
    before: [...base, own('own', [flow('manager', 'AuthoritativeNull')]), out],
    after: [...base, own('own', [flow('manager', 'NULL')]), out],
    isTouched: true,
  },
  {
    name: 'a rule of the cloud is added',
    before: [...base, out],
    after: [...base, outbound('more', 950, { flows: [flow('employeeType', '"x" & [title]')] }), out],
    isTouched: true,
  },
  {
    name: 'a flow to the cloud changes',
    before: [...base, provisionUsers([...exported, 'employeeType'])],
    after: [
      ...base,
      provisionUsers(exported, { flows: [...(out['flows'] as WrittenRule[]), flow('employeeType', '[mail]')] }),
    ],
    isTouched: true,
  },
  {
    name: 'a rule is taken out',
    before: [...base, own('own', [flow('title', '"A"')]), out],
    after: [...base, out],
    isTouched: false,
  },
  {
    name: 'a scope changes',
    before: [...base, own('own', [flow('title', '"A"')], sales), out],
    after: [...base, own('own', [flow('title', '"A"')]), out],
    isTouched: false,
  },
  {
    name: 'rules change their order',
    before: [...base, own('one', [flow('title', '"1"')]), own('two', [flow('title', '"2"')], { precedence: 60 }), out],
    after: [
      ...base,
      own('one', [flow('title', '"1"')], { precedence: 70 }),
      own('two', [flow('title', '"2"')], { precedence: 60 }),
      out,
    ],
    isTouched: false,
  },
  {
    name: 'a rule filters from now on',
    before: [...base, out],
    after: [
      projectUsers,
      ...base.slice(1),
      { ...out, scope: [[{ attribute: 'department', operator: 'NOTEQUAL', value: 'Sales' }]] },
    ],
    isTouched: false,
  },
];

const content: readonly DirectoryEntry[] = [
  user(1, { title: 'Boss', department: 'Sales', mail: 'one@x' }),
  user(2, { title: 'Clerk', department: 'Sales', manager: staff(1) }),
  user(3, { department: 'IT', manager: staff(1), mail: 'three@x' }),
  user(4),
  changed(user(5, { title: 'Boss' }), { department: undefined }),
  group(10, [staff(1), staff(2)]),
];

/** What people and the cloud see, without when and by which row it came. */
function seen(bench: SyncBench): unknown {
  return { cloud: bench.cloud.state(), faults: faultCodes(bench) };
}

const titles = (bench: SyncBench): unknown[] =>
  Object.values(bench.cloud.state())
    .flatMap((found) => (found as { attributes: Record<string, unknown[]> }).attributes['title'] ?? [])
    .sort();

for (const { name, before, after, isTouched } of changes) {
  test(`${name}: as if it had always been so`, async () => {
    // Evaluated again it gives another value each time.
    const clock = own('clock', [flow('extensionAttribute1', 'CStr(NumFromDate(Now()))')], { precedence: 40 });
    const cloudClock = { target: 'extensionAttribute1', source: 'extensionAttribute1' };
    const withClock = (rules: readonly WrittenRule[]): RuleSet =>
      ruleSetOf([clock, outbound('clock out', 990, { flows: [cloudClock] }), ...rules]);
    const bench = new SyncBench({ ruleSet: withClock(before) });
    bench.put(...content);
    await bench.cycle();
    const times = (): unknown[] =>
      Object.values(bench.cloud.state()).map(
        (found) => (found as { attributes: Record<string, unknown> }).attributes['extensionAttribute1'],
      );
    const at = times();
    bench.setRules(withClock(after));
    const cycle = await bench.cycle();
    assert.equal(stepOf(cycle, 'corp', 'Full Synchronization').profile, 'Full Synchronization');
    assert.equal(JSON.stringify(times()) === JSON.stringify(at), isTouched, 'what did not change is not evaluated');
    // Without the clock the two must agree in everything.
    const [late, fresh] = [new SyncBench({ ruleSet: ruleSetOf(before) }), new SyncBench({ ruleSet: ruleSetOf(after) })];
    late.put(...content);
    await late.cycle();
    late.setRules(ruleSetOf(after));
    await late.cycle();
    fresh.put(...content);
    await fresh.cycle();
    assert.deepEqual(seen(late), seen(fresh));
    late.cloud.operations.length = 0;
    const next = await late.cycle();
    assert.ok(stepOf(next, 'corp', 'Delta Synchronization'), 'the change is settled');
    assert.deepEqual(late.cloud.operations, []);
  });
}

test('a rule of one forest that changes reaches people who are in two', async () => {
  const rules = (title: string): RuleSet => {
    return ruleSetOf([
      peopleOfCorp,
      inbound('Other - find', 110, {
        connector: 'other',
        join: [[same('mail')]],
        flows: [flow('info', `"${title} " & [sAMAccountName]`)],
      }),
      provisionUsers(['info', 'title']),
    ]);
  };
  const bench = new SyncBench({
    directories: [
      { name: 'corp', kind: 'active-directory', baseDn },
      { name: 'other', kind: 'active-directory', baseDn: other.baseDn },
    ],
    ruleSet: rules('was'),
  });
  bench.put(user(1, { mail: 'one@x' }), user(2));
  bench.directory('other').put(other.user(101, { mail: 'one@x' }));
  await bench.cycle();
  bench.setRules(rules('is'));
  bench.cloud.operations.length = 0;
  await bench.cycle();
  assert.deepEqual(
    bench.cloud.operations.map((operation) => operation.op === 'update' && operation.attributes),
    [{ info: 'is user101' }],
  );
});

test('who fails by a changed flow keeps the last state, and the others have the new one', async () => {
  const bench = new SyncBench({ ruleSet: ruleSetOf([...base, own('own', [flow('title', '"A"')]), out]) });
  bench.put(...content);
  await bench.cycle();
  const fails = 'IIF([department] = "Sales", CStr(CNum([displayName])), "B")';
  bench.setRules(ruleSetOf([...base, own('own', [flow('title', fails)]), out]));
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), ['expression-bad-value', 'expression-bad-value']);
  assert.deepEqual(titles(bench), ['A', 'A', 'B', 'B', 'B']);
});

test('another pilot group in the configuration is a change of the rules', async () => {
  const bench = new SyncBench({ ruleSet: ruleSetOf([...base, out]) });
  bench.put(...content);
  await bench.cycle();
  const [corp] = bench.engine.directories;
  bench.engine = { ...bench.engine, directories: [{ ...corp!, filterGroupDn: `CN=pilot,${baseDn}` }] };
  assert.ok(stepOf(await bench.cycle(), 'corp', 'Full Synchronization'));
  assert.ok(stepOf(await bench.cycle(), 'corp', 'Delta Synchronization'));
});

test('a change of rules that was cut off is brought to everybody by the next cycle', async () => {
  const bench = new SyncBench({ ruleSet: ruleSetOf([...base, out]) });
  bench.put(...content);
  await bench.cycle();
  bench.setRules(ruleSetOf([...base, own('own', [flow('title', '"late"')]), out]));
  const { mvObjects } = bench.store;
  let isCut = true;
  bench.store.mvObjects = (after, limit) => {
    if (isCut && after > 0) throw new Error('cut off');
    return mvObjects.call(bench.store, after, isCut ? 2 : limit);
  };
  await assert.rejects(bench.cycle(), /cut off/);
  isCut = false;
  await bench.cycle();
  assert.deepEqual(titles(bench), ['late', 'late', 'late', 'late', 'late']);
});

test('rules that were brought to some only, and corrected then, leave nobody with what they gave', async () => {
  const title = (text: string): RuleSet => ruleSetOf([...base, own('own', [flow('title', `"${text}"`)]), out]);
  const info = ruleSetOf([...base, own('own', [flow('title', '"right"'), flow('info', '"more"')]), out]);
  for (const corrected of [title('right'), info]) {
    const bench = new SyncBench({ ruleSet: title('right') });
    bench.put(...content);
    await bench.cycle();
    bench.setRules(title('WRONG'));
    const { mvObjects } = bench.store;
    bench.store.mvObjects = (after, limit) => {
      if (after > 0) throw new Error('cut off');
      return mvObjects.call(bench.store, after, Math.min(limit, 2));
    };
    await assert.rejects(bench.cycle(), /cut off/);
    bench.store.mvObjects = mvObjects;
    bench.setRules(corrected);
    await bench.cycle();
    assert.deepEqual(titles(bench), ['right', 'right', 'right', 'right', 'right']);
  }
});

test('a rule that is for another type of target is followed like any other', async () => {
  const forContacts = (text: string): RuleSet =>
    ruleSetOf([...base, own('own', [flow('title', `"${text}"`)], { targetObjectType: 'contact' }), out]);
  const bench = new SyncBench({ ruleSet: forContacts('A') });
  bench.put(...content);
  await bench.cycle();
  const before = titles(bench);
  bench.setRules(forContacts('B'));
  await bench.cycle();
  const fresh = new SyncBench({ ruleSet: forContacts('B') });
  fresh.put(...content);
  await fresh.cycle();
  assert.deepEqual(titles(bench), titles(fresh));
  assert.notDeepEqual(titles(bench), before);
});
