/** What waits for people, in words: until when, by whom approved, and where to approve it. */
import type { Rollouts } from '@springline/api/shapes/rollout';
import { minuteText } from '../amounts.ts';
import { CommandError, oneLine, relativeTime } from '../output.ts';

export type Pending = Rollouts['pending'][number];
type Allowed = NonNullable<Rollouts['allowed']>[number];
type Desk = Pick<Rollouts, 'rule' | 'approvers' | 'pending' | 'allowed'>;

const digestShown = 12;
const shortestPrefix = 6;

/** Two people were asked for by name of the rule, so that a missing approver makes it no weaker. */
const wayToTwo =
  "On the signer's machine: springline rollout approver add FILE, or choose another rule: springline rollout approver rule delay";

/** How what widens becomes allowed, in a sentence. */
export function ruleWords({ rule, approvers }: Pick<Desk, 'rule' | 'approvers'>): string {
  const names = approvers.map(({ name }) => oneLine(name)).join(', ');
  switch (rule) {
    case 'at-once':
      return 'What widens is signed at once: these are development keys.';
    case 'delay':
      return approvers.length < 2
        ? 'What widens waits for a day; whoever disagrees withdraws it. There are not two approvers.'
        : `What widens waits for a day, or for two of ${names}.`;
    case 'two-people':
      return approvers.length < 2
        ? `What widens waits for two approvers, and there ${approvers.length === 0 ? 'is none' : `is only ${names}`}. ${wayToTwo}`
        : `What widens waits for two of ${names}.`;
    case undefined:
      return 'The signer did not say how what widens becomes allowed.';
  }
}

/** All that waits, and what is allowed and not done, with where to go. */
export function describeApprovals(desk: Desk, portal: string, now: number): string {
  const { pending, allowed = [] } = desk;
  const [first] = [...pending, ...allowed];
  if (first === undefined) return `Nothing waits for approval. ${ruleWords(desk)}`;
  return [
    ruleWords(desk),
    '',
    ...pending.map((each) => describePending(each, now)),
    ...allowed.map(describeAllowed),
    '',
    ...(pending.length === 0 ? [] : [whereToApprove(portal)]),
    `To take one back: springline rollout withdraw ${first.digest.slice(0, digestShown)}`,
  ].join('\n');
}

function describeAllowed({ digest, kind, what, until }: Allowed): string {
  return [
    `${digest.slice(0, digestShown)}  ${kind === 'plan' ? 'the plan ' : ''}${oneLine(what)}`,
    `${' '.repeat(digestShown)}  allowed and not done yet; asked for again after ${minuteText(Date.parse(until))}`,
  ].join('\n');
}

export function whereToApprove(controlPlaneUrl: string): string {
  return `Approve with a passkey in the portal: ${portalOf(controlPlaneUrl)}/upgrades/rollouts`;
}

/** Commands call an address; passkeys are made for a name (WebAuthn: an RP ID is a domain). */
export function portalOf(controlPlaneUrl: string): string {
  return controlPlaneUrl.replace(/^http:\/\/(127\.0\.0\.1|\[::1\])(?=:|$)/, 'http://localhost');
}

export function describePending(pending: Pending, now: number): string {
  const { digest, kind, what, firstSeenAt, allowedAt, approvedBy, approvalsNeeded } = pending;
  const names = approvedBy.map(oneLine).join(', ');
  const day = allowedAt === undefined ? '' : `, or at ${minuteText(Date.parse(allowedAt))} by itself`;
  const approved = `${approvedBy.length} of ${approvalsNeeded} approved${names === '' ? '' : `: ${names}`}`;
  return [
    `${digest.slice(0, digestShown)}  ${kind === 'plan' ? 'the plan ' : ''}${oneLine(what)}`,
    `${' '.repeat(digestShown)}  asked for ${relativeTime(firstSeenAt, now)}; ${approved}${day}`,
  ].join('\n');
}

/** By the beginning of its digest. @throws {CommandError} when none or several are meant. */
export function findPending<Asked extends Pending | Allowed>(pending: readonly Asked[], text: string): Asked {
  const prefix = text.trim().toLowerCase();
  if (!/^[0-9a-f]+$/.test(prefix) || prefix.length < shortestPrefix) {
    throw new CommandError(`a digest is given by at least its first ${shortestPrefix} hex digits`, 2);
  }
  const [only, ...others] = pending.filter(({ digest }) => digest.startsWith(prefix));
  if (only === undefined)
    throw new CommandError(`nothing with the digest ${prefix} waits: springline rollout approvals`);
  if (others.length > 0) throw new CommandError(`${prefix} is the beginning of ${others.length + 1} digests`);
  return only;
}
