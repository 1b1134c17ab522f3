import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunStep } from '@springline/api/shapes/agent';
import { changesOf, exportedChanges } from './step-changes.ts';

const step = (profile: RunStep['profile'], counters: Record<string, number>): RunStep => ({
  connector: 'contoso.example',
  profile,
  result: 'success',
  startedAt: '2026-11-22T14:00:00.000Z',
  counters,
});

for (const row of [
  {
    name: 'an import counts what was staged, and not what stayed as it was',
    step: step('Full Import', { 'stage-add': 5, 'stage-rename': 1, 'stage-delete': 2, 'stage-no-change': 900 }),
    changes: { added: 5, updated: 1, deleted: 2, failed: 0 },
  },
  {
    name: 'synchronisation counts the metaverse once, although each new object is provisioned too',
    step: step('Delta Synchronization', {
      'disconnector-projected-flow': 5,
      'provisioned-add-flow': 5,
      'flow-failure': 1,
    }),
    changes: { added: 5, updated: 0, deleted: 0, failed: 1 },
  },
  {
    name: 'an object that was deleted and made again by an export counts as updated',
    step: step('Export', { 'export-add': 1, 'export-delete-add': 2, 'export-failure': 3 }),
    changes: { added: 1, updated: 2, deleted: 0, failed: 3 },
  },
  {
    name: 'a counter from a later version is left out, also one with the name of an object property',
    step: step('Export', { 'export-teleport': 4, constructor: 7 }),
    changes: { added: 0, updated: 0, deleted: 0, failed: 0 },
  },
]) {
  test(row.name, () => {
    assert.deepEqual(changesOf(row.step), row.changes);
  });
}

test('what reached the cloud is what the exports say, and not the import of the same objects', () => {
  const steps = [step('Delta Import', { 'stage-add': 5 }), step('Export', { 'export-add': 4, 'export-failure': 1 })];
  assert.deepEqual(exportedChanges(steps), { added: 4, updated: 0, deleted: 0, failed: 1 });
});
