/** Which rollout people mean: by its id, the beginning of its id, or `component@version`. */
import type { RolloutView } from '@springline/api/shapes/rollout';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { CommandError, oneLine } from '../output.ts';

const listedLimit = 8;

/** @throws {CommandError} when none or several are meant; several are listed. */
export function findRollout(rollouts: readonly RolloutView[], text: string): RolloutView {
  const wanted = text.trim();
  if (wanted === '') throw new CommandError('give the id of a rollout, its beginning, or COMPONENT@VERSION', 2);
  const at = wanted.indexOf('@');
  const found = at === -1 ? byId(rollouts, wanted) : byRelease(rollouts, wanted.slice(0, at), wanted.slice(at + 1));
  const [only] = found;
  if (only === undefined) {
    throw new CommandError(`there is no rollout ${quoted(wanted)}. Which there are: springline rollout list`);
  }
  if (found.length === 1) return only;
  const names = found.slice(0, listedLimit).map(({ rolloutId, component, version, state }) => {
    return `${rolloutId} (${component} ${version}, ${state})`;
  });
  const more = found.length > listedLimit ? ` and ${found.length - listedLimit} more` : '';
  throw new CommandError(
    `${quoted(wanted)} is the beginning or the name of ${found.length}: ${names.join(', ')}${more}`,
  );
}

function byId(rollouts: readonly RolloutView[], wanted: string): readonly RolloutView[] {
  const prefix = wanted.toLowerCase();
  return rollouts.filter(({ rolloutId }) => rolloutId.startsWith(prefix));
}

/** One is meant: the one that hosts go by before one that waits for approval, and both before those that ended. */
function byRelease(rollouts: readonly RolloutView[], component: string, version: string): readonly RolloutView[] {
  const all = rollouts.filter((rollout) => rollout.component === component && isSame(rollout.version, version));
  // Newest first, as the API has them; what is equal stays in that order.
  return all.toSorted((a, b) => meantBefore.indexOf(a.state) - meantBefore.indexOf(b.state)).slice(0, 1);
}

const meantBefore: readonly RolloutView['state'][] = [
  'running',
  'halted',
  'waiting',
  'recalled',
  'complete',
  'aborted',
];

/** Whether something can still happen to it. */
export function isLive({ state }: Pick<RolloutView, 'state'>): boolean {
  return state !== 'aborted' && state !== 'complete';
}

/** 1.2.4 and 1.2.4.0 are one version. */
function isSame(a: string, b: string): boolean {
  try {
    return compareVersions(parseVersion(a), parseVersion(b)) === 0;
  } catch {
    // Only ever a ReleaseError: what was typed is no version, so it is that of no rollout.
    return false;
  }
}

function quoted(text: string): string {
  return JSON.stringify(oneLine(text).slice(0, 80));
}
