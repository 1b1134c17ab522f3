/**
 * The first minutes of a new user: a clean clone of the committed state, `npm ci` with a warm npm cache, `npm start` to
 * its line `ready`, and the memory of every program after a minute of idling. The limits beside them: `npm ci` alone,
 * and a Node process that does nothing.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@springline/tools/services/free-port';
import { type Measure, measure } from './measure.ts';

const repository = join(import.meta.dirname, '..');
const startGoalSeconds = 60;
const idleSeconds = 60;
const memoryGoalsMb: readonly (readonly [program: string, commandLine: string, goal: number])[] = [
  ['control plane, from source', 'control-plane/main.ts', 200],
  ['agent: connect-sync, bundled', 'connect-sync.mjs', 110],
  ['agent: agent-updater, bundled', 'agent-updater.mjs', 110],
];

export async function* measures(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-start-'));
  const clone = join(folder, 'springline');
  let up: ChildProcess | undefined;
  try {
    execFileSync('git', ['clone', '--quiet', repository, clone]);
    const startedAt = performance.now();
    execFileSync('npm', ['ci', '--prefer-offline'], { cwd: clone, stdio: 'ignore' });
    const installed = (performance.now() - startedAt) / 1000;
    up = spawn('npm', ['start', '--', '--port', String(await freePort()), '--home', join(folder, 'home')], {
      cwd: clone,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    await lineOf(up, /^ready /m);
    yield measure({
      ...{ bench: 'start', measure: 'clean clone to ready', unit: 's', peerName: 'npm ci alone' },
      ours: (performance.now() - startedAt) / 1000,
      peer: installed,
      goal: `<= ${startGoalSeconds} s`,
      met: (performance.now() - startedAt) / 1000 <= startGoalSeconds,
    });
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
    const bare = await bareNodeMb();
    for (const [program, commandLine, goal] of memoryGoalsMb) {
      const ours = residentMb(processWith(commandLine, folder));
      yield measure({
        ...{
          bench: 'start',
          measure: `memory of ${program}`,
          unit: 'MB',
          peerName: 'a Node process that does nothing',
        },
        ...{ ours, peer: bare, goal: `<= ${goal} MB`, met: ours <= goal },
      });
    }
  } finally {
    if (up?.pid !== undefined) await stopGroup(up);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function lineOf(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (pattern.test(text)) resolve();
    });
    child.on('exit', (code) => reject(new Error(`springline up ended with ${code}: ${text}`)));
  });
}

function stopGroup(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    process.kill(-child.pid!, 'SIGINT');
  });
}

async function bareNodeMb(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const megabytes = residentMb(child.pid!);
  child.kill();
  return megabytes;
}

/** The process whose command line names both. */
function processWith(commandLine: string, folder: string): number {
  const pids = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  const line = pids.find((text) => text.includes(commandLine) && text.includes(folder));
  if (line === undefined) throw new Error(`no process ${commandLine}`);
  return Number.parseInt(line, 10);
}

function residentMb(pid: number): number {
  return (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6;
}
