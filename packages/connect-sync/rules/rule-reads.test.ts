import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRules } from './parse.ts';
import type { SyncRule } from './rule.ts';
import { isUnsteady, type Reads, readsOfDecision, readsOfFlow, readsOfRule } from './rule-reads.ts';

function ruleOf(rest: string, direction = 'inbound'): SyncRule {
  const [rule] = parseRules(
    `rules:
  - name: Mine
    precedence: 50
    direction: ${direction}
    connectorKind: ${direction === 'inbound' ? 'openldap' : 'cloud'}
    sourceObjectType: person
    targetObjectType: person
    linkType: Join
    ${rest}`,
    'own.yaml',
  );
  return rule!;
}

const listed = ({ values, imported, counted, parameters }: Reads): string[][] =>
  [values, imported, counted, parameters].map((names) => [...names]);
const flow = (written: string): SyncRule['flows'][number] => ruleOf(`flows: [{ target: t, ${written} }]`).flows[0]!;

for (const [written, values, imported, counted, parameters] of [
  ['source: cn', ['cn'], [], [], []],
  ['constant: cn', [], [], [], []],
  ["expression: '[a] & [b] & [a]'", ['a', 'b'], [], [], []],
  [`expression: 'ImportedValue("proxyAddresses")'`, [], ['proxyAddresses'], [], []],
  [`expression: 'ValueCount("member")'`, [], [], ['member'], []],
  ["expression: '%Domain.FQDN% & CStr(%ADS_UF_ACCOUNTDISABLE%)'", [], [], [], ['Domain.FQDN']],
  [`expression: 'Select($m, [mails], $m & [a])'`, ['mails', 'a'], [], [], []],
] as const) {
  test(`what { ${written} } reads`, () => {
    assert.deepEqual(listed(readsOfFlow(flow(written))), [values, imported, counted, parameters]);
  });
}

test('the decision of an inbound rule reads its scope and the source side of its join', () => {
  const rule =
    ruleOf(`scope: [[{ attribute: l, operator: EQUAL, value: '%Town%' }], [{ operator: ISMEMBEROF, value: CN=G }]]
    join: [[{ cs: employeeID, mv: number }]]
    flows: [{ target: t, source: cn }]`);
  assert.deepEqual(listed(readsOfDecision(rule)), [['l', 'dn', 'employeeID'], [], [], ['Town']]);
  assert.deepEqual(listed(readsOfRule(rule)), [['l', 'dn', 'employeeID', 'cn'], [], [], ['Town']]);
});

test('the join of an outbound rule reads the target and not the source', () => {
  const rule = ruleOf('join: [[{ cs: sourceAnchor, mv: anchor }]]', 'outbound');
  assert.deepEqual(listed(readsOfDecision(rule)), [[], [], [], []]);
});

for (const [written, expected] of [
  ["expression: 'Now() > CDate([a])'", true],
  ["expression: 'Guid()'", true],
  ["expression: 'Trim([a])'", false],
  ['source: a', false],
  ['constant: a', false],
] as const) {
  test(`{ ${written} } is ${expected ? 'unsteady' : 'steady'}`, () =>
    assert.equal(isUnsteady(flow(written)), expected));
}
