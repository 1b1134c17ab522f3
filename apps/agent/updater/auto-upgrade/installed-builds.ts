/**
 * The builds that are installed on this host, as their slots say. Imports nothing from npm.
 */
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import type { BuildName } from '@springline/auto-upgrade/upgrader/journal-record';
import { linkedSlot, otherSlot, readSlot, type Slot, verifiedProgram } from '../../slot/slot.ts';
import type { Job } from '../../upgrader/job.ts';
import { releaseNumberFloors } from '../../upgrader/trust-store.ts';

export type InstalledBuild = Job['installed'][number] & { readonly build: BuildName };

export interface LinkedBuild {
  readonly component: Component;
  readonly build: BuildName;
}

/** Every component that has a link, with the build that it names; nothing is hashed. */
export function linkedBuilds(home: string): readonly LinkedBuild[] {
  return components.flatMap((component) => {
    const slot = linkedSlot(home, component);
    const facts = readSlot(home, component, slot);
    if (slot === undefined || facts === undefined) return [];
    const { version, releaseNumber, sha256 } = facts;
    return [{ component, build: { version, releaseNumber, sha256, slot } }];
  });
}

/** The same with every file hashed: what the choice of a release goes by. */
export function installedBuilds(home: string): readonly InstalledBuild[] {
  const floors = releaseNumberFloors(home);
  return linkedBuilds(home).map(({ component, build }) => {
    const { version, releaseNumber, sha256, slot } = build;
    const floor = Math.max(releaseNumber, floors.get(component) ?? 0);
    // A slot that somebody wrote to is no build any more: the same release is brought again.
    return isWhole(home, component, slot)
      ? { component, version, sha256, slot, releaseNumberFloor: floor, build }
      : { component, version: '0.0', sha256: '', slot, releaseNumberFloor: floor - 1, build };
  });
}

function isWhole(home: string, component: string, slot: Slot): boolean {
  try {
    verifiedProgram(home, component, slot);
    return true;
  } catch {
    return false;
  }
}

/** Digests of the runtimes that any slot needs. */
export function runtimesInUse(home: string): ReadonlySet<string> {
  const slots = components.flatMap((component) =>
    (['a', 'b'] as const).map((slot) => readSlot(home, component, slot)?.runtime),
  );
  return new Set(slots.filter((runtime) => runtime !== undefined));
}

/** The build that an offer becomes, in the slot that does not run. */
export function offeredBuild(
  installed: InstalledBuild,
  { version, releaseNumber, sha256 }: { version: string; releaseNumber: number; sha256: string },
): BuildName {
  return { version, releaseNumber, sha256, slot: otherSlot(installed.slot) };
}
