/** The same read by C `ldapsearch`, to null. */
import { run } from '@springline/tools/services/process-group';
import { type LoadedDirectory, peopleDn } from './directory.ts';

const pageSize = 1_000;
const readTimeoutMs = 4 * 60_000;

/** Processor time of a child is what the shell's `time` says. */
export async function readByLdapsearch({ facts }: LoadedDirectory): Promise<{ cpuSeconds: number; seconds: number }> {
  const search = ['ldapsearch', '-x', '-LLL', '-o', 'ldif-wrap=no', '-E', `pr=${pageSize}/noprompt`, '-H', facts.url];
  const words = [
    ...search,
    '-D',
    facts.syncDn,
    '-y',
    facts.syncPasswordFile,
    '-b',
    peopleDn,
    '(objectClass=*)',
    '*',
    '+',
  ];
  const script = 'TIMEFORMAT="%U %S %R"; { time "$@" >/dev/null; } 2>&1';
  const times = await run({ command: '/bin/bash', args: ['-c', script, '-', ...words] }, { timeoutMs: readTimeoutMs });
  const [user = Number.NaN, system = Number.NaN, seconds = Number.NaN] = times.trim().split(/\s+/).map(Number);
  if (Number.isNaN(user + system + seconds)) throw new Error(`ldapsearch said: ${times}`);
  return { cpuSeconds: user + system, seconds };
}
