/** Words for people about a restored database. */
import type { Restoration } from '../storage/platform/restorations.ts';

export const whatToDo =
  'Look at the agents, people and tokens, then let rollouts go on: springline rollout resume-all --reason "looked at it". Sign in again with: springline sign-in-link';

/** A sentence for people. */
export function reasonOf({ foundMark, notedMark, replayedAt }: Restoration): string {
  const found = `An older database was put back: it told ${foundMark} changes, and the signer had seen ${notedMark}.`;
  const done =
    'Tokens, sessions, sign-in links, enrolment strings and approvals of before are void; rollouts stand still.';
  const open =
    ' Agents that were enrolled or revoked since are not known yet, because the register of the signer is not believed.';
  return `${found} ${done}${replayedAt === null ? open : ''}`;
}
