/**
 * A home that lives at another time: the replay of a scenario. `<home>/scenario.json` names the file with the time, and may
 * say what this host is called and how much space it has, because the hosts of a replay share one machine.
 *
 * It counts only in a home whose signed roots are marked as a scenario's: nobody gains anything by writing the file into
 * another home, and a program that finds it there does not start.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type EpochMs, replaceSystemClock } from './clock.ts';
import { writeFileAtomic } from './files.ts';

/** The field by which a root (both repositories) is marked; its value is the name of the scenario. */
export const scenarioField = 'x-springline-scenario';

export interface ScenarioHost {
  /** Absolute path of the file with the time. */
  readonly clockFile: string;
  /** Instead of what the machine is called. */
  readonly hostName?: string;
  /** At most so much space is free. */
  readonly freeBytes?: number;
}

/** The file is damaged, or lies in a home that is no scenario's. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code: 'scenario-malformed' | 'scenario-unmarked';

  constructor(code: ScenarioError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const sizeLimitBytes = 4_096;
const rootLimitBytes = 1024 * 1024;
const rereadMs = 20;
/** What was signed a moment ago must still hold when a replay has been left open: after so long its clock stands still. */
const longestRunMs = 20 * 60_000;

const fileOf = (home: string): string => join(home, 'scenario.json');

/**
 * What `home` says; `undefined` in every home but a scenario's.
 *
 * @param roots paths of the signed roots that must be marked.
 * @throws {ScenarioError}
 */
export function scenarioHost(home: string, roots: readonly string[]): ScenarioHost | undefined {
  const file = fileOf(home);
  if (!existsSync(file)) return undefined;
  const unmarked = roots.find((root) => scenarioOf(root) === undefined);
  if (unmarked !== undefined || roots.length === 0) {
    throw new ScenarioError(
      'scenario-unmarked',
      `${file} sets another clock, which counts only where the signed roots are a scenario’s; ${unmarked} is not. Delete the file.`,
    );
  }
  const { clockFile, hostName, freeBytes } = readObject(file);
  const isWhole =
    typeof clockFile === 'string' &&
    (hostName === undefined || (typeof hostName === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}$/i.test(hostName))) &&
    (freeBytes === undefined || (Number.isSafeInteger(freeBytes) && (freeBytes as number) >= 0));
  if (!isWhole) throw malformed(file);
  return {
    clockFile,
    ...(hostName === undefined ? {} : { hostName: hostName as string }),
    ...(freeBytes === undefined ? {} : { freeBytes: freeBytes as number }),
  };
}

/** The same, and this process lives at the scenario's time from here on. @throws {ScenarioError} */
export function enterScenario(home: string, roots: readonly string[]): ScenarioHost | undefined {
  const host = scenarioHost(home, roots);
  if (host !== undefined) followClock(host.clockFile);
  return host;
}

export function saveScenarioHost(home: string, host: ScenarioHost): void {
  writeFileAtomic(fileOf(home), `${JSON.stringify(host)}\n`, 0o600);
}

/** The scenario of a signed root, as its file has it: whoever needs to trust it has verified that file before. */
export function scenarioOf(rootFile: string): string | undefined {
  try {
    if (statSync(rootFile).size > rootLimitBytes) return undefined;
    const { signed } = Object(JSON.parse(readFileSync(rootFile, 'utf8'))) as { signed?: Record<string, unknown> };
    const name = Object(signed)[scenarioField] as unknown;
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined; // No root is there, or none that can be read.
  }
}

/** From now on it is `at`, and time goes on from there. */
export function setScenarioClock(clockFile: string, at: EpochMs): void {
  writeFileAtomic(clockFile, `${JSON.stringify({ at: new Date(at).toISOString(), since: Date.now() })}\n`, 0o600);
}

function followClock(clockFile: string): void {
  let readAt = Number.NEGATIVE_INFINITY;
  let set = readClock(clockFile);
  replaceSystemClock(() => {
    const real = Date.now();
    if (Math.abs(real - readAt) >= rereadMs) {
      readAt = real;
      set = readClock(clockFile);
    }
    return set.at + Math.min(Math.max(0, real - set.since), longestRunMs);
  });
}

/** @throws {ScenarioError} */
function readClock(clockFile: string): { readonly at: number; readonly since: number } {
  const { at, since } = readObject(clockFile);
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(ms) || !Number.isSafeInteger(since)) throw malformed(clockFile);
  return { at: ms, since: since as number };
}

function readObject(file: string): Record<string, unknown> {
  try {
    if (statSync(file).size > sizeLimitBytes) throw new RangeError('too large');
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, with the file.
  }
  throw malformed(file);
}

function malformed(file: string): ScenarioError {
  return new ScenarioError('scenario-malformed', `${file} cannot be read. Start the scenario again.`);
}
