/**
 * What a run works with: the store, the rules, one directory and the cloud directory.
 */
import type { Clock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Random } from '@springline/ports/random';
import type { ConnectorId, CsRow, ObjectFault, SyncStore } from '../connector-space/store.ts';
import type { ConnectorKind } from '../rules/rule.ts';
import type { RuleSet } from '../rules/rule-set.ts';

export interface Engine {
  readonly store: SyncStore;
  readonly rules: RuleSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly directory: {
    readonly connector: ConnectorId;
    readonly name: string;
    readonly kind: Exclude<ConnectorKind, 'cloud'>;
    readonly baseDn: string;
    /** NetBIOS name of the domain, where it is not the first label of the DNS name. */
    readonly netBiosName?: string;
  };
  readonly cloud: { readonly connector: ConnectorId; readonly name: string };
}

/** How a step ended: a step result of the field, and a sentence where it needs one. */
export interface StepOutcome {
  readonly result: string;
  readonly detail?: string;
}

export const success: StepOutcome = { result: 'success' };

/** Counts by the names of the reference: stage-add, connector-flow, export-update, … */
export class Counters {
  readonly #counts: Record<string, number> = Object.create(null);

  count(name: string, by = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }

  set(name: string, count: number): void {
    if (count === 0) delete this.#counts[name];
    else this.#counts[name] = count;
  }

  get(name: string): number {
    return this.#counts[name] ?? 0;
  }

  toJSON(): Record<string, number> {
    return { ...this.#counts };
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
  engine.store.updateRow(row.id, { fault });
}
