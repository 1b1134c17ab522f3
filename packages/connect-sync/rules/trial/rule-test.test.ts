import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@springline/ports/clock';
import { SeededRandom } from '@springline/ports/random';
import { RuleError } from '../error.ts';
import { loadRuleSet } from '../out-of-box/load.ts';
import { judge, type Mismatch } from './judge.ts';
import { parseRuleTests } from './rule-test.ts';
import { type Trial, tryObject } from './try-object.ts';

const own = `
rules:
  - name: Mine
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: department, expression: 'UCase(Trim([department]))' }
      - { target: title, expression: 'AuthoritativeNull' }
      - { target: cloudFiltered, expression: 'IIF([employeeType] = "Contractor", True, NULL)' }
      - { target: company, expression: 'IIF([company] = "no", Error("no company"), IgnoreThisFlow)' }
  - name: Pilot
    precedence: 51
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    scope: [[{ operator: ISMEMBEROF, value: 'CN=Pilot, OU=Groups,DC=corp,DC=example' }]]
    flows: [{ target: extensionAttribute1, constant: pilot }]
  - name: One forest
    precedence: 52
    direction: inbound
    connectorKind: active-directory
    connector: research
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows: [{ target: extensionAttribute2, expression: '%Connector.ID%' }]
disable: [In from AD - Contact Common]
`;
const set = loadRuleSet([{ name: 'own.yaml', text: own }]);

const parameters =
  'Domain.FQDN: corp.example, Domain.Netbios: CORP, Forest.FQDN: corp.example, Forest.Netbios: CORP, Connector.ID: c1';
const ada = `objectGUID: { base64: AQIDBAUGBwgJCgsMDQ4PEA== }, sAMAccountName: ada, userAccountControl: 512, cn: Ada,
      department: ' sales ', title: Boss, company: Contoso, manager: 'CN=Boss,DC=corp,DC=example', employeeID: '007'`;

/** A file with one test of a user. */
function file(expect: string, attributes = ada, more = ''): string {
  return `
parameters: { ${parameters} }
tests:
  - name: one
    connectorKind: active-directory
    objectType: user
    dn: CN=Ada,OU=Staff,DC=corp,DC=example
    ${more}
    attributes: {
      ${attributes}
    }
    expect: { ${expect} }
`;
}

function mismatches(text: string): readonly Mismatch[] {
  return parseRuleTests(text, 'tests.yaml').flatMap((each) => judge(trialOf(each), each, set));
}

function trialOf(each: ReturnType<typeof parseRuleTests>[number]): Trial {
  const context = { parameters: each.parameters, clock: new FakeClock(0), random: new SeededRandom(1) };
  return tryObject(set, each.object, context);
}

for (const [name, text] of [
  [
    'own and standard rules together make the metaverse object',
    file('metaverse: { department: SALES, company: Contoso, cn: Ada }'),
  ],
  ['an attribute that AuthoritativeNull empties is absent', file('metaverse: { title: null, telephoneNumber: [] }')],
  [
    'references are the DNs that the object has',
    file("metaverse: { manager: 'CN=Boss,DC=corp,DC=example' }, cloud: { manager: ['CN=Boss,DC=corp,DC=example'] }"),
  ],
  [
    'the cloud object is what outbound rules make',
    file('cloud: { department: SALES, accountEnabled: true, userPrincipalName: ada@corp.example }'),
  ],
  [
    'an object that is filtered goes nowhere',
    file('metaverse: { cloudFiltered: true }, cloud: none', `${ada}, employeeType: Contractor`),
  ],
  [
    'an object that no rule projects is nowhere',
    file('metaverse: none, cloud: none, notInScope: [In from AD - User Join]', `${ada}, adminDescription: User_x`),
  ],
  [
    'a group filter looks at who has the object as a member',
    file(
      'inScope: [Pilot], metaverse: { extensionAttribute1: pilot }',
      ada,
      "memberOf: ['cn=pilot,ou=groups,dc=corp,dc=example']",
    ),
  ],
  [
    'without the group the filter keeps the object out',
    file('notInScope: [Pilot], metaverse: { extensionAttribute1: null }'),
  ],
  [
    'a rule for one connector is for that one',
    file('inScope: [One forest], metaverse: { extensionAttribute2: c1 }', ada, 'connector: research'),
  ],
  ['and not for another', file('notInScope: [One forest]', ada, 'connector: sales')],
  [
    'an error that is expected is no failure, by its code',
    file('error: sync-rule-error-function-triggered', `${ada}, company: no`.replace('company: Contoso, ', '')),
  ],
  ['or by its words', file('error: no company', `${ada}, company: no`.replace('company: Contoso, ', ''))],
  [
    'the values of a test count before those of the file',
    file('metaverse: { domainFQDN: other.example }', ada, 'parameters: { Domain.FQDN: other.example }'),
  ],
] as const) {
  test(name, () => assert.deepEqual(mismatches(text), []));
}

