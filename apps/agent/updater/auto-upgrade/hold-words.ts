/**
 * Why a release waits on this host, in the words of `waits`: the rule's own reason, whose wish it is where it is one, and
 * what must happen where there is no date to wait for. Pure. Imports nothing from npm.
 */
import type { OwnWish, Wish } from '@springline/auto-upgrade/rollout/wish';

export interface Held {
  readonly rule: string;
  readonly reason: string;
  /** Until then; absent where nobody knows a date. */
  readonly notBefore?: number | undefined;
}

export interface Place {
  readonly ring: string;
  /** Of the host's own administrator. */
  readonly own: Wish;
  /** What the tenant asked for by the API. */
  readonly asked: OwnWish;
}

export function heldWords(held: Held, place: Place): string {
  const { rule, reason, notBefore } = held;
  const end = notBefore === undefined ? endOf(rule, place) : undefined;
  return [reason, wisherOf(rule, place), end].filter((each) => each !== undefined).join(' ');
}

/** What ends a hold that has no date. */
function endOf(rule: string, { ring, own, asked }: Place): string | undefined {
  switch (rule) {
    case 'ring-not-open': {
      const wished = [own.ring, asked.ring].filter((each) => each !== undefined && each !== ring);
      const rings = [...new Set([ring, ...wished])].join(', ');
      return `No date is known: until ${rings} is open, which takes proof of the rings before, or a person.`;
    }
    case 'ramp':
      return 'No date is known: until the rollout is complete, or opens more of the ring.';
    case 'ring-unknown':
      return `No date is known: until the rollout is complete; it has no ring ${ring}.`;
    case 'not-in-policy':
      return 'No date is known: until the operator begins a rollout of it.';
    case 'policy-halted':
      return 'No date is known: until the operator resumes all.';
    case 'rollout-halted':
      return 'No date is known: until the operator resumes the rollout.';
    case 'staging-first':
      return 'No date is known: until the staging server of the same directory has kept it for as long as is set.';
    case 'pinned':
      return 'No date is known: until the pin is raised or taken away.';
    default:
      return undefined;
  }
}

const local = 'This host itself says so: springline agent auto-upgrade schedule.';

/** Who can take it back: a hold from afar is in no file that the host's administrator wrote. */
function wisherOf(rule: string, { own, asked }: Place): string | undefined {
  const afar = (what: string): string =>
    `${what} from afar, by the administrators of its tenant: springline agent wish show.`;
  switch (rule) {
    case 'pinned': {
      if (asked.pin === undefined) return local;
      const both = own.pin === undefined ? '' : `; this host itself says ${own.pin}`;
      return afar(`Nothing above ${asked.pin}${both}: it is pinned`);
    }
    case 'Disabled':
      return asked.disabled === true ? afar('It is turned off') : undefined;
    case 'not-before':
      return asked.notBefore !== undefined && asked.notBefore >= (own.notBefore ?? 0) ? afar('It was put off') : local;
    case 'staging-first':
      return asked.afterStagingSoakMs !== undefined && own.afterStagingSoakMs === undefined
        ? afar('Waiting for it was asked for')
        : undefined;
    default:
      return undefined;
  }
}
