/**
 * The sample directory, `examples/contoso.ldif`: a small company as Active Directory would hold it, with what makes directories
 * hard: nested OUs, names in many scripts and with escapes, nested groups, accounts that must not be synchronised.
 *
 * `node tools/sample/contoso.ts` writes the file. It is the same each time; a test compares it with the committed one.
 */
import { fileURLToPath } from 'node:url';
import type { DirectoryEntry } from '@springline/directory/entry';
import { formatLdifHeader, formatLdifRecord } from '@springline/directory/ldif/format-ldif';
import { writeFileAtomic } from '@springline/ports/files';
import { SeededRandom } from '@springline/ports/random';
import { distributionGroupsOu, sampleGroups, securityGroupsOu } from './groups.ts';
import { departmentOu, departments, headOffice, samplePeople } from './people.ts';
import { regions } from './places.ts';
import { base, childDn, domain, Stamp, sampleEntry } from './stamp.ts';
import { criticalGroups, sampleComputers, sampleContacts, systemAccounts } from './surroundings.ts';

export const contosoPath = fileURLToPath(new URL('../../examples/contoso.ldif', import.meta.url));
const seed = 20_240_916;

/** The file as text. */
export function contosoLdif(): string {
  const header = formatLdifHeader([
    'Contoso, a made-up company for trying out directory synchronisation:',
    '250 people, 30 groups, 12 contacts and what every domain has besides.',
    'Made by tools/sample/contoso.ts: change that, not this. No real people.',
  ]);
  return (
    header +
    contosoEntries()
      .map((entry) => formatLdifRecord({ kind: 'content', entry }))
      .join('')
  );
}

/** Parents before children, as a server would need them; managers and members point forwards as well as back. */
export function contosoEntries(): readonly DirectoryEntry[] {
  const random = new SeededRandom(seed);
  const stamp = new Stamp(random);
  const people = samplePeople(random, stamp);
  const contacts = sampleContacts(stamp);
  const computers = sampleComputers(stamp);
  const dnOf = (entry: DirectoryEntry) => entry.dn;
  const groups = sampleGroups(people, contacts.map(dnOf), computers.map(dnOf), stamp);
  return [
    ...containers(stamp),
    ...systemAccounts(stamp),
    ...criticalGroups(stamp),
    ...groups,
    // The staff first: most managers come later in the file than those they manage.
    ...people.map((person) => person.entry).reverse(),
    ...contacts,
    ...computers,
  ];
}

function containers(stamp: Stamp): DirectoryEntry[] {
  const ou = (dn: string, name: string, description?: string) =>
    sampleEntry(dn, { objectClass: ['top', 'organizationalUnit'], ou: name, name, description, ...stamp.object() });
  const container = (name: string) =>
    sampleEntry(childDn('CN', name, base), {
      objectClass: ['top', 'container'],
      cn: name,
      name,
      ...stamp.firstObject(),
      isCriticalSystemObject: 'TRUE',
    });
  return [
    sampleEntry(base, {
      objectClass: ['top', 'domain', 'domainDNS'],
      dc: domain.split('.')[0],
      name: domain.split('.')[0],
      ...stamp.firstObject(),
      isCriticalSystemObject: 'TRUE',
    }),
    ...['Users', 'Builtin', 'Computers'].map(container),
    ou(childDn('OU', headOffice, base), headOffice),
    ...regions.flatMap((region) => [
      ou(
        childDn('OU', region.name, base),
        region.name,
        `Everybody who works in ${region.cities.map(({ l }) => l).join(', ')}`,
      ),
      ...departments.map((department) => ou(departmentOu(region, department), department)),
    ]),
    ou(childDn('OU', 'Groups', base), 'Groups'),
    ou(securityGroupsOu, 'Security'),
    ou(distributionGroupsOu, 'Distribution'),
    ou(childDn('OU', 'Contacts', base), 'Contacts'),
  ];
}

if (import.meta.main) {
  writeFileAtomic(contosoPath, contosoLdif(), 0o644);
  process.stdout.write(`wrote ${contosoPath}\n`);
}
