/** What hosts reported of rollouts, for people: hosts are counted once for all rollouts, and all is kept for a while. */
import { setImmediate } from 'node:timers/promises';
import type { RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader } from '../storage/database.ts';
import { type AllEvidence, allEvidenceOf, type Census, censusOf } from './controller.ts';
import { KeptCounts } from './kept-counts.ts';

export class KeptEvidence {
  readonly #reader: Reader;
  readonly #census: KeptCounts<Census>;
  readonly #byRollout: KeptCounts<AllEvidence>;

  constructor(reader: Reader, keptMs: number) {
    this.#reader = reader;
    this.#census = new KeptCounts(keptMs);
    this.#byRollout = new KeptCounts(keptMs);
  }

  /** For the rollouts of one request. */
  async at(now: EpochMs): Promise<(plan: RolloutPlan) => Promise<AllEvidence>> {
    const census = await this.#census.of('', '', () => censusOf(this.#reader, now));
    return (plan) =>
      this.#byRollout.of(plan.rolloutId, '', async () => {
        await setImmediate();
        return allEvidenceOf(this.#reader, plan, census);
      });
  }
}
