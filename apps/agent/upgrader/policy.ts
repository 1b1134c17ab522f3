/**
 * The rollout policy that the Director names, fetched once for each version and kept (`<home>/agent/upgrade/policy.json`).
 * What is kept counts only with its signed digest. Imports nothing from npm.
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
import { agentHome } from '../home.ts';
import { fetchDirectorTarget } from './repository-client.ts';

/** One that this build cannot read holds everything (rule S22). */
export type PolicyFound = RolloutPolicy | 'not-understood' | undefined;

/** @throws {TrustError} when it is not as signed; @throws {RepositoryError} when it does not come. */
export async function readPolicy(
  home: string,
  url: string,
  target: PolicyTarget | undefined,
  signal: AbortSignal,
): Promise<PolicyFound> {
  if (target === undefined) return undefined;
  const kept = keptPolicyBytes(home);
  if (kept !== undefined && digestOf(kept) === target.sha256) return parsed(kept);
  if (target.length > policyLimitBytes) throw new TrustError('length-mismatch', 'the rollout policy is too large');
  const bytes = await fetchDirectorTarget(url, { path: policyTargetPath, ...target }, signal);
  writeFileAtomic(pathOf(home), bytes, 0o600);
  return parsed(bytes);
}

/** As it was read last, for telling people; nothing is installed by it. */
export function keptPolicy(home: string, target: PolicyTarget | undefined): PolicyFound {
  if (target === undefined) return undefined;
  const kept = keptPolicyBytes(home);
  return kept !== undefined && digestOf(kept) === target.sha256 ? parsed(kept) : 'not-understood';
}

function keptPolicyBytes(home: string): Uint8Array | undefined {
  const path = pathOf(home);
  return existsSync(path) && statSync(path).size <= policyLimitBytes ? readFileSync(path) : undefined;
}

function parsed(bytes: Uint8Array): PolicyFound {
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
