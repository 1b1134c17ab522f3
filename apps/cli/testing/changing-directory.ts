/**
 * A directory as an LDIF file that keeps changing: people come, change and go, and groups change their members. It knows
 * what the cloud directory must hold in the end, and compares. Every change replaces the file in one rename.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { SeededRandom } from '@springline/ports/random';
import type { RunningUp, ScimResource } from './running-up.ts';

const baseDn = 'DC=changing,DC=example';
/** Fewer would leave groups without members. */
const leastPeople = 10;

interface Person {
  readonly name: string;
  readonly anchor: string;
  title: string;
}

interface Group {
  readonly name: string;
  readonly anchor: string;
  readonly members: Set<Person>;
}

/** As a test sees it in the cloud directory, by external id. */
export interface Seen {
  readonly users: ReadonlyMap<string, { readonly userName: string; readonly title: string }>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** What reads the cloud directory of a home. */
export type CloudReader = Pick<RunningUp, 'all' | 'scim'>;

export class ChangingDirectory {
  readonly file: string;
  readonly #random: SeededRandom;
  readonly #people: Person[] = [];
  readonly #groups: Group[] = [];
  /** Anchors of people that were there from the first and never left. */
  readonly #first = new Set<string>();
  #made = 0;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, size: { readonly people: number; readonly groups: number; readonly seed: number }) {
    this.file = file;
    this.#random = new SeededRandom(size.seed);
    for (let n = 0; n < size.people; n++) this.#first.add(this.#hire().anchor);
    for (let n = 0; n < size.groups; n++) {
      const members = new Set(Array.from({ length: 5 }, () => this.#anyone()));
      this.#groups.push({ name: `team${n}`, anchor: anchorOf(`team${n}`), members });
    }
    this.#write();
  }

  /** People of the first day that are still here: their ids must not change. */
  get stayed(): ReadonlySet<string> {
    return this.#first;
  }

  /** People and groups. */
  get size(): number {
    return this.#people.length + this.#groups.length;
  }

  /** How often the file was replaced. */
  get writes(): number {
    return this.#writes;
  }

  /** A few people come, change, go and move between groups. */
  change(): void {
    for (let n = 0; n < 3; n++) this.#anyone().title = `title ${this.#writes}.${n}`;
    const comer = this.#hire();
    this.#anyGroup().members.add(comer);
    this.#anyGroup().members.add(this.#anyone());
    const group = this.#anyGroup();
    const [leaver] = group.members;
    if (leaver !== undefined && group.members.size > 1) group.members.delete(leaver);
    if (this.#people.length > leastPeople) this.#dismiss(this.#anyone());
    this.#write();
  }

  keepChanging(everyMs: number): void {
    this.#timer ??= setInterval(() => this.change(), everyMs);
  }

  standStill(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What the cloud directory must hold. */
  get expected(): Seen {
    return {
      users: new Map(this.#people.map(({ anchor, name, title }) => [anchor, { userName: upnOf(name), title }])),
      groups: new Map(
        this.#groups.map(({ anchor, members }) => [anchor, [...members].map((member) => member.anchor).sort()]),
      ),
    };
  }

  /** Waits until the cloud directory equals the file, and fails with the difference when it does not come to that. */
  async reached(up: CloudReader, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const seen = await seenIn(up).catch((error: Error) => error);
      try {
        if (seen instanceof Error) throw seen;
        assert.deepEqual(seen.users, this.expected.users);
        assert.deepEqual(seen.groups, this.expected.groups);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  #hire(): Person {
    const name = `person${this.#made}`;
    const person = { name, anchor: anchorOf(name), title: 'new here' };
    this.#made += 1;
    this.#people.push(person);
    return person;
  }

  #dismiss(person: Person): void {
    this.#people.splice(this.#people.indexOf(person), 1);
    this.#first.delete(person.anchor);
    for (const { members } of this.#groups) members.delete(person);
  }

  #anyone(): Person {
    return this.#people[this.#random.below(this.#people.length)]!;
  }

  #anyGroup(): Group {
    return this.#groups[this.#random.below(this.#groups.length)]!;
  }

  #write(): void {
    const temporary = `${this.file}.new`;
    writeFileSync(temporary, [head, ...this.#people.map(personText), ...this.#groups.map(groupText)].join('\n'));
    renameSync(temporary, this.file);
    this.#writes += 1;
  }
}

/** The cloud directory of a home. */
export async function seenIn(up: CloudReader): Promise<Seen> {
  const users = await up.all('Users');
  const groups = await up.all('Groups');
  const anchorById = new Map([...users.values()].map(({ id, externalId }) => [id, externalId]));
  const membersOf = async ({ id }: ScimResource): Promise<readonly string[]> => {
    const { members = [] } = (await up.scim(`Groups/${id}`)) as unknown as ScimResource;
    return members.map(({ value }) => anchorById.get(value) ?? `no user ${value}`).sort();
  };
  const seenGroups = new Map<string, readonly string[]>();
  for (const group of groups.values()) seenGroups.set(group.externalId, await membersOf(group));
  return {
    users: new Map(
      [...users.values()].map(({ externalId, userName = '', title = '' }) => [externalId, { userName, title }]),
    ),
    groups: seenGroups,
  };
}

const head = `version: 1

dn: ${baseDn}
objectClass: top
objectClass: domain
objectClass: domainDNS
dc: changing
objectGUID:: ${anchorOf('domain')}

dn: OU=People,${baseDn}
objectClass: top
objectClass: organizationalUnit
ou: People
objectGUID:: ${anchorOf('people')}
`;

function personText({ name, anchor, title }: Person): string {
  return `dn: ${dnOf(name)}
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
objectGUID:: ${anchor}
cn: ${name}
sAMAccountName: ${name}
userPrincipalName: ${upnOf(name)}
displayName: ${name}
title: ${title}
userAccountControl: 512
`;
}

function groupText({ name, anchor, members }: Group): string {
  const values = [...members].map((member) => `member: ${dnOf(member.name)}\n`).join('');
  return `dn: ${dnOf(name)}
objectClass: top
objectClass: group
objectGUID:: ${anchor}
cn: ${name}
sAMAccountName: ${name}
displayName: ${name}
groupType: -2147483646
${values}`;
}

function dnOf(name: string): string {
  return `CN=${name},OU=People,${baseDn}`;
}

function upnOf(name: string): string {
  return `${name}@changing.example`;
}

/** An objectGUID, base64: the same for the same name. */
function anchorOf(name: string): string {
  return createHash('sha256').update(name).digest().subarray(0, 16).toString('base64');
}
