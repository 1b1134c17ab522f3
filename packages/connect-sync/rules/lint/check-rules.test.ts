import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleSetError } from '../error.ts';
import { loadRuleSet } from '../out-of-box/load.ts';
import { parseRuleFile } from '../parse.ts';
import type { RuleConnector } from '../rule-set-connectors.ts';
import { checkRules } from './check-rules.ts';
import { type RuleFinding, ruleFindings } from './finding.ts';

interface Written {
  readonly name?: string;
  readonly precedence?: number;
  readonly direction?: string;
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly link?: string;
  readonly rest?: string;
}

function ruleText(written: Written): string {
  const { name = 'Mine', precedence = 50, direction = 'inbound', kind = 'active-directory' } = written;
  const { from = 'user', to = 'person', link = 'Join', rest = 'flows: [{ target: title, source: title }]' } = written;
  return `  - name: ${name}
    precedence: ${precedence}
    direction: ${direction}
    connectorKind: ${kind}
    sourceObjectType: ${from}
    targetObjectType: ${to}
    linkType: ${link}
    ${rest}
`;
}

const outbound = { direction: 'outbound', kind: 'cloud', from: 'person', to: 'user' } as const;

/** What is found among the standard rules and those written, about the latter. */
function findings(written: readonly Written[], connectors?: readonly RuleConnector[]): readonly RuleFinding[] {
  const file = parseRuleFile(`rules:\n${written.map(ruleText).join('')}`, 'own.yaml');
  const rules = [...file.rules, ...loadRuleSet().rules].sort((a, b) => a.precedence - b.precedence);
  return checkRules(rules, file.places, connectors);
}

for (const [name, written, code, severity, message] of [
  [
    'a merge type that differs from that of a standard rule',
    { rest: 'flows: [{ target: proxyAddresses, source: proxyAddresses, mergeType: Merge }]' },
    'merge-type-differs',
    'error',
    /^proxyAddresses has the merge type Update here and Merge in “Mine”/,
  ],
  [
    'merging into an attribute with one value',
    { rest: 'flows: [{ target: displayName, source: title, mergeType: Merge }]' },
    'merge-single-valued',
    'error',
    /^displayName has one value at most; Merge is for attributes with several$/,
  ],
  ['a precedence of the product', { precedence: 1_000 }, 'own-precedence', 'error', /from 1 to 99; this one has 1000$/],
  ['a precedence of 0', { precedence: 0 }, 'own-precedence', 'error', /from 1 to 99; this one has 0$/],
  [
    'a misspelt type of the metaverse',
    { to: 'persn' },
    'unknown-object-type',
    'error',
    /^the metaverse has no type persn; did you mean person\?$/,
  ],
  [
    'an unknown type of the metaverse outbound',
    { ...outbound, from: 'printer' },
    'unknown-object-type',
    'error',
    /^the metaverse has no type printer; one of person, group, device$/,
  ],
  [
    'a misspelt type of Active Directory',
    { from: 'usr' },
    'unknown-object-type',
    'warning',
    /^active-directory has no type usr that is read; did you mean user\?$/,
  ],
  [
    'a scope that wants a value and none',
    { rest: 'scope: [[{ attribute: mail, operator: ISNULL }, { attribute: mail, operator: EQUAL, value: x }]]' },
    'never-applies',
    'error',
    /^mail cannot be absent and have a value \(EQUAL\)$/,
  ],
  [
    'a scope that wants one thing and its opposite',
    {
      rest: 'scope: [[{ attribute: l, operator: NOTEQUAL, value: x }, { attribute: l, operator: EQUAL, value: X }]]',
    },
    'never-applies',
    'error',
    /^l EQUAL X and NOTEQUAL X never hold together$/,
  ],
  [
    'a bit that no number has',
    { rest: 'scope: [[{ attribute: userAccountControl, operator: ISBITSET, value: two }]]' },
    'never-applies',
    'error',
    /^userAccountControl ISBITSET two holds for no object/,
  ],
  [
    'flows for objects that nothing links',
    { from: 'container' },
    'never-applies',
    'warning',
    /^no rule links container of active-directory to a person/,
  ],
  [
    'flows into an object that no rule makes',
    { ...outbound, to: 'group' },
    'never-applies',
    'warning',
    /^no outbound rule makes or joins a group of cloud$/,
  ],
  ['a rule that does nothing', { rest: '' }, 'no-effect', 'warning', /^the rule has no flows and links nothing$/],
  [
    'a sticky join that sticks to nothing',
    { link: 'StickyJoin' },
    'no-effect',
    'warning',
    /^StickyJoin keeps alive what it joined/,
  ],
  [
    'a feature of the schema outside of Active Directory',
    { kind: 'openldap', from: 'inetOrgPerson', rest: 'requires: lync\n    flows: [{ target: title, source: title }]' },
    'no-effect',
    'warning',
    /^requires is about the schema of Active Directory/,
  ],
  [
    'an attribute of the metaverse that nobody writes',
    { ...outbound, rest: 'flows: [{ target: displayName, source: dispalyName }]' },
    'unknown-attribute',
    'warning',
    /^no inbound rule writes dispalyName of person, so it is always absent; did you mean displayName\?$/,
  ],
  [
    'a cloud attribute with a slip',
    { ...outbound, rest: 'flows: [{ target: displayname, source: displayName }]' },
    'unknown-attribute',
    'warning',
    /^displayname is no attribute that the standard rules write; did you mean displayName\?$/,
  ],
  [
    'an attribute of Active Directory in the wrong case',
    { rest: "flows: [{ target: mailNickname, expression: 'Trim([mailNickName])' }]" },
    'unknown-attribute',
    'warning',
    /^Active Directory has no attribute mailNickName by this spelling; did you mean mailNickname\?$/,
  ],
  [
    'a join by what nobody writes',
    { rest: 'join: [[{ cs: employeeID, mv: employeeId }]]' },
    'unknown-attribute',
    'warning',
    /^no rule writes employeeId of person, so nothing joins by it; did you mean employeeID\?$/,
  ],
  [
    'a misspelt parameter',
    { rest: "flows: [{ target: domainFQDN, expression: '%Domain.FQND%' }]" },
    'unknown-parameter',
    'warning',
    /^%Domain\.FQND% is not a parameter of the product; did you mean Domain\.FQDN\?$/,
  ],
  [
    'a user type that there is not',
    { rest: 'flows: [{ target: userType, constant: member }]' },
    'odd-value',
    'warning',
    /^userType cannot be member; did you mean Member\?$/,
  ],
  [
    'several values for one',
    { rest: 'flows: [{ target: description, source: description }]' },
    'several-values',
    'warning',
    /^description may have several values and description has one; ItemOrNull\(\[description\], 1\) takes the first$/,
  ],
  [
    'several references for one',
    { rest: 'flows: [{ target: manager, source: secretary }]' },
    'several-values',
    'warning',
    /^secretary may have several values and manager has one$/,
  ],
  [
    'a value that is another each time',
    { rest: "flows: [{ target: info, expression: 'Guid()' }]" },
    'unsteady-value',
    'warning',
    /^info gets another value with each evaluation; executeOnce: true gives it once$/,
  ],
] satisfies [string, Written, string, string, RegExp][]) {
  test(`found: ${name}`, () => {
    const found = findings([written]).filter((finding) => finding.code === code);
    assert.ok(found.length > 0, JSON.stringify(findings([written])));
    assert.equal(found[0]!.severity, severity);
    assert.match(found[0]!.message, message);
  });
}

