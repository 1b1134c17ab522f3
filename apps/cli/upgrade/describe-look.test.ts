import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { describeLook, explainLook, outcomeOf } from './describe-look.ts';
import type { Ended } from './under-way.ts';

const sha256 = 'a'.repeat(64);

function look(own: Partial<AutoUpgrade['components'][number]> = {}, changes: Partial<Ended> = {}): Ended {
  return {
    ...{ state: 'Enabled', channel: 'HUS' },
    components: [
      {
        ...{ component: 'connect-sync', version: '0.1.0.1', releaseNumber: 2, step: 'waiting', offered: '0.1.0.2' },
        ...own,
      },
    ],
    detail: {
      look: {
        offers: [{ component: 'connect-sync', version: '0.1.0.2', releaseNumber: 3, sha256 }],
        refusals: [],
        ...{ directorExpires: 0, directorVersion: 1, imageVersion: 1 },
      },
      ...{ isFreezeSuspected: false, reportsKept: 0 },
    },
    ended: [],
    ...changes,
  };
}

const halted = { rule: 'policy-halted', reason: 'everything is halted' };

for (const { name, own, says } of [
  { name: 'a halt', own: { waits: halted }, says: 'held (policy-halted): everything is halted' },
  {
    name: 'a freeze',
    own: { waits: { rule: 'freeze', reason: 'year end', until: '2027-01-04T00:00:00.000Z' } },
    says: 'held until 2027-01-04 00:00 UTC (freeze): year end',
  },
  {
    name: 'a build that failed here',
    own: { blocked: { version: '0.1.0.2', reason: 'it crashed', until: '2026-11-24T00:00:00.000Z' } },
    says: 'held until 2026-11-24 00:00 UTC, because it failed here: it crashed',
  },
]) {
  test(`what is offered and held by ${name} is said with its reason, without asking for an explanation`, () => {
    assert.equal(describeLook(look(own)), `connect-sync 0.1.0.1 -> 0.1.0.2 is offered, ${says}`);
    assert.match(explainLook(look(own)), new RegExp(`\\(release 3, a{12}\\): ${says.replaceAll(/[()]/g, '\\$&')}$`));
  });
}

const ended = (result: string): Ended['ended'] => [
  {
    ...{ component: 'connect-sync', from: '0.1.0.1', to: '0.1.0.2', result, endedAt: '2026-11-22T00:00:00.000Z' },
  } as Ended['ended'][number],
];
const refusal = { kind: 'trust', code: 'freeze', message: 'old' };

for (const { name, found, mark } of [
  { name: 'an upgrade that went well', found: look({}, { ended: ended('Success') }), mark: 'done' },
  {
    name: 'one that was rolled back',
    found: look({}, { ended: ended('UpgradeFailedRollbackSuccess') }),
    mark: 'failed',
  },
  { name: 'one that is held', found: look({ waits: halted }), mark: 'nothing' },
  { name: 'one of a host that opted out', found: look({}, { state: 'Disabled' }), mark: 'failed' },
  { name: 'one that was refused', found: look({}, { failure: refusal }), mark: 'failed' },
  {
    name: 'one by hand that nothing is newer for',
    found: look({}, { state: 'Disabled', decisions: [] }),
    mark: 'nothing',
  },
] as const) {
  test(`${name} is marked as ${mark}`, () => assert.equal(outcomeOf(found).mark, mark));
}
