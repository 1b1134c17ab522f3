/**
 * Version histories as data: what was released when, through which channels, supported until when. Built from public
 * facts; where sources contradict each other both statements are kept, and `contradictions` names them.
 */

export const products = ['connect-sync', 'health', 'cloud-sync'] as const;
/** `health` are the agents of all roles, `cloud-sync` the provisioning agent. */
export type Product = (typeof products)[number];

/** `auto-upgrade-only`: never for download. `not-auto-upgrade`: stated, where nothing else is. */
export type Channel =
  | 'download'
  | 'auto-upgrade'
  | 'auto-upgrade-only'
  | 'selected-tenants'
  | 'not-auto-upgrade'
  | 'not-stated'
  | 'recalled';

export interface ReleaseRecord {
  readonly product: Product;
  /** Two to four numbers, as published; in old ones a number may begin with 0. */
  readonly version: string;
  /** `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where no more is known. */
  readonly releasedOn?: string;
  readonly channels: readonly Channel[];
  /** When auto-upgrade to it began and ended, `YYYY-MM-DD`, where that is not the day of release. */
  readonly autoUpgradeFrom?: string;
  readonly autoUpgradeUntil?: string;
  /** `YYYY-MM-DD`, as the publisher wrote it. */
  readonly publishedSupportEnd?: string;
  readonly status: 'released' | 'recalled' | 'never-released';
  readonly notes: readonly string[];
  /** Of a Health release: whom it is for. */
  readonly roles?: readonly HealthRole[];
  /** Version of the Health agent that comes with it. */
  readonly bundledHealth?: string;
}

export type HealthRole = 'sync' | 'ad-ds' | 'ad-fs';

/** Something dated that is no release with a number. */
export interface Milestone {
  readonly product: Product;
  readonly on: string;
  readonly what: string;
}

/** A minimum that the publisher forced, with what it takes from builds below it. */
export interface ForcedMinimum {
  readonly product: Product;
  readonly version: string;
  /** The last day in time, `YYYY-MM-DD`. */
  readonly deadline: string;
  readonly takes: readonly LostFunction[];
  /**
   * `unchanged`: functions go, support stays. `caps`: support ends then at the latest. `sets`: support ends then, sooner
   * or later than 12 months, for what was still supported when it was announced.
   */
  readonly support: 'unchanged' | 'caps' | 'sets';
  /** Last day of the month in which it was announced; needed for `sets`. */
  readonly announcedBy?: string;
  /**
   * `derived`: follows from a published one of another product that this one carries. `reported`: by third parties only,
   * shown and reckoned with nowhere.
   */
  readonly source: 'published' | 'derived' | 'reported';
  readonly note?: string;
}

export type LostFunction =
  | 'auto-upgrade'
  | 'some-alerts'
  | 'all-alerts'
  | 'wizard-sign-in'
  | 'federation-tasks'
  | 'sync';

/** Two published statements that cannot both hold. */
export interface Contradiction {
  readonly product: Product;
  readonly version: string;
  readonly about: 'support-end' | 'release-date';
  readonly what: string;
}

export interface VersionHistory {
  readonly records: readonly ReleaseRecord[];
  readonly milestones: readonly Milestone[];
  readonly forcedMinimums: readonly ForcedMinimum[];
  readonly contradictions: readonly Contradiction[];
}

type VersionNumbers = readonly [number, number, number, number];

/** A version is compared with many others: its numbers are kept, of so many texts at once. */
const readVersions = new Map<string, VersionNumbers>();
const readVersionsLimit = 4_096;

/** Numbers of a version; `undefined` when the text is none. Leading zeros are read over: 1.0.494.0501 was published. */
export function versionNumbers(text: string): VersionNumbers | undefined {
  const known = readVersions.get(text);
  if (known !== undefined) return known;
  const found = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(text);
  if (found === null) return undefined;
  const [major, minor, build, revision] = found.slice(1).map((field) => Number(field ?? 0));
  const numbers = [major!, minor!, build!, revision!] as const;
  if (readVersions.size >= readVersionsLimit) readVersions.clear();
  readVersions.set(text, numbers);
  return numbers;
}

/** Numerically from the left; missing numbers are 0. Negative when `a` is older. Both must be versions. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [versionNumbers(a), versionNumbers(b)];
  if (left === undefined || right === undefined) throw new TypeError('only versions can be compared');
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || left[3] - right[3];
}

/** Of one product, newest first. */
export function recordsOf(history: VersionHistory, product: Product): readonly ReleaseRecord[] {
  return history.records
    .filter((record) => record.product === product)
    .sort((a, b) => compareReleases(b.version, a.version));
}

const indexes = new WeakMap<VersionHistory, ReadonlyMap<string, ReleaseRecord>>();

/** The record of a version, however it is written (2.5 and 2.5.0.0 are one). A history is indexed once: it never changes. */
export function findRecord(history: VersionHistory, product: Product, version: string): ReleaseRecord | undefined {
  const index =
    indexes.get(history) ?? new Map(history.records.map((each) => [keyOf(each.product, each.version), each]));
  indexes.set(history, index);
  return index.get(keyOf(product, version));
}

function keyOf(product: Product, version: string): string {
  return `${product} ${versionNumbers(version)?.join('.')}`;
}

/** The first day that `releasedOn` can mean. */
export function earliestDay(releasedOn: string): string {
  return releasedOn + '-01-01'.slice(releasedOn.length - 4);
}
