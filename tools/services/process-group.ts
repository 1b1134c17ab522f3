/**
 * Starts programs in process groups of their own and ends whole groups, so that a server goes together with its
 * children. Groups are addressed by the pid of their leader and never by name: a machine may run other servers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const outputLimitBytes = 64 * 1024;
const stopTimeoutMs = 15_000;
const killTimeoutMs = 1_000;
const pollMs = 20;

/** A program to start; `user` makes it run as somebody else (only root can). `env` is the whole environment. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A started program with all its descendants that stayed in its group. */
export interface ProcessGroup {
  readonly pid: number;
  /** The last 64 KiB that the program printed on either stream. */
  output(): string;
  hasEnded(): boolean;
  /** Asks the group to end, kills it after 15 s, returns when no member is left. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const groups = new Set<number>();
// The last resort when this process ends by a fault: no server may outlive it.
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

/** Starts a long-lived program. Its output is kept in memory, bounded, for the day it fails. */
export function startGroup(program: Program): ProcessGroup {
  const child = launch(program);
  const { pid } = child;
  // A program that cannot be started has no pid, which is told below; the event would end this process.
  child.on('error', () => {});
  if (pid === undefined) throw new Error(`could not start ${program.command}`);
  const output = tailOf(child);
  groups.add(pid);
  return {
    pid,
    output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop(signal) {
      signalGroup(pid, signal);
      if (!(await groupIsGone(pid, stopTimeoutMs))) {
        signalGroup(pid, 'SIGKILL');
        // What is still listed after this is dead and waits for an init process that does not collect its orphans.
        await groupIsGone(pid, killTimeoutMs);
      }
      groups.delete(pid);
    },
  };
}

/**
 * Runs a program to its end and returns what it printed on standard output.
 * @throws {Error} with the end of its output when it exits with another code than 0, is aborted or takes longer than `timeoutMs`.
 */
export async function run(
  program: Program,
  options: { readonly input?: string; readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const child = launch(program);
  const output = tailOf(child);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-outputLimitBytes);
  });
  // The program may end before it has read its input; its exit code tells the story, not our broken pipe.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');
  const deadline = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (child.pid !== undefined) groups.add(child.pid);
  try {
    const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode, exitSignal) => resolve(exitCode ?? exitSignal));
      if (signal.aborted) kill();
    });
    if (code !== 0) {
      const why = deadline.aborted ? 'did not end in time' : signal.aborted ? 'was stopped' : `ended with ${code}`;
      throw new Error(`${program.command} ${program.args[0] ?? ''} ${why}:\n${output().trimEnd().slice(-4_000)}`);
    }
    return stdout;
  } finally {
    signal.removeEventListener('abort', kill);
    if (child.pid !== undefined) groups.delete(child.pid);
  }
}

function launch(program: Program): ChildProcess {
  return spawn(program.command, [...program.args], {
    cwd: '/',
    detached: true,
    env: { ...(program.env ?? process.env) },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...program.user,
  });
}

function tailOf(child: ChildProcess): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      tail = (tail + bytes.toString('utf8')).slice(-outputLimitBytes);
    });
  }
  return () => tail;
}

function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    // ESRCH is the answer "no member is left"; EPERM cannot be: whoever starts a group may signal it.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function groupIsGone(leader: number, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += pollMs) {
    if (!signalGroup(leader, 0)) return true;
    await delay(pollMs);
  }
  return !signalGroup(leader, 0);
}
