/**
 * The releases that an installation publishes for its own agents, as the same page as the public histories: several
 * components beside each other, newest first. No rule ends their support; a recalled one is to be left.
 */
import type { Component } from '../release/target-path.ts';
import { compareReleases } from './history.ts';
import type { HistoryPage, HistoryRow } from './page.ts';

export interface OwnReleaseRecord {
  readonly component: Component;
  readonly version: string;
  readonly releaseNumber: number;
  /** RFC 3339. */
  readonly publishedAt: string;
  readonly isForAutoUpgrade: boolean;
  readonly isRecalled: boolean;
  /** As its publisher wrote them; each line is a note. */
  readonly notes?: string;
  /** How a build made to fail fails. */
  readonly deliberatelyBroken?: string;
}

const notesLimit = 20;

/** @param on `YYYY-MM-DD`. */
export function ownReleasesPage(releases: readonly OwnReleaseRecord[], on: string): HistoryPage<'springline'> {
  const anchors = anchorsOf(releases);
  const rows = releases
    .toSorted((a, b) => compareText(b.publishedAt, a.publishedAt) || compareText(a.component, b.component))
    .map((release) => rowOf(release, anchors.get(release)!));
  return {
    ...{ product: 'springline', title: 'Springline: releases of this installation', on, rows },
    ...{ milestones: [], forcedMinimums: [], contradictions: [] },
  };
}

function rowOf(release: OwnReleaseRecord, anchor: string): HistoryRow {
  const { component, version, publishedAt, isForAutoUpgrade, isRecalled, notes = '', deliberatelyBroken } = release;
  const lines = notes.split(/\s*[\r\n]+\s*/).filter((line) => line !== '');
  const broken = deliberatelyBroken === undefined ? [] : [`made to fail, for a rehearsal: ${deliberatelyBroken}`];
  return {
    ...{ component, version, anchor, releasedOn: publishedAt.slice(0, 10) },
    status: isRecalled ? 'recalled' : 'released',
    channels: isRecalled ? ['recalled'] : isForAutoUpgrade ? ['download', 'auto-upgrade'] : ['download'],
    support: { rule: isRecalled ? 'recalled' : 'none', differs: false },
    supportStatus: isRecalled ? 'recalled' : 'unknown',
    notes: [...broken, ...lines.slice(0, notesLimit)],
  };
}

/** As `anchors.ts`, behind the component. Release numbers never fall, so a later release takes no anchor away. */
function anchorsOf(releases: readonly OwnReleaseRecord[]): ReadonlyMap<OwnReleaseRecord, string> {
  const taken = new Set<string>();
  const ordered = releases.toSorted(
    (a, b) => a.releaseNumber - b.releaseNumber || compareReleases(a.version, b.version),
  );
  return new Map(
    ordered.map((release) => {
      const digits = `${release.component}-${release.version.replaceAll('.', '')}`;
      const anchor = taken.has(digits) ? `${release.component}-${release.version.replaceAll('.', '-')}` : digits;
      taken.add(anchor);
      return [release, anchor];
    }),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
