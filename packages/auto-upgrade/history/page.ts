/** The version-history page of a product as data: rows with everything shown, newest first. Drawing it is for others. */
import type { Component } from '../release/target-path.ts';
import { anchorsOf } from './anchors.ts';
import {
  type Channel,
  type Contradiction,
  compareReleases,
  earliestDay,
  type ForcedMinimum,
  type HealthRole,
  type Milestone,
  type Product,
  recordsOf,
  type VersionHistory,
} from './history.ts';
import { lastSupportedDay, type Support, supportEnd } from './support.ts';

export interface HistoryRow {
  /** Where a page has several components. */
  readonly component?: Component;
  readonly version: string;
  /** Without `#`. */
  readonly anchor: string;
  readonly releasedOn?: string;
  readonly status: 'released' | 'recalled' | 'never-released';
  readonly channels: readonly Channel[];
  readonly autoUpgradeFrom?: string;
  readonly autoUpgradeUntil?: string;
  readonly roles?: readonly HealthRole[];
  readonly bundledHealth?: string;
  readonly support: Support;
  /** On the day of the page; `unknown` where no rule and no date is published. */
  readonly supportStatus: 'supported' | 'ended' | 'recalled' | 'unknown';
  readonly notes: readonly string[];
}

export interface HistoryPage<Of extends string = Product> {
  readonly product: Of;
  readonly title: string;
  /** `YYYY-MM-DD`: for which day support is shown. */
  readonly on: string;
  readonly rows: readonly HistoryRow[];
  readonly milestones: readonly Milestone[];
  readonly forcedMinimums: readonly ForcedMinimum[];
  readonly contradictions: readonly Contradiction[];
}

const titles: Readonly<Record<Product, string>> = {
  'connect-sync': 'Microsoft Entra Connect Sync: version history',
  health: 'Microsoft Entra Connect Health agents: version history',
  'cloud-sync': 'Microsoft Entra provisioning agent: version history',
};

/** @param on `YYYY-MM-DD`. Everything in the history is on the page, also what came later. */
export function historyPage(history: VersionHistory, product: Product, on: string): HistoryPage {
  const anchors = anchorsOf(history, product);
  const rows = recordsOf(history, product).map(({ product: _, publishedSupportEnd: __, ...record }): HistoryRow => {
    const support = supportEnd(history, product, record.version)!;
    const anchor = anchors.get(record.version)!;
    return { ...record, anchor, support, supportStatus: supportStatusOn(support, on) };
  });
  const mine = <T extends { readonly product: Product }>(all: readonly T[]): readonly T[] =>
    all.filter((each) => each.product === product);
  return {
    ...{ product, title: titles[product], on, rows, milestones: mine(history.milestones) },
    ...{ forcedMinimums: mine(history.forcedMinimums), contradictions: mine(history.contradictions) },
  };
}

/**
 * The page without what came out after its day. A version of an unknown day counts as older than the newest that is left,
 * where it is lower. Dates of support stay those that are known now.
 */
export function pageOfItsDay(page: HistoryPage): HistoryPage {
  const { on } = page;
  const isOut = ({ releasedOn }: HistoryRow): boolean => releasedOn !== undefined && earliestDay(releasedOn) <= on;
  const newest = page.rows
    .filter(isOut)
    .map(({ version }) => version)
    .sort(compareReleases)
    .at(-1);
  const isLower = ({ releasedOn, version }: HistoryRow): boolean =>
    releasedOn === undefined && newest !== undefined && compareReleases(version, newest) < 0;
  const rows = page.rows.filter((row) => isOut(row) || isLower(row));
  const left = new Set(rows.map(({ version }) => version));
  return {
    ...page,
    rows,
    milestones: page.milestones.filter((each) => earliestDay(each.on) <= on),
    forcedMinimums: page.forcedMinimums.filter(({ version }) => left.has(version)),
    contradictions: page.contradictions.filter(({ version }) => left.has(version)),
  };
}

/** The published day counts where there is one; the last day is still supported. */
export function supportStatusOn(support: Support, on: string): HistoryRow['supportStatus'] {
  if (support.rule === 'recalled') return 'recalled';
  const last = lastSupportedDay(support);
  if (last !== undefined) return on <= last ? 'supported' : 'ended';
  return support.rule === 'newest' ? 'supported' : 'unknown';
}
