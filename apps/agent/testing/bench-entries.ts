/**
 * Entries for tests of the engine, in the shape that Active Directory and OpenLDAP give them.
 */
import type { AttributeValue, DirectoryEntry } from '@springline/directory/entry';
import { bytesFromSid } from '@springline/directory/schema';

export type Values = Readonly<Record<string, AttributeValue | readonly AttributeValue[] | undefined>>;

/** An entry; an attribute that is `undefined` is left out. */
export function entry(dn: string, classes: readonly string[], attributes: Values): DirectoryEntry {
  const all = Object.entries(attributes).flatMap(([name, value]): [string, readonly AttributeValue[]][] => {
    if (value === undefined) return [];
    const values = Array.isArray(value) ? (value as readonly AttributeValue[]) : [value as AttributeValue];
    return values.length === 0 ? [] : [[name, values]];
  });
  return { dn, attributes: new Map([['objectClass', classes], ...all]) };
}

/** The same entry with other attributes; `undefined` takes one away. */
export function changed(from: DirectoryEntry, change: Values, dn = from.dn): DirectoryEntry {
  const attributes = new Map(from.attributes);
  for (const [name, value] of Object.entries(change)) {
    attributes.delete(name);
    if (value !== undefined) attributes.set(name, Array.isArray(value) ? value : [value as AttributeValue]);
  }
  return { dn, attributes };
}

/** 16 bytes that differ with `n`. */
export function guid(n: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, n);
  return bytes;
}

/** The source anchor of the object with `guid(n)`. */
export function anchor(n: number): string {
  return Buffer.from(guid(n)).toString('base64');
}

/** The entryUUID with `n` in it: the source anchor of an object of OpenLDAP. */
export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

const personClasses = ['top', 'person', 'organizationalPerson'];

/** What builds entries of one forest; numbers are its own. */
export class Forest {
  readonly baseDn: string;
  readonly #authority: number;

  /** @param authority part of the SIDs of this forest. */
  constructor(baseDn: string, authority = 1) {
    this.baseDn = baseDn;
    this.#authority = authority;
  }

  sid(n: number): string {
    return `S-1-5-21-${this.#authority}-2-3-${n}`;
  }

  dnOf(n: number, kind = 'user', ou = kind === 'user' ? 'Staff' : kind === 'group' ? 'Groups' : 'Contacts'): string {
    return `CN=${kind}${n},OU=${ou},${this.baseDn}`;
  }

  user(n: number, attributes: Values = {}, parent = `OU=Staff,${this.baseDn}`): DirectoryEntry {
    const name = `user${n}`;
    const domain = this.baseDn.replaceAll(/DC=/gi, '').replaceAll(',', '.');
    return entry(`CN=${name},${parent}`, [...personClasses, 'user'], {
      objectGUID: guid(n),
      cn: name,
      sAMAccountName: name,
      userPrincipalName: `${name}@${domain}`,
      displayName: `User ${n}`,
      userAccountControl: '512',
      ...attributes,
    });
  }

  /** As `user`, with the SID of its forest. */
  account(n: number, attributes: Values = {}): DirectoryEntry {
    return this.user(n, { objectSid: bytesFromSid(this.sid(n)), ...attributes });
  }

  group(n: number, members: readonly string[], attributes: Values = {}): DirectoryEntry {
    const name = `group${n}`;
    return entry(`CN=${name},OU=Groups,${this.baseDn}`, ['top', 'group'], {
      objectGUID: guid(n),
      cn: name,
      sAMAccountName: name,
      groupType: '-2147483646',
      member: members,
      ...attributes,
    });
  }

  contact(n: number, attributes: Values = {}): DirectoryEntry {
    const name = `contact${n}`;
    return entry(`CN=${name},OU=Contacts,${this.baseDn}`, [...personClasses, 'contact'], {
      objectGUID: guid(n),
      cn: name,
      mail: `${name}@partner.example`,
      ...attributes,
    });
  }

  /** What stands in this forest for an account of another one. */
  foreign(n: number, sid: string): DirectoryEntry {
    return entry(`CN=${sid},CN=ForeignSecurityPrincipals,${this.baseDn}`, ['top', 'foreignSecurityPrincipal'], {
      objectGUID: guid(n),
      cn: sid,
    });
  }

  computer(n: number, attributes: Values = {}): DirectoryEntry {
    const name = `computer${n}`;
    return entry(`CN=${name},OU=Computers,${this.baseDn}`, [...personClasses, 'user', 'computer'], {
      objectGUID: guid(n),
      cn: name,
      sAMAccountName: `${name}$`,
      userAccountControl: '4096',
      ...attributes,
    });
  }
}

/** A person of OpenLDAP. */
export function inetOrgPerson(n: number, baseDn: string, attributes: Values = {}): DirectoryEntry {
  return entry(`uid=p${n},ou=people,${baseDn}`, [...personClasses, 'inetOrgPerson'], {
    entryUUID: uuid(n),
    uid: `p${n}`,
    cn: `Person ${n}`,
    sn: `Surname ${n}`,
    mail: `p${n}@ldap.example`,
    ...attributes,
  });
}

export function groupOfNames(
  n: number,
  baseDn: string,
  members: readonly string[],
  attributes: Values = {},
): DirectoryEntry {
  return entry(`cn=g${n},ou=groups,${baseDn}`, ['top', 'groupOfNames'], {
    entryUUID: uuid(n),
    cn: `g${n}`,
    member: members,
    ...attributes,
  });
}

/** A row of a personnel file. */
export function personnelRow(n: number, attributes: Values = {}): DirectoryEntry {
  return entry(`employeeNumber=${n}`, ['person'], { employeeNumber: String(n), ...attributes });
}
