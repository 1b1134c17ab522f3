/**
 * Two forests of Active Directory for tests of the engine: `corp` makes people, and what `other` holds joins them or does
 * nothing.
 */
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { ImportScope } from '@springline/connect-sync/run-profile/import-scope';
import type { DirectoryEntry } from '@springline/directory/entry';
import { Forest, type Values } from './bench-entries.ts';
import { inbound, projectUsers, provisionUsers, ruleSetOf, type WrittenRule } from './bench-rules.ts';
import { type BenchOptions, baseDn, type ConnectedDirectory, SyncBench, user } from './sync-bench.ts';

export const other = new Forest('DC=other,DC=example', 9);

const forests: readonly ConnectedDirectory[] = [
  { name: 'corp', kind: 'active-directory', baseDn },
  { name: 'other', kind: 'active-directory', baseDn: other.baseDn },
];

/** For imports that a test runs by itself: everything may be read, as in the cycles of a bench. */
export const everything: ImportScope = {
  consent: { mayReadAttribute: () => true, mayReadEntry: () => true },
  isInScope: () => true,
  digest: '',
};

/** Attributes that people have from users of corp, under the same names. */
const carried = ['department', 'employeeID', 'mail', 'title'];

/** Users of corp are people. */
export const peopleOfCorp: WrittenRule = {
  ...projectUsers,
  connector: 'corp',
  flows: [
    ...(projectUsers['flows'] as readonly WrittenRule[]),
    ...carried.map((name) => ({ target: name, source: name })),
  ],
};

/** A clause of a join by an attribute that both sides call the same. */
export function same(name: string): WrittenRule {
  return { cs: name, mv: name };
}

/** Users of other join people where all clauses of a group hold, and give them `info`. */
export function joinedBy(...groups: readonly (readonly WrittenRule[])[]): RuleSet {
  const find = inbound('Other - find', 110, {
    connector: 'other',
    join: groups,
    flows: [{ target: 'info', expression: '"joined " & [sAMAccountName]' }],
  });
  return ruleSetOf([peopleOfCorp, find, provisionUsers(['info', 'title'])]);
}

/** What each forest holds at first is given; nothing was read yet. */
export function twoForests(
  ruleSet: RuleSet,
  content: { readonly corp: readonly DirectoryEntry[]; readonly other: readonly DirectoryEntry[] },
  options: Omit<BenchOptions, 'directories' | 'ruleSet'> = {},
): SyncBench {
  const bench = new SyncBench({ directories: forests, ruleSet, ...options });
  bench.put(...content.corp);
  bench.directory('other').put(...content.other);
  return bench;
}

/** The directory does not answer until the returned function is called. */
export function goesDown(bench: SyncBench, name: string): () => void {
  const directory = bench.directory(name);
  bench.explain = () => ({ result: 'no-start-connection', detail: `${name} does not answer` });
  directory.source = { read: () => Promise.reject(new Error(`${name} does not answer`)) };
  return () => {
    directory.source = undefined;
  };
}

/** The DN of a user of corp. */
export function inCorp(n: number): string {
  return user(n).dn;
}

/** A user of other by the number, with these attributes. */
export function ofOther(n: number, attributes: Values = {}): DirectoryEntry {
  return other.user(n, attributes);
}
