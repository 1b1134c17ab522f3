/**
 * The consent file (rule S1): what this agent may do on this host, whatever anyone tells it online. Only the local
 * administrator writes it; no API does. Without it an agent reads nothing. Some attributes hold secrets and never
 * flow, whatever the file says.
 */
import { isUnder, parseDn } from '@springline/directory/dn';
import { type Document, parseDocument } from 'yaml';
import { ConsentError, consentsRemotely, consentsToFloors, readConsentText } from './consent-file.ts';
import { isSecretAttribute } from './secret-attribute.ts';

export interface Consent {
  readonly baseDns: readonly string[];
  /** `all`: every attribute that is not a secret. */
  readonly attributes: 'all' | ReadonlySet<string>;
}

/**
 * The text that is written where no consent file is: read-only, the one base DN, no secrets. `remoteRead` is for a home
 * whose control plane is on the same machine: what its portal shows never leaves it.
 */
export function defaultConsentText(baseDn: string, { remoteRead }: { readonly remoteRead: boolean }): string {
  return `# What this agent may do on this host, whatever anyone tells it online.
# Only the administrator of this host changes this file; no API can.
version: 1
read:
  # Entries outside these base DNs are never read.
  baseDns:
    - ${JSON.stringify(baseDn)}
  # "all", or a list. Passwords, keys, LAPS and BitLocker attributes are never read, listed or not.
  attributes: all
# Organizational units and groups that may be written. None: nothing is ever written to the directory.
write: []
# Base DNs whose password hashes may be read.
passwordHashes: []
# Whether a minimum build that the vendor signed, with its date, may be installed here although somebody set
# auto-upgrade to Disabled. Nothing but this file can say yes.
upgrades:
  floors: false
# What people may do here through the control plane, as its portal and API let them. "read": look at objects, values,
# rules and pending exports, as far as this file lets the agent read them. "decide": approve or reject held deletes, run
# a cycle, export one object, promote or demote staging.
remote:
  read: ${remoteRead}
  decide: false
`;
}

/**
 * Reads the consent file.
 *
 * @throws {ConsentError} `consent-missing`, `consent-malformed`, `consent-writable`.
 */
export function loadConsent(path: string): Consent {
  const text = readConsentText(path);
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors[0] !== undefined) {
    throw new ConsentError('consent-malformed', `${path}: ${document.errors[0].message.split('\n')[0]}`);
  }
  const malformed = (what: string): ConsentError => new ConsentError('consent-malformed', `${path}: ${what}`);
  const { version, read, write, passwordHashes, upgrades, remote, ...rest } =
    asRecord(plainFrom(document, malformed)) ?? {};
  const { baseDns, attributes, ...readRest } = asRecord(read) ?? {};
  const { floors, ...upgradesRest } = asRecord(upgrades) ?? {};
  const { read: remoteRead, decide: remoteDecide, ...remoteRest } = asRecord(remote) ?? {};
  const unknown = [
    ...Object.keys(rest),
    ...Object.keys(readRest).map((key) => `read.${key}`),
    ...Object.keys(upgradesRest).map((key) => `upgrades.${key}`),
    ...Object.keys(remoteRest).map((key) => `remote.${key}`),
  ][0];
  if (unknown !== undefined) throw malformed(`unknown key ${unknown}`);
  if (version !== 1) throw malformed('version must be 1');
  if (!isTexts(baseDns)) throw malformed('read.baseDns must be a list of DNs');
  const noDn = baseDns.find((text) => text.trim() === '' || !isDn(text));
  if (noDn !== undefined) throw malformed(`read.baseDns: ${JSON.stringify(noDn)} is no DN`);
  if (attributes !== 'all' && !isTexts(attributes)) throw malformed('read.attributes must be all, or a list of names');
  for (const [key, list] of Object.entries({ write, passwordHashes })) {
    if (list !== undefined && !(Array.isArray(list) && list.length === 0)) {
      throw malformed(`${key} must be an empty list: this version never writes to a directory and reads no hashes`);
    }
  }
  // The Agent Updater reads this part without a YAML reader: it must find there what stands there.
  if ((upgrades !== undefined && typeof floors !== 'boolean') || consentsToFloors(text) !== (floors === true)) {
    throw malformed('write the lines "upgrades:" and "  floors: true" (or false), or neither');
  }
  const remotely = consentsRemotely(text);
  const isBoolean = (value: unknown): boolean => value === undefined || typeof value === 'boolean';
  if (
    (remote !== undefined && asRecord(remote) === undefined) ||
    ![remoteRead, remoteDecide].every(isBoolean) ||
    remotely.read !== (remoteRead === true) ||
    remotely.decide !== (remoteDecide === true)
  ) {
    throw malformed('write the lines "remote:", "  read: true" and "  decide: true" (or false), or leave them out');
  }
  return { baseDns, attributes: attributes === 'all' ? 'all' : new Set(attributes.map((name) => name.toLowerCase())) };
}

function plainFrom(document: Document, malformed: (what: string) => ConsentError): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw malformed('YAML aliases are not allowed here; write the value out'); // The only way that this throws.
  }
}

function isDn(text: string): boolean {
  try {
    parseDn(text);
    return true;
  } catch {
    return false; // Which rule of RFC 4514 it breaks is less than the file and the text, which the caller says.
  }
}

/** @throws {ConsentError} `not-consented` when the base DN lies outside every consented one. */
export function requireConsentFor(consent: Consent, baseDn: string, path: string): void {
  if (consent.baseDns.some((consented) => isUnder(baseDn, consented))) return;
  throw new ConsentError(
    'not-consented',
    `${baseDn} is not among read.baseDns of ${path}. Add it there if this agent may read it.`,
  );
}

/** Whether the agent may read an attribute: consented to, and no secret. */
export function mayReadAttribute(consent: Consent, name: string): boolean {
  if (isSecretAttribute(name)) return false;
  return consent.attributes === 'all' || consent.attributes.has(name.toLowerCase());
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 10_000 &&
    value.every((text) => typeof text === 'string')
  );
}
