/**
 * 500,000 entries of a real OpenLDAP server into the connector space, and once more with nothing changed, beside C
 * `ldapsearch` that reads the same to null. `SPRINGLINE_BENCH_USERS` makes it smaller.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentMemory } from '@springline/agent/updater/component-process';
import { run } from '@springline/tools/services/process-group';
import { peopleDn, startLoadedDirectory } from './ldap/directory.ts';
import { readByLdapsearch } from './ldap/read-by-ldapsearch.ts';
import { type Measure, measure } from './measure.ts';

const users = Number(process.env['SPRINGLINE_BENCH_USERS'] ?? 500_000);
const timeoutMs = 4 * 60_000;
const memoryGoalMb = 256;

interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMb: number;
}

interface Import {
  readonly first: Taken;
  readonly unchanged: Taken;
  readonly rows: number;
  readonly rowsWritten: number;
}

export async function* measures(): AsyncIterable<Measure> {
  await using directory = await startLoadedDirectory(users);
  const { url, syncDn, syncPassword } = directory.facts;
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-import-'));
  try {
    const before = await readByLdapsearch(directory);
    const script = join(import.meta.dirname, 'sync', 'run-import.ts');
    const args = [...componentMemory, script, folder, url, peopleDn, syncDn, syncPassword];
    const found = JSON.parse(await run({ command: process.execPath, args }, { timeoutMs })) as Import;
    const after = await readByLdapsearch(directory);
    if (found.rows !== users) throw new Error(`${found.rows} of ${users} people were imported`);
    const peerName = 'ldapsearch to null';
    const seconds = Math.min(before.seconds, after.seconds);
    const cpuSeconds = Math.min(before.cpuSeconds, after.cpuSeconds);
    const times: readonly [string, number, number, number][] = [
      [`time to import ${users} people, durable`, found.first.seconds, seconds, 1.25],
      ['processor time of it', found.first.cpuSeconds, cpuSeconds, 1.4],
      ['time to import them again, nothing changed', found.unchanged.seconds, seconds, 1.1],
    ];
    for (const [words, ours, peer, goal] of times) {
      const met = ours <= peer * goal;
      yield measure({
        ...{ bench: 'import', measure: words, unit: 's', peerName },
        ...{ ours, peer, goal: `<= ${goal}x`, met },
      });
    }
    yield measure({
      ...{ bench: 'import', measure: 'rows written with nothing changed', unit: 'rows', peerName: 'people' },
      ...{ ours: found.rowsWritten, peer: users, goal: '0', met: found.rowsWritten === 0 },
    });
    const { residentMb } = found.first;
    yield measure({
      ...{ bench: 'import', measure: 'memory at its highest', unit: 'MB', ours: residentMb, peer: memoryGoalMb },
      ...{ peerName: 'the goal', goal: `<= ${memoryGoalMb} MB`, met: residentMb <= memoryGoalMb },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
