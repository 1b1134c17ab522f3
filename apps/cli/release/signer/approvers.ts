/**
 * Who may approve what widens a rollout (`<home>/keys/approvers.json`). It is written on the signer's machine by a command
 * and through no API: whoever owns the control plane cannot make an approver (security rule S12).
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type WideningRule, wideningRules } from '@springline/auto-upgrade/hus/signer-message';
import { writeFileAtomic } from '@springline/ports/files';
import { SignerError } from './error.ts';

export interface Approver {
  readonly name: string;
  /** Of the passkey, base64url. */
  readonly credentialId: string;
  /** SubjectPublicKeyInfo (DER), base64url; P-256 or Ed25519. */
  readonly publicKey: string;
  /** Domain that the passkey was made for, as localhost. */
  readonly rpId: string;
  /** Origin of the portal where it is used. */
  readonly origin: string;
}

export interface Approvers {
  /** Set by a person to be stricter than what follows from keys and approvers. */
  readonly rule?: WideningRule;
  readonly approvers: readonly Approver[];
}

const format = 'springline-approvers-1';
const approversLimit = 64;
const sizeLimitBytes = 256 * 1024;

/** None when the file is missing. @throws {SignerError} `approvers-malformed`. */
export function readApprovers(path: string): Approvers {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { approvers: [] };
    throw error;
  }
  try {
    if (text.length > sizeLimitBytes) throw new Error('it is too long');
    return parse(JSON.parse(text));
  } catch (cause) {
    throw new SignerError('approvers-malformed', `${path}: ${(cause as Error).message}. Correct it.`, { cause });
  }
}

export function writeApprovers(path: string, { rule, approvers }: Approvers): void {
  const json = { format, ...(rule === undefined ? {} : { rule }), approvers };
  writeFileAtomic(path, `${JSON.stringify(json, null, 2)}\n`, 0o600);
}

/** The approver's key. @throws {Error} when it is none of the two kinds. */
export function approverKey({ publicKey }: Pick<Approver, 'publicKey'>): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
  const isCurve = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (key.asymmetricKeyType !== 'ed25519' && !isCurve) throw new Error('a passkey has a P-256 or an Ed25519 key');
  return key;
}

/**
 * The strictest of what keys and approvers ask for and what a person set. What a person set is never less for an approver
 * who goes: where two were asked for, it waits until there are two again.
 */
export function ruleOf({ rule, approvers }: Approvers, isDevelopment: boolean): WideningRule {
  const least = approvers.length >= 2 ? 'two-people' : isDevelopment ? 'at-once' : 'delay';
  return wideningRules[Math.max(wideningRules.indexOf(least), wideningRules.indexOf(rule ?? 'at-once'))]!;
}

function parse(json: unknown): Approvers {
  const { format: found, rule, approvers, ...others } = asRecord(json, 'the file');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`there is no member ${JSON.stringify(unknown)}`);
  if (found !== format) throw new Error(`format is not ${format}`);
  if (rule !== undefined && !wideningRules.includes(rule as WideningRule)) {
    throw new Error(`rule is ${wideningRules.join(', ')}`);
  }
  if (!Array.isArray(approvers) || approvers.length > approversLimit) {
    throw new Error(`approvers is a list of at most ${approversLimit}`);
  }
  const parsed = approvers.map((each, at) => parseApprover(each, `approvers[${at}]`));
  if (new Set(parsed.map(({ name }) => name)).size !== parsed.length) throw new Error('two approvers share a name');
  // One person with one key would otherwise count as two.
  if (new Set(parsed.map(({ publicKey }) => publicKey)).size !== parsed.length) {
    throw new Error('two approvers share a key');
  }
  return { ...(rule === undefined ? {} : { rule: rule as WideningRule }), approvers: parsed };
}

/** @throws {Error} with a sentence. */
export function parseApprover(json: unknown, where: string): Approver {
  const fields = asRecord(json, where);
  const text = (name: string, form: RegExp): string => {
    const value = fields[name];
    if (typeof value !== 'string' || !form.test(value)) throw new Error(`${where}.${name} does not have its form`);
    return value;
  };
  const approver = {
    name: text('name', /^[^\u0000-\u001f\u007f]{1,100}$/),
    credentialId: text('credentialId', /^[A-Za-z0-9_-]{1,1400}$/),
    publicKey: text('publicKey', /^[A-Za-z0-9_-]{40,800}$/),
    rpId: text('rpId', /^[a-z0-9.-]{1,253}$/),
    origin: text('origin', /^https?:\/\/[a-z0-9.:[\]-]{1,260}$/),
  };
  const key = approverKey(approver);
  // One spelling of a key, so that two spellings are not two people.
  return { ...approver, publicKey: key.export({ format: 'der', type: 'spki' }).toString('base64url') };
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} is no object`);
  return value as Record<string, unknown>;
}
