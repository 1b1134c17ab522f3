/**
 * The 250 people of the sample company: one head, four heads of regions, twenty of departments, and their staff.
 */
import type { DirectoryEntry } from '@springline/directory/entry';
import type { SeededRandom } from '@springline/ports/random';
import type { City, Region, Spelled } from './places.ts';
import { awkwardNames, regions } from './places.ts';
import type { Stamp } from './stamp.ts';
import { base, childDn, domain, sampleEntry } from './stamp.ts';

export const headOffice = 'Head Office';
export const departments = ['Sales', 'Engineering', 'Finance', 'Operations', 'People'] as const;
export const staffCount = 225;

/** userAccountControl: an ordinary account, a disabled one, one whose password never expires. */
const enabled = '512';
const disabled = '514';
const passwordNeverExpires = '66048';

export interface Person {
  readonly entry: DirectoryEntry;
  readonly region: string;
  readonly department: string;
  readonly disabled: boolean;
}

interface Post {
  readonly region: string;
  readonly department: string;
  readonly city: City;
  readonly title: string;
  readonly ou: string;
  readonly manager: string | undefined;
  readonly userAccountControl: string;
  readonly name: { readonly cn: string; readonly given: Spelled; readonly family: Spelled };
  readonly description?: string;
}

export function departmentOu(region: Region, department: string): string {
  return childDn('OU', department, childDn('OU', region.name, base));
}

/** All people, the heads before their staff. */
export function samplePeople(random: SeededRandom, stamp: Stamp): readonly Person[] {
  const hire = new Hiring(random, stamp);
  const head = hire.person({
    ...hire.at(regions[0]!, headOffice, 'Chief Executive Officer'),
    ou: childDn('OU', headOffice, base),
    manager: undefined,
    name: { cn: 'Amara Lindholm', given: ['Amara', 'amara'], family: ['Lindholm', 'lindholm'] },
    description:
      'Leads the company since its beginning. This sentence is longer than a line of LDIF may be, so that the sample has a folded value which is not a name and not base64 either.',
  });
  const departmentHeads: Person[] = [];
  const regionHeads: Person[] = [];
  for (const region of regions) {
    const regionHead = hire.person({
      ...hire.at(region, 'Operations', `Head of ${region.name}`),
      ou: childDn('OU', region.name, base),
      manager: head.entry.dn,
    });
    regionHeads.push(regionHead);
    for (const department of departments) {
      const post = hire.at(region, department, `Head of ${department}`);
      departmentHeads.push(hire.person({ ...post, manager: regionHead.entry.dn }));
    }
  }
  return [head, ...regionHeads, ...departmentHeads, ...hireStaff(hire, departmentHeads)];
}

function hireStaff(hire: Hiring, heads: readonly Person[]): Person[] {
  const titles = ['Associate', 'Specialist', 'Senior Specialist', 'Coordinator', 'Analyst'];
  return Array.from({ length: staffCount }, (_, index) => {
    const head = heads[index % heads.length]!;
    const region = regions.find(({ name }) => name === head.region)!;
    const post = hire.at(region, head.department, `${head.department} ${titles[index % titles.length]}`);
    const awkward = index % 25 === 3 ? awkwardNames[Math.floor(index / 25)] : undefined;
    return hire.person({
      ...post,
      manager: head.entry.dn,
      userAccountControl: index % 18 === 7 ? disabled : index % 22 === 4 ? passwordNeverExpires : enabled,
      ...(awkward === undefined ? {} : { name: awkward }),
    });
  });
}

/** Hands out names, account names and numbers, each once. */
class Hiring {
  readonly #random: SeededRandom;
  readonly #stamp: Stamp;
  readonly #names = new Set<string>();
  readonly #accounts = new Set<string>();
  #nextEmployee = 10_001;

  constructor(random: SeededRandom, stamp: Stamp) {
    this.#random = random;
    this.#stamp = stamp;
  }

  /** A post with a city and a name of that city that nobody has yet. */
  at(region: Region, department: string, title: string) {
    const city = this.#oneOf(region.cities);
    return {
      region: region.name,
      department,
      city,
      title,
      ou: departmentOu(region, department),
      userAccountControl: enabled,
      name: this.#freshName(city),
    };
  }

  person(post: Post): Person {
    const { name, city } = post;
    const account = this.#freshAccount(name.given[1], name.family[1]);
    const employee = this.#nextEmployee++;
    const mail = `${account}@${domain}`;
    const entry = sampleEntry(childDn('CN', name.cn, post.ou), {
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      cn: name.cn,
      sn: name.family[0],
      givenName: name.given[0],
      displayName: name.cn,
      description: post.description,
      ...this.#stamp.object(),
      ...this.#stamp.sid(),
      sAMAccountName: account,
      userPrincipalName: mail,
      userAccountControl: post.userAccountControl,
      pwdLastSet: this.#stamp.pwdLastSet(),
      mail,
      proxyAddresses: [`SMTP:${mail}`, `smtp:e${employee}@${domain}`],
      employeeID: `E${employee}`,
      department: post.department,
      title: post.title,
      company: 'Contoso',
      l: city.l,
      c: city.c,
      co: city.co,
      telephoneNumber: this.#telephone(city),
      mobile: this.#random.below(5) < 3 ? this.#telephone(city) : undefined,
      manager: post.manager,
    });
    const { region, department } = post;
    return { entry, region, department, disabled: post.userAccountControl === disabled };
  }

  #freshName(city: City) {
    for (;;) {
      const given = this.#oneOf(city.given);
      const family = this.#oneOf(city.family);
      const parts = city.familyNameFirst ? [family[0], given[0]] : [given[0], family[0]];
      const cn = parts.join(' ');
      if (this.#names.has(cn)) continue;
      this.#names.add(cn);
      return { cn, given, family };
    }
  }

  /** At most 20 characters, as AD allows. */
  #freshAccount(given: string, family: string): string {
    const plain = `${given}.${family}`.toLowerCase().slice(0, 18);
    let account = plain;
    for (let next = 2; this.#accounts.has(account); next++) account = `${plain}${next}`;
    this.#accounts.add(account);
    return account;
  }

  #telephone(city: City): string {
    return `${city.dial} 555 ${`${this.#random.below(10_000)}`.padStart(4, '0')}`;
  }

  #oneOf<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)]!;
  }
}
