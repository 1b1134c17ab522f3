/**
 * Processes of an Agent Updater that was killed. They end by themselves when their channel closes, unless they hang; and
 * one that still holds the state must be gone before another build takes it. Imports nothing from npm.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (folder: string): string => join(folder, 'process.json');
const goneWithinMs = 5_000;
const lookEveryMs = 10;

/** Notes the newest process of the component in `folder`. */
export function noteProcess(folder: string, pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    writeFileSync(fileOf(folder), JSON.stringify({ pid, startedAt: startOf(pid) }), { mode: 0o600 });
  } catch {
    // A full disk: a process that hangs is then found by nobody, as on a system without /proc.
  }
}

/** Ends the process that was noted, if it is still that one; resolves when it is gone. */
export async function endLeftover(folder: string): Promise<void> {
  const { pid, startedAt } = noted(folder);
  if (pid === undefined || startedAt === undefined || startOf(pid) !== startedAt) return;
  process.kill(pid, 'SIGKILL');
  const deadline = performance.now() + goneWithinMs;
  while (startOf(pid) === startedAt && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function noted(folder: string): { readonly pid?: number; readonly startedAt?: string } {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Record<string, unknown>;
    return Number.isSafeInteger(pid) && (pid as number) > 1 && typeof startedAt === 'string'
      ? { pid: pid as number, startedAt }
      : {};
  } catch {
    return {}; // None was noted, or not whole.
  }
}

/** When a process began, in the kernel's ticks: with its number, a name that no other process has. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program may hold anything; the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // It is gone, or the system does not say.
  }
}
