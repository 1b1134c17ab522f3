/** The directory of a host of a scenario: people and groups in an LDIF file, the same at every run. Pure. */
import { createHash } from 'node:crypto';

const membersInGroup = 10;

/** @param organisation names the people's domain: `contoso` gives `contoso.example`. */
export function directoryText(organisation: string, people: number): string {
  const base = `DC=${organisation},DC=example`;
  const names = Array.from({ length: people }, (_, at) => `person${at + 1}`);
  const dnOf = (name: string): string => `CN=${name},${base}`;
  const users = names.map((name) => [
    `dn: ${dnOf(name)}`,
    ...['top', 'person', 'organizationalPerson', 'user'].map((each) => `objectClass: ${each}`),
    `objectGUID:: ${guid(organisation, name)}`,
    ...[`cn: ${name}`, `name: ${name}`, `displayName: ${name}`, `sAMAccountName: ${name}`],
    `userPrincipalName: ${name}@${organisation}.example`,
    'userAccountControl: 512',
  ]);
  const groups = Array.from({ length: Math.ceil(people / membersInGroup) }, (_, at) => {
    const name = `team${at + 1}`;
    const members = names.slice(at * membersInGroup, (at + 1) * membersInGroup);
    return [
      `dn: ${dnOf(name)}`,
      ...['objectClass: top', 'objectClass: group', `objectGUID:: ${guid(organisation, name)}`],
      ...[`cn: ${name}`, `name: ${name}`, `displayName: ${name}`, `sAMAccountName: ${name}`],
      'groupType: -2147483646',
      ...members.map((member) => `member: ${dnOf(member)}`),
    ];
  });
  const root = [`dn: ${base}`, 'objectClass: top', 'objectClass: domain', `dc: ${organisation}`];
  return `version: 1\n\n${[root, ...users, ...groups].map((lines) => `${lines.join('\n')}\n`).join('\n')}`;
}

function guid(organisation: string, name: string): string {
  return createHash('sha256').update(`${organisation} ${name}`).digest().subarray(0, 16).toString('base64');
}
