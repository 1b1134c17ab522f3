/**
 * A control plane with releases to roll out and a real signer at its socket, on the same clock; what the signer publishes is
 * kept in memory.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ComponentFacts,
  fullTransportPath,
  releaseFactsJson,
} from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import type { Cleanup, TestOptions } from '@springline/control-plane/testing/running-control-plane';
import { writeFileAtomic } from '@springline/ports/files';
import { silentLog } from '@springline/ports/log';
import { treeFolder } from '../release/roles.ts';
import { SignerRecord } from '../release/signer/record.ts';
import { serveSigner } from '../release/signer/serve.ts';
import { Signer } from '../release/signer/signer.ts';
import { type PlaneWithCli, planeWithCli } from './running-plane.ts';

export interface PlaneWithSigner extends PlaneWithCli {
  /** As the signer published them, oldest first. */
  readonly policies: readonly string[];
  stopSigner(): Promise<void>;
}

/** @param isDevelopment What widens is signed at once; otherwise by the rule that follows from the approvers. */
export async function planeWithSigner(
  t: Cleanup,
  isDevelopment = true,
  options: TestOptions = {},
): Promise<PlaneWithSigner> {
  const { plane, run } = await planeWithCli(t, options);
  publishReleases(plane.home, ['1.2.3.0', '1.2.4.0']);
  const keys = join(plane.home, 'keys');
  mkdirSync(keys, { recursive: true });
  const policies: string[] = [];
  const signer = new Signer({
    record: SignerRecord.open(join(keys, 'signer-record.jsonl')),
    approversFile: join(keys, 'approvers.json'),
    markFile: join(keys, 'database-mark.json'),
    isDevelopment,
    clock: plane.clock,
    isPublished: () => true,
    publish: async (text) => policies.push(text()) > 0,
  });
  const before = process.cwd();
  const server = await serveSigner(plane.home, signer, silentLog);
  // It was bound by a relative path.
  process.chdir(before);
  const stopSigner = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(stopSigner);
  return { plane, run, policies, stopSigner };
}

/** Image metadata as far as the control plane reads it for people; nothing here is signed. */
export function publishReleases(
  home: string,
  versions: readonly string[],
  changes: Partial<ComponentFacts> = {},
): void {
  const targets = versions.map((version, at) => {
    const sha256 = String(at + 1)
      .repeat(64)
      .slice(0, 64);
    const named = { component: 'connect-sync', version, platform: 'linux-x64', ...changes } as const;
    const path = fullTransportPath(componentTargetPath(named));
    const facts: ComponentFacts = {
      kind: 'component',
      releaseNumber: 100 + at,
      channel: { download: true, autoUpgrade: true },
      runtime: 'runtime/node-24.16.0/node-24.16.0-linux-x64.tar',
      stateSchema: 1,
      maxRampPpmPerHour: 1_000_000,
      treeHash: sha256,
      transports: [{ kind: 'full', path, length: 1, sha256 }],
      publishedAt: '2026-11-20T08:00:00Z',
      ...named,
    };
    return [componentTargetPath(facts), { length: 1, hashes: { sha256 }, custom: releaseFactsJson(facts) }] as const;
  });
  const version = 1;
  const write = (name: string, signed: unknown): void =>
    writeFileAtomic(join(treeFolder(home), 'image', 'metadata', name), JSON.stringify({ signatures: [], signed }));
  write('1.targets.json', { _type: 'targets', version, targets: Object.fromEntries(targets) });
  write('1.snapshot.json', { _type: 'snapshot', version, meta: { 'targets.json': { version } } });
  write('timestamp.json', { _type: 'timestamp', version, meta: { 'snapshot.json': { version } } });
}
