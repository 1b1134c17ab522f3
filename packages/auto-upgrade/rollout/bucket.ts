/**
 * Where an agent stands in a rollout: a share of a million that depends on the release's digest, the ring's name and the
 * agent's id, and on nothing else. The digest comes from the Image repository and the ring from the host, so whoever writes
 * the policy cannot choose who goes first (rule S21).
 */
import { PolicyError } from './error.ts';
import { sha256, sha256First32Bits } from './sha256.ts';

export const million = 1_000_000;

const saltBytes = 32;
const uuidLength = 36;
/** Salts that are kept; more than any policy has. */
const keptSaltLimit = 4_096;

const saltsByRingByDigest = new Map<string, Map<string, Uint8Array>>();
let keptSalts = 0;
/** salt || 0x00 || UUID */
const message = new Uint8Array(saltBytes + 1 + uuidLength);

/**
 * From 0 to 999,999: floor(bucket * 10^6 / 2^32), where the bucket is the first four bytes, big-endian, of
 * SHA-256(salt || 0x00 || lower-case UUID text).
 *
 * @param sha256 Of the release's archive, lower-case hex.
 * @throws {PolicyError} `malformed-agent-id`
 */
export function bucketPpm(sha256: string, ring: string, agentId: string): number {
  const text = agentId.toLowerCase();
  if (text.length !== uuidLength) throw malformedAgentId();
  message.set(saltOf(sha256, ring));
  for (let at = 0; at < uuidLength; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) throw malformedAgentId();
    message[saltBytes + 1 + at] = code;
  }
  // Exact: the product is less than 2^52.
  return Math.floor((sha256First32Bits(message) * million) / 2 ** 32);
}

/** SHA-256(digest bytes || ring name in UTF-8). */
function saltOf(digest: string, ring: string): Uint8Array {
  const kept = saltsByRingByDigest.get(digest)?.get(ring);
  if (kept !== undefined) return kept;
  const name = new TextEncoder().encode(ring);
  const salted = new Uint8Array(digest.length / 2 + name.length);
  for (let at = 0; at < digest.length / 2; at++) salted[at] = Number.parseInt(digest.slice(2 * at, 2 * at + 2), 16);
  salted.set(name, digest.length / 2);
  const salt = sha256(salted);
  if (keptSalts >= keptSaltLimit) {
    saltsByRingByDigest.clear();
    keptSalts = 0;
  }
  const saltsByRing = saltsByRingByDigest.get(digest) ?? new Map<string, Uint8Array>();
  saltsByRingByDigest.set(digest, saltsByRing.set(ring, salt));
  keptSalts += 1;
  return salt;
}

function malformedAgentId(): PolicyError {
  return new PolicyError('malformed-agent-id', 'the id of an agent is the text of a UUID, of 36 characters');
}
