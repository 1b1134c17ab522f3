/**
 * An OpenLDAP server with many people and groups for benches, the same on every machine: inetOrgPerson entries of some
 * 1.2 KB, groups of 2 to 40 of them, one of 50,000, and one whose members are everybody, in a subtree of its own.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SeededRandom } from '@springline/ports/random';
import type { DirectoryFacts } from '@springline/tools/services/facts';
import { startOpenLdap } from '@springline/tools/services/openldap';

const baseDn = 'dc=example,dc=test';
export const peopleDn = `ou=People,${baseDn}`;
const giantsDn = `ou=Giants,${baseDn}`;
const bigGroupSize = 50_000;
const usersPerGroup = 50;
const blockBytes = 256 * 1024;

const givenNames = [
  'James',
  'Mary',
  'Lukas',
  'Emma',
  'Yuki',
  'Fatima',
  'Arjun',
  'Ingrid',
  'Zoë',
  'Björn',
  'Анна',
  '美咲',
];
const surnames = ['Smith', 'Garcia', 'Schmidt', 'Rossi', 'Nowak', 'Sato', 'Khan', 'O’Brien', 'Müller', 'Nuñez'];
const departments = ['Finance', 'Engineering', 'Legal', 'Marketing', 'Sales', 'Operations', 'Research'];
const places = ['London', 'Paris', 'Berlin', 'Oslo', 'Austin', 'Tokyo', 'Singapore', 'Mumbai'];

export interface LoadedDirectory extends AsyncDisposable {
  readonly facts: DirectoryFacts;
  /** Of the group with so many members; there are those of all people and of a tenth. */
  giantDn(members: number): string;
}

/** Takes about a minute for half a million users; everything is gone afterwards. */
export async function startLoadedDirectory(users: number): Promise<LoadedDirectory> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-ldap-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const file = join(folder, 'directory.ldif');
    await pipeline(blocks(entries(users)), createWriteStream(file));
    const { facts, stop } = await startOpenLdap(join(folder, 'server'), file);
    rmSync(file);
    return {
      facts,
      giantDn: (members) => `cn=giant-${members},${giantsDn}`,
      async [Symbol.asyncDispose]() {
        await stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Many small texts as a few large ones. */
function* blocks(texts: Iterable<string>): Iterable<string> {
  let block = '';
  for (const text of texts) {
    block += text;
    if (block.length < blockBytes) continue;
    yield block;
    block = '';
  }
  yield block;
}

function* entries(users: number): Iterable<string> {
  const random = new SeededRandom(1);
  for (const name of ['People', 'Groups', 'Giants']) {
    yield `dn: ou=${name},${baseDn}\nobjectClass: organizationalUnit\nou: ${name}\n\n`;
  }
  for (let number = 0; number < users; number++) yield person(number, random);
  for (let number = 0; number < Math.ceil(users / usersPerGroup); number++) {
    const first = random.below(users);
    yield group(`team-${number}`, `ou=Groups,${baseDn}`, first, Math.min(users, first + 2 + random.below(39)));
  }
  yield group('all-staff', `ou=Groups,${baseDn}`, 0, Math.min(users, bigGroupSize));
  for (const members of [users, Math.ceil(users / 10)]) yield group(`giant-${members}`, giantsDn, 0, members);
}

function person(number: number, random: SeededRandom): string {
  const pick = (words: readonly string[]): string => words[random.below(words.length)]!;
  const [given, surname, department, place] = [pick(givenNames), pick(surnames), pick(departments), pick(places)];
  const uid = uidOf(number);
  const lines = [
    `dn: ${personDn(number)}`,
    'objectClass: inetOrgPerson\nobjectClass: posixAccount',
    `uid: ${uid}`,
    text('cn', `${given} ${surname}`),
    text('sn', surname),
    text('givenName', given),
    text('displayName', `${surname}, ${given} (${department})`),
    `mail: ${uid}@example.test`,
    `employeeNumber: ${100_000 + number}`,
    `employeeType: ${random.below(10) === 0 ? 'Contractor' : 'Employee'}`,
    `departmentNumber: ${department}`,
    `title: Senior ${department} Specialist`,
    `o: Example Corporation\nl: ${place}`,
    `telephoneNumber: +44 20 ${1_000_000 + random.below(9_000_000)}`,
    `mobile: +44 7${100_000_000 + random.below(900_000_000)}`,
    `street: ${1 + random.below(400)} High Street`,
    `postalCode: ${10_000 + random.below(90_000)}`,
    `roomNumber: ${1 + random.below(20)}-${random.below(400)}`,
    'preferredLanguage: en',
    `uidNumber: ${100_000 + number}\ngidNumber: 10000`,
    `homeDirectory: /home/${uid}\nloginShell: /bin/bash`,
    `manager: ${personDn(Math.floor(number / 8))}`,
  ];
  if (number % 100 === 7) lines.push(`jpegPhoto:: ${Buffer.from(random.bytes(2_048)).toString('base64')}`);
  return `${lines.join('\n')}\n\n`;
}

/** Of the people from `first` to before `end`. */
function group(name: string, parentDn: string, first: number, end: number): string {
  let members = '';
  for (let number = first; number < end; number++) members += `member: ${personDn(number)}\n`;
  return `dn: cn=${name},${parentDn}\nobjectClass: groupOfNames\ncn: ${name}\n${members}\n`;
}

function uidOf(number: number): string {
  return `u${String(number).padStart(7, '0')}`;
}

function personDn(number: number): string {
  return `uid=${uidOf(number)},${peopleDn}`;
}

function text(name: string, value: string): string {
  return /^[\x20-\x7e]+$/.test(value) ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`;
}
