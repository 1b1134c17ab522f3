/** Metadata of an Image repository as far as the control plane reads it: facts of releases, and no signatures. */
import { join } from 'node:path';
import {
  type ComponentFacts,
  fullTransportPath,
  releaseFactsJson,
} from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import { writeFileAtomic } from '@springline/ports/files';

export const releaseSha256 = 'ab'.repeat(32);

/** Of Connect Sync 1.2.3.0 unless `changes` say otherwise. */
export function releaseFacts(changes: Partial<ComponentFacts> = {}): ComponentFacts {
  const named = { component: 'connect-sync', version: '1.2.3.0', platform: 'linux-x64', ...changes } as const;
  const path = fullTransportPath(componentTargetPath(named));
  return {
    kind: 'component',
    releaseNumber: 100,
    channel: { download: true, autoUpgrade: true },
    runtime: `runtime/node-24.16.0/node-24.16.0-${named.platform}.tar`,
    stateSchema: 1,
    maxRampPpmPerHour: 1_000_000,
    treeHash: releaseSha256,
    transports: [{ kind: 'full', path, length: 1, sha256: releaseSha256 }],
    publishedAt: '2026-11-20T08:00:00Z',
    ...named,
  };
}

/** Entries of an Image targets file; all have the same digest. */
export function imageEntries(...releases: readonly ComponentFacts[]): [string, unknown][] {
  return releases.map((release) => [
    componentTargetPath(release),
    { length: 1, hashes: { sha256: releaseSha256 }, custom: releaseFactsJson(release) },
  ]);
}

/** @param folder Holds `image/`. */
export function publishImage(folder: string, targets: readonly [string, unknown][], version = 1): void {
  const write = (name: string, signed: unknown) =>
    writeFileAtomic(join(folder, 'image', 'metadata', name), JSON.stringify({ signatures: [], signed }));
  write(`${version}.targets.json`, { _type: 'targets', version, targets: Object.fromEntries(targets) });
  write(`${version}.snapshot.json`, { _type: 'snapshot', version, meta: { 'targets.json': { version } } });
  write('timestamp.json', { _type: 'timestamp', version, meta: { 'snapshot.json': { version } } });
}
