import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainCode } from './explain-code.ts';
import { gates } from './gate.ts';
import { resultCatalogue } from './result-code.ts';

/** Every code that is publicly known of Entra Connect, with its odd spellings. */
const publiclyKnown = [
  'Success',
  'UpgradeAbortedCouldNotSetUpgradeMarker',
  'UpgradeAbortedInsufficientDatabasePermissions',
  'UpgradeAbortedInsufficientDiskSpace',
  'UpgradeAbortedSecurityGroupsNotPresent',
  'UpgradeAbortedServiceCanNotBeStarted',
  'UpgradeAbortedServiceCanNotBeStopped',
  'UpgradeAbortedServiceIsNotRunning',
  'UpgradeAbortedSyncCycleDisabled',
  'UpgradeAbortedSyncExeInUse',
  'UpgradeAbortedAdSyncExeInUse',
  'UpgradeAbortedSyncOrConfigurationInProgress',
  'UpgradeNotSupportedTLSVersionIncorrect',
  'UpgradeNotSupportedCustomizedSyncRules',
  'UpgradeNotSupportedInvalidPersistedState',
  'UpgradeNotSupportedNonLocalDbInstall',
  'UpgradeNotSupportedLocalDbSizeExceeded',
  'UpgradeNotSupportedAADHealthUploadDisabled',
  'UpgradeFailedRollbackSuccess-GetPasswordHashSyncStateFailed',
  'AADHealthEndpointNotDefined',
  'DirSyncInPlaceUpgradeNonLocalDb',
  'PreUpgradeFailure',
  'UpgradeNotSupportedDeviceWritebackEnabled',
  'UpgradeNotSupportedGroupWritebackEnabled',
  'UpgradeNotSupportedUserWritebackEnabled',
  'UpgradeNotSupportedMetaverseSizeExceeeded',
  'UpgradeNotSupportedMultiForestSetup',
  'UpgradeNotSupportedNonMsolAccount',
  'UpgradeNotSupportedStagingModeEnabled',
  'UpgradeNotSupportedNotConfiguredSignInMethod',
  'UpgradeNotSupportedPtaSignInMethod',
];

test('every publicly known code of Entra Connect is explained in our words', () => {
  for (const code of publiclyKnown) {
    const entry = resultCatalogue.get(code);
    assert.ok(entry?.inEntra !== undefined, code);
  }
  const ofEntra = [...resultCatalogue].filter(([, { inEntra }]) => inEntra !== undefined).map(([code]) => code);
  assert.deepEqual(ofEntra.sort(), [...publiclyKnown].sort());
});

test('the nine codes that 1.1.561.0 retired say so', () => {
  const retired = [...resultCatalogue].filter(([, { retiredIn }]) => retiredIn === '1.1.561.0');
  assert.equal(retired.length, 9);
});

test('the beginning of a code and its category say the same', () => {
  const beginnings = { aborted: 'UpgradeAborted', 'not-supported': 'UpgradeNotSupported', failed: 'UpgradeFailed' };
  for (const [code, { category }] of resultCatalogue) {
    if (category === 'success') assert.equal(code, 'Success');
    else if (category === 'other') assert.doesNotMatch(code, /^(Success|Upgrade)/);
    else assert.ok(code.startsWith(beginnings[category]), code);
  }
});

test('each entry says in whole sentences what it means and what to do', () => {
  for (const [code, { here, inEntra = here, remedy }] of resultCatalogue) {
    for (const words of [here, inEntra, remedy]) assert.match(words, /^[A-Z].{8,}\.$/, code);
  }
});

test('every gate has a code that applies here', () => {
  for (const [id, { code, checks, remedy }] of Object.entries(gates)) {
    const entry = resultCatalogue.get(code);
    assert.equal(entry?.applies, 'here', id);
    assert.ok(
      entry?.gates.some((gate) => gate === id),
      id,
    );
    assert.match(checks, /^[A-Z].{8,}\.$/, id);
    assert.ok(remedy.length > 10, id);
  }
});

for (const { text, category, says } of [
  { text: '  Success\n', category: 'success', says: /proven itself/ },
  { text: 'UpgradeAbortedSomethingNew', category: 'aborted', says: /not known/ },
  { text: 'UpgradeNotSupportedMetaverseSizeExceeded', category: 'not-supported', says: /not known/ },
  { text: 'UpgradeFailedEverything', category: 'failed', says: /not known/ },
  {
    text: 'UpgradeFailedRollbackSuccess-StartService',
    category: 'failed',
    says: /step StartService; the build before it runs/,
  },
  { text: 'UpgradeFailedRollbackFailed-StartService', category: 'failed', says: /could not be brought back/ },
  { text: 'UpgradeFailedRollbackSuccess-', category: 'failed', says: /not known/ },
  { text: 'waiting for the approval of the board', category: 'other', says: /No code/ },
  { text: '', category: 'other', says: /No code/ },
  { text: '__proto__', category: 'other', says: /No code/ },
  { text: 'constructor', category: 'other', says: /No code/ },
] as const) {
  test(`${JSON.stringify(text)} is explained as ${category}`, () => {
    const explained = explainCode(text);
    assert.equal(explained.category, category);
    assert.match(explained.meaning, says);
  });
}

test('a compound code says which step failed and whether the way back worked', () => {
  const { rollback, entry } = explainCode('UpgradeFailedRollbackSuccess-GetPasswordHashSyncStateFailed');
  assert.deepEqual(rollback, { worked: true, step: 'GetPasswordHashSyncStateFailed' });
  assert.equal(entry?.applies, 'recognised');
  assert.deepEqual(explainCode('UpgradeFailedRollbackFailed-X').rollback, { worked: false, step: 'X' });
});

test('a text of any length is explained by its beginning', () => {
  const explained = explainCode(`UpgradeAborted${'x'.repeat(10_000_000)}`);
  assert.equal(explained.category, 'aborted');
  assert.equal(explained.code.length, 128);
});
