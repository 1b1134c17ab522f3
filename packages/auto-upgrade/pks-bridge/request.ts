/**
 * What a client of the retired PKS channel asks: product key, component, version, host name. All four are claims of a
 * stranger. The key is turned into a short hash at once, for telling repeated askers from each other, and nothing is
 * ever decided by it.
 */
import { createHash } from 'node:crypto';
import { ReleaseError } from '../release/error.ts';
import { type Component, components } from '../release/target-path.ts';
import { parseVersion } from '../release/version.ts';
import { PksError } from './error.ts';

/** A request without its secret. */
export interface PksRequest {
  /** The first 64 bits of the SHA-256 of the product key, 16 hex digits. */
  readonly keyHash: string;
  readonly component: Component;
  /** As claimed, two to four numbers. */
  readonly version: string;
  /** As claimed, in lower case; 1 to 253 characters of a DNS name. */
  readonly hostName: string;
}

/** Five groups of five letters and digits. */
export const productKeyForm = /^[A-Za-z0-9]{5}(?:-[A-Za-z0-9]{5}){4}$/;
/** Letters, digits, `-`, `_` and points between labels of at most 63. */
export const hostNameForm = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/;
const versionLimit = 43;
const fields = ['productKey', 'component', 'version', 'hostName'] as const;

/**
 * Takes exactly the four fields.
 *
 * @throws {PksError} `pks-request-malformed`; the message names the field and quotes nothing.
 */
export function parsePksRequest(value: unknown): PksRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('request', 'an object');
  const names = Object.keys(value);
  if (names.length !== fields.length || !fields.every((field) => Object.hasOwn(value, field))) {
    throw malformed('request', `an object with exactly ${fields.join(', ')}`);
  }
  const { productKey, component, version, hostName } = value as Record<(typeof fields)[number], unknown>;
  const known = components.find((name) => name === component);
  if (known === undefined) throw malformed('component', `one of ${components.join(', ')}`);
  if (typeof productKey !== 'string' || !productKeyForm.test(productKey)) {
    throw malformed('productKey', 'five groups of five letters and digits');
  }
  if (typeof version !== 'string' || version.length > versionLimit || !isVersion(version)) {
    throw malformed('version', 'two to four numbers, as 2.1.20.0');
  }
  if (typeof hostName !== 'string' || !hostNameForm.test(hostName)) throw malformed('hostName', 'a host name');
  return { keyHash: keyHashOf(productKey), component: known, version, hostName: hostName.toLowerCase() };
}

/** Keys are the same in any case. */
function keyHashOf(productKey: string): string {
  return createHash('sha256').update(productKey.toUpperCase()).digest('hex').slice(0, 16);
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch (error) {
    if (error instanceof ReleaseError) return false;
    throw error;
  }
}

function malformed(field: string, expected: string): PksError {
  return new PksError('pks-request-malformed', `${field} is not ${expected}`);
}
