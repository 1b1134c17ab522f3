/** What holds all rollouts back at the moment: the halt of everything, and freezes. For commands that are about something else. */
import { parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { minuteText } from '../amounts.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { oneLine } from '../output.ts';
import { haltedWords } from './describe.ts';

interface InForce {
  readonly isHalted: boolean;
  /** As the person said who halted it. */
  readonly haltReason?: string;
  /** Those that have not ended. RFC 3339, `until` exclusive. */
  readonly freezes: readonly { readonly name: string; readonly from: string; readonly until: string }[];
}

/** @throws {CommandError} when the control plane or the signer does not answer. */
export async function policyInForce(
  place: { readonly home: string; readonly url: string },
  now: number,
): Promise<InForce> {
  const { policy, haltReason } = await callControlPlane(place, 'getRolloutPolicy');
  if (policy === undefined) return { isHalted: false, freezes: [] };
  const { isHalted, freezes } = parsePolicy(new TextEncoder().encode(JSON.stringify(policy)));
  return {
    isHalted,
    ...(haltReason === undefined ? {} : { haltReason }),
    freezes: freezes
      .filter(({ until }) => until > now)
      .map(({ name, from, until }) => ({
        ...{ name, from: new Date(from).toISOString(), until: new Date(until).toISOString() },
      })),
  };
}

/** A sentence for each thing that holds now; freezes to come are left to `rollout freeze list`. */
export function holdNotes({ isHalted, haltReason, freezes }: InForce, now: number): readonly string[] {
  return [
    ...(isHalted ? [haltedWords(haltReason)] : []),
    ...freezes
      .filter(({ from }) => Date.parse(from) <= now)
      .map(({ name, until }) => {
        return `Freeze ${oneLine(name)}: nothing is installed before ${minuteText(Date.parse(until))}. springline rollout freeze list`;
      }),
  ];
}
