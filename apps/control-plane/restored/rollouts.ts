/**
 * Rollouts of a restored database: those that began since are listed again from the signer's approved plans, so that
 * somebody watches over them when they go on; those that wait for an approval must be asked for anew.
 */
import { parsePlan, planDigest } from '@springline/auto-upgrade/rollout/plan';
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { EpochMs } from '@springline/ports/clock';
import type { Writer } from '../storage/database.ts';
import { addRollout, findRollout, listRollouts, setRolloutState } from '../storage/upgrade/rollouts.ts';

const voidReason = 'The database was put back from a backup. Create the rollout again.';

/** `plans`: JSON text of those that the signed policy names. */
export async function rememberRollouts(
  writer: Writer,
  plans: readonly string[],
  policy: RolloutPolicy | undefined,
  now: EpochMs,
): Promise<void> {
  const signedById = new Map((policy?.rollouts ?? []).map((rollout) => [rollout.rolloutId, rollout]));
  for (const text of plans) {
    const plan = parsePlan(JSON.parse(text));
    const { rolloutId } = plan;
    if ((await findRollout(writer, rolloutId)) !== undefined) continue;
    const { state = 'halted', reason = null } = signedById.get(rolloutId) ?? {};
    const kept = { rolloutId, plan: text, digest: planDigest(plan), state, reason, wanted: null };
    await addRollout(writer, { ...kept, createdBy: 'system', createdAt: now });
  }
  for (const { rolloutId, state, reason, wanted } of await listRollouts(writer)) {
    const isVoid = state === 'waiting' && !signedById.has(rolloutId);
    if (isVoid) await setRolloutState(writer, rolloutId, { state: 'aborted', reason: voidReason });
    else if (wanted !== null) await setRolloutState(writer, rolloutId, { state, reason });
  }
}
