/**
 * The rollout policy in the Director repository: its target, and the file that agents fetch. It is named by its digest
 * (TUF 5.7.3), so that the one before stays for those who are on the way to it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  parsePolicy,
  policyLimitBytes,
  policyTargetPath,
  type RolloutPolicy,
} from '@springline/auto-upgrade/rollout/policy';
import { writeFileAtomic } from '@springline/ports/files';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import { PublishError } from './error.ts';
import { readPlainFile } from './plain-file.ts';
import { treeFolder } from './roles.ts';
import type { Repositories } from './sign.ts';

export interface PublishedPolicy {
  readonly target: TargetFile;
  readonly text: string;
  readonly policy: RolloutPolicy;
}

/** Files that stay beside the one that counts. */
const keptFiles = 3;

/** `undefined` when the Director names none. @throws {PublishError} `release-tree-damaged` when its file is not there. */
export function publishedPolicy(home: string, { director }: Repositories): PublishedPolicy | undefined {
  const target = director.targets?.targets.get(policyTargetPath);
  if (target === undefined) return undefined;
  const file = fileOf(home, target.hashes.get('sha256') ?? '');
  const found = readPlainFile(file, policyLimitBytes);
  if (found.kind === 'read' && digestOf(found.bytes) === target.hashes.get('sha256')) {
    return { target, text: found.bytes.toString('utf8'), policy: parsePolicy(found.bytes) };
  }
  throw new PublishError(
    'release-tree-damaged',
    `${file} is missing or damaged. The signer publishes it again when it starts: start springline up.`,
  );
}

/** Writes the file of a policy; nothing names it yet. */
export function writePolicyFile(home: string, text: string): PublishedPolicy {
  const bytes = Buffer.from(text, 'utf8');
  const sha256 = digestOf(bytes);
  writeFileAtomic(fileOf(home, sha256), bytes, 0o644);
  const target: TargetFile = { path: policyTargetPath, length: bytes.length, hashes: new Map([['sha256', sha256]]) };
  return { target, text, policy: parsePolicy(bytes) };
}

/** All but the file of `policy` and the few before it. */
export function removeOldPolicies(home: string, { target }: PublishedPolicy): void {
  const current = fileOf(home, target.hashes.get('sha256') ?? '');
  const folder = dirname(current);
  const byAge = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path !== current)
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of byAge.slice(keptFiles)) rmSync(path, { force: true });
}

/** Digests of the releases that hosts may still be sent to. */
export function releasesInPolicy({ rollouts }: RolloutPolicy): ReadonlySet<string> {
  const open = rollouts.filter(({ state }) => state === 'running' || state === 'complete');
  return new Set(open.flatMap(({ targets }) => [...targets.values()]));
}

function fileOf(home: string, sha256: string): string {
  const at = policyTargetPath.lastIndexOf('/') + 1;
  const name = `${sha256}.${policyTargetPath.slice(at)}`;
  return join(treeFolder(home), 'director', 'targets', policyTargetPath.slice(0, at), name);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
