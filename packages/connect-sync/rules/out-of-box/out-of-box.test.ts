import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesFromGuid, bytesFromSid } from '@springline/directory/schema';
import { RuleError } from '../error.ts';
import { ExpressionError } from '../expression/error.ts';
import { type Attributes, contextOf, objectOf } from '../expression/sample-object.ts';
import { ignoreThisFlow, Reference, type Result } from '../expression/value.ts';
import type { SyncRule } from '../rule.ts';
import { compileScope } from '../scope.ts';
import { loadRuleSet } from './load.ts';

const { rules } = loadRuleSet();
const ruleNamed = (name: string): SyncRule => {
  const rule = rules.find((it) => it.name === name);
  assert.ok(rule, name);
  return rule;
};

const parameters = {
  'Domain.FQDN': 'sales.corp.example',
  'Domain.Netbios': 'SALES',
  'Forest.FQDN': 'corp.example',
  'Forest.Netbios': 'CORP',
  'Connector.ID': 'corp',
};

/** What a rule's flow to a target gives for an object. */
function flowed(name: string, target: string, attributes: Attributes, imported: Attributes = {}): Result {
  const flow = ruleNamed(name).flows.find((it) => it.target === target);
  assert.ok(flow, `${name} does not write ${target}`);
  const { source } = flow;
  if (source.kind === 'constant') return source.value;
  const object = objectOf(attributes, imported);
  if (source.kind === 'direct') return object.get(source.attribute);
  return source.expression.evaluate(object, contextOf(parameters));
}

function isInScope(name: string, attributes: Readonly<Record<string, readonly string[]>>): boolean {
  const values = (attribute: string): readonly string[] => attributes[attribute] ?? [];
  return compileScope(ruleNamed(name).scope)(values, { parameters: new Map(), isMemberOf: () => false });
}

const guid = bytesFromGuid('12345678-9abc-def0-1122-334455667788');
const dn = (text: string): Reference => new Reference(text);
const plain: Attributes = { sAMAccountName: 'ada', dn: dn('CN=Ada,DC=corp,DC=example') };

for (const join of ['In from AD - User Join', 'In from AD - InetOrgPerson Join']) {
  for (const [why, attributes, filtered] of [
    ['an ordinary account', {}, null],
    ['a critical system object', { isCriticalSystemObject: false }, true],
    ['an account without sAMAccountName', { sAMAccountName: null }, true],
    ['the support account', { sAMAccountName: 'SUPPORT_388945a0' }, true],
    ['a system mailbox', { mailNickname: 'SystemMailbox{1f05a927}' }, true],
    ['a service account of Azure AD Sync', { sAMAccountName: 'AAD_1234' }, true],
    ['a service account of Entra Connect', { sAMAccountName: 'MSOL_1234' }, true],
    ['a client access mailbox', { mailNickname: 'CAS_{1234}' }, true],
    ['a client access account', { sAMAccountName: 'CAS_{1234}' }, true],
    ['an account that only looks like one', { sAMAccountName: 'CAS_1234' }, null],
    ['a mail-enabled public folder', { msExchRecipientTypeDetails: 0x1000n }, true],
    ['a discovery mailbox', { msExchRecipientTypeDetails: 0x20000000n }, true],
    ['a user mailbox', { msExchRecipientTypeDetails: 1n }, null],
    ['a remote mailbox beyond 32 bits', { msExchRecipientTypeDetails: 2n ** 31n }, null],
    ['a replication conflict', { dn: dn('CN=Ada\\0ACNF:12345678,DC=corp,DC=example') }, true],
  ] satisfies [string, Attributes, Result][]) {
    test(`${join}: ${why} is ${filtered === true ? 'kept from the cloud' : 'let through'}`, () => {
      assert.deepEqual(flowed(join, 'cloudFiltered', { ...plain, ...attributes }), filtered);
    });
  }
}