test('a finding has the place of the flow or clause that it is about', () => {
  const [finding] = findings([{ rest: "flows: [{ target: info, expression: 'Guid()' }]" }]);
  assert.deepEqual(finding?.place, { file: 'own.yaml', line: 9, column: 13 });
});

test('rules of one’s own may merge where they agree', () => {
  const merged = 'flows: [{ target: certificateUserIds, source: altSecurityIdentities, mergeType: Merge }]';
  const written = [
    { name: 'One', precedence: 50, rest: merged },
    { name: 'Two', precedence: 51, from: 'inetOrgPerson', rest: merged },
  ];
  assert.deepEqual(findings(written), []);
});

test('Update and Replace mean the same and may stand side by side', () => {
  assert.deepEqual(findings([{ rest: 'flows: [{ target: title, source: title, mergeType: Replace }]' }]), []);
});

test('rules for different types of object never meet', () => {
  const rest = 'flows: [{ target: postalAddress, source: postalAddress, mergeType: Merge }]';
  const plain = 'flows: [{ target: postalAddress, source: postalAddress }]';
  const written = [
    { name: 'One', rest },
    { name: 'Two', precedence: 51, from: 'group', to: 'group', rest: plain },
  ];
  assert.deepEqual(findings(written), []);
});

test('a value that is given once may be a random one', () => {
  assert.deepEqual(findings([{ rest: "flows: [{ target: info, expression: 'Guid()', executeOnce: true }]" }]), []);
});

test('a rule for one connector is held against the connectors that there are', () => {
  const rest = 'connector: cropp\n    flows: [{ target: title, source: title }]';
  const corp: RuleConnector = { name: 'corp', kind: 'active-directory' };
  const known = (connectors: readonly RuleConnector[]): readonly string[] =>
    findings([{ rest }], connectors).map(({ code, message }) => `${code}: ${message}`);
  assert.deepEqual(known([corp]), ['unknown-connector: there is no connector cropp; did you mean corp?']);
  assert.deepEqual(known([{ name: 'cropp', kind: 'csv' }]), [
    'unknown-connector: the connector cropp is of kind csv, and the rule is for active-directory',
  ]);
  assert.deepEqual(known([{ name: 'cropp', kind: 'active-directory' }]), []);
});

test('nothing is found among the rules that come with the product', () => {
  const set = loadRuleSet();
  assert.deepEqual(checkRules(set.rules, set.places), []);
});

test('a server does not start with rules of which one has an error, and says where', () => {
  const text = `rules:\n${ruleText({ to: 'persn' })}`;
  assert.throws(
    () => loadRuleSet([{ name: 'own.yaml', text }]),
    new RuleSetError('“Mine”: the metaverse has no type persn; did you mean person?', {
      file: 'own.yaml',
      line: 2,
      column: 5,
    }),
  );
});

test('every code has a meaning', () => {
  for (const meaning of Object.values(ruleFindings)) assert.match(meaning, /^[A-Z].*\.$/);
});
