import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RuleError } from './error.ts';
import { ExpressionError } from './expression/error.ts';
import { loadRuleSet, outOfBoxRuleFiles } from './out-of-box/load.ts';
import { orderRules, parseRules, RuleSetError } from './parse.ts';
import { type SyncRule, scopeOperators } from './rule.ts';

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
    name: 'Mine',
    precedence: 50,
    direction: 'inbound',
    connectorKind: 'openldap',
    sourceObjectType: 'inetOrgPerson',
    targetObjectType: 'person',
    linkType: 'Join',
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
      { target: 'cn', source: { kind: 'direct', attribute: 'cn' } },
      { target: 'sourceObjectType', source: { kind: 'constant', value: 'User' } },
    ],
  });
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

const keys =
  'name, precedence, direction, connectorKind, sourceObjectType, targetObjectType, linkType, scope, join, flows';
const withLine = (from: string, to: string): string => {
  assert.ok(head.includes(from));
  return head.replace(from, to);
};
const scope = (clause: string): string => `${head}\n    scope:\n      - - ${clause}`;
const join = (clause: string): string => `${head}\n    join:\n      - - ${clause}`;
const flow = (written: string): string => `${head}\n    flows:\n      - ${written}`;

for (const [name, text, place, sentence] of [
  ['an empty file', '', '1:1', 'expected a mapping with rules'],
  ['a file that is a list', '- a', '1:1', 'expected a mapping with rules'],
  ['a file without rules', '{}', '1:1', 'rules is missing'],
  ['an unknown key of the file', 'rules: []\nrule: []', '2:1', 'unknown key rule; one of rules'],
  ['rules that are no list', 'rules: 5', '1:8', 'expected a list'],
  ['a rule that is no mapping', 'rules:\n  - Mine', '2:5', `expected a mapping with ${keys}`],
  ['an unknown key of a rule', `${head}\n    prority: 5`, '9:5', `unknown key prority; one of ${keys}`],
  ['a key in the wrong case', withLine('linkType', 'linktype'), '8:5', `unknown key linktype; one of ${keys}`],
  ['a key that is given twice', `${head}\n    precedence: 51`, '9:5', 'precedence is given twice'],
  ['a missing key', withLine('    linkType: Join', ''), '2:5', 'linkType is missing'],
  ['a name that is a number', withLine('Mine', '5'), '2:11', 'expected a text'],
  ['a name that is left empty', withLine('Mine', "''"), '2:11', 'expected a text'],
  ['a precedence in words', withLine('50', 'first'), '3:17', 'expected a whole number'],
  ['a precedence with a fraction', withLine('50', '1.5'), '3:17', 'expected a whole number'],
  ['an unknown direction', withLine('inbound', 'Inbound'), '4:16', 'Inbound is none of inbound, outbound'],
  [
    'an unknown connector kind',
    withLine('openldap', 'ldap'),
    '5:20',
    'ldap is none of active-directory, openldap, cloud',
  ],
  [
    'an unknown link type',
    withLine('linkType: Join', 'linkType: join'),
    '8:15',
    'join is none of Provision, Join, StickyJoin',
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
    'unknown key values; one of attribute, operator, value',
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
  const words = fc.constantFrom(
    'rules',
    ':',
    ' ',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    'name',
    "'",
    '"',
    '&a',
    '*a',
    '!!set',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((found) => found.join('')),
      ),
      (text) => {
        try {
          parseRules(text, 'own.yaml');
        } catch (error) {
          assert.ok(error instanceof RuleError, String(error));
          assert.ok(error.line >= 1 && error.line <= text.split('\n').length, error.message);
          assert.ok(error.column >= 1);
        }
      },
    ),
    { numRuns: 300 },
  );
});

const sample = ruleOf('');

test('rules are evaluated by precedence, whatever order they are written in', () => {
  const rules = [30, 10, 20].map((precedence) => ({ ...sample, precedence, name: `rule ${precedence}` }));
  assert.deepEqual(
    orderRules(rules).map(({ precedence }) => precedence),
    [10, 20, 30],
  );
});

test('two rules of one name are refused', () => {
  assert.throws(
    () => orderRules([sample, { ...sample, precedence: 51 }]),
    new RuleSetError('two rules are named “Mine”'),
  );
});

test('two rules of one precedence for one kind of system are refused', () => {
  assert.throws(
    () => orderRules([sample, { ...sample, name: 'Yours' }]),
    new RuleSetError('“Mine” and “Yours” have the same precedence 50'),
  );
});

test('a rule for another kind of system between two of one precedence does not hide them', () => {
  const others: SyncRule = { ...sample, name: 'Of others', connectorKind: 'active-directory' };
  assert.throws(
    () => orderRules([sample, others, { ...sample, name: 'Yours' }]),
    new RuleSetError('“Mine” and “Yours” have the same precedence 50'),
  );
});

test('rules for different kinds of systems may share a precedence', () => {
  assert.equal(orderRules([sample, { ...sample, name: 'Yours', connectorKind: 'active-directory' }]).length, 2);
});

test('a rule of one’s own may not take the precedence of an out-of-box one', () => {
  const text = withLine('precedence: 50', 'precedence: 100');
  assert.throws(
    () => loadRuleSet([{ name: 'own.yaml', text }]),
    new RuleSetError('“In from OpenLDAP - User Join” and “Mine” have the same precedence 100'),
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
