/**
 * Seeded changes of a small tree for tests, as LDIF: people, groups and containers are added, changed, renamed, moved with
 * what lies below them, and deleted. Keeps a model of the tree, so that every change is one that a server takes. Names are
 * never used twice.
 */
import { parentDn, rdnOf } from '../../../dn.ts';

/** How a directory spells its objects; each gives the lines behind `dn:`. */
export interface Dialect {
  readonly leafRdn: 'uid' | 'CN';
  /** A reference names its object by today's DN, and goes with it. Else it stays as it was given. */
  readonly referencesFollow: boolean;
  person(name: string): string;
  group(name: string, firstMember: string): string;
}

type Kind = 'person' | 'group' | 'container';

interface Node {
  dn: string;
  readonly kind: Kind;
  /** With the DN as it was given. */
  readonly members: Map<Node, string>;
}

export class RandomChanges {
  readonly #dialect: Dialect;
  readonly #nodes: Node[];
  readonly #roots: readonly Node[];
  #state: number;
  #lastNumber = 0;

  /** `roots`: containers that are there already and stay where they are. */
  constructor(dialect: Dialect, roots: readonly string[], seed: number) {
    this.#dialect = dialect;
    this.#roots = roots.map((dn) => ({ dn, kind: 'container', members: new Map() }));
    this.#nodes = [...this.#roots];
    this.#state = seed;
  }

  /** One change, as an LDIF change record. */
  next(): string {
    for (;;) {
      const change = this.#pick(this.#changes)();
      if (change !== undefined) return `${change}\n\n`;
    }
  }

  readonly #changes: readonly (() => string | undefined)[] = [
    () => this.#add('person'),
    () => this.#add('person'),
    () => this.#add('group'),
    () => this.#add('container'),
    () => this.#modify(),
    () => this.#modify(),
    () => this.#rename(),
    () => this.#move(['person', 'group']),
    () => this.#move(['person', 'group']),
    () => this.#move(['container']),
    () => this.#delete(),
    () => this.#member(true),
    () => this.#member(true),
    () => this.#member(false),
  ];

  #add(kind: Kind): string | undefined {
    const parent = this.#one((node) => node.kind === 'container');
    const name = this.#name();
    if (parent === undefined) return undefined;
    const rdn =
      kind === 'container' ? `OU=${name}` : kind === 'group' ? `CN=${name}` : `${this.#dialect.leafRdn}=${name}`;
    const node: Node = { dn: `${rdn},${parent.dn}`, kind, members: new Map() };
    const lines = { person: () => this.#dialect.person(name), group: () => this.#dialect.group(name, parent.dn) };
    this.#nodes.push(node);
    const body = kind === 'container' ? 'objectClass: organizationalUnit' : lines[kind]();
    return `dn: ${node.dn}\nchangetype: add\n${body}`;
  }

  #modify(): string | undefined {
    const node = this.#one((found) => !this.#roots.includes(found));
    return node && `dn: ${node.dn}\nchangetype: modify\nreplace: description\ndescription: ${this.#name()}\n-`;
  }

  #rename(): string | undefined {
    const node = this.#one((found) => !this.#roots.includes(found));
    if (node === undefined) return undefined;
    const rdn = `${rdnOf(node.dn).split('=')[0]}=${this.#name()}`;
    return this.#moved(node, rdn, parentDn(node.dn)!, `newrdn: ${rdn}\ndeleteoldrdn: 1`);
  }

  #move(kinds: readonly Kind[]): string | undefined {
    const node = this.#one((found) => kinds.includes(found.kind) && !this.#roots.includes(found));
    if (node === undefined) return undefined;
    const parent = this.#one(
      (found) => found.kind === 'container' && found.dn !== parentDn(node.dn) && !isAtOrBelow(found.dn, node.dn),
    );
    if (parent === undefined) return undefined;
    const rdn = rdnOf(node.dn);
    return this.#moved(node, rdn, parent.dn, `newrdn: ${rdn}\ndeleteoldrdn: 1\nnewsuperior: ${parent.dn}`);
  }

  #moved(node: Node, rdn: string, parent: string, how: string): string {
    const before = node.dn;
    for (const other of this.#nodes) {
      if (isAtOrBelow(other.dn, before))
        other.dn = `${other.dn.slice(0, other.dn.length - before.length)}${rdn},${parent}`;
    }
    return `dn: ${before}\nchangetype: modrdn\n${how}`;
  }

  #delete(): string | undefined {
    const node = this.#one(
      (found) =>
        !this.#roots.includes(found) && !this.#nodes.some(({ dn }) => dn !== found.dn && isAtOrBelow(dn, found.dn)),
    );
    if (node === undefined) return undefined;
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    if (this.#dialect.referencesFollow) for (const { members } of this.#nodes) members.delete(node);
    return `dn: ${node.dn}\nchangetype: delete`;
  }

  #member(isAdded: boolean): string | undefined {
    const group = this.#one(({ kind, members }) => kind === 'group' && (isAdded || members.size > 0));
    const member = isAdded
      ? group && this.#one((found) => found.kind === 'person' && !group.members.has(found))
      : group && this.#pick([...group.members.keys()]);
    if (group === undefined || member === undefined) return undefined;
    const given = this.#dialect.referencesFollow ? member.dn : (group.members.get(member) ?? member.dn);
    if (isAdded) group.members.set(member, given);
    else group.members.delete(member);
    return `dn: ${group.dn}\nchangetype: modify\n${isAdded ? 'add' : 'delete'}: member\nmember: ${given}\n-`;
  }

  #one(wanted: (node: Node) => boolean): Node | undefined {
    const found = this.#nodes.filter(wanted);
    return found.length === 0 ? undefined : this.#pick(found);
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  #name(): string {
    this.#lastNumber += 1;
    return `n${this.#lastNumber}`;
  }

  /** xorshift, 32 bits. */
  #random(): number {
    let x = this.#state || 1;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state / 2 ** 32;
  }
}

function isAtOrBelow(dn: string, base: string): boolean {
  return dn === base || dn.endsWith(`,${base}`);
}
