import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RuleError, RuleSetError } from './error.ts';
import { ExpressionError } from './expression/error.ts';
import { loadRuleSet, outOfBoxRuleFiles } from './out-of-box/load.ts';
import { fuzz } from './parse.fuzz.ts';
import { parseRuleFile, parseRules, ruleKeys } from './parse.ts';
import { anyObjectType, connectorKinds, mergeTypes, type SyncRule, scopeOperators } from './rule.ts';

/** The first line of every sound rule below; the line after it is 9. */
const head = `rules:
  - name: Mine
    precedence: 50
    direction: inbound
    connectorKind: openldap
    sourceObjectType: inetOrgPerson
    targetObjectType: person
    linkType: Join`;

const ruleOf = (rest: string): SyncRule => parseRules(`${head}\n${rest}`, 'own.yaml')[0]!;
const flowOf = (flow: string): SyncRule['flows'][number] => ruleOf(`    flows:\n      - ${flow}`).flows[0]!;

const withLine = (from: string, to: string): string => {
  assert.ok(head.includes(from));
  return head.replace(from, to);
};

function refusal(text: string): RuleError {
  try {
    parseRules(text, 'own.yaml');
  } catch (error) {
    assert.ok(error instanceof RuleError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'The file was not refused.' });
}

test('a rule says what it is for, what it joins and what flows', () => {
  const rule = ruleOf(`    scope:
      - - { attribute: uid, operator: startswith, value: svc- }
        - { attribute: mail, operator: ISNULL }
    join:
      - - { cs: entryUUID, mv: sourceAnchor, caseSensitive: true }
        - { cs: uid, mv: accountName }
    flows:
      - { target: cn, source: cn }
      - { target: sourceObjectType, constant: User }`);
  assert.deepEqual(rule, {
    id: 'Mine',
    name: 'Mine',
    standard: false,
    disabled: false,
    precedence: 50,
    direction: 'inbound',
    connectorKind: 'openldap',
    sourceObjectType: 'inetOrgPerson',
    targetObjectType: 'person',
    linkType: 'Join',
    enablePasswordSync: false,
    scope: [
      [
        { attribute: 'uid', operator: 'STARTSWITH', value: 'svc-' },
        { attribute: 'mail', operator: 'ISNULL', value: '' },
      ],
    ],
    join: [
      [
        { csAttribute: 'entryUUID', mvAttribute: 'sourceAnchor', caseSensitive: true },
        { csAttribute: 'uid', mvAttribute: 'accountName', caseSensitive: false },
      ],
    ],
    flows: [
      { target: 'cn', source: { kind: 'direct', attribute: 'cn' }, mergeType: 'Update', executeOnce: false },
      {
        target: 'sourceObjectType',
        source: { kind: 'constant', value: 'User' },
        mergeType: 'Update',
        executeOnce: false,
      },
    ],
  });
});

test('a rule may have an id, words for people, one connector, a need and a flag for passwords, and be off', () => {
  const rule = ruleOf(`    id: 7b0c1f0e
    description: For the pilot.
    immutableTag: Springline.Mine.001
    disabled: true
    connector: corp
    requires: exchange
    enablePasswordSync: true`);
  const { id, description, immutableTag, disabled, connector, requires, enablePasswordSync } = rule;
  assert.deepEqual(
    [id, description, immutableTag, disabled, connector, requires, enablePasswordSync],
    ['7b0c1f0e', 'For the pilot.', 'Springline.Mine.001', true, 'corp', 'exchange', true],
  );
});

test('a rule that comes with the product is marked as standard, and another is not', () => {
  const of = (standard: boolean): boolean | undefined => parseRules(head, 'a.yaml', { standard })[0]?.standard;
  assert.deepEqual([of(true), of(false), ruleOf('').standard], [true, false, false]);
});

for (const kind of connectorKinds) {
  test(`${kind} is a kind of connector`, () => {
    assert.equal(parseRules(withLine('openldap', kind), 'own.yaml')[0]?.connectorKind, kind);
  });
}

for (const mergeType of mergeTypes) {
  test(`${mergeType} is a way to merge`, () => {
    assert.equal(flowOf(`{ target: a, source: b, mergeType: ${mergeType} }`).mergeType, mergeType);
  });
}

test('a flow may happen once', () => {
  assert.equal(flowOf('{ target: a, source: b, executeOnce: true }').executeOnce, true);
});

test('a clause about membership needs no attribute', () => {
  const [group] = ruleOf(`    scope: [[{ operator: ISNOTMEMBEROF, value: 'CN=Pilots,DC=example' }]]`).scope;
  assert.deepEqual(group, [{ attribute: 'dn', operator: 'ISNOTMEMBEROF', value: 'CN=Pilots,DC=example' }]);
});

