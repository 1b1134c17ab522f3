/** A version history in words: tabs, days, support, and what a build has lost since. */
import type { ComponentName } from '@springline/api/shapes/agent';
import type { HistoryProduct } from '@springline/api/shapes/version-history';
import type { Answer } from '../api-client.ts';
import type { Tone } from '../look/tone.ts';
import { compareVersions } from '../look/version-order.ts';

export type History = Answer<'getVersionHistory'>;
export type HistoryRow = History['rows'][number];

export interface HistoryTab {
  readonly product: HistoryProduct;
  readonly title: string;
  /** Which builds these are. */
  readonly purpose: string;
  /** Whose current build the download page shows. */
  readonly component?: ComponentName;
}

export const historyTabs: readonly HistoryTab[] = [
  {
    product: 'connect-sync',
    title: 'Connect Sync',
    purpose: 'Published versions of Connect Sync, and until when each is supported.',
    component: 'connect-sync',
  },
  {
    product: 'health',
    title: 'Connect Health',
    purpose: 'Published versions of the Connect Health agents.',
    component: 'health-ad-ds',
  },
  {
    product: 'cloud-sync',
    title: 'Cloud Sync',
    purpose: 'Published versions of the provisioning agent of Cloud Sync.',
    component: 'cloud-sync',
  },
  {
    product: 'springline',
    title: 'This installation',
    purpose: 'Releases that this installation publishes for its own agents.',
  },
];

/** The tab of `/version-history/PRODUCT`; Connect Sync without one; `undefined` for one that there is not. */
export function tabOf(product: string | undefined): HistoryTab | undefined {
  return product === undefined ? historyTabs[0] : historyTabs.find((tab) => tab.product === product);
}

/** The anchor that a link means: `#2320` and `#2.3.2.0` alike. */
export function anchorIn(hash: string, rows: readonly HistoryRow[]): string | undefined {
  const wanted = hash.replace(/^#/, '');
  if (rows.some(({ anchor }) => anchor === wanted)) return wanted;
  return rows.find(({ version }) => version === wanted)?.anchor;
}

const dayForm = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const monthForm = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `16 Sept 2024`; a month or a year where no more is known. */
export function dayWords(day: string): string {
  if (day.length === 4) return day;
  return (day.length === 7 ? monthForm : dayForm).format(new Date(`${day.length === 7 ? `${day}-01` : day}T00:00:00Z`));
}

interface SupportWords {
  readonly tone: Tone;
  /** `Deprecated` and its like. */
  readonly state: string;
  /** The day, and how it is known; more than one sentence where the rules and the publisher differ. */
  readonly detail: readonly string[];
}

export function supportWords({ support, supportStatus }: HistoryRow): SupportWords {
  const { computed, published, differs, reason } = support;
  const last = published ?? computed;
  const until =
    last === undefined
      ? []
      : [
          `${supportStatus === 'ended' ? 'Support ended' : 'Supported until'} ${dayWords(last)}, ${published === undefined ? `reckoned: ${ruleWords(support)}` : 'as published'}.`,
        ];
  const other =
    differs && computed !== undefined
      ? [`By the published rules it is ${dayWords(computed)} (${ruleWords(support)}).`]
      : [];
  const detail = [...until, ...other, ...(differs && reason !== undefined ? [sentence(reason)] : [])];
  switch (supportStatus) {
    case 'recalled':
      return { tone: 'bad', state: 'Recalled', detail: ['The publisher called it back.'] };
    case 'ended':
      return { tone: 'bad', state: 'Deprecated', detail };
    case 'supported':
      return { tone: 'good', state: 'Supported', detail: detail.length === 0 ? ['The newest version.'] : detail };
    case 'unknown':
      return { tone: 'none', state: 'No end published', detail };
  }
}

function ruleWords({ rule, endedBy }: HistoryRow['support']): string {
  switch (rule) {
    case 'twelve-months':
      return `12 months after ${endedBy ?? 'a newer version'}`;
    case 'rule-began':
      return 'the day on which the rule of 12 months began';
    case 'forced-minimum':
      return `the minimum ${endedBy ?? ''}`.trim();
    case 'generation-retired':
      return 'the end of 1.x';
    default:
      return 'no rule';
  }
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

const channelNames: Record<HistoryRow['channels'][number], string> = {
  download: 'for download',
  'auto-upgrade': 'auto-upgrade',
  'auto-upgrade-only': 'auto-upgrade only',
  'selected-tenants': 'selected tenants',
  'not-auto-upgrade': 'not for auto-upgrade',
  'not-stated': 'channel not stated',
  recalled: 'called back',
};

/** `For download, auto-upgrade from 5 May 2026`. */
export function channelWords({ channels, autoUpgradeFrom, autoUpgradeUntil }: HistoryRow): string {
  const from = autoUpgradeFrom === undefined ? '' : ` from ${dayWords(autoUpgradeFrom)}`;
  const until = autoUpgradeUntil === undefined ? '' : ` until ${dayWords(autoUpgradeUntil)}`;
  const words = channels
    .map((channel) => `${channelNames[channel]}${channel === 'auto-upgrade' ? `${from}${until}` : ''}`)
    .join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export const lostWords: Readonly<Record<string, string>> = {
  'auto-upgrade': 'auto-upgrade',
  'some-alerts': 'some health alerts',
  'all-alerts': 'all health alerts',
  'wizard-sign-in': 'sign-in to the wizard',
  'federation-tasks': 'federation tasks',
  sync: 'synchronisation',
};

/** What forced minimums have taken, or will take, from this build; the next first, at most three. */
export function lossesOf({ version }: HistoryRow, { forcedMinimums, on }: History): readonly string[] {
  return forcedMinimums
    .filter((minimum) => minimum.source !== 'reported' && compareVersions(version, minimum.version) < 0)
    .toSorted((a, b) => (a.deadline < b.deadline ? 1 : -1))
    .slice(0, 3)
    .map(({ version: least, deadline, takes }) => {
      const what = takes.map((each) => lostWords[each] ?? each).join(', ');
      const isPast = deadline < on;
      return `${isPast ? 'Without' : 'Loses'} ${what} ${isPast ? 'since the end of' : 'after'} ${dayWords(deadline)}: below ${least}.`;
    });
}
