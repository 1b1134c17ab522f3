/**
 * A small directory of numbered users and groups as a test changes it at random, with the meaning of one of two kinds:
 * in Active Directory a reference follows the object that it names and goes with it; elsewhere it is a text that stays.
 */
import { normaliseDn } from '@springline/directory/dn';
import type { DirectoryEntry } from '@springline/directory/entry';
import fc from 'fast-check';
import { Forest, groupOfNames, inetOrgPerson } from './bench-entries.ts';

export type ModelChange =
  | { readonly kind: 'user'; readonly n: number; readonly title: string | undefined; readonly manager: number }
  | { readonly kind: 'group'; readonly n: number; readonly members: readonly number[] }
  | { readonly kind: 'name'; readonly n: number; readonly place: number }
  | { readonly kind: 'swap'; readonly n: number; readonly other: number }
  | { readonly kind: 'delete'; readonly n: number }
  | { readonly kind: 'replace'; readonly n: number }
  | { readonly kind: 'cycle' };

const userNumber = fc.integer({ min: 1, max: 4 });
const anyNumber = fc.integer({ min: 1, max: 6 });

/** One change, or a cycle between changes. Users are 1 to 4, groups 5 and 6. */
export const modelChanges: fc.Arbitrary<ModelChange> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('user'),
      n: userNumber,
      title: fc.constantFrom('a', 'b', undefined),
      manager: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('group'),
      n: fc.integer({ min: 5, max: 6 }),
      members: fc.uniqueArray(anyNumber, { maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('name'), n: anyNumber, place: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('swap'), n: anyNumber, other: anyNumber }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), n: anyNumber }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace'), n: anyNumber }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cycle') }) },
) as fc.Arbitrary<ModelChange>;

interface ModelObject {
  /** Which of the objects that ever had the number: a deleted one that is made again has another anchor. */
  readonly life: number;
  rdn: string;
  ou: string;
  title: string | undefined;
  /** Names of objects of Active Directory, DNs elsewhere. */
  references: string[];
}

export class ModelDirectory {
  readonly #isAd: boolean;
  readonly #baseDn: string;
  readonly #forest: Forest;
  readonly #objects = new Map<number, ModelObject>();
  /** Numbers up to this one are users, those above are groups. */
  readonly #users: number;
  #lives = 0;

  constructor(kind: 'active-directory' | 'openldap', baseDn: string, users = 4) {
    this.#users = users;
    this.#isAd = kind === 'active-directory';
    this.#baseDn = baseDn;
    this.#forest = new Forest(baseDn);
  }

  apply(change: ModelChange): void {
    if (change.kind === 'user') this.#write(change.n, change.title, change.manager === 0 ? [] : [change.manager]);
    else if (change.kind === 'group') this.#write(change.n, undefined, change.members);
    else if (change.kind === 'delete') this.#objects.delete(change.n);
    else if (change.kind === 'replace') this.#replace(change.n);
    else if (change.kind === 'name') this.#rename(change.n, change.place);
    else if (change.kind === 'swap') this.#swap(change.n, change.other);
  }

  entries(): DirectoryEntry[] {
    return [...this.#objects].map(([n, object]) => this.#entry(n, object));
  }

  #write(n: number, title: string | undefined, references: readonly number[]): void {
    const known = this.#objects.get(n);
    const object = known ?? this.#make(n);
    object.title = title;
    // A directory takes a reference to what is there; elsewhere any name will do.
    object.references = references.flatMap((to) => {
      if (!this.#isAd) return [this.#dnOf(to, this.#objects.get(to) ?? this.#defaults(to, 0))];
      const target = this.#objects.get(to);
      return target === undefined ? [] : [String(target.life)];
    });
  }

  #make(n: number): ModelObject {
    this.#lives += 1;
    const object = this.#defaults(n, this.#lives);
    // A name that somebody else has by now is not free.
    while (this.#holderOf(this.#dnOf(n, object)) !== undefined) object.rdn += 'x';
    this.#objects.set(n, object);
    return object;
  }

  #isUser(n: number): boolean {
    return n <= this.#users;
  }

  #defaults(n: number, life: number): ModelObject {
    return { life, rdn: `${this.#isUser(n) ? 'u' : 'g'}${n}`, ou: 'a', title: undefined, references: [] };
  }

  /** Deleted, and at once somebody new under the same name. */
  #replace(n: number): void {
    const old = this.#objects.get(n);
    if (old === undefined) return;
    this.#lives += 1;
    this.#objects.set(n, { ...old, life: this.#lives, references: [] });
  }

  #rename(n: number, place: number): void {
    const object = this.#objects.get(n);
    if (object === undefined) return;
    const renamed = { ...object, rdn: `name${place}`, ou: place === 3 ? 'b' : object.ou };
    if (this.#holderOf(this.#dnOf(n, renamed)) === undefined) this.#objects.set(n, renamed);
  }

  #swap(n: number, other: number): void {
    const [a, b] = [this.#objects.get(n), this.#objects.get(other)];
    if (a === undefined || b === undefined || this.#isUser(n) !== this.#isUser(other)) return;
    this.#objects.set(n, { ...a, rdn: b.rdn, ou: b.ou });
    this.#objects.set(other, { ...b, rdn: a.rdn, ou: a.ou });
  }

  #holderOf(dn: string): number | undefined {
    const key = normaliseDn(dn);
    return [...this.#objects].find(([n, object]) => normaliseDn(this.#dnOf(n, object)) === key)?.[0];
  }

  #dnOf(n: number, { rdn, ou }: ModelObject): string {
    return `${this.#isAd || !this.#isUser(n) ? 'cn' : 'uid'}=${rdn},ou=${ou},${this.#baseDn}`;
  }

  #entry(n: number, object: ModelObject): DirectoryEntry {
    const { life, title } = object;
    const references = this.#isAd
      ? object.references.flatMap((wanted) => {
          const found = [...this.#objects].find(([, target]) => String(target.life) === wanted);
          return found === undefined ? [] : [this.#dnOf(...found)];
        })
      : object.references;
    const [manager] = references;
    const dn = this.#dnOf(n, object);
    if (this.#isUser(n)) {
      const person = this.#isAd
        ? this.#forest.user(life, { title, manager })
        : inetOrgPerson(life, this.#baseDn, { title, manager });
      return { ...person, dn };
    }
    const members = [...new Set(references)];
    const group = this.#isAd
      ? this.#forest.group(life, members)
      : groupOfNames(life, this.#baseDn, members.length === 0 ? [dn] : members);
    return { ...group, dn };
  }
}
