import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleSetError } from './error.ts';
import { loadRuleSet } from './out-of-box/load.ts';
import { parseRules } from './parse.ts';
import { RuleSet } from './rule-set.ts';

interface Written {
  readonly precedence: number;
  readonly direction?: string;
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rest?: string;
}

function written({
  precedence,
  direction = 'inbound',
  kind = 'openldap',
  from = 'account',
  to = 'person',
  rest = '',
}: Written): string {
  return `
  - name: rule ${precedence} ${kind}
    precedence: ${precedence}
    direction: ${direction}
    connectorKind: ${kind}
    sourceObjectType: ${from}
    targetObjectType: ${to}
    linkType: Join
    ${rest}`;
}

function setOf(...rules: Written[]): RuleSet {
  const text = `rules:${rules.map(written).join('')}`;
  return new RuleSet(parseRules(text, 'own.yaml'), [text]);
}

const precedences = (rules: readonly { precedence: number }[]): number[] => rules.map(({ precedence }) => precedence);

test('inbound rules are found by kind of system and type of object, by precedence', () => {
  const set = setOf(
    { precedence: 30 },
    { precedence: 10 },
    { precedence: 20, from: 'device' },
    { precedence: 15, kind: 'active-directory' },
    { precedence: 5, direction: 'outbound', from: 'account' },
  );
  assert.deepEqual(precedences(set.inbound('openldap', 'account')), [10, 30]);
  assert.deepEqual(precedences(set.inbound('openldap', 'device')), [20]);
  assert.deepEqual(precedences(set.inbound('active-directory', 'account')), [15]);
  assert.deepEqual(set.inbound('openldap', 'Account'), []);
  assert.deepEqual(precedences(set.rules), [5, 10, 15, 20, 30]);
});

test('outbound rules are found by type of metaverse object, by precedence', () => {
  const cloud = { direction: 'outbound', kind: 'cloud', from: 'person' };
  const set = setOf({ precedence: 30, ...cloud }, { precedence: 10, ...cloud }, { precedence: 20, from: 'person' });
  assert.deepEqual(precedences(set.outbound('person')), [10, 30]);
  assert.deepEqual(set.outbound('group'), []);
});

test('types that are names of JavaScript are types like others', () => {
  const set = setOf({ precedence: 10 });
  for (const type of ['__proto__', 'constructor']) {
    assert.deepEqual(set.inbound('openldap', type), []);
    assert.deepEqual(set.outbound(type), []);
  }
});

test('the types that are read are those of the inbound rules of the kind', () => {
  const set = setOf(
    { precedence: 1, from: 'user', kind: 'active-directory' },
    { precedence: 2, from: 'account' },
    { precedence: 3, from: 'account' },
    { precedence: 4, from: 'person', direction: 'outbound' },
  );
  assert.deepEqual(set.objectTypes('openldap'), new Set(['account']));
  assert.deepEqual(set.objectTypes('cloud'), new Set());
});

test('every attribute that a scope, a join or a flow reads is asked for, and no other', () => {
  const set = setOf(
    {
      precedence: 1,
      rest: 'scope: [[{ attribute: inScope, operator: ISNULL }], [{ attribute: inOtherGroup, operator: ISNULL }]]',
    },
    { precedence: 2, rest: 'join: [[{ cs: inJoin, mv: notAsked }]]' },
    { precedence: 3, rest: 'flows: [{ target: notAsked, source: direct }, { target: notAsked, constant: x }]' },
    {
      precedence: 4,
      rest: `flows: [{ target: t, expression: '[inExpression] & ImportedValue("imported") & CStr(ValueCount("counted")) & %Domain.FQDN%' }]`,
    },
    { precedence: 5, direction: 'outbound', from: 'person', rest: 'flows: [{ target: t, source: ofTheMetaverse }]' },
    { precedence: 6, kind: 'active-directory', rest: 'flows: [{ target: t, source: ofAnotherKind }]' },
  );
  assert.deepEqual([...set.attributesRead('openldap')].sort(), [
    'counted',
    'direct',
    'imported',
    'inExpression',
    'inJoin',
    'inOtherGroup',
    'inScope',
  ]);
});

test('the DN comes with every entry and is not asked for', () => {
  const set = setOf({ precedence: 1, rest: `flows: [{ target: t, expression: 'CStr([dn]) & [uid]' }]` });
  assert.deepEqual(set.attributesRead('openldap'), new Set(['uid']));
});

test('join attributes are those of all rules, on the side of the metaverse', () => {
  const set = setOf(
    { precedence: 1, rest: 'join: [[{ cs: a, mv: x }, { cs: b, mv: y }], [{ cs: c, mv: x }]]' },
    { precedence: 2, kind: 'active-directory', rest: 'join: [[{ cs: a, mv: z }]]' },
  );
  assert.deepEqual(set.joinAttributes(), new Set(['x', 'y', 'z']));
});

test('the digest is that of the texts: the same for the same, another for any change', () => {
  const digest = (...texts: string[]): string => new RuleSet([], texts).digest;
  assert.match(digest('a'), /^[0-9a-f]{64}$/);
  assert.equal(digest('a', 'b'), digest('a', 'b'));
  const all = [digest(), digest(''), digest('a'), digest('a', 'b'), digest('ab'), digest('a ', 'b')];
  assert.equal(new Set(all).size, all.length);
});

test('the digest of the out-of-box rules changes with a file of one’s own', () => {
  assert.equal(loadRuleSet().digest, loadRuleSet().digest);
  assert.notEqual(loadRuleSet([{ name: 'own.yaml', text: 'rules: []' }]).digest, loadRuleSet().digest);
});

test('rules that contradict each other make no set', () => {
  assert.throws(() => setOf({ precedence: 1 }, { precedence: 1 }), RuleSetError);
});

test('out of the box, users and groups of every kind of directory are read, and their anchors', () => {
  const set = loadRuleSet();
  const types = ['user', 'inetOrgPerson', 'group', 'contact', 'foreignSecurityPrincipal', 'computer'];
  assert.deepEqual(set.objectTypes('active-directory'), new Set(types));
  for (const kind of ['openldap', 'ldap'] as const) {
    assert.deepEqual(set.objectTypes(kind), new Set(['inetOrgPerson', 'groupOfNames', 'groupOfUniqueNames']));
  }
  assert.ok(set.attributesRead('active-directory').has('objectGUID'));
  assert.ok(set.attributesRead('openldap').has('entryUUID'));
});

test('no out-of-box rule reads a password', () => {
  const set = loadRuleSet();
  for (const kind of ['active-directory', 'openldap', 'ldap'] as const) {
    const secret = /^(userPassword|unicodePwd|dBCSPwd|supplementalCredentials|ntPwdHistory|lmPwdHistory)$/i;
    assert.deepEqual(
      [...set.attributesRead(kind)].filter((name) => secret.test(name)),
      [],
    );
  }
});