for (const rule of ['In from AD - User AccountEnabled', 'In from AD - User Common']) {
  for (const [why, attributes, anchor] of [
    [
      'ms-DS-ConsistencyGuid where it is set',
      { 'mS-DS-ConsistencyGuid': guid, objectGUID: new Uint8Array(16) },
      'eFY0Erya8N4RIjNEVWZ3iA==',
    ],
    ['otherwise objectGUID', { objectGUID: guid }, 'eFY0Erya8N4RIjNEVWZ3iA=='],
    ['the text of a source that has texts', { objectGUID: 'anchor-7' }, 'anchor-7'],
    ['nothing for a linked mailbox', { objectGUID: guid, msExchRecipientTypeDetails: 2n }, null],
  ] satisfies [string, Attributes, Result][]) {
    test(`${rule}: the anchor is ${why}`, () => assert.deepEqual(flowed(rule, 'sourceAnchor', attributes), anchor));
  }

  for (const [why, attributes, name] of [
    ['userPrincipalName', { userPrincipalName: 'ada@corp.example', sAMAccountName: 'a' }, 'ada@corp.example'],
    ['otherwise the account in its domain', { sAMAccountName: 'ada' }, 'ada@sales.corp.example'],
  ] satisfies [string, Attributes, Result][]) {
    test(`${rule}: the name for signing in is ${why}`, () => {
      assert.deepEqual(flowed(rule, 'userPrincipalName', attributes), name);
    });
  }

  test(`${rule}: an account that has no name at all fails`, () => {
    assert.throws(() => flowed(rule, 'userPrincipalName', {}), ExpressionError);
  });

  for (const [ticks, text] of [
    [133_801_632_000_000_000n, '20250101000000.0Z'],
    [0n, null],
    [null, null],
  ] as const) {
    test(`${rule}: the time ${ticks} of the last password is ${text}`, () => {
      assert.deepEqual(flowed(rule, 'pwdLastSet', { pwdLastSet: ticks }), text);
    });
  }

  test(`${rule}: domain, forest and connector come from the parameters`, () => {
    const targets = ['domainFQDN', 'domainNetBios', 'forestFQDN', 'forestNetBios', 'contributingConnectorUser'];
    assert.deepEqual(
      targets.map((target) => flowed(rule, target, {})),
      ['sales.corp.example', 'SALES', 'corp.example', 'CORP', 'corp'],
    );
  });
}

for (const rule of ['In from AD - User Common', 'In from AD - User Common from Exchange']) {
  for (const [target, attributes, expected] of [
    ['accountEnabled', { userAccountControl: 512n }, true],
    ['accountEnabled', { userAccountControl: 514n }, false],
    ['accountEnabled', {}, true],
    ['sourceObjectType', {}, 'User'],
    ['sourceObjectType', { msExchRecipientTypeDetails: 2n }, null],
    ['displayName', { displayName: ' Ada ', cn: 'x' }, 'Ada'],
    ['displayName', { cn: ' Ada L ' }, 'Ada L'],
    ['department', { department: ' Sales ' }, 'Sales'],
    ['otherTelephone', { otherTelephone: [' 1 ', '2'] }, ['1', '2']],
    ['description', { description: [` ${'x'.repeat(500)}`, 'second'] }, 'x'.repeat(448)],
    ['info', { info: 'y'.repeat(500) }, 'y'.repeat(448)],
    ['thumbnailPhoto', { thumbnailPhoto: new Uint8Array(48_001) }, null],
    ['thumbnailPhoto', { thumbnailPhoto: guid }, guid],
  ] satisfies [string, Attributes, Result][]) {
    test(`${rule}: ${target} of ${Object.keys(attributes).join(', ') || 'nothing'}`, () => {
      assert.deepEqual(flowed(rule, target, attributes), expected);
    });
  }

  test(`${rule}: addresses are those that an import confirmed, trimmed and without doubles`, () => {
    const pending = { proxyAddresses: ['SMTP:new@x.example'] };
    const confirmed = { proxyAddresses: ['SMTP:a@x.example', ' smtp:A@x.example', 'sip:a@x.example'] };
    assert.deepEqual(flowed(rule, 'proxyAddresses', pending, confirmed), ['SMTP:a@x.example', 'sip:a@x.example']);
  });
}