test('a rule that finds and makes nothing may take any type that it finds', () => {
  const text = withLine('targetObjectType: person', "targetObjectType: '*'");
  assert.equal(parseRules(text, 'own.yaml')[0]?.targetObjectType, anyObjectType);
});

test('a file may switch rules off, with their places, and have no rules of its own', () => {
  const { rules, disable } = parseRuleFile('disable:\n  - One\n  - Two\n', 'own.yaml');
  assert.deepEqual(rules, []);
  assert.deepEqual(disable, [
    { rule: 'One', place: { file: 'own.yaml', line: 2, column: 5 } },
    { rule: 'Two', place: { file: 'own.yaml', line: 3, column: 5 } },
  ]);
});

test('a file says where its rules, clauses, joins and flows stand', () => {
  const text = `${head}
    scope: [[{ attribute: a, operator: ISNULL }]]
    join: [[{ cs: a, mv: b }]]
    flows: [{ target: a, source: b }]`;
  const { rules, places } = parseRuleFile(text, 'own.yaml');
  const [rule] = rules;
  const parts = [rule!, rule!.scope[0]![0]!, rule!.join[0]![0]!, rule!.flows[0]!];
  assert.deepEqual(
    parts.map((part) => [places.get(part)?.line, places.get(part)?.column]),
    [
      [2, 5],
      [9, 14],
      [10, 13],
      [11, 13],
    ],
  );
});

test('scope, joins and flows may be left out', () => {
  const { scope, join, flows } = ruleOf('');
  assert.deepEqual([scope, join, flows], [[], [], []]);
});

test('a file may have no rules', () => assert.deepEqual(parseRules('rules: []', 'own.yaml'), []));

test('an expression is compiled', () => {
  const { source } = flowOf(`{ target: cn, expression: 'Trim([cn])' }`);
  assert.equal(source.kind === 'expression' && source.expression.text, 'Trim([cn])');
});

for (const operator of scopeOperators) {
  test(`${operator} is an operator`, () => {
    const [group] = ruleOf(`    scope: [[{ attribute: a, operator: ${operator}, value: '1' }]]`).scope;
    assert.equal(group?.[0]?.operator, operator);
  });
}

test('ISNOTBITSET is another word for ISBITNOTSET', () => {
  const [group] = ruleOf('    scope: [[{ attribute: a, operator: ISNOTBITSET, value: 2 }]]').scope;
  assert.deepEqual(group, [{ attribute: 'a', operator: 'ISBITNOTSET', value: '2' }]);
});

for (const [written, value] of [
  ['9223372036854775807', '9223372036854775807'],
  ['-2147483648', '-2147483648'],
  ['TRUE', 'TRUE'],
  ['1.50', '1.50'],
  ["''", ''],
  ['"a\\tb"', 'a\tb'],
] as const) {
  test(`the value ${written} of a clause is the text ${JSON.stringify(value)}`, () => {
    const [group] = ruleOf(`    scope: [[{ attribute: a, operator: EQUAL, value: ${written} }]]`).scope;
    assert.equal(group?.[0]?.value, value);
  });
}

