/**
 * The 30 groups of the sample company: nested, large, empty, security and distribution, with and without mail.
 */
import type { DirectoryEntry } from '@springline/directory/entry';
import type { Person } from './people.ts';
import { regions } from './places.ts';
import type { Stamp } from './stamp.ts';
import { base, childDn, domain, sampleEntry } from './stamp.ts';

export const securityGroupsOu = childDn('OU', 'Security', childDn('OU', 'Groups', base));
export const distributionGroupsOu = childDn('OU', 'Distribution', childDn('OU', 'Groups', base));

/** groupType of AD: scope, and the sign bit for security groups. */
const globalSecurity = '-2147483646';
const domainLocalSecurity = '-2147483644';
const universalSecurity = '-2147483640';
const globalDistribution = '2';
const universalDistribution = '8';

interface Group {
  readonly name: string;
  readonly groupType: string;
  readonly members: readonly string[];
  readonly description?: string;
  /** The local part of its address. */
  readonly mail?: string;
  /** Mail without proxyAddresses, as older tools leave it. */
  readonly mailOnly?: true;
  readonly managedBy?: string;
}

/** @param contacts and @param computers DNs that become members. */
export function sampleGroups(
  people: readonly Person[],
  contacts: readonly string[],
  computers: readonly string[],
  stamp: Stamp,
): readonly DirectoryEntry[] {
  const groups = [...securityGroups(people, computers), ...distributionGroups(people, contacts)];
  return groups.map((group) => groupEntry(group, stamp));
}

function securityGroups(people: readonly Person[], computers: readonly string[]): Group[] {
  const head = people[0]!.entry.dn;
  const of = (department: string, region?: string) =>
    people
      .filter((person) => person.department === department && (region ?? person.region) === person.region)
      .map((person) => person.entry.dn);
  const every = (step: number, from: number) =>
    people.filter((_, index) => index % step === from).map((p) => p.entry.dn);
  const regional = ['Sales', 'Engineering'].flatMap((department) =>
    regions.map(({ name }): Group => {
      return { name: `${department} ${name}`, groupType: globalSecurity, members: of(department, name) };
    }),
  );
  const nested = (department: string) =>
    regional.filter(({ name }) => name.startsWith(department)).map(({ name }) => childDn('CN', name, securityGroupsOu));
  return [
    ...regional,
    { name: 'Sales', groupType: universalSecurity, members: nested('Sales'), managedBy: head },
    { name: 'Engineering', groupType: universalSecurity, members: nested('Engineering'), managedBy: head },
    { name: 'Finance', groupType: globalSecurity, members: of('Finance') },
    { name: 'Operations', groupType: globalSecurity, members: of('Operations') },
    { name: 'People', groupType: globalSecurity, members: of('People') },
    {
      name: 'Research + Development',
      groupType: universalSecurity,
      members: [childDn('CN', 'Engineering', securityGroupsOu), ...of('Finance', 'Europe').slice(0, 2)],
      description:
        'Everybody in Engineering, two levels down, and two people of Finance. A plus sign in a name must be escaped in its DN, and this description is long enough to be folded.',
    },
    { name: 'VPN Users', groupType: domainLocalSecurity, members: every(3, 1) },
    { name: 'Wiki Editors', groupType: globalSecurity, members: every(7, 2) },
    { name: 'Payroll Approvers', groupType: globalSecurity, members: of('Finance').slice(0, 4), managedBy: head },
    { name: 'Lab Access', groupType: domainLocalSecurity, members: [...every(20, 5), ...computers] },
    { name: 'Works Council', groupType: globalSecurity, members: every(31, 9) },
    { name: 'First Aid', groupType: globalSecurity, members: every(29, 11) },
    { name: 'Contractors', groupType: globalSecurity, members: [], description: 'Nobody at present.' },
    { name: 'Service Desk', groupType: universalSecurity, members: every(25, 8), mail: 'servicedesk' },
  ];
}

function distributionGroups(people: readonly Person[], contacts: readonly string[]): Group[] {
  return [
    {
      name: 'All Staff',
      groupType: universalDistribution,
      members: people.map((person) => person.entry.dn),
      mail: 'all.staff',
    },
    ...regions.map(({ name }): Group => {
      const members = people.filter((person) => person.region === name).map((person) => person.entry.dn);
      const mail = `news.${name.toLowerCase().replace(/[^a-z]+/g, '-')}`;
      return { name: `News ${name}`, groupType: universalDistribution, members, mail };
    }),
    { name: 'Partners', groupType: universalDistribution, members: contacts, mail: 'partners' },
    {
      name: 'Newsletter',
      groupType: globalDistribution,
      members: people.slice(5, 25).map((person) => person.entry.dn),
      mail: 'newsletter',
      mailOnly: true,
    },
    {
      name: 'Old Project List',
      groupType: globalDistribution,
      members: people.slice(30, 33).map((person) => person.entry.dn),
      description: 'Neither security nor mail: nothing that a cloud directory could use.',
    },
  ];
}

function groupEntry(group: Group, stamp: Stamp): DirectoryEntry {
  const ou = group.groupType.startsWith('-') ? securityGroupsOu : distributionGroupsOu;
  const mail = group.mail === undefined ? undefined : `${group.mail}@${domain}`;
  return sampleEntry(childDn('CN', group.name, ou), {
    objectClass: ['top', 'group'],
    cn: group.name,
    name: group.name,
    displayName: group.name,
    description: group.description,
    ...stamp.object(),
    ...stamp.sid(),
    sAMAccountName: group.name.replace(/[^A-Za-z0-9]+/g, ' '),
    groupType: group.groupType,
    mail,
    proxyAddresses: mail === undefined || group.mailOnly ? undefined : [`SMTP:${mail}`],
    managedBy: group.managedBy,
    member: group.members,
  });
}
