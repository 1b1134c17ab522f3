/**
 * SHA-256 (FIPS 180-4) without a platform's library: the same code has to run in an agent, a browser and a simulator, and
 * has to answer at once, which the browser's own digest does not. Made for short messages; not for secrets.
 */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 4.2.2). */
const roundConstants = Int32Array.from(firstPrimes(64), (prime) => fractionBits(Math.cbrt(prime)));
/** The same of their square roots (5.3.3). */
const initialState = Int32Array.from(firstPrimes(8), (prime) => fractionBits(Math.sqrt(prime)));

const blockBytes = 64;
/** The one bit and the length that close every message. */
const closingBytes = 9;

// Reused by every call: nothing here runs at the same time as another, and two short-lived arrays cost more than the hash.
const schedule = new Int32Array(64);
const state = new Int32Array(8);
const closing = new Uint8Array(2 * blockBytes);

/** The 32 bytes of the digest. */
export function sha256(message: Uint8Array): Uint8Array {
  digestInto(message);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  for (let at = 0; at < 8; at++) view.setInt32(at * 4, state[at]!);
  return digest;
}

/** Lower-case hex of the digest. */
export function sha256Hex(message: Uint8Array): string {
  return Array.from(sha256(message), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The first 32 bits of the digest, big-endian, as a number from 0 to 2^32 - 1. */
export function sha256First32Bits(message: Uint8Array): number {
  digestInto(message);
  return state[0]! >>> 0;
}

/** Leaves the digest in `state`. */
function digestInto(message: Uint8Array): void {
  state.set(initialState);
  const whole = message.length - (message.length % blockBytes);
  for (let at = 0; at < whole; at += blockBytes) compress(message, at);
  const rest = message.length - whole;
  const closingLength = rest + closingBytes <= blockBytes ? blockBytes : 2 * blockBytes;
  closing.fill(0, rest, closingLength);
  for (let at = 0; at < rest; at++) closing[at] = message[whole + at]!;
  closing[rest] = 0x80;
  const bits = message.length * 8;
  writeWord(closingLength - 8, Math.floor(bits / 2 ** 32));
  writeWord(closingLength - 4, bits);
  for (let at = 0; at < closingLength; at += blockBytes) compress(closing, at);
}

function writeWord(at: number, word: number): void {
  closing[at] = word >>> 24;
  closing[at + 1] = word >>> 16;
  closing[at + 2] = word >>> 8;
  closing[at + 3] = word;
}

/** One block of 64 bytes (6.2.2). Its letters are those of the standard; Ch and Maj are written with fewer steps. */
function compress(bytes: Uint8Array, offset: number): void {
  for (let t = 0, at = offset; t < 16; t++, at += 4) {
    schedule[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let t = 16; t < 64; t++) {
    const x = schedule[t - 15]!;
    const y = schedule[t - 2]!;
    const sigma0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const sigma1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[t] = (schedule[t - 16]! + sigma0 + schedule[t - 7]! + sigma1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sum1 + (g ^ (e & (f ^ g))) + roundConstants[t]! + schedule[t]!) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sum0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
}

function fractionBits(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}
