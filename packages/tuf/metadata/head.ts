/** What all four roles have in common (TUF 4.3 to 4.6): type, specification version, version, expiry, unknown fields. */
import type { EpochMs } from '@springline/ports/clock';
import type { JsonValue, WritableValue } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';
import { formatInstant, instantField, type JsonObject, own, positiveField, textField } from './parse.ts';

export const topRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof topRoles)[number];

export interface Head {
  readonly version: number;
  readonly expires: EpochMs;
  /** When it was signed (`x-springline-signed-at`), if its publisher says so. */
  readonly signedAt?: EpochMs;
  /** The members of `signed` that TUF does not define, to be kept when it is signed anew. */
  readonly extra: ReadonlyMap<string, JsonValue>;
}

const signedAtName = 'x-springline-signed-at';
const headNames = ['_type', 'spec_version', 'version', 'expires', signedAtName];

/** The version of TUF that we write; every 1.x is read. */
export const specVersion = '1.0.34';

/**
 * @param bodyNames the members that the role itself defines.
 * @throws {TrustError} `wrong-metadata-type`, `unsupported-spec-version`, `malformed-metadata`.
 */
export function parseHead(signed: JsonObject, role: TopRole, bodyNames: readonly string[]): Head {
  const type = own(signed, '_type');
  if (type !== role) {
    throw new TrustError('wrong-metadata-type', `${role} expected, and the file says ${quoted(String(type))}`);
  }
  const spec = textField(signed, 'spec_version', role, 64);
  if (!/^1(?:\.\d{1,9}){1,2}$/.test(spec)) {
    throw new TrustError('unsupported-spec-version', `${role} is written for TUF ${quoted(spec)}; 1.x is understood`);
  }
  const known = new Set([...headNames, ...bodyNames]);
  const extra = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(signed)) if (!known.has(name)) extra.set(name, value);
  return {
    version: positiveField(signed, 'version', role),
    expires: instantField(signed, 'expires', role),
    ...(own(signed, signedAtName) === undefined ? {} : { signedAt: instantField(signed, signedAtName, role) }),
    extra,
  };
}

/**
 * The members of `signed` for a role, `body` being those of the role itself.
 *
 * @throws {TrustError} `malformed-metadata` when `extra` names a member that TUF or we define.
 */
export function headJson(
  head: Head,
  role: TopRole,
  body: Readonly<Record<string, WritableValue>>,
): ReadonlyMap<string, WritableValue> {
  const members = new Map<string, WritableValue>(Object.entries(body));
  members.set('_type', role).set('spec_version', specVersion).set('version', head.version);
  members.set('expires', formatInstant(head.expires));
  if (head.signedAt !== undefined) members.set(signedAtName, formatInstant(head.signedAt));
  for (const [name, value] of head.extra) {
    if (members.has(name) || headNames.includes(name)) {
      throw new TrustError(
        'malformed-metadata',
        `${quoted(name)} has a meaning of its own and cannot be an extra field`,
      );
    }
    members.set(name, value);
  }
  return members;
}
