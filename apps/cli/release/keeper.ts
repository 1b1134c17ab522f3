/**
 * Keeps both repositories of a home signed: makes the keys of a development home, publishes what is built where it
 * differs, then signs again on schedule. Runs beside the control plane and is no part of it: the control plane reads
 * the tree and never sees a key.
 *
 * Each pass takes the writer's lock for itself, so that a release manager's command can publish in between. Due dates
 * are compared by the wall clock every half minute, because timers stand still while a machine sleeps.
 */
import type { Log } from '@springline/ports/log';
import { followBridges } from '../pks/sign.ts';
import { KeyError, PublishError } from './error.ts';
import { keeperEvents } from './events.ts';
import { KeyRing } from './key-ring.ts';
import { keysState, makeKeys, realWorld } from './keys.ts';
import { asOnlyWriter } from './lock.ts';
import { ensureIn, openTurn, type PublishedRelease } from './publish.ts';
import { keysHome } from './roles.ts';
import { signRepositories, type Turn } from './sign.ts';
import { SignerDesk } from './signer/desk.ts';

const lookEveryMs = 30_000;
const jitterMs = 5_000;
const shortestPauseMs = 1_000;
const longestPauseMs = 60_000;

export interface KeeperPlan {
  /** Absolute. */
  readonly home: string;
  /** Folder with the built bundles. */
  readonly bundles: string;
}

/**
 * Runs until `stop`; `ready` is called once, after the first whole pass. A pass that fails is logged and tried again
 * with back-off; what a person must put right ends it, as long as it was not ready.
 *
 * @throws {KeyError | PublishError} from the first pass only.
 */
export async function keepSigned(
  { home, bundles }: KeeperPlan,
  log: Log,
  ready: () => void,
  stop: AbortSignal,
): Promise<void> {
  const ring = new KeyRing(home);
  let desk: SignerDesk | undefined;
  let isReady = false;
  const told = new Set<string>();
  let pauseMs = shortestPauseMs;
  while (!stop.aborted) {
    try {
      const published = await pass({ home, ring, log, told }, isReady ? undefined : bundles);
      desk ??= await SignerDesk.open(home, ring, log);
      await desk.publishMissing();
      await desk.letThrough(published);
      if (!isReady) ready();
      isReady = true;
      pauseMs = shortestPauseMs;
      await waited(lookEveryMs + Math.random() * jitterMs, stop);
    } catch (error) {
      const { code = 'internal-error', message } = error as Error & { code?: string };
      const isFull = code === 'ENOSPC';
      const reason = isFull
        ? `the disk of ${home} is full. Free space there and start again; nothing is lost.`
        : message;
      log.error(keeperEvents.failed, { code, reason });
      if (!isReady && needsPerson(error)) throw error;
      await waited(pauseMs * (1 + Math.random() / 2), stop);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }
  desk?.close();
}

/** No repetition helps soon: keys, tree, bundles or the disk must be put right first. */
function needsPerson(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true;
  if (error instanceof PublishError) return error.code !== 'release-in-progress' && error.code !== 'release-lock-lost';
  return error instanceof KeyError;
}

/** One look: keys, what is built (`bundles`, at the start), what is due. Returns the new releases. */
async function pass(
  { home, ring, log, told }: { home: string; ring: KeyRing; log: Log; told: Set<string> },
  bundles: string | undefined,
): Promise<readonly PublishedRelease[]> {
  return asOnlyWriter(home, async (lock) => {
    if (keysState(home) !== 'finished') {
      await makeKeys(lock, 'development', realWorld, ring);
      log.info(keeperEvents.keysMade, { profile: 'development', folder: keysHome(home).folder });
    }
    const turn = openTurn(lock, ring);
    const published = bundles === undefined ? [] : await ensureIn(turn, { bundles }, () => undefined);
    for (const { component, version, releaseNumber } of published) {
      log.info(keeperEvents.published, { component, version, releaseNumber });
    }
    const { image, director } = await signRepositories(turn);
    if (image.length + director.length > 0) {
      log.info(keeperEvents.signed, { image: image.join(' '), director: director.join(' ') });
    }
    await signBridgesAgain(turn, log, told);
    return published;
  });
}

/**
 * What PKS hands out follows what was published and recalled; what needs a person does not hold up the rest.
 *
 * @param told what was logged already: the same trouble is said once.
 */
async function signBridgesAgain({ lock: { home }, ring, clock }: Turn, log: Log, told: Set<string>): Promise<void> {
  const { signed, unsigned } = await followBridges(home, ring, clock);
  for (const { component, version } of signed) log.info(keeperEvents.bridgeSigned, { component, version });
  for (const { component, reason } of unsigned) {
    if (!told.has(`${component} ${reason}`)) log.warn(keeperEvents.bridgeUnsigned, { component, reason });
  }
  told.clear();
  for (const { component, reason } of unsigned) told.add(`${component} ${reason}`);
}

/** Resolves after `ms`, or at once when asked to stop. */
function waited(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
  });
}
