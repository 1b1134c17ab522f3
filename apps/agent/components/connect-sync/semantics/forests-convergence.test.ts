/**
 * Two forests whose groups have members of each other, and people who are in both: whatever happened in whichever of them,
 * the cloud ends where a fresh import of both would bring it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectoryEntry } from '@springline/directory/entry';
import fc from 'fast-check';
import { Forest } from '../../../testing/bench-entries.ts';
import { inbound, ruleFile } from '../../../testing/bench-rules.ts';
import { SyncBench } from '../../../testing/sync-bench.ts';

const forests = {
  a: new Forest('DC=a,DC=example', 11),
  b: new Forest('DC=b,DC=example', 22),
} as const;
type Name = keyof typeof forests;
const names: readonly Name[] = ['a', 'b'];

/** People 1 and 2 are in a alone, 3 in both, 4 and 5 in b alone. */
const peopleOf: Readonly<Record<Name, readonly number[]>> = { a: [1, 2, 3], b: [3, 4, 5] };
/** Those of the other forest that a forest may have something for. */
const foreignOf: Readonly<Record<Name, readonly number[]>> = { a: [4, 5], b: [1, 2] };
const other = (name: Name): Name => (name === 'a' ? 'b' : 'a');
/** GUIDs of the two forests differ. */
const guidOf = (name: Name, n: number): number => (name === 'a' ? n : 100 + n);

const rules = ruleFile(
  [
    inbound('In - User by mail', 10, {
      linkType: 'Provision',
      join: [[{ cs: 'mail', mv: 'mail' }]],
      flows: [{ target: 'sourceAnchor', source: 'mail' }],
    }),
  ],
  ['In from AD - User Join'],
);

type Event =
  | {
      readonly kind: 'user';
      readonly name: Name;
      readonly at: number;
      readonly title: string;
      readonly manager: number;
    }
  | { readonly kind: 'foreign'; readonly name: Name; readonly at: number }
  | { readonly kind: 'group'; readonly name: Name; readonly members: readonly string[] }
  | { readonly kind: 'drop'; readonly name: Name; readonly what: string }
  | { readonly kind: 'cycle' };

const inForest = { name: fc.constantFrom(...names) };
const tokens = ['u0', 'u1', 'u2', 'f0', 'f1'];
const events = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('user'),
      ...inForest,
      at: fc.nat(2),
      title: fc.constantFrom('x', 'y'),
      manager: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('foreign'), ...inForest, at: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('group'),
      ...inForest,
      members: fc.uniqueArray(fc.constantFrom(...tokens)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop'), ...inForest, what: fc.constantFrom(...tokens) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cycle') }) },
) as fc.Arbitrary<Event>;

/** What a forest holds, by tokens; references of Active Directory go with what they name. */
class Content {
  readonly #name: Name;
  readonly #users = new Map<string, { readonly title: string; readonly manager: string }>();
  readonly #foreign = new Set<string>();
  #members: readonly string[] = [];

  constructor(name: Name) {
    this.#name = name;
  }

  apply(event: Exclude<Event, { kind: 'cycle' }>): void {
    if (event.kind === 'user') this.#users.set(`u${event.at}`, { title: event.title, manager: `u${event.manager}` });
    else if (event.kind === 'foreign') this.#foreign.add(`f${event.at}`);
    else if (event.kind === 'group') this.#members = event.members.filter((token) => this.#has(token));
    else {
      this.#users.delete(event.what);
      this.#foreign.delete(event.what);
      this.#members = this.#members.filter((token) => token !== event.what);
      for (const [token, user] of this.#users) {
        if (user.manager === event.what) this.#users.set(token, { ...user, manager: '' });
      }
    }
  }

  entries(): DirectoryEntry[] {
    const forest = forests[this.#name];
    const witness = forest.account(guidOf(this.#name, 90), { mail: `witness-${this.#name}@example` });
    const group = forest.group(
      guidOf(this.#name, 95),
      this.#members.map((token) => this.#entry(token).dn),
    );
    const tokensHere = [...this.#users.keys(), ...this.#foreign];
    return [witness, group, ...tokensHere.map((token) => this.#entry(token))];
  }

  #has(token: string): boolean {
    return this.#users.has(token) || this.#foreign.has(token);
  }

  #entry(token: string): DirectoryEntry {
    const name = this.#name;
    const at = Number(token.slice(1));
    if (token.startsWith('f')) {
      const n = foreignOf[name][at]!;
      const home = other(name);
      return forests[name].foreign(guidOf(name, 50 + n), forests[home].sid(guidOf(home, n)));
    }
    const n = peopleOf[name][at]!;
    const user = this.#users.get(token);
    const manager = user !== undefined && this.#users.has(user.manager) ? this.#dnOf(user.manager) : undefined;
    return forests[name].account(guidOf(name, n), { mail: `p${n}@example`, title: user?.title, manager });
  }

  #dnOf(token: string): string {
    return forests[this.#name].dnOf(guidOf(this.#name, peopleOf[this.#name][Number(token.slice(1))]!));
  }
}

function benchOf(): SyncBench {
  return new SyncBench({
    directories: names.map((name) => ({ name, kind: 'active-directory', baseDn: forests[name].baseDn })),
    rules: [rules],
  });
}

for (const manner of ['whole', 'dirsync'] as const) {
  test(`${manner}: any sequence of changes in two forests ends where a fresh import ends`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 5, maxLength: 30 }), async (sequence) => {
        const bench = benchOf();
        const content = { a: new Content('a'), b: new Content('b') };
        const show = (to: SyncBench): void => {
          for (const name of names) to.directory(name).replaceAll(content[name].entries());
        };
        for (const name of names) bench.directory(name).manner = manner;
        for (const event of [...sequence, { kind: 'cycle' } as const]) {
          if (event.kind !== 'cycle') content[event.name].apply(event);
          else {
            show(bench);
            const cycle = await bench.cycle();
            assert.equal(cycle.result, 'success', JSON.stringify(cycle.steps));
          }
        }
        const fresh = benchOf();
        show(fresh);
        await fresh.cycle();
        assert.deepEqual(bench.cloud.state(), fresh.cloud.state());
        bench.cloud.operations.length = 0;
        await bench.cycle();
        assert.deepEqual(bench.cloud.operations, []);
      }),
      { numRuns: 60, seed: 20261123 },
    );
  });
}