for (const [target, attributes, expected] of [
  ['securityEnabled', { groupType: -2147483646n }, true],
  ['securityEnabled', { groupType: 2n }, false],
  ['securityEnabled', {}, false],
  ['mailEnabled', { proxyAddresses: ['smtp:b@x', 'SMTP:a@x'] }, true],
  ['mailEnabled', { proxyAddresses: ['smtp:b@x'], mail: 'a@x' }, false],
  ['mailEnabled', { mail: 'a@x' }, true],
  ['mailEnabled', { mail: 'nobody' }, false],
  ['mailEnabled', {}, false],
  ['memberCount', { member: [dn('CN=a'), dn('CN=b')] }, 2n],
  ['memberCount', {}, 0n],
  ['sourceAnchor', { objectGUID: guid }, 'eFY0Erya8N4RIjNEVWZ3iA=='],
  ['cloudFiltered', { ...plain, sAMAccountName: 'MSOL_AD_Sync_RichCoexistence' }, true],
  ['cloudFiltered', { ...plain, msExchRecipientTypeDetails: 0x40000000n }, true],
  ['cloudFiltered', plain, null],
] satisfies [string, Attributes, Result][]) {
  test(`a group’s ${target} of ${Object.keys(attributes).join(', ') || 'nothing'} is ${String(expected)}`, () => {
    assert.deepEqual(flowed('In from AD - Group Join', target, attributes), expected);
  });
}

test('a hidden contact of the other tenant stays away, a visible one does not', () => {
  const contact = { ...plain, displayName: 'Ada (MSOL)' };
  const filtered = (more: Attributes): Result =>
    flowed('In from AD - Contact Join', 'cloudFiltered', { ...contact, ...more });
  assert.equal(filtered({ msExchHideFromAddressLists: true }), true);
  assert.equal(filtered({ msExchHideFromAddressLists: false }), null);
  assert.equal(filtered({}), null);
});

test('a member from another forest is found by its SID and makes nothing', () => {
  const rule = ruleNamed('In from AD - ForeignSecurityPrincipal Join User');
  assert.deepEqual(rule.join, [[{ csAttribute: 'cn', mvAttribute: 'objectSidString', caseSensitive: false }]]);
  assert.deepEqual([rule.targetObjectType, rule.linkType, rule.flows], ['*', 'Join', []]);
  const sid = flowed('In from AD - User Common', 'objectSidString', { objectSid: bytesFromSid('S-1-5-21-1-2-3-1104') });
  assert.equal(sid, 'S-1-5-21-1-2-3-1104');
});

/** Subject CN=12345678-9ABC-DEF0-1122-334455667788; made with OpenSSL. */
const hybridJoin = new Uint8Array(
  Buffer.from(
    'MIIBtTCCAVugAwIBAgIULpNiz+kMcPvc6Pqf0p17B1y+LqUwCgYIKoZIzj0EAwIwLzEtMCsGA1UEAwwkMTIzNDU2NzgtOUFCQy1E' +
      'RUYwLTExMjItMzM0NDU1NjY3Nzg4MCAXDTI2MTEyMzAzMzkxOFoYDzIxMjYxMDMwMDMzOTE4WjAvMS0wKwYDVQQDDCQxMjM0NTY3' +
      'OC05QUJDLURFRjAtMTEyMi0zMzQ0NTU2Njc3ODgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASWR9o1YmF55XmruubAcNRvu6si' +
      'cpCY4636F3oHcLqLuKtWzdd8mFi5kaPljXh8i/5TMqnB3eoEWJczpYxFuTk/o1MwUTAdBgNVHQ4EFgQU3GrVaIz/EGrnzTsRLlAb' +
      'mH5FSLgwHwYDVR0jBBgwFoAU3GrVaIz/EGrnzTsRLlAbmH5FSLgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA' +
      '2ApLtCalYsMt/jRQuScd87TUmMoyOzc9ne/FCABMB28CICjxW01wwzXBkntYiiUcp8d9ENB9UevKDnPuYyK8iEWL',
    'base64',
  ),
);

test('a computer without a certificate of its hybrid join is kept from the cloud', () => {
  const computer = (certificates: Result): Result =>
    flowed('In from AD - Computer Join', 'cloudFiltered', {
      objectGUID: guid,
      userCertificate: certificates as Attributes[string],
    });
  assert.equal(computer(null), true);
  assert.equal(computer([new Uint8Array([1, 2, 3])]), true, 'what is no certificate counts for nothing');
  assert.equal(computer([hybridJoin]), null);
  const other = { objectGUID: new Uint8Array(16), userCertificate: [hybridJoin] };
  assert.equal(flowed('In from AD - Computer Join', 'cloudFiltered', other), true, 'it is that of another computer');
});

