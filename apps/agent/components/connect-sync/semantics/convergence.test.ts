/**
 * Whatever happened to a directory, in whatever manner it was told, the cloud ends where a fresh full import of what is
 * there now would bring it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryEntry } from '@springline/directory/entry';
import fc from 'fast-check';
import type { Manner } from '../../../testing/bench-directory.ts';
import { Forest, inetOrgPerson } from '../../../testing/bench-entries.ts';
import { type ModelChange, ModelDirectory, modelChanges } from '../../../testing/model-directory.ts';
import { baseDn, SyncBench } from '../../../testing/sync-bench.ts';

type Kind = 'active-directory' | 'openldap';

const never = 1_000;
const witness: Readonly<Record<Kind, DirectoryEntry>> = {
  'active-directory': new Forest(baseDn).user(never),
  openldap: inetOrgPerson(never, baseDn),
};

async function freshState(kind: Kind, entries: readonly DirectoryEntry[]): Promise<unknown> {
  const fresh = new SyncBench(kind);
  fresh.put(...entries);
  await fresh.cycle();
  return fresh.cloud.state();
}

/** A permutation that depends on `seed` alone. */
function shuffled<T>(list: T[], seed: number): T[] {
  let state = seed;
  const result = [...list];
  for (let at = result.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const with_ = state % (at + 1);
    [result[at], result[with_]] = [result[with_]!, result[at]!];
  }
  return result;
}

async function converges(kind: Kind, manner: Manner, changes: readonly ModelChange[], seed: number): Promise<void> {
  const bench = new SyncBench(kind);
  const directory = bench.directory('corp');
  const model = new ModelDirectory(kind, baseDn);
  directory.manner = manner;
  directory.order = (list) => shuffled(list, seed);
  const show = (): void => directory.replaceAll([witness[kind], ...model.entries()]);
  show();
  await bench.cycle();
  for (const change of changes) {
    model.apply(change);
    if (change.kind !== 'cycle') continue;
    show();
    await bench.cycle();
  }
  show();
  const last = await bench.cycle();
  assert.equal(last.result, 'success', JSON.stringify(last.steps));
  assert.deepEqual(bench.cloud.state(), await freshState(kind, [witness[kind], ...model.entries()]));
  bench.cloud.operations.length = 0;
  await bench.cycle();
  assert.deepEqual(bench.cloud.operations, []);
}

for (const { kind, manner, told } of [
  { kind: 'active-directory', manner: 'whole', told: 'read whole' },
  { kind: 'active-directory', manner: 'dirsync', told: 'told by DirSync' },
  { kind: 'openldap', manner: 'whole', told: 'read whole' },
  { kind: 'openldap', manner: 'delete-phase', told: 'told with a delete phase' },
  { kind: 'openldap', manner: 'present-phase', told: 'told with a present phase' },
] as const) {
  test(`${kind} ${told}: any sequence of changes ends where a fresh import ends`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(modelChanges, { minLength: 5, maxLength: 30 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (changes, seed) => converges(kind, manner, changes, seed),
      ),
      { numRuns: manner === 'dirsync' ? 100 : 50, seed: 20261123 },
    );
  });
}