test('parameters of the domain come from the DN, and the name of the connector from the test', () => {
  const text = file(
    'metaverse: { domainFQDN: sales.corp.example, extensionAttribute2: research }',
    ada,
    'connector: research',
  )
    .replace(/^parameters: .*$/m, '')
    .replace('DC=corp,DC=example\n', 'DC=sales,DC=corp,DC=example\n');
  assert.deepEqual(mismatches(text), []);
});

for (const [name, text, expected] of [
  [
    'a value that differs is told with the rule that gave it',
    file('metaverse: { department: Sales }'),
    [{ what: 'metaverse.department', expected: '"Sales"', actual: '"SALES"', rule: 'Mine' }],
  ],
  [
    'a value that should be absent is told',
    file('metaverse: { cn: null }'),
    [{ what: 'metaverse.cn', expected: 'absent', actual: '"Ada"', rule: 'In from AD - User AccountEnabled' }],
  ],
  [
    'a value that is absent is told',
    file('metaverse: { title: Boss }'),
    [{ what: 'metaverse.title', expected: '"Boss"', actual: 'absent' }],
  ],
  [
    'an object that should not be is told',
    file('cloud: none'),
    [{ what: 'cloud', expected: 'no object', actual: 'an object of type user' }],
  ],
  [
    'an object that should be is told',
    file('cloud: { mail: x }', `${ada}, employeeType: Contractor`),
    [{ what: 'cloud', expected: 'an object', actual: 'no object' }],
  ],
  [
    'a rule that leaves the object out is told',
    file('inScope: [Pilot]'),
    [{ what: 'inScope', expected: 'Pilot', actual: 'not in scope' }],
  ],
  [
    'a rule that takes the object in is told',
    file('notInScope: [Mine]'),
    [{ what: 'notInScope', expected: 'not Mine', actual: 'in scope' }],
  ],
  [
    'a rule that is not there is told with what was meant, whether it was to apply or not',
    file('inScope: [Pilto], notInScope: [Minee]'),
    [
      {
        what: 'inScope',
        expected: 'Pilto',
        actual: 'no rule in force for such objects has this name; did you mean “Pilot”?',
      },
      {
        what: 'notInScope',
        expected: 'not Minee',
        actual: 'no rule in force for such objects has this name; did you mean “Mine”?',
      },
    ],
  ],
  [
    'an error that nobody expected is told',
    file('metaverse: none', `${ada}, company: no`.replace('company: Contoso, ', '')),
    [{ what: 'error', expected: 'no error', actual: 'sync-rule-error-function-triggered: no company' }],
  ],
  [
    'an error that does not come is told',
    file('error: no company'),
    [{ what: 'error', expected: 'no company', actual: 'no error' }],
  ],
] as const) {
  test(name, () => assert.deepEqual(mismatches(text), expected));
}

for (const [name, text, message] of [
  [
    'an unknown key',
    'tests:\n  - { name: a, objecttype: user }',
    'tests.yaml:2:16: unknown key objecttype; did you mean objectType?',
  ],
  [
    'a kind that does not exist',
    file('cloud: none').replace('active-directory', 'active_directory'),
    /^tests\.yaml:5:20: active_directory is none of .*did you mean active-directory\?$/,
  ],
  ['a test without anything to expect', file(''), /^tests\.yaml:13:13: expected at least one of inScope/],
  [
    'two tests of one name',
    'tests:\n  - &t { name: a, connectorKind: csv, objectType: x, expect: { cloud: none } }\n  - { name: a, connectorKind: csv, objectType: x, expect: { cloud: none } }',
    'tests.yaml:3:5: two tests are named “a”',
  ],
  [
    'a number where the directory has text',
    file('cloud: none', 'employeeID: 007'),
    /^tests\.yaml:9:17: attributes\.employeeID: a directory holds text here; put the value in quotes$/,
  ],
  ['a value of no kind', file('cloud: none', 'a: { b: 1 }'), /^tests\.yaml:9:17: attributes\.a: expected a text/],
  ['a fraction', file('metaverse: { a: 1.5 }'), /^tests\.yaml:13:26: expect\.a: expected a text/],
  ['what is no YAML', 'tests: [', /^tests\.yaml:1:9: /],
  ['a DN that is none', file('cloud: none').replace('dn: CN=Ada,', 'dn: Ada,'), /^tests\.yaml:7:9: /],
  ['no tests', 'rules: []', 'tests.yaml:1:1: unknown key rules; one of parameters, tests'],
] as const) {
  test(`${name} is refused with file, line and column`, () => {
    assert.throws(
      () => parseRuleTests(text, 'tests.yaml'),
      (error) =>
        error instanceof RuleError &&
        (typeof message === 'string' ? error.message === message : message.test(error.message)),
    );
  });
}

test('aliases that would grow without bound are refused', () => {
  const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
  const text = file('cloud: none', `a0: &a0 [x], ${levels.join(', ')}`);
  assert.throws(() => parseRuleTests(text, 'tests.yaml'), RuleError);
});

test('a number of 64 bits keeps its digits', () => {
  const [parsed] = parseRuleTests(file('cloud: none', 'pwdLastSet: 133801632000000001'), 'tests.yaml');
  assert.equal(parsed!.object.attributes.get('pwdLastSet'), 133_801_632_000_000_001n);
});
