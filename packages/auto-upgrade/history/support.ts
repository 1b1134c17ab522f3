/**
 * How long a build is supported, reckoned by the published rules beside what was published for it.
 *
 * Connect Sync 2.x: until 12 months after a newer version came out, and not before 15 March 2023, when that rule began.
 * A recalled release is no newer version: the published dates pass over it. Minimums that were forced come first: one that
 * `caps` ends support then at the latest; one that `sets` gives its date, sooner or later, to every build below it whose 12
 * months had not run out when it was announced (so the whole of 2.3 ends on 30 April 2025). 1.x ended on 31 August 2022.
 * The other products have no published rule, so nothing is reckoned for them.
 */
import { addMonths } from '../campaign/calendar.ts';
import {
  compareReleases,
  type ForcedMinimum,
  findRecord,
  type Product,
  type ReleaseRecord,
  type VersionHistory,
} from './history.ts';

export interface Support {
  /** `YYYY-MM-DD`, the last day. Absent: the newest, a recalled or unreleased build, or no rule. */
  readonly computed?: string;
  /** Why `computed` is that day, or absent. */
  readonly rule:
    | 'twelve-months'
    | 'rule-began'
    | 'forced-minimum'
    | 'generation-retired'
    | 'newest'
    | 'recalled'
    | 'none';
  /** What ends it: a version or nothing. */
  readonly endedBy?: string;
  readonly published?: string;
  readonly differs: boolean;
  /** Where it differs: what is known of why. */
  readonly reason?: string;
}

const ruleBegan = '2023-03-15';
const firstGenerationEnd = '2022-08-31';

/** `undefined` when the history does not have that version. */
export function supportEnd(history: VersionHistory, product: Product, version: string): Support | undefined {
  const record = findRecord(history, product, version);
  if (record === undefined) return undefined;
  const reckoned = reckon(history, record);
  const { publishedSupportEnd: published } = record;
  if (published === undefined) return { ...reckoned, differs: false };
  if (published === reckoned.computed) return { ...reckoned, published, differs: false };
  const known = history.contradictions.find(
    (each) => each.product === product && each.version === record.version && each.about === 'support-end',
  );
  return { ...reckoned, published, differs: true, reason: known?.what ?? 'no reason is known' };
}

/** Published where it is, for that is what the publisher keeps to; else reckoned. */
export function lastSupportedDay(support: Support): string | undefined {
  return support.published ?? support.computed;
}

type Reckoned = Pick<Support, 'computed' | 'rule' | 'endedBy'>;

function reckon(history: VersionHistory, record: ReleaseRecord): Reckoned {
  if (record.status !== 'released') return { rule: record.status === 'recalled' ? 'recalled' : 'none' };
  if (record.product !== 'connect-sync') return { rule: 'none' };
  if (compareReleases(record.version, '2.0') < 0) return { computed: firstGenerationEnd, rule: 'generation-retired' };
  const next = firstNewer(history, record);
  const twelveMonths = next === undefined ? undefined : afterTwelveMonths(next);
  return forced(history, record, twelveMonths) ?? twelveMonths ?? { rule: 'newest' };
}

function afterTwelveMonths(next: ReleaseRecord): Reckoned & { computed: string } {
  const end = addMonths(next.releasedOn!, 12);
  if (end < ruleBegan) return { computed: ruleBegan, rule: 'rule-began', endedBy: next.version };
  return { computed: end, rule: 'twelve-months', endedBy: next.version };
}

/** Of the higher versions with a full date the one that came out first. */
function firstNewer({ records }: VersionHistory, { product, version }: ReleaseRecord): ReleaseRecord | undefined {
  return records
    .filter(({ status, releasedOn }) => status === 'released' && releasedOn?.length === 10)
    .filter((each) => each.product === product && compareReleases(each.version, version) > 0)
    .sort((a, b) => (a.releasedOn! < b.releasedOn! ? -1 : 1))[0];
}

function forced(history: VersionHistory, record: ReleaseRecord, twelve: Reckoned | undefined): Reckoned | undefined {
  const acts = ({ support, announcedBy, deadline }: ForcedMinimum): boolean => {
    if (support === 'unchanged') return false;
    if (support === 'sets') return twelve?.computed === undefined || twelve.computed > announcedBy!;
    return twelve?.computed === undefined || deadline < twelve.computed;
  };
  const minimum = history.forcedMinimums
    .filter(({ product, source }) => product === record.product && source === 'published')
    .filter(({ version }) => compareReleases(record.version, version) < 0)
    .filter(acts)
    .sort((a, b) => (a.deadline < b.deadline ? -1 : 1))[0];
  if (minimum === undefined) return undefined;
  return { computed: minimum.deadline, rule: 'forced-minimum', endedBy: minimum.version };
}
