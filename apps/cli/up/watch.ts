/**
 * A line whenever something happened after the start: changes exported, a cycle that did not go well, one that does
 * again.
 */
import type { SyncCycle, SyncStatus } from '@springline/api/shapes/agent';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { agentStatus } from '../agent-client.ts';
import type { Progress } from './progress.ts';

const lookEveryMs = 500;

export class Watch {
  readonly #home: string;
  readonly #progress: Progress;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();
  #seen = 0;
  #result = 'success';
  #upgradesSeenTo = new Date().toISOString();

  constructor(home: string, progress: Progress) {
    this.#home = home;
    this.#progress = progress;
  }

  start(status: SyncStatus): void {
    this.#note(status);
    this.#schedule();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#look;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#look = agentStatus(this.#home).then(
        ({ sync, autoUpgrade }) => {
          this.#tell(sync);
          this.#tellUpgrades(autoUpgrade);
        },
        () => undefined, // The agent is being started again; its end was told already.
      );
      void this.#look.then(() => this.#schedule());
    }, lookEveryMs);
  }

  #tell(sync: SyncStatus | undefined): void {
    const cycle = sync?.lastCycle;
    if (sync === undefined || sync.cycleInProgress || cycle?.endedAt === undefined || cycle.number === this.#seen)
      return;
    const words = changesOf(cycle);
    const detail = cycle.steps.find((step) => step.detail !== undefined)?.detail;
    const isNews = words !== '' || cycle.result !== this.#result;
    if (isNews) {
      const time = new Date(cycle.endedAt).toLocaleTimeString('en-GB');
      const result = cycle.result === 'success' ? words || 'in step again' : `${cycle.result}: ${detail ?? words}`;
      this.#progress.line(`${time} ${result}`);
    }
    this.#note(sync);
  }

  #tellUpgrades(view: AutoUpgrade | undefined): void {
    for (const { component, lastUpgrade } of view?.components ?? []) {
      if (lastUpgrade === undefined || lastUpgrade.endedAt <= this.#upgradesSeenTo) continue;
      const { from, to, result, reason, endedAt } = lastUpgrade;
      this.#upgradesSeenTo = endedAt;
      const time = new Date(endedAt).toLocaleTimeString('en-GB');
      this.#progress.line(
        `${time} ${component} ${from} -> ${to}: ${result}${reason === undefined ? '' : `, ${reason}`}`,
      );
    }
  }

  #note(sync: SyncStatus): void {
    this.#seen = sync.lastCycle?.number ?? 0;
    this.#result = sync.lastCycle?.result ?? 'success';
  }
}

/** `2 added, 1 updated, 3 deleted`; empty when nothing reached the cloud directory. */
export function changesOf(cycle: SyncCycle): string {
  const counters = cycle.steps.find((step) => step.profile === 'Export')?.counters ?? {};
  const words = {
    'export-add': 'added',
    'export-update': 'updated',
    'export-delete': 'deleted',
    'export-failure': 'failed',
  };
  return Object.entries(words)
    .filter(([name]) => (counters[name] ?? 0) > 0)
    .map(([name, word]) => `${counters[name]} ${word}`)
    .join(', ');
}
