import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServerFacts, takeoverReadiness } from './takeover-readiness.ts';

const connector = {
  ...{ name: 'corp.example', kind: 'ldap', source: 'ldaps://dc1', partitions: [], state: 'idle', staging: true },
  ...{ objects: { total: 3, byType: {} }, pendingImports: 0, pendingExports: 0, rules: 1 },
  ...{ fullImportRequired: false, fullSyncRequired: false, lastImportAt: '2026-11-23T12:00:00.000Z' },
} as ServerFacts['connectors'][number];

const status: ServerFacts['status'] = {
  ...{ connector: 'corp.example', source: 'ldaps://dc1', cycleInProgress: false, pendingExports: 0, heldDeletes: 0 },
  ...{ objects: { users: 3, groups: 0, contacts: 0 }, errorCount: 0, errors: [] },
  lastCycle: { number: 1, startedAt: '2026-11-23T12:00:00.000Z', result: 'success', steps: [] },
};
const facts: ServerFacts = { status, connectors: [connector], pending: { add: 0, update: 2, delete: 0 } };

test('a server that has read and synchronised all without a fault is ready, whatever waits to be exported', () => {
  const { ready, reasons, lastImportAt, pending } = takeoverReadiness(facts);
  assert.deepEqual([ready, reasons, lastImportAt, pending?.update], [true, [], '2026-11-23T12:00:00.000Z', 2]);
});

for (const { code, change } of [
  { code: 'full-import-required', change: { connectors: [{ ...connector, fullImportRequired: true }] } },
  { code: 'full-sync-required', change: { connectors: [{ ...connector, fullSyncRequired: true }] } },
  { code: 'cycle-in-progress', change: { status: { ...status, cycleInProgress: true } } },
  {
    code: 'last-cycle-failed',
    change: { status: { ...status, lastCycle: { ...status.lastCycle!, result: 'stopped-connectivity' } } },
  },
  {
    code: 'last-cycle-failed',
    change: { status: { ...status, lastCycle: { ...status.lastCycle!, result: 'no-start-ma' } } },
  },
  { code: 'deletes-held', change: { status: { ...status, heldDeletes: 1 } } },
  { code: 'objects-failing', change: { status: { ...status, errorCount: 4 } } },
] satisfies readonly { code: string; change: Partial<ServerFacts> }[]) {
  test(`${JSON.stringify(change).slice(0, 60)}… stands against taking over: ${code}`, () => {
    const { ready, reasons } = takeoverReadiness({ ...facts, ...change });
    assert.deepEqual([ready, reasons.map((reason) => reason.code)], [false, [code]]);
  });
}
