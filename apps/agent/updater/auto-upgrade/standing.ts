/**
 * How auto-upgrade stands on this host, from look to look: what the last one found, what holds upgrades up, and the log
 * lines whenever that changes. Imports nothing from npm.
 */
import type { AutoUpgrade as AutoUpgradeView } from '@springline/api/shapes/auto-upgrade';
import type { Refusal } from '@springline/auto-upgrade/upgrader/choose-release';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemClock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Look } from '../../upgrader/job.ts';
import { abortedBy } from './ending.ts';
import type { JournalFile } from './journal-file.ts';
import type { Outcome } from './upgrader-session.ts';
import { type Hindrance, type Seen, standingOf, viewOf } from './view.ts';

const alteredReason = 'the files of the installed build were altered';

export interface StandingWorld {
  readonly home: string;
  readonly journal: JournalFile;
  readonly log: Log;
  isFreezeSuspected(): boolean;
  /** The step that an upgrade is in, if one is under way. */
  current(): JournalRecord | undefined;
  /** What people see has changed. */
  changed(): void;
}

export class Standing {
  readonly #world: StandingWorld;
  readonly #altered = new Set<string>();
  #look: Look | undefined;
  #checkedAt: number | undefined;
  #hindrance: Hindrance | undefined;
  #toldState = '';
  /** When the next look is due, epoch milliseconds. */
  nextCheckAt: number | undefined;

  constructor(world: StandingWorld) {
    this.#world = world;
  }

  /** What the last look found; `undefined` before the first. */
  get look(): Look | undefined {
    return this.#look;
  }

  /** What holds upgrades up, if something does. */
  get hindrance(): Hindrance | undefined {
    return this.#hindrance;
  }

  view(): AutoUpgradeView {
    return viewOf(this.#seen());
  }

  /** The Director's timestamp was asked for. */
  checked(): void {
    this.#checkedAt = systemClock.now();
  }

  looked(look: Look): void {
    this.#look = look;
    this.#world.changed();
  }

  /**
   * Takes from a run of the upgrader what people should know.
   *
   * @param isMereLook nothing was to be brought, so that a want of space is not known to be over.
   */
  note({ look, failure }: Outcome, isMereLook = false): void {
    this.checked();
    const refusal = failure?.kind === 'trust' ? { path: '', ...failure } : look?.refusals[0];
    if (refusal !== undefined) this.#refused(refusal);
    else if (failure !== undefined) {
      const { result, message } = abortedBy({ failure });
      this.hindered({ result, reason: message });
    } else if (!isMereLook || this.#hindrance?.result !== 'UpgradeAbortedInsufficientDiskSpace')
      this.hindered(undefined);
    if (failure !== undefined) return;
    const newer = look?.offers.length ?? 0;
    const event = newer === 0 ? 'upgrade.checked' : 'upgrade.offered';
    this.#world.log.info(event, { eventId: eventIds[event].id, newer });
  }

  /** No repository answers. Told once, and not at every look while it lasts. */
  unreachable(reason: string): void {
    const result = 'UpgradeAbortedDownloadFailed';
    const fields = { eventId: eventIds['upgrade.unreachable'].id, reason };
    if (this.#hindrance?.result !== result) this.#world.log.warn('upgrade.unreachable', fields);
    this.hindered({ result, reason });
  }

  /**
   * Somebody wrote to a slot, or nobody did any more: told once, also when the next look heals it. Gives the reason for
   * the history.
   */
  altered(component: string, slot: string | undefined): string | undefined {
    if (slot === undefined) {
      this.#altered.delete(component);
      return undefined;
    }
    if (!this.#altered.has(component)) {
      this.#altered.add(component);
      const fields = { eventId: eventIds['upgrade.slot-altered'].id, component, slot, reason: alteredReason };
      this.#world.log.error('upgrade.slot-altered', fields);
    }
    return alteredReason;
  }

  /** `undefined`: nothing is in the way any more. */
  hindered(hindrance: Hindrance | undefined): void {
    this.#hindrance = hindrance;
    this.tellState();
    this.#world.changed();
  }

  /** Logs when Enabled, Disabled or Suspended follow on each other. */
  tellState(): void {
    const { state, reason } = standingOf(this.#seen());
    const words = `${state} ${reason ?? ''}`;
    if (words === this.#toldState) return;
    this.#toldState = words;
    this.#world.log.info('upgrade.state-changed', { eventId: eventIds['upgrade.state-changed'].id, state, reason });
  }

  #refused({ code, message, path }: Refusal): void {
    const reason = `${code}: ${message}`;
    if (this.#hindrance?.reason !== reason) {
      this.#world.log.warn('upgrade.refused', { eventId: eventIds['upgrade.refused'].id, code, path, reason: message });
    }
    this.hindered({ result: 'UpgradeAbortedVerificationFailed', reason });
  }

  #seen(): Seen {
    const { home, journal, isFreezeSuspected, current } = this.#world;
    return {
      home,
      journal,
      current: current(),
      look: this.#look,
      hindrance: this.#hindrance,
      isFreezeSuspected: isFreezeSuspected(),
      checkedAt: this.#checkedAt,
      nextCheckAt: this.nextCheckAt,
    };
  }
}
