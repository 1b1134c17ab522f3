/** Scoping filters, as the engine applies them to objects of a directory and of the metaverse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeValue } from '@springline/directory/entry';
import { anchor } from '../../../testing/bench-entries.ts';
import { cloudAnchors, inCloud } from '../../../testing/bench-looks.ts';
import { inbound, outbound, projectUsers, provisionUsers, ruleSetOf } from '../../../testing/bench-rules.ts';
import { SyncBench, user } from '../../../testing/sync-bench.ts';

interface OperatorRow {
  readonly operator: string;
  readonly value: string;
  /** Values of the attribute -> whether the object is in scope. */
  readonly cases: readonly (readonly [readonly AttributeValue[], boolean])[];
}

const rows: readonly OperatorRow[] = [
  {
    operator: 'EQUAL',
    value: 'Sales',
    cases: [
      [['Sales'], true],
      [['SALES'], true],
      [['Sale'], false],
      [[], false],
    ],
  },
  {
    operator: 'NOTEQUAL',
    value: 'Sales',
    cases: [
      [['sales'], false],
      [['Law'], true],
      [[], true],
    ],
  },
  {
    operator: 'LESSTHAN',
    value: '50000',
    cases: [
      [['9'], true],
      [['50000'], false],
      [['60000'], false],
      [[], false],
    ],
  },
  {
    operator: 'LESSTHAN_OR_EQUAL',
    value: '10',
    cases: [
      [['9'], true],
      [['10'], true],
      [['11'], false],
      [[], false],
    ],
  },
  {
    operator: 'GREATERTHAN',
    value: '10',
    cases: [
      [['9'], false],
      [['10'], false],
      [['11'], true],
      [[], false],
    ],
  },
  {
    operator: 'GREATERTHAN_OR_EQUAL',
    value: 'm',
    cases: [
      [['n'], true],
      [['M'], true],
      [['l'], false],
      [[], false],
    ],
  },
  {
    operator: 'CONTAINS',
    value: 'ale',
    cases: [
      [['SALES'], true],
      [['x', 'sales'], true],
      [['Law'], false],
      [[], false],
    ],
  },
  {
    operator: 'NOTCONTAINS',
    value: 'ale',
    cases: [
      [['Sales'], false],
      [['x', 'sales'], false],
      [['Law'], true],
      [[], true],
    ],
  },
  {
    operator: 'STARTSWITH',
    value: 'sa',
    cases: [
      [['Sales'], true],
      [['Resales'], false],
      [[], false],
    ],
  },
  {
    operator: 'NOTSTARTSWITH',
    value: 'User_',
    cases: [
      [['user_1'], false],
      [['my user_'], true],
      [[], true],
    ],
  },
  {
    operator: 'ENDSWITH',
    value: 'LES',
    cases: [
      [['Sales'], true],
      [['lesser'], false],
      [[], false],
    ],
  },
  {
    operator: 'NOTENDSWITH',
    value: 'les',
    cases: [
      [['Sales'], false],
      [['lesser'], true],
      [[], true],
    ],
  },
  {
    operator: 'ISNULL',
    value: 'ignored',
    cases: [
      [[], true],
      [['x'], false],
    ],
  },
  {
    operator: 'ISNOTNULL',
    value: 'ignored',
    cases: [
      [[], false],
      [['x'], true],
    ],
  },
  {
    operator: 'ISIN',
    value: 'b',
    cases: [
      [['a', 'B'], true],
      [['a', 'c'], false],
      [[], false],
    ],
  },
  {
    operator: 'ISNOTIN',
    value: 'b',
    cases: [
      [['a', 'B'], false],
      [['a', 'c'], true],
      [[], true],
    ],
  },
  {
    operator: 'ISBITSET',
    value: '2',
    cases: [
      [['514'], true],
      [['512'], false],
      [[], false],
    ],
  },
  {
    operator: 'ISBITNOTSET',
    value: '2',
    cases: [
      [['514'], false],
      [['512'], true],
      [[], true],
    ],
  },
  {
    operator: 'ISNOTBITSET',
    value: '2',
    cases: [
      [['514'], false],
      [['512'], true],
      [[], true],
    ],
  },
];

/** A collection, so that any number of values may be given. */
const attribute = 'otherTelephone';

test('every operator compares text without regard to case; for an absent attribute the negative ones hold', async () => {
  const rules = rows.map(({ operator, value }, at) =>
    inbound(`row ${at}`, 200 + at, {
      scope: [[{ attribute, operator, value }]],
      flows: [{ target: `row${at}`, constant: 'in' }],
    }),
  );
  const bench = new SyncBench({
    ruleSet: ruleSetOf([projectUsers, ...rules, provisionUsers(rows.map((_, at) => `row${at}`))]),
  });
  const expected: string[] = [];
  const found: string[] = [];
  for (const [at, { cases }] of rows.entries()) {
    for (const [which, [values]] of cases.entries()) bench.put(user(at * 10 + which + 1, { [attribute]: values }));
  }
  await bench.cycle();
  for (const [at, { operator, value, cases }] of rows.entries()) {
    for (const [which, [values, isInScope]] of cases.entries()) {
      const words = `${JSON.stringify(values)} ${operator} ${value}: `;
      expected.push(words + isInScope);
      found.push(words + (inCloud(bench, anchor(at * 10 + which + 1))?.attributes[`row${at}`] !== undefined));
    }
  }
  assert.deepEqual(found, expected);
});

