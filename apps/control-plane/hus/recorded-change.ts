/** What a new list of recorded servers changes of the one before. Pure. */
import type { RecordedChange } from '@springline/api/shapes/recorded-server';
import { type KeptServer, keyOf } from '../storage/upgrade/recorded-servers.ts';

interface ListChange {
  readonly added: readonly KeptServer[];
  readonly changed: readonly KeptServer[];
  readonly removed: readonly KeptServer[];
  readonly unchanged: number;
  /** The first `shownChanges`, by host name. */
  readonly shown: readonly RecordedChange[];
}

const shownChanges = 100;

/** Keys are unique in either list. */
export function changeOf(before: readonly KeptServer[], after: readonly KeptServer[]): ListChange {
  const leaving = new Map(before.map((server) => [keyText(server), server]));
  const added: KeptServer[] = [];
  const changed: KeptServer[] = [];
  const changes: RecordedChange[] = [];
  for (const server of after) {
    const known = leaving.get(keyText(server));
    leaving.delete(keyText(server));
    if (known === undefined) {
      added.push(server);
      changes.push({ kind: 'added', ...named(server), what: '' });
      continue;
    }
    const what = differences(known, server);
    if (what.length === 0) continue;
    changed.push(server);
    changes.push({ kind: 'changed', ...named(server), what: what.join(', ') });
  }
  const removed = [...leaving.values()];
  changes.push(...removed.map((server) => ({ kind: 'removed' as const, ...named(server), what: '' })));
  const order = new Map(changes.map((change) => [change, keyText(change)]));
  const byName = (a: RecordedChange, b: RecordedChange): number => (order.get(a)! < order.get(b)! ? -1 : 1);
  return {
    ...{ added, changed, removed, unchanged: after.length - added.length - changed.length },
    shown: changes.sort(byName).slice(0, shownChanges),
  };
}

/** Host name in lower case, then component. */
export function keyText(server: Pick<KeptServer, 'hostName' | 'component'>): string {
  const { hostKey, component } = keyOf(server);
  return `${hostKey} ${component}`;
}

function named({ hostName, component }: KeptServer): Pick<RecordedChange, 'hostName' | 'component'> {
  return { hostName, component };
}

const words = {
  hostName: 'name',
  version: 'version',
  state: 'state',
  channel: 'channel',
  lastSeenAt: 'last seen',
  lastResult: 'result',
  owner: 'owner',
  bornAt: 'born',
  movedTo: 'moved to',
} as const satisfies Partial<Record<keyof KeptServer, string>>;

/** `version 2.1.20.0 -> 2.3.6.0`, for each member that differs. */
function differences(before: KeptServer, after: KeptServer): readonly string[] {
  return (Object.keys(words) as (keyof typeof words)[])
    .filter((name) => before[name] !== after[name])
    .map((name) => `${words[name]} ${textOf(before[name])} -> ${textOf(after[name])}`);
}

function textOf(value: string | number | null): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? new Date(value).toISOString() : value;
}
