/**
 * The upgrader: spawned by the Agent Updater for one job, and gone after it. It reads and verifies both repositories,
 * and brings a release into the slot that does not run; it switches nothing and starts nothing.
 */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { systemClock } from '@springline/ports/clock';
import { TrustError } from '@springline/tuf/error';
import { otherSlot } from '../slot/slot.ts';
import type { FailureKind, FromUpgrader, Job, ToUpgrader } from './job.ts';
import { lookAtRepositories, ProfileError } from './look.ts';
import { RepositoryError } from './repository-client.ts';
import { SpaceError, stageRelease } from './stage.ts';

const progressEveryMs = 250;

async function main(): Promise<void> {
  process.umask(0o077);
  if (process.send === undefined) {
    process.stderr.write('the upgrader is started by the Agent Updater\n');
    process.exit(2);
  }
  const stop = new AbortController();
  process.on('disconnect', () => {
    // Nobody keeps the journal any more. What was fetched stays for the next one.
    stop.abort();
    process.exit(0);
  });
  const job = await firstMessage();
  await work(job, stop.signal).catch((error: unknown) => tell(failure(error)));
  process.disconnect();
}

async function work(job: Job, signal: AbortSignal): Promise<void> {
  const { choice, look } = await lookAtRepositories(job, 'upgrade', systemClock.now(), signal);
  await tell({ type: 'looked', look });
  if (job.kind === 'last-look') {
    const isConfirmed = choice.offers.some(
      ({ component, target }) => component === job.expected?.component && target.sha256 === job.expected.sha256,
    );
    await tell({ type: 'confirmed', isConfirmed });
  }
  if (job.kind !== 'upgrade') return;
  const isFree = ({ sha256 }: { sha256: string }): boolean => !job.blocked.includes(sha256);
  // The Agent Updater last: what it runs is upgraded by one that is known to work.
  const order = [...choice.offers].sort((a, b) => rank(a.component) - rank(b.component));
  const offer = order.find(({ target }) => isFree(target));
  if (offer === undefined) return;
  const to = look.offers.find(({ component }) => component === offer.component)!;
  const running = job.installed.find(({ component }) => component === offer.component);
  let toldAt = 0;
  await stageRelease(
    offer,
    {
      home: job.home,
      url: job.url,
      slot: otherSlot(running?.slot),
      running,
      step: async (step) => {
        const journaled = nextJournaled();
        await tell({ type: 'step', step, to });
        await journaled;
      },
      progress: (bytes, totalBytes) => {
        if (Date.now() - toldAt < progressEveryMs && bytes < totalBytes) return;
        toldAt = Date.now();
        void tell({ type: 'progress', bytes, totalBytes });
      },
    },
    signal,
  );
}

const rank = (component: string): number => (component === 'agent-updater' ? 1 : 0);

function failure(error: unknown): FromUpgrader {
  const { code = 'internal-error', message } = error as { code?: string; message: string };
  return { type: 'failed', kind: kindOf(error), code, message };
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof TrustError || error instanceof ReleaseError || error instanceof ProfileError) return 'trust';
  if (error instanceof RepositoryError) return 'unreachable';
  return error instanceof SpaceError || (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'space' : 'other';
}

function tell(message: FromUpgrader): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

function firstMessage(): Promise<Job> {
  return new Promise((resolve) => {
    const hear = (message: ToUpgrader): void => {
      if (message?.type !== 'job') return;
      process.off('message', hear);
      resolve(message.job);
    };
    process.on('message', hear);
  });
}

function nextJournaled(): Promise<void> {
  return new Promise((resolve) => {
    const hear = (message: ToUpgrader): void => {
      if (message?.type !== 'journaled') return;
      process.off('message', hear);
      resolve();
    };
    process.on('message', hear);
  });
}

await main();