for (const [written, value] of [
  ['User', 'User'],
  ["'7'", '7'],
  ['true', true],
  ['7', 7n],
  ['-1', -1n],
  ['0x10', 16n],
  ['9007199254740993', 9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
] as const) {
  test(`the constant ${written} is a ${typeof value} and keeps its value`, () => {
    assert.deepEqual(flowOf(`{ target: a, constant: ${written} }`).source, { kind: 'constant', value });
  });
}

const keys = ruleKeys.join(', ');
const kinds = connectorKinds.join(', ');
const scope = (clause: string): string => `${head}\n    scope:\n      - - ${clause}`;
const join = (clause: string): string => `${head}\n    join:\n      - - ${clause}`;
const flow = (written: string): string => `${head}\n    flows:\n      - ${written}`;

for (const [name, text, place, sentence] of [
  ['an empty file', '', '1:1', 'expected a mapping with rules, disable'],
  ['a file that is a list', '- a', '1:1', 'expected a mapping with rules, disable'],
  ['a file without rules', '{}', '1:1', 'rules is missing'],
  ['an unknown key of the file', 'rules: []\nrule: []', '2:1', 'unknown key rule; did you mean rules?'],
  ['rules that are no list', 'rules: 5', '1:8', 'expected a list'],
  ['a rule that is no mapping', 'rules:\n  - Mine', '2:5', `expected a mapping with ${keys}`],
  ['an unknown key of a rule', `${head}\n    prority: 5`, '9:5', `unknown key prority; one of ${keys}`],
  ['a key in the wrong case', withLine('linkType', 'linktype'), '8:5', 'unknown key linktype; did you mean linkType?'],
  ['a key that is given twice', `${head}\n    precedence: 51`, '9:5', 'precedence is given twice'],
  ['a file that switches nothing off', 'disable: []', '1:1', 'rules is missing'],
  ['a rule to switch off that is no text', 'disable: [5]', '1:11', 'expected a text'],
  [
    'a rule that would make whatever it finds',
    withLine('targetObjectType: person\n    linkType: Join', "targetObjectType: '*'\n    linkType: Provision"),
    '7:23',
    '* is for inbound rules that find an object and make none',
  ],
  [
    'a need that no schema has',
    `${head}\n    requires: Exchange`,
    '9:15',
    'Exchange is none of exchange, lync; did you mean exchange?',
  ],
  ['a flag in words', `${head}\n    disabled: 'yes'`, '9:15', 'expected true or false'],
  [
    'a way to merge that does not exist',
    flow('{ target: a, source: b, mergeType: Union }'),
    '10:44',
    'Union is none of Update, Replace, Merge, MergeCaseInsensitive',
  ],
  [
    'a misspelt operator',
    scope('{ attribute: a, operator: EQUALS, value: x }'),
    '10:37',
    'unknown operator EQUALS; did you mean EQUAL?',
  ],
  ['a membership of nothing', scope('{ operator: ISMEMBEROF }'), '10:11', 'ISMEMBEROF needs a value'],
  [
    'a clause without attribute about something else',
    scope('{ operator: EQUAL, value: x }'),
    '10:11',
    'attribute is missing',
  ],
  ['a missing key', withLine('    linkType: Join', ''), '2:5', 'linkType is missing'],
  ['a name that is a number', withLine('Mine', '5'), '2:11', 'expected a text'],
  ['a name that is left empty', withLine('Mine', "''"), '2:11', 'expected a text'],
  ['a precedence in words', withLine('50', 'first'), '3:17', 'expected a whole number'],
  ['a precedence with a fraction', withLine('50', '1.5'), '3:17', 'expected a whole number'],
  [
    'an unknown direction',
    withLine('inbound', 'Inbound'),
    '4:16',
    'Inbound is none of inbound, outbound; did you mean inbound?',
  ],
  [
    'an unknown connector kind',
    withLine('openldap', 'opnldap'),
    '5:20',
    `opnldap is none of ${kinds}; did you mean openldap?`,
  ],
  [
    'an unknown link type',
    withLine('linkType: Join', 'linkType: join'),
    '8:15',
    'join is none of Provision, Join, StickyJoin; did you mean Join?',
  ],
  [
    'a scope without groups',
    `${head}\n    scope:\n      - { attribute: a, operator: ISNULL }`,
    '10:9',
    'expected a list',
  ],
  [
    'an unknown operator',
    scope('{ attribute: a, operator: LIKE, value: x }'),
    '10:37',
    `unknown operator LIKE; one of ${scopeOperators.join(', ')}`,
  ],
  ['an operator without its value', scope('{ attribute: a, operator: EQUAL }'), '10:11', 'EQUAL needs a value'],
  [
    'a clause whose value is left empty',
    scope('{ attribute: a, operator: EQUAL, value: }'),
    '10:51',
    'expected a text, a number or true or false',
  ],
  ['a clause without attribute', scope('{ operator: ISNULL }'), '10:11', 'attribute is missing'],
  [
    'an unknown key of a clause',
    scope('{ attribute: a, operator: EQUAL, values: x }'),
    '10:44',
    'unknown key values; did you mean value?',
  ],
  ['a join without its metaverse attribute', join('{ cs: mail }'), '10:11', 'mv is missing'],
  ['a join whose case is in words', join('{ cs: a, mv: b, caseSensitive: yes }'), '10:42', 'expected true or false'],
  ['a flow without target', flow('{ source: cn }'), '10:9', 'target is missing'],
  ['a flow without source', flow('{ target: cn }'), '10:9', 'a flow has exactly one of source, constant, expression'],
  [
    'a flow with two sources',
    flow('{ target: cn, source: cn, constant: x }'),
    '10:9',
    'a flow has exactly one of source, constant, expression',
  ],
  [
    'a constant that is a list',
    flow('{ target: cn, constant: [x] }'),
    '10:33',
    'a constant is a text, a whole number or true or false',
  ],
  ['a constant with a fraction', flow('{ target: n, constant: 1.5 }'), '10:32', 'expected a whole number of 64 bits'],
  [
    'a constant beyond 64 bits',
    flow('{ target: n, constant: 9223372036854775808 }'),
    '10:32',
    'expected a whole number of 64 bits',
  ],
  [
    'a number too large to be exact',
    flow('{ target: n, constant: 1e300 }'),
    '10:32',
    'expected a whole number of 64 bits',
  ],
  ['text that is no YAML: a quote left open', 'rules: "', '1:9', 'Missing closing "quote'],
  ['text that is no YAML: a tab', 'rules:\n\t- a', '2:1', 'Tabs are not allowed as indentation'],
  [
    'an alias in the place of a text',
    `${withLine('name: Mine', 'name: &n Mine')}\n    flows: [{ target: *n, source: cn }]`,
    '9:23',
    'expected a text',
  ],
  ['lists in lists in lists', `rules: ${'['.repeat(50_000)}`, undefined, 'lists and mappings are nested too deeply'],
] as const) {
  test(`refused with its place: ${name}`, () => {
    const error = refusal(text);
    assert.equal(error.code, 'rule-malformed');
    if (place !== undefined) assert.equal(`${error.line}:${error.column}`, place);
    assert.equal(error.message, `own.yaml:${error.line}:${error.column}: ${sentence}`);
  });
}

test('refused with its place: two documents in one file', () => {
  const error = refusal('rules: []\n---\nrules: []');
  assert.deepEqual([error.file, error.line], ['own.yaml', 2]);
});

test('a mistake in an expression has its place in the file and in the expression, and its cause', () => {
  const error = refusal(flow(`{ target: cn, expression: 'Trim([cn]) & Upper([sn])' }`));
  assert.deepEqual([error.line, error.column], [10, 35]);
  assert.match(error.message, /^own\.yaml:10:35: in the expression, character 14: .*Upper/);
  assert.ok(error.cause instanceof ExpressionError);
});

test('a file is at most 4 MiB', () => {
  const limitBytes = 4 * 1024 * 1024;
  const padded = (bytes: number): string => `rules: [] #${'x'.repeat(bytes - 11)}`;
  assert.equal(padded(limitBytes).length, limitBytes);
  assert.deepEqual(parseRules(padded(limitBytes), 'own.yaml'), []);
  assert.equal(refusal(padded(limitBytes + 1)).message, 'own.yaml:1:1: the file is larger than 4194304 bytes');
  assert.match(refusal(`#${'ö'.repeat(limitBytes / 2)}`).message, /larger than/);
});

test('a file has at most 5000 rules', () => {
  const rules = (count: number): string => {
    const [, ...lines] = head.split('\n');
    return `rules:\n${`${lines.join('\n')}\n`.repeat(count)}`;
  };
  assert.equal(parseRules(rules(5_000), 'own.yaml').length, 5_000);
  assert.equal(refusal(rules(5_001)).message, 'own.yaml:1:1: more than 5000 rules');
});

test('any text is rules or refused with a place in it', () => {
  const pieces = fuzz.seeds.flatMap((seed) => seed.slice(0, 600).match(/\n +|\w+|[^\w\n]/g) ?? []);
  const words = fc.constantFrom(
    ...pieces,
    ...'{}[]:-"\'&*!|>%@\n\t',
    '!!set',
    '__proto__',
    '\u0000',
    '\ud800',
    '1e999',
  );
  const sound = fc.constantFrom(...fuzz.seeds.filter((seed) => seed.length < 600));
  const torn = fc
    .tuple(sound, fc.nat({ max: 600 }), fc.nat({ max: 8 }), fc.array(words, { maxLength: 6 }))
    .map(([text, at, length, fresh]) => text.slice(0, at) + fresh.join('') + text.slice(at + length));
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 20 }).map((found) => found.join('')),
    torn,
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        // What is refused has its place checked there.
        fuzz.run(Buffer.from(text));
      } catch (error) {
        if (!fuzz.allowed(error)) throw error;
      }
    }),
    { numRuns: 10_000, seed: 1 },
  );
});

test('a rule of one’s own may not take the precedence of an out-of-box one', () => {
  const text = withLine('precedence: 50', 'precedence: 100');
  assert.throws(
    () => loadRuleSet([{ name: 'own.yaml', text }]),
    new RuleSetError('own.yaml:2:5: “In from OpenLDAP - User Join” and “Mine” have the same precedence 100'),
  );
});

test('the out-of-box rules load, start at 100 and leave the room below to others', () => {
  const { rules } = loadRuleSet();
  assert.ok(rules.length >= 14);
  assert.ok(rules.every(({ precedence }) => precedence >= 100));
  for (const { name, text } of outOfBoxRuleFiles) assert.ok(parseRules(text, name).length > 0);
  const withOwn = loadRuleSet([{ name: 'own.yaml', text: head }]);
  assert.equal(withOwn.rules.length, rules.length + 1);
  assert.equal(withOwn.rules[0]?.name, 'Mine');
});
