/** The way up of an agent of this installation: its own releases count, and no public history. */
import type { VersionHistory } from '../history/history.ts';
import { type ChosenPath, choosePath, type PathFacts } from '../history/upgrade-path.ts';

const noHistory: VersionHistory = { records: [], milestones: [], forcedMinimums: [], contradictions: [] };

/** Pure. `facts.newestAutoUpgrade` absent: no release upgrades itself to the minimum. */
export function ownPath(facts: Omit<PathFacts, 'product'>): Pick<ChosenPath, 'path' | 'reasons'> {
  // Our agents share nothing with the rules for particular builds of others but the order of versions.
  const { path, reasons } = choosePath(noHistory, { ...facts, product: 'cloud-sync' });
  return { path, reasons };
}
