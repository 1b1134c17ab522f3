/**
 * Changes to the list of approvers on the signer's machine (`<home>/keys/approvers.json`). Through no API: whoever owns the
 * control plane must not be able to make an approver (security rule S12). One change at a time, with the same lock as the
 * keys beside it.
 */
import { join } from 'node:path';
import type { WideningRule } from '@springline/auto-upgrade/hus/signer-message';
import { CommandError } from '../output.ts';
import { asOnlyWriter } from '../release/lock.ts';
import { readProfile } from '../release/profile.ts';
import { keysHome } from '../release/roles.ts';
import {
  type Approver,
  type Approvers,
  parseApprover,
  readApprovers,
  ruleOf,
  writeApprovers,
} from '../release/signer/approvers.ts';
import { SignerError } from '../release/signer/error.ts';

const approversLimit = 64;

export interface ApproverList extends Approvers {
  readonly file: string;
  /** The keys are development keys. */
  readonly isDevelopment: boolean;
  /** What holds now, of keys, approvers and what was set. */
  readonly inForce: WideningRule;
}

/** @throws {CommandError} when `home` has no signing keys; {SignerError} `approvers-malformed`. */
export function approverList(home: string): ApproverList {
  const keys = keysHome(home);
  const profile = readProfile(keys);
  if (profile === undefined) {
    throw new CommandError(
      `${keys.folder} has no signing keys: approvers are kept beside them, and changed on the signer's machine alone`,
    );
  }
  const file = join(keys.folder, 'approvers.json');
  return listOf(file, readApprovers(file), profile.profile === 'development');
}

/** What the list would be after `change`. */
export function changedList(home: string, change: (before: Approvers) => Approvers): ApproverList {
  const { file, isDevelopment, rule, approvers } = approverList(home);
  return listOf(file, change({ approvers, ...(rule === undefined ? {} : { rule }) }), isDevelopment);
}

/** Carries `change` out; the signer reads the list anew by itself. */
export function changeList(home: string, change: (before: Approvers) => Approvers): Promise<ApproverList> {
  approverList(home);
  return asOnlyWriter(home, async () => {
    const after = changedList(home, change);
    writeApprovers(after.file, after);
    return after;
  });
}

/** @throws {CommandError} exit code 2 when the JSON is no approver's. */
export function approverFrom(json: unknown, name: string): Approver {
  try {
    return parseApprover(json, name);
  } catch (cause) {
    const { message } = cause as Error;
    throw new CommandError(message.startsWith(name) ? message : `${name}: ${message}`, 2, { cause });
  }
}

/** @throws {SignerError} `approver-exists`: the name, the key or the passkey is another one's already. */
export function withApprover({ approvers, ...rest }: Approvers, added: Approver): Approvers {
  const same = approvers.find(({ name }) => name.normalize('NFC') === added.name.normalize('NFC'));
  if (same !== undefined) throw new SignerError('approver-exists', `there is an approver ${quoted(same.name)} already`);
  const holder = approvers.find(({ publicKey, credentialId }) => {
    return publicKey === added.publicKey || credentialId === added.credentialId;
  });
  if (holder !== undefined) {
    // One person would count as two.
    throw new SignerError('approver-exists', `this passkey is that of ${quoted(holder.name)} already`);
  }
  if (approvers.length >= approversLimit) {
    throw new SignerError('approver-exists', `there are ${approversLimit} approvers already; remove one first`);
  }
  return { ...rest, approvers: [...approvers, added] };
}

/** @throws {SignerError} `approver-unknown`. */
export function withoutApprover({ approvers, ...rest }: Approvers, wanted: string): Approvers {
  const left = approvers.filter(({ name }) => name.normalize('NFC') !== wanted.normalize('NFC'));
  if (left.length < approvers.length) return { ...rest, approvers: left };
  const names = approvers.map(({ name }) => quoted(name)).join(', ');
  const known = names === '' ? '' : `; there are ${names}`;
  throw new SignerError('approver-unknown', `there is no approver ${quoted(wanted)}${known}`);
}

function listOf(file: string, list: Approvers, isDevelopment: boolean): ApproverList {
  return { ...list, file, isDevelopment, inForce: ruleOf(list, isDevelopment) };
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