test('only the certificates of a hybrid join go along with a computer', () => {
  const found = { objectGUID: guid, userCertificate: [new Uint8Array([1]), hybridJoin] };
  assert.deepEqual(flowed('In from AD - Computer Join', 'userCertificate', found), [hybridJoin]);
});

test('the scope of sign-in leaves disabled accounts and those that the cloud wrote back out', () => {
  const rule = 'In from AD - User AccountEnabled';
  assert.equal(isInScope(rule, { userAccountControl: ['512'] }), true);
  assert.equal(isInScope(rule, { userAccountControl: ['514'] }), false);
  assert.equal(isInScope(rule, { adminDescription: ['User_1'] }), false);
  assert.equal(isInScope('In from AD - InetOrgPerson AccountEnabled', { adminDescription: ['User_1'] }), true);
});

const sourceAnchor = 'eFY0Erya8N4RIjNEVWZ3iA==';
const cloudName = 'CN={6546593045727961384E3452496A4E4556575A3369413D3D}';

for (const [rule, own, other] of [
  ['Out to cloud - User Join', 'User', 'Contact'],
  ['Out to cloud - Contact Join', 'Contact', 'User'],
  ['Out to cloud - Group Join', 'Group', 'User'],
] as const) {
  const named = (more: Attributes): Result => flowed(rule, 'dn', { sourceAnchor, sourceObjectType: own, ...more });
  test(`${rule}: an object is named by the hex form of its anchor`, () => {
    assert.equal(named({}), cloudName);
    assert.equal(named({ cloudAnchor: `${own}_1`, cloudSourceAnchor: sourceAnchor }), cloudName);
  });

  test(`${rule}: an anchor that changed stops the object, also when only case differs`, () => {
    for (const cloudSourceAnchor of ['other', sourceAnchor.toLowerCase()]) {
      assert.throws(
        () => named({ cloudAnchor: `${own}_1`, cloudSourceAnchor }),
        (error) => error instanceof ExpressionError && error.code === 'sync-rule-error-function-triggered',
      );
    }
  });

  test(`${rule}: an object that was of another type may bring another anchor`, () => {
    assert.equal(named({ cloudAnchor: `${other}_1`, cloudSourceAnchor: 'other' }), cloudName);
  });
}

for (const [why, more, inScope] of [
  ['for security', { securityEnabled: ['True'], memberCount: ['5'] }, true],
  ['for mail', { mailEnabled: ['True'], memberCount: ['5'] }, true],
  ['for neither', { memberCount: ['5'] }, false],
  ['with too many members', { securityEnabled: ['True'], memberCount: ['250000'] }, false],
  [
    'with too many members that is there already',
    { securityEnabled: ['True'], memberCount: ['250000'], cloudAnchor: ['Group_1'] },
    true,
  ],
  ['that is filtered', { securityEnabled: ['True'], memberCount: ['5'], cloudFiltered: ['True'] }, false],
  ['that the cloud masters', { securityEnabled: ['True'], memberCount: ['5'], cloudMastered: ['True'] }, false],
] satisfies [string, Record<string, string[]>, boolean][]) {
  test(`a group ${why} is ${inScope ? 'brought' : 'not brought'} to the cloud`, () => {
    assert.equal(isInScope('Out to cloud - Group Join', { sourceAnchor: [sourceAnchor], ...more }), inScope);
  });
}

test('a group in the cloud that grows beyond the limit stays as it was, with an error', () => {
  assert.throws(
    () => flowed('Out to cloud - Group Join', 'dn', { sourceAnchor, memberCount: 250_000n }),
    /takes? some out/,
  );
});

