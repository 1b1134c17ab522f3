/**
 * A fleet: what one decision costs, what half a million simulated agents do with good and bad releases, and what a
 * control plane takes of reports and polls.
 */
import { decideMeasures } from './fleet/decide.ts';
import { pollMeasures } from './fleet/polls.ts';
import { reportMeasures } from './fleet/reports.ts';
import { rolloutMeasures } from './fleet/rollout.ts';
import type { Measure } from './measure.ts';

export async function* measures(): AsyncIterable<Measure> {
  yield* decideMeasures();
  yield* rolloutMeasures();
  yield* reportMeasures();
  yield* pollMeasures();
}
