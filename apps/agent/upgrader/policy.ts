/**
 * The rollout policy that the Director names, fetched once for each version and kept (`<home>/agent/upgrade/policy.json`).
 * What is kept counts only with its signed digest.
 *
 * Versions of the policy never fall (`<home>/agent/trust/policy.json`): an older one may say yes where a halt has been
 * said since, whatever versions the metadata around it has. What was taken falls with the keys that signed it alone, as
 * the versions of metadata do (TUF 5.3.11). Imports nothing from npm.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import {
  parsePolicy,
  policyLimitBytes,
  policyTargetPath,
  type RolloutPolicy,
} from '@springline/auto-upgrade/rollout/policy';
import type { PolicyTarget } from '@springline/auto-upgrade/upgrader/choose-release';
import { writeFileAtomic } from '@springline/ports/files';
import { TrustError } from '@springline/tuf/error';
import { rootLimitBytes } from '@springline/tuf/metadata/limits';
import { parseRoot } from '@springline/tuf/metadata/root';
import { openMetadata } from '@springline/tuf/metadata/signed-file';
import { agentHome } from '../home.ts';
import { fetchDirectorTarget } from './repository-client.ts';
import { metadataStore } from './trust-store.ts';

/** One that this build cannot read holds everything (rule S22). */
export type PolicyFound = RolloutPolicy | 'not-understood' | undefined;

/** What was taken last. */
interface Taken {
  readonly version: number;
  /** Of the Director, whose keys signed it: SHA-256 of their ids. */
  readonly keys: string;
}

/**
 * @throws {TrustError} when it is not as signed; `version-rollback` when it is older than one that was taken, or none is
 *   named any more; `trust-store-damaged`. @throws {RepositoryError} when it does not come.
 */
export async function readPolicy(
  home: string,
  url: string,
  target: PolicyTarget | undefined,
  signal: AbortSignal,
): Promise<PolicyFound> {
  const keys = directorKeys(home);
  const taken = takenPolicy(home);
  const floor = taken?.keys === keys ? taken.version : 0;
  if (target === undefined) {
    // Without a policy everything is open: no policy says that, so whoever dropped it was not its signer.
    if (floor > 0) throw rollback(`policy ${floor} was taken, and the Director repository names none any more`);
    return undefined;
  }
  const kept = keptPolicyBytes(home);
  const isKept = kept !== undefined && digestOf(kept) === target.sha256;
  const bytes = isKept ? kept : await fetchedPolicy(url, target, signal);
  const policy = parsed(bytes);
  // What a later build wrote has no version that this one knows; it holds everything.
  const version = policy === 'not-understood' ? floor : policy.version;
  if (version < floor) throw rollback(`policy ${floor} was taken, and this one is policy ${version}`);
  if (!isKept) writeFileAtomic(pathOf(home), bytes, 0o600);
  if (version > floor) {
    writeFileAtomic(takenFile(home), `${JSON.stringify({ version, keys } satisfies Taken)}\n`, 0o600);
  }
  return policy;
}

/** As it was read last, for telling people; nothing is installed by it. */
export function keptPolicy(home: string, target: PolicyTarget | undefined): PolicyFound {
  if (target === undefined) return undefined;
  const kept = keptPolicyBytes(home);
  return kept !== undefined && digestOf(kept) === target.sha256 ? parsed(kept) : 'not-understood';
}

async function fetchedPolicy(url: string, target: PolicyTarget, signal: AbortSignal): Promise<Uint8Array> {
  if (target.length > policyLimitBytes) throw new TrustError('length-mismatch', 'the rollout policy is too large');
  return fetchDirectorTarget(url, { path: policyTargetPath, ...target }, signal);
}

function rollback(message: string): TrustError {
  return new TrustError('version-rollback', message);
}

function takenPolicy(home: string): Taken | undefined {
  const path = takenFile(home);
  if (!existsSync(path)) return undefined;
  try {
    const { version, keys } = Object(JSON.parse(readFileSync(path, 'utf8')));
    if (Number.isSafeInteger(version) && typeof keys === 'string') return { version, keys };
  } catch {
    // Said below, as for a file that says nothing.
  }
  // Written atomically, so no kill did this. To go on as if nothing were known would let an older policy come back.
  throw new TrustError('trust-store-damaged', `${path} cannot be read`);
}

/** Which keys may sign a policy, and everything that leads to it, by the root that was verified last. */
function directorKeys(home: string): string {
  const bytes = metadataStore(home, 'director').read('root.json');
  if (bytes === undefined) return '';
  const { roles } = parseRoot(openMetadata(bytes, rootLimitBytes).signed());
  const ids = (['targets', 'snapshot', 'timestamp'] as const).map((role) => [...roles[role].keyIds].sort());
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex');
}

function keptPolicyBytes(home: string): Uint8Array | undefined {
  const path = pathOf(home);
  return existsSync(path) && statSync(path).size <= policyLimitBytes ? readFileSync(path) : undefined;
}

function parsed(bytes: Uint8Array): Exclude<PolicyFound, undefined> {
  try {
    return parsePolicy(bytes);
  } catch (error) {
    if (error instanceof PolicyError) return 'not-understood';
    throw error;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function pathOf(home: string): string {
  return join(agentHome(home).upgrade, 'policy.json');
}

function takenFile(home: string): string {
  return join(agentHome(home).trust, 'policy.json');
}
