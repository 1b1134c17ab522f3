/**
 * The layout of a patch, version 1. All numbers are varints: seven bits a byte, the lowest first, the high bit set on all
 * but the last.
 *
 *     'SLD' 1                     four bytes
 *     old length, new length      of the two files
 *     control length              bytes of the first stream; 0 is an empty stream
 *     differences length          bytes of the second
 *     control, differences, extras   three zstd frames; the third is what is left
 *
 * The control stream is a list of steps until the new file is complete. Each is
 *
 *     insert length               take so many bytes from the extras
 *     seek                        move that far in the old file; a signed number s is sent as 2s, or -2s - 1 below 0
 *     copy length                 take so many bytes from there, and add the next differences to them, modulo 256
 *
 * and the position in the old file stays behind what was copied. A step that makes nothing is refused, so there are never
 * more steps than bytes. The differences of all copies are one sequence, sent as runs: a number of zeros, a number of
 * other bytes, those bytes; an empty run is refused.
 */
import { ReleaseError } from '../release/error.ts';

export const formatMark = Uint8Array.from([0x53, 0x4c, 0x44, 1]);

/** Numbers stay below 2^35; no file of ours comes near. */
const varintLimitBytes = 5;

export interface PatchHeader {
  readonly oldLength: number;
  readonly newLength: number;
  readonly control: Uint8Array;
  readonly differences: Uint8Array;
  readonly extras: Uint8Array;
}

/** @throws {ReleaseError} `malformed-patch` when the header is damaged or of another version. */
export function parsePatchHeader(patch: Uint8Array): PatchHeader {
  if (formatMark.some((byte, at) => patch[at] !== byte))
    throw malformedPatch('it does not start as patches of version 1 do');
  const numbers: number[] = [];
  let at = formatMark.length;
  while (numbers.length < 4) {
    const found = readVarint(patch, at);
    if (found === undefined) throw malformedPatch('its header is truncated');
    numbers.push(found.value);
    at = found.end;
  }
  const [oldLength = 0, newLength = 0, controlLength = 0, differencesLength = 0] = numbers;
  const extrasAt = at + controlLength + differencesLength;
  if (extrasAt > patch.length) throw malformedPatch('its streams are truncated');
  const [control, differences] = [patch.subarray(at, at + controlLength), patch.subarray(at + controlLength, extrasAt)];
  return { oldLength, newLength, control, differences, extras: patch.subarray(extrasAt) };
}

/**
 * The number at `at` and where the next begins; `undefined` when `bytes` ends within it.
 *
 * @throws {ReleaseError} `malformed-patch` when it is longer than numbers are.
 */
export function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let place = 0; place < varintLimitBytes; place++) {
    const byte = bytes[at + place];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return { value, end: at + place + 1 };
  }
  throw malformedPatch('it has a number that is too long');
}

export function signedFromVarint(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

export function varintFromSigned(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function malformedPatch(reason: string, options?: ErrorOptions): ReleaseError {
  return new ReleaseError('malformed-patch', `the patch was refused: ${reason}`, options);
}