test('clauses of a group must all hold, one of the groups is enough, and no group takes in everybody', async () => {
  const clause = (name: string, value: string): object => ({ attribute: name, operator: 'EQUAL', value });
  const scope = [[clause('department', 'Sales'), clause('company', 'A')], [clause('title', 'CEO')]];
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      projectUsers,
      inbound('grouped', 101, { scope, flows: [{ target: 'grouped', constant: 'in' }] }),
      inbound('open', 102, { flows: [{ target: 'open', constant: 'in' }] }),
      provisionUsers(['grouped', 'open']),
    ]),
  });
  const people = [
    { department: 'Sales', company: 'A' },
    { department: 'Sales', company: 'B' },
    { department: 'Law', title: 'CEO' },
    {},
  ];
  bench.put(...people.map((attributes, at) => user(at + 1, attributes)));
  await bench.cycle();
  const isIn = (name: string): boolean[] =>
    people.map((_, at) => inCloud(bench, anchor(at + 1))!.attributes[name] !== undefined);
  assert.deepEqual(isIn('grouped'), [true, false, true, false]);
  assert.deepEqual(isIn('open'), [true, true, true, true]);
});

test('the scope of an inbound rule looks at the directory’s attributes, that of an outbound rule at the metaverse’s', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      projectUsers,
      inbound('by directory', 101, {
        scope: [[{ attribute: 'department', operator: 'EQUAL', value: 'Sales' }]],
        flows: [{ target: 'unit', constant: 'S' }],
      }),
      provisionUsers([]),
      outbound('by metaverse', 800, {
        scope: [[{ attribute: 'unit', operator: 'EQUAL', value: 's' }]],
        flows: [{ target: 'mark', constant: 'in' }],
      }),
      outbound('by an attribute of the directory', 801, {
        scope: [[{ attribute: 'department', operator: 'ISNOTNULL' }]],
        flows: [{ target: 'never', constant: 'in' }],
      }),
    ]),
  });
  bench.put(user(1, { department: 'Sales' }), user(2, { department: 'Law' }));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes, { mark: ['in'] });
  assert.deepEqual(inCloud(bench, anchor(2))?.attributes, {});
});

test('the value of a clause may be a parameter', async () => {
  const bench = new SyncBench({
    directories: [
      { name: 'east', kind: 'active-directory', baseDn: 'DC=east,DC=example' },
      { name: 'west', kind: 'active-directory', baseDn: 'DC=west,DC=example' },
    ],
    ruleSet: ruleSetOf([
      projectUsers,
      inbound('home', 101, {
        scope: [[{ attribute: 'company', operator: 'EQUAL', value: '%Connector.ID%' }]],
        flows: [{ target: 'home', constant: 'in' }],
      }),
      provisionUsers(['home']),
    ]),
  });
  bench.directory('east').put(user(1, { company: 'EAST' }), user(2, { company: 'west' }));
  bench.directory('west').put(user(3, { company: 'west' }));
  await bench.cycle();
  const isHome = [1, 2, 3].map((n) => inCloud(bench, anchor(n))!.attributes['home'] !== undefined);
  assert.deepEqual(isHome, [true, false, true]);
});

test('a disabled rule is as if it were not there', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      projectUsers,
      inbound('off', 101, { disabled: true, flows: [{ target: 'mark', constant: 'off' }] }),
      inbound('on', 102, { flows: [{ target: 'mark', constant: 'on' }] }),
      provisionUsers(['mark']),
    ]),
  });
  bench.put(user(1));
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes, { mark: ['on'] });
});

test('an object comes into scope and leaves it by what the directory says of it today', async () => {
  const bench = new SyncBench({
    ruleSet: ruleSetOf([
      { ...projectUsers, scope: [[{ attribute: 'department', operator: 'EQUAL', value: 'Sales' }]] },
      provisionUsers([]),
    ]),
  });
  const steps: [string | undefined, readonly string[]][] = [
    ['Law', []],
    ['Sales', [anchor(1)]],
    [undefined, []],
    ['sales', [anchor(1)]],
  ];
  bench.put(user(2, { department: 'Sales' }));
  for (const [department, expected] of steps) {
    bench.put(user(1, { department }));
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), [...expected, anchor(2)].sort(), `department ${department}`);
  }
});
