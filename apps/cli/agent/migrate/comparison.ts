/** The comparison of two servers: what each would export, and what they hold. Says yes or no; changes nothing. */

import { componentHome } from '@springline/agent/home';
import type { SyncStatus } from '@springline/api/shapes/agent';
import { callConnectSync } from '../../agent-client.ts';
import { CommandError } from '../../output.ts';
import { type Difference, differencesBetween, readPending, type Totals, totalsOf, totalsText } from './differences.ts';
import { differingAnchors, holdingOf } from './digests.ts';
import { lastRun } from './server.ts';

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly totals: Totals;
  /** Everything that waits on the new server, also what the old one would export alike. */
  readonly expected: Totals & { readonly lastRun: number };
  /** Absent where one of the stores could not be read, or is of another version. */
  readonly digests?: {
    /** Objects of the cloud that both hold. */
    readonly compared: number;
    /** Source anchors that differ and are in no difference. */
    readonly connectorSpace: readonly string[];
    /** Of the metaverse: they do not count, for what matters of them shows in the connector space. */
    readonly metaverse: readonly string[];
  };
  /** Objects that fail on the new server, beyond as many as fail on the old one. */
  readonly failing: number;
}

/** @param oldHome where the old server can be asked. */
export async function compare(home: string, oldHome: string | undefined): Promise<Comparison> {
  const run = await lastRun(home);
  const ofNew = await readPending(home);
  const ofOld = oldHome === undefined ? [] : await readPending(oldHome);
  const differences = differencesBetween(ofNew, ofOld);
  const failing = (await errorsOf(home)) - (oldHome === undefined ? 0 : await errorsOf(oldHome));
  const digests = oldHome === undefined ? undefined : await digestsOf(home, oldHome, differences);
  return {
    differences,
    totals: totalsOf(differences),
    expected: { lastRun: run, ...totalsOf(ofNew) },
    ...(digests === undefined ? {} : { digests }),
    failing: Math.max(0, failing),
  };
}

/** How many differences a person would have to accept. */
function countOf({ differences, digests }: Comparison): number {
  return differences.length + (digests?.connectorSpace.length ?? 0);
}

/** @throws {CommandError} when there are more differences than are accepted. */
export function requireAccepted(comparison: Comparison, { accept, yes }: { accept: number; yes: boolean }): void {
  if (yes) return;
  const count = countOf(comparison);
  if (count > accept) {
    throw new CommandError(
      `the servers differ in ${count} objects (${totalsText(comparison.totals)}), and ${accept} are accepted. Look at them; then change the new server, or accept them: --accept ${count}`,
    );
  }
  if (comparison.failing > 0) {
    throw new CommandError(
      `${comparison.failing} more objects fail on the new server than on the old one; see springline sync status. --yes goes on all the same`,
    );
  }
}

export function comparisonText(comparison: Comparison): string {
  const { totals, digests } = comparison;
  const held =
    digests === undefined
      ? 'stores not compared'
      : `${digests.compared} objects by digest, ${digests.connectorSpace.length + digests.metaverse.length} unlike`;
  return `${countOf(comparison)} differences: ${totalsText(totals)}; ${held}`;
}

async function errorsOf(home: string): Promise<number> {
  return ((await callConnectSync(home, 'status')) as SyncStatus).errorCount;
}

async function digestsOf(
  home: string,
  oldHome: string,
  differences: readonly Difference[],
): Promise<Comparison['digests']> {
  const scratch = componentHome(home, 'connect-sync').folder;
  const ofNew = await holdingOf(home, scratch);
  const ofOld = await holdingOf(oldHome, scratch);
  if (ofNew === undefined || ofOld === undefined) return undefined;
  const known = new Set(differences.map(({ sourceAnchor }) => sourceAnchor));
  return {
    compared: [...ofNew.connectorSpace.keys()].filter((anchor) => ofOld.connectorSpace.has(anchor)).length,
    connectorSpace: differingAnchors(ofNew.connectorSpace, ofOld.connectorSpace).filter((anchor) => !known.has(anchor)),
    metaverse: differingAnchors(ofNew.metaverse, ofOld.metaverse),
  };
}
