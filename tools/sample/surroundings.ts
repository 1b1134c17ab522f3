/**
 * What lies around people and groups: contacts of other companies, computers, and the accounts and groups that every domain
 * has and that must never reach a cloud directory.
 */
import type { DirectoryEntry } from '@springline/directory/entry';
import type { Spelled } from './places.ts';
import type { Stamp } from './stamp.ts';
import { base, childDn, domain, sampleEntry } from './stamp.ts';

const users = childDn('CN', 'Users', base);
const builtin = childDn('CN', 'Builtin', base);

const partners: readonly (readonly [given: Spelled, family: Spelled, domain: string])[] = [
  [['Ingrid', 'ingrid'], ['Solberg', 'solberg'], 'fabrikam.example'],
  [['Tomáš', 'tomas'], ['Dvořáček', 'dvoracek'], 'fabrikam.example'],
  [['Leïla', 'leila'], ['Benhaddou', 'benhaddou'], 'fabrikam.example'],
  [['Ραφαήλ', 'rafail'], ['Καλογήρου', 'kalogirou'], 'fabrikam.example'],
  [['Марина', 'marina'], ['Лисенко', 'lysenko'], 'woodgrove.example'],
  [['彩花', 'ayaka'], ['森', 'mori'], 'woodgrove.example'],
  [['Kwame', 'kwame'], ['Asante', 'asante'], 'woodgrove.example'],
  [['Dalia', 'dalia'], ['Ferrer', 'ferrer'], 'woodgrove.example'],
  [['Søren', 'soren'], ['Bjerg', 'bjerg'], 'northwind.example'],
  [['Ayşe', 'ayse'], ['Yıldırım', 'yildirim'], 'northwind.example'],
  [['Petra', 'petra'], ['Vuković', 'vukovic'], 'northwind.example'],
  [['Owen', 'owen'], ['Pritchard', 'pritchard'], 'northwind.example'],
];

/** Twelve contacts, all with mail. */
export function sampleContacts(stamp: Stamp): readonly DirectoryEntry[] {
  return partners.map(([given, family, partner]) => {
    const mail = `${given[1]}.${family[1]}@${partner}`;
    const company = partner.split('.')[0]!;
    const cn = `${family[0]}, ${given[0]} (${company})`;
    return sampleEntry(childDn('CN', cn, childDn('OU', 'Contacts', base)), {
      objectClass: ['top', 'person', 'organizationalPerson', 'contact'],
      cn,
      sn: family[0],
      givenName: given[0],
      displayName: cn,
      company,
      ...stamp.object(),
      mail,
      proxyAddresses: [`SMTP:${mail}`],
      targetAddress: `SMTP:${mail}`,
    });
  });
}

/** Two computers. AD makes them users as well: the most specific class tells them apart. */
export function sampleComputers(stamp: Stamp): readonly DirectoryEntry[] {
  return ['LAB-PC01', 'LAB-PC02'].map((name) =>
    sampleEntry(childDn('CN', name, childDn('CN', 'Computers', base)), {
      objectClass: ['top', 'person', 'organizationalPerson', 'user', 'computer'],
      cn: name,
      displayName: `${name}$`,
      ...stamp.object(),
      ...stamp.sid(),
      sAMAccountName: `${name}$`,
      userAccountControl: '4096',
      pwdLastSet: stamp.pwdLastSet(),
      dNSHostName: `${name.toLowerCase()}.${domain}`,
      operatingSystem: 'Windows 11 Enterprise',
      operatingSystemVersion: '10.0 (22631)',
    }),
  );
}

/** Accounts of the system: three critical ones, and those under which synchronisation itself runs, old and new. */
export function systemAccounts(stamp: Stamp): readonly DirectoryEntry[] {
  const account = (cn: string, userAccountControl: string, description: string, wellKnownRid?: number) =>
    sampleEntry(childDn('CN', cn, users), {
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      cn,
      description,
      ...(wellKnownRid === undefined ? stamp.object() : stamp.firstObject()),
      ...stamp.sid(wellKnownRid),
      sAMAccountName: cn,
      userPrincipalName: wellKnownRid === undefined ? `${cn}@${domain}` : undefined,
      userAccountControl,
      pwdLastSet: stamp.pwdLastSet(),
      isCriticalSystemObject: wellKnownRid === undefined ? undefined : 'TRUE',
    });
  return [
    account('Administrator', '66048', 'Built-in account for administering the domain', 500),
    account('Guest', '66082', 'Built-in account for guest access', 501),
    account('krbtgt', '514', 'Key distribution centre service account', 502),
    account('AAD_5f1d9c0b7e34', '66048', 'Service account of an old synchronisation server'),
    account('MSOL_2b8e6a41c9d7', '66048', 'Service account of a synchronisation server'),
  ];
}

/** Groups that every domain has. */
export function criticalGroups(stamp: Stamp): readonly DirectoryEntry[] {
  const administrator = childDn('CN', 'Administrator', users);
  const domainAdmins = childDn('CN', 'Domain Admins', users);
  const group = (cn: string, parent: string, groupType: string, sid: ReturnType<Stamp['sid']>, member: string[]) =>
    sampleEntry(childDn('CN', cn, parent), {
      objectClass: ['top', 'group'],
      cn,
      name: cn,
      ...stamp.firstObject(),
      ...sid,
      sAMAccountName: cn,
      groupType,
      isCriticalSystemObject: 'TRUE',
      member,
    });
  return [
    group('Domain Admins', users, '-2147483646', stamp.sid(512), [administrator]),
    // Primary-group membership is no value of `member`: the group looks empty.
    group('Domain Users', users, '-2147483646', stamp.sid(513), []),
    group('Administrators', builtin, '-2147483643', stamp.builtinSid(544), [administrator, domainAdmins]),
  ];
}
