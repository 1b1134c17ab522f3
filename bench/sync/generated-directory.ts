/**
 * A generated Active Directory as a stream of wire entries: users with 24 attributes and a manager, and groups of which
 * most are small. What it holds depends on its size and on the share that was changed.
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import type { AttributeValue } from '@springline/directory/entry';
import type { DirectorySource, ImportSink, ReadEnd, ReadRequest } from '@springline/directory/source';

export const baseDn = 'DC=corp,DC=example';
const usersPerGroup = 24;

/** Makes the entries of a directory of `objects` objects, one after the other. */
export class GeneratedDirectory {
  readonly users: number;
  readonly groups: number;
  /** Every user of which the number is divisible by it has another title; 0: nobody. */
  readonly #changedEvery: number;

  constructor(objects: number, changedEvery = 0) {
    this.groups = Math.max(1, Math.floor(objects / 25));
    this.users = objects - this.groups;
    this.#changedEvery = changedEvery;
  }

  /** Writes the entries as they would come over the wire, each with its length before it. */
  async writeTo(file: string): Promise<void> {
    const out = createWriteStream(file, { highWaterMark: 1 << 20 });
    for (let n = 0; n < this.users + this.groups; n++) {
      const { bytes } = encodeEntry(n < this.users ? this.#user(n) : this.#group(n - this.users));
      const header = Buffer.alloc(4);
      header.writeUInt32LE(bytes.length);
      if (!out.write(Buffer.concat([header, bytes]))) await once(out, 'drain');
    }
    out.end();
    await once(out, 'close');
  }

  #user(n: number): { dn: string; attributes: Map<string, readonly AttributeValue[]> } {
    const name = `user${n}`;
    const isChanged = this.#changedEvery > 0 && n % this.#changedEvery === 0;
    const attributes: [string, readonly AttributeValue[]][] = [
      ['objectClass', ['top', 'person', 'organizationalPerson', 'user']],
      ['cn', [name]],
      ['sn', [`Sur${n % 5_000}`]],
      ['givenName', [`Given${n % 2_000}`]],
      ['displayName', [`Sur${n % 5_000}, Given${n % 2_000} (${n})`]],
      ['objectGUID', [guid(1, n)]],
      ['objectSid', [sid(n)]],
      ['sAMAccountName', [name]],
      ['userPrincipalName', [`${name}@corp.example`]],
      ['mail', [`${name}@corp.example`]],
      ['proxyAddresses', [`SMTP:${name}@corp.example`, `smtp:u${n}@corp.example`]],
      ['userAccountControl', ['512']],
      ['pwdLastSet', ['133801632000000000']],
      ['title', [isChanged ? 'Promoted' : `Title ${n % 40}`]],
      ['department', [`Department ${n % 120}`]],
      ['company', ['Corp Example']],
      ['physicalDeliveryOfficeName', [`${n % 30}-${n % 400}`]],
      ['streetAddress', [`${n % 400} High Street`]],
      ['postalCode', [String(10_000 + (n % 80_000))]],
      ['l', [`City ${n % 200}`]],
      ['co', ['Exampleland']],
      ['c', ['EX']],
      ['telephoneNumber', [`+1 ${n % 1000} ${n}`]],
      ['mobile', [`+1 7${n % 1000} ${n}`]],
      ['employeeID', [String(n)]],
    ];
    if (n > 0) attributes.push(['manager', [userDn(Math.floor(n / 8))]]);
    return { dn: userDn(n), attributes: new Map(attributes) };
  }

  #group(n: number): { dn: string; attributes: Map<string, readonly AttributeValue[]> } {
    const name = `group${n}`;
    const members = Array.from({ length: usersPerGroup }, (_, at) => userDn((n * usersPerGroup + at) % this.users));
    return {
      dn: `CN=${name},OU=Groups,${baseDn}`,
      attributes: new Map<string, readonly AttributeValue[]>([
        ['objectClass', ['top', 'group']],
        ['cn', [name]],
        ['objectGUID', [guid(2, n)]],
        ['sAMAccountName', [name]],
        ['groupType', ['-2147483646']],
        ['description', [`Members of ${name}`]],
        ['member', members],
      ]),
    };
  }
}

function userDn(n: number): string {
  return `CN=user${n},OU=Site ${n % 40},OU=Staff,${baseDn}`;
}

function guid(kind: number, n: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  // Spread as real ones are.
  bytes.writeUInt32BE(Math.imul(n, 0x9e3779b1) >>> 0, 0);
  bytes.writeUInt32BE(Math.imul(n ^ 0x5bd1e995, 0x85ebca6b) >>> 0, 4);
  bytes.writeUInt32BE(kind, 8);
  bytes.writeUInt32BE(n, 12);
  return bytes;
}

/** S-1-5-21-1-2-3-RID. */
function sid(n: number): Uint8Array {
  const bytes = Buffer.alloc(28);
  bytes[0] = 1;
  bytes[1] = 5;
  bytes[7] = 5;
  for (const [at, part] of [21, 1, 2, 3, 1_000 + n].entries()) bytes.writeUInt32LE(part, 8 + 4 * at);
  return bytes;
}

/** A directory whose entries are in a file as `writeTo` wrote them. */
export class RecordedDirectory implements DirectorySource {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async read(_request: ReadRequest, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.#file, { highWaterMark: 1 << 18, signal })) {
      const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (at + 4 <= bytes.length) {
        const end = at + 4 + bytes.readUInt32LE(at);
        if (end > bytes.length) break;
        sink.entry({ bytes, start: at + 4, end });
        at = end;
      }
      rest = bytes.subarray(at);
      sink.page(undefined);
    }
    return { unmentionedAreGone: true };
  }
}
