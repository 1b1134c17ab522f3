/** What the first policy brings about, to be said before somebody makes it. */
import { callControlPlane } from '../control-plane-client.ts';

/** A sentence while no policy is signed, and nothing afterwards. @throws {CommandError} when the signer does not answer. */
export async function firstPolicyNotes(place: {
  readonly home: string;
  readonly url: string;
}): Promise<readonly string[]> {
  const { policy } = await callControlPlane(place, 'getRolloutPolicy');
  if (policy !== undefined) return [];
  // Without one every published release is open; under one, only those that a rollout names.
  return ['It would make the first policy: from then on hosts install only what a rollout opens to them.'];
}
