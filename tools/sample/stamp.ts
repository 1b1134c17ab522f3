/**
 * What Active Directory itself puts on every object: GUID, SID, dates. From a seeded sequence, so that the same sample comes
 * out each time.
 */
import { escapeDnValue } from '@springline/directory/dn';
import type { AttributeValue, DirectoryEntry } from '@springline/directory/entry';
import { bytesFromSid, formatGeneralizedTime } from '@springline/directory/schema';
import type { EpochMs } from '@springline/ports/clock';
import type { SeededRandom } from '@springline/ports/random';

export const base = 'DC=contoso,DC=example';
export const domain = 'contoso.example';
const domainSid = 'S-1-5-21-3141592653-2718281828-1618033988';

const firstDay = Date.UTC(2016, 0, 4);
const lastDay = Date.UTC(2024, 8, 13);
const dayMs = 86_400_000;

/** Attributes in the order of the file; undefined ones are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | readonly AttributeValue[] | undefined>>;

export class Stamp {
  readonly #random: SeededRandom;
  #nextRid = 1_104;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** `objectGUID`, `whenCreated`, `whenChanged`. */
  object(): Attributes {
    return this.#createdAt(this.#workday(firstDay, lastDay));
  }

  /** The same for what came with the domain. */
  firstObject(): Attributes {
    return this.#createdAt(firstDay);
  }

  #createdAt(created: number): Attributes {
    return {
      objectGUID: this.#guid(),
      whenCreated: formatGeneralizedTime(created as EpochMs),
      whenChanged: formatGeneralizedTime(this.#workday(created, lastDay) as EpochMs),
    };
  }

  /** `objectSid`: the next one of the domain, or that of a well-known account. */
  sid(wellKnownRid?: number): Attributes {
    return { objectSid: bytesFromSid(`${domainSid}-${wellKnownRid ?? this.#nextRid++}`) };
  }

  /** `objectSid` of a group that all domains share. */
  builtinSid(rid: number): Attributes {
    return { objectSid: bytesFromSid(`S-1-5-32-${rid}`) };
  }

  /** A recent `pwdLastSet`: 100 ns since 1601, as AD counts. */
  pwdLastSet(): string {
    const sinceEpochMs = this.#workday(lastDay - 180 * dayMs, lastDay);
    return `${(BigInt(sinceEpochMs) + 11_644_473_600_000n) * 10_000n}`;
  }

  /** A whole second between 6 and 18 hours UTC of a day between two instants. */
  #workday(fromMs: number, toMs: number): number {
    const days = Math.max(1, Math.floor((toMs - fromMs) / dayMs));
    const day = Math.floor(fromMs / dayMs) + this.#random.below(days) + 1;
    return day * dayMs + (6 * 3_600 + this.#random.below(12 * 3_600)) * 1_000;
  }

  /** A random (version 4) GUID; its third field is stored little-endian, so the version sits in byte 7. */
  #guid(): Uint8Array {
    const bytes = this.#random.bytes(16);
    bytes[7] = 0x40 | (bytes[7]! & 0x0f);
    bytes[8] = 0x80 | (bytes[8]! & 0x3f);
    return bytes;
  }
}

export function sampleEntry(dn: string, attributes: Attributes): DirectoryEntry {
  const present = new Map<string, readonly AttributeValue[]>();
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const values = typeof value === 'string' || value instanceof Uint8Array ? [value] : value;
    if (values.length > 0) present.set(name, values);
  }
  return { dn, attributes: present };
}

/** The DN of `type=value` below `parent`, escaped. */
export function childDn(type: 'CN' | 'OU', value: string, parent: string): string {
  return `${type}=${escapeDnValue(value)},${parent}`;
}