for (const [why, attributes, inScope] of [
  ['complete', {}, true],
  ['without anchor', { sourceAnchor: [] }, false],
  ['without accountEnabled', { accountEnabled: [] }, false],
  ['filtered', { cloudFiltered: ['True'] }, false],
  ['mastered by the cloud', { cloudMastered: ['True'] }, false],
  ['a contact', { sourceObjectType: ['Contact'] }, false],
] satisfies [string, Record<string, string[]>, boolean][]) {
  test(`a user who is ${why} is ${inScope ? 'made' : 'not made'} in the cloud`, () => {
    const user = { sourceObjectType: ['User'], sourceAnchor: [sourceAnchor], accountEnabled: ['False'] };
    assert.equal(isInScope('Out to cloud - User Join', { ...user, ...attributes }), inScope);
  });
}

for (const [rule, target] of [
  ['Out to cloud - User Join', 'usageLocation'],
  ['Out to cloud - User ExchangeOnline', 'countryCode'],
] as const) {
  test(`${target} that nobody gives is left as the cloud has it`, () => {
    assert.equal(flowed(rule, target, {}), ignoreThisFlow);
    assert.equal(flowed(rule, target, { [target]: 'DE' }), 'DE');
  });
}

test('more certificates than the cloud takes are not sent', () => {
  const certificates = Array.from({ length: 16 }, (_, index) => new Uint8Array([index]));
  const sent = (count: number): Result =>
    flowed('Out to cloud - User ExchangeOnline', 'userCertificate', { userCertificate: certificates.slice(0, count) });
  assert.deepEqual(sent(15), certificates.slice(0, 15));
  assert.equal(sent(16), null);
});

test('passwords go along where an account is enabled and a user is made', () => {
  const names = rules.filter(({ enablePasswordSync }) => enablePasswordSync).map(({ name }) => name);
  assert.deepEqual(names, ['In from AD - User AccountEnabled', 'Out to cloud - User Join']);
});

for (const kind of ['OpenLDAP', 'LDAP']) {
  const common = `In from ${kind} - User Common`;
  for (const [target, attributes, expected] of [
    ['userPrincipalName', { mail: [' ada@x.example ', 'b'], uid: ['ada'] }, 'ada@x.example'],
    ['userPrincipalName', { uid: ['ada', 'al'] }, 'ada@sales.corp.example'],
    ['displayName', { cn: ['Ada L', 'Ada'] }, 'Ada L'],
    ['department', { departmentNumber: ['12'] }, '12'],
    ['accountEnabled', {}, true],
    ['accountEnabled', { pwdAccountLockedTime: '20250101000000Z' }, false],
    ['mail', {}, null],
  ] satisfies [string, Attributes, Result][]) {
    test(`${common}: ${target} of ${Object.keys(attributes).join(', ') || 'nothing'} is ${String(expected)}`, () => {
      assert.deepEqual(flowed(common, target, attributes), expected);
    });
  }
}

test('an account that 389 Directory Server has switched off is not enabled', () => {
  assert.equal(flowed('In from LDAP - User Common', 'accountEnabled', { nsAccountLock: 'TRUE' }), false);
  assert.equal(flowed('In from LDAP - User Join', 'sourceAnchor', { nsUniqueId: '1-2-3' }), '1-2-3');
});

test('a standard rule is marked, switched off by id or name, and never by a slip', () => {
  assert.ok(rules.every(({ standard }) => standard));
  const text = 'disable: [In from AD - User Lync]';
  const set = loadRuleSet([{ name: 'own.yaml', text }]);
  assert.deepEqual(
    set.disabled.map(({ name, standard }) => [name, standard]),
    [['In from AD - User Lync', true]],
  );
  assert.equal(set.rules.length, rules.length - 1);
  assert.throws(
    () => loadRuleSet([{ name: 'own.yaml', text: 'disable:\n  - In from AD - User Lnyc' }]),
    new RuleError(
      { file: 'own.yaml', line: 2, column: 5 },
      'there is no standard rule “In from AD - User Lnyc”; did you mean “In from AD - User Lync”?',
    ),
  );
});

test('rules of forests without Exchange and Lync are enough for users, groups and contacts', () => {
  const bare = loadRuleSet().forConnectors([
    { name: 'corp', kind: 'active-directory', features: new Set<never>() },
    { name: 'Cloud', kind: 'cloud' },
  ]);
  const names = bare.rules.filter(({ connector }) => connector === 'corp').map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => /Exchange|Lync/.test(name)),
    [],
  );
  assert.ok(!bare.attributesRead('corp').has('msRTCSIP-Line'));
});
