/**
 * UUIDv7 (RFC 9562 5.7): time-ordered identifiers, because random primary keys cost a B-tree seven times its write
 * rate. The creation time they show is no secret here.
 */
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Random } from './random.ts';
import { systemRandom } from './random.ts';

/** A fresh UUIDv7 in lower-case text form: 48 bits of milliseconds, then 74 random bits. */
export function uuidV7(clock: Clock = systemClock, random: Random = systemRandom): string {
  const bytes = Buffer.alloc(16);
  bytes.set(random.bytes(10), 6);
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
