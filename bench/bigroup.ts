/**
 * One member more in a group of 249,000, about the most that the rules that come with the product let into the cloud
 * directory: what the engine spends from the change to the export of it. Beside it the comparison of two lists of as many
 * numbers, which an engine does at the least that compares all members. `SPRINGLINE_BENCH_MEMBERS` makes it smaller.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentMemory } from '@springline/agent/updater/component-process';
import { run } from '@springline/tools/services/process-group';
import { type Measure, measure } from './measure.ts';

const members = Number(process.env['SPRINGLINE_BENCH_MEMBERS'] ?? 249_000);
const timeoutMs = 7 * 60_000;
const goalMs = 10;

export async function* measures(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-bigroup-'));
  try {
    const script = join(import.meta.dirname, 'sync', 'run-big-group.ts');
    const args = [...componentMemory, script, folder, String(members)];
    const found = JSON.parse(await run({ command: process.execPath, args }, { timeoutMs })) as {
      cpuSeconds: number;
      references: readonly number[];
    };
    const ours = found.cpuSeconds * 1000;
    yield measure({
      ...{ bench: 'bigroup', measure: `processor time for one member in ${members}`, unit: 'ms', ours },
      ...{
        peer: comparison(),
        peerName: 'comparing all members as numbers',
        goal: `<= ${goalMs} ms`,
        met: ours <= goalMs,
      },
    });
    const most = Math.max(...found.references);
    yield measure({
      ...{ bench: 'bigroup', measure: 'references exported for it', unit: 'references', ours: most, peer: members },
      ...{ peerName: 'all of them', goal: '1', met: found.references.every((count) => count === 1) },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two sorted lists that differ in one number, in ms. */
function comparison(): number {
  const before = Int32Array.from({ length: members }, (_, n) => n * 2);
  const after = Int32Array.from({ length: members + 1 }, (_, n) => (n === members ? members * 2 + 1 : n * 2));
  const startedAt = process.cpuUsage();
  let differences = 0;
  for (let a = 0, b = 0; a < before.length || b < after.length; ) {
    if (before[a] === after[b]) {
      a += 1;
      b += 1;
    } else {
      differences += 1;
      if (a >= before.length || after[b]! < before[a]!) b += 1;
      else a += 1;
    }
  }
  const { user, system } = process.cpuUsage(startedAt);
  if (differences !== 1) throw new Error('the lists differ in one number');
  return (user + system) / 1000;
}
