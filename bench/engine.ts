/**
 * A directory of a million objects through import, joins, rules and staged exports, on two cores and one file. Beside it
 * what midPoint 4.4 published for importing a million accounts on two nodes: about 7,000 a minute.
 * `SPRINGLINE_BENCH_OBJECTS` makes it smaller.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentMemory } from '@springline/agent/updater/component-process';
import { run } from '@springline/tools/services/process-group';
import { type Measure, measure } from './measure.ts';

const objects = Number(process.env['SPRINGLINE_BENCH_OBJECTS'] ?? 1_000_000);
const timeoutMs = 30 * 60_000;
const publishedPerSecond = 7_000 / 60;
const memoryGoalMb = 512;

interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMb: number;
}

export async function* measures(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-engine-'));
  try {
    const script = join(import.meta.dirname, 'sync', 'run-engine.ts');
    const args = [...componentMemory, script, folder, String(objects)];
    const found = JSON.parse(await run({ command: process.execPath, args }, { timeoutMs })) as {
      first: Taken;
      unchanged: Taken;
      onePercent: Taken;
      ruleChange: Taken;
      pending: number;
    };
    if (found.pending < objects * 0.99) throw new Error(`only ${found.pending} exports wait`);
    const published = {
      bench: 'engine',
      unit: 's',
      peerName: 'midPoint 4.4 as published',
      peer: objects / publishedPerSecond,
    };
    const steps: readonly [string, Taken, number][] = [
      [`${objects} objects, first full cycle`, found.first, 60],
      ['the same again, 1 % changed', found.onePercent, 20],
      ['a rule changed, every object evaluated again', found.ruleChange, 10],
    ];
    for (const [words, { seconds }, goal] of steps) {
      yield measure({ ...published, measure: words, ours: seconds, goal: `<= ${goal} s`, met: seconds <= goal });
    }
    const { seconds } = found.unchanged;
    yield measure({ ...published, measure: 'the same again, nothing changed', ours: seconds, goal: '-', met: true });
    const { residentMb } = found.ruleChange;
    yield measure({
      ...{ bench: 'engine', measure: 'memory at its highest', unit: 'MB', ours: residentMb },
      ...{ peer: memoryGoalMb, peerName: 'the goal', goal: `<= ${memoryGoalMb} MB`, met: residentMb <= memoryGoalMb },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
