/**
 * What a run works with: the store, the rules, the directories in the order in which they were added, and the cloud
 * directory.
 */
import type { Clock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Random } from '@springline/ports/random';
import type { ConnectorId, CsRow, ObjectFault, SyncStore } from '../connector-space/store.ts';
import type { ConnectorKind } from '../rules/rule.ts';
import type { ConnectorRules } from '../rules/rule-set-connectors.ts';

export interface Directory {
  readonly connector: ConnectorId;
  readonly name: string;
  readonly kind: Exclude<ConnectorKind, 'cloud'>;
  readonly baseDn: string;
  /** NetBIOS name of the domain, where it is not the first label of the DNS name. */
  readonly netBiosName?: string;
  /** DN of the group whose direct members alone are synchronised (a pilot). */
  readonly filterGroupDn?: string;
}

export interface Engine {
  readonly store: SyncStore;
  readonly rules: ConnectorRules;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directories: readonly Directory[];
  readonly cloud: { readonly connector: ConnectorId; readonly name: string };
}

export function directoryOf(engine: Engine, connector: ConnectorId): Directory | undefined {
  return engine.directories.find((directory) => directory.connector === connector);
}

/** How a step ended: a step result of the field, and a sentence where it needs one. */
export interface StepOutcome {
  readonly result: string;
  readonly detail?: string;
}

export const success: StepOutcome = { result: 'success' };
export const stoppedByPerson: StepOutcome = {
  result: 'stopped-user-termination-from-wmi-or-ui',
  detail: 'stopped; the next run goes on',
};

/** Counts by the names of the reference: stage-add, connector-flow, export-update, … */
export class Counters {
  readonly #counts = new Map<string, number>();

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  set(name: string, count: number): void {
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

/** Records a fault of an object; the first sight of the same code is kept, and the retries are counted. */
export function recordFault(engine: Engine, row: CsRow, code: string, message: string): void {
  const now = engine.clock.now();
  const known = row.fault?.code === code ? row.fault : undefined;
  const fault: ObjectFault = {
    code,
    message,
    firstSeenAt: known?.firstSeenAt ?? now,
    lastSeenAt: now,
    retryCount: known === undefined ? 0 : known.retryCount + 1,
  };
  engine.store.setFault(row.id, fault);
}
