/**
 * Notes who asked the retired PKS channel, off the way of the request: the answer goes out before anything is written,
 * so that its time says nothing about what is known here. What waits to be written is bounded; a flood loses sightings
 * and nothing else.
 */
import type { PksRequest } from '@springline/auto-upgrade/pks-bridge/request';
import type { EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import type { Database } from '../storage/database.ts';
import { type PksSighting, recordPksSightings } from '../storage/upgrade/pks-clients.ts';

const waitingLimit = 1_000;

export class PksSightings {
  readonly #database: Database;
  readonly #log: Log;
  /** By client; the latest request of each, with how many there were. */
  #waiting = new Map<string, PksSighting>();
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor({ database, log }: { readonly database: Database; readonly log: Log }) {
    this.#database = database;
    this.#log = log;
  }

  /** Returns at once. */
  note(request: PksRequest, channel: PksSighting['channel'], at: EpochMs): void {
    const { keyHash, component, hostName, version } = request;
    const id = `${keyHash} ${component} ${hostName}`;
    const known = this.#waiting.get(id);
    if (known === undefined && this.#waiting.size >= waitingLimit) {
      this.#lost += 1;
      return;
    }
    const requests = (known?.requests ?? 0) + 1;
    this.#waiting.set(id, { keyHash, component, hostName, version, channel, at, requests });
    // In a turn of its own: requests that arrive together are written together.
    this.#writing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#writeAll());
  }

  /** Resolves when everything noted so far is written, or lost and logged. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const sightings = [...this.#waiting.values()];
      this.#waiting = new Map();
      try {
        await this.#database.write((writer) => recordPksSightings(writer, sightings));
      } catch (error) {
        this.#lost += sightings.length;
        const { code } = error as { code?: unknown };
        const lost = this.#takeLost();
        this.#log.warn(events.pksSightingsLost, { lost, code: typeof code === 'string' ? code : undefined });
      }
    }
    const lost = this.#takeLost();
    if (lost > 0) this.#log.warn(events.pksSightingsLost, { lost });
    this.#writing = undefined;
  }

  #takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}
