/** `springline upgrade versions`: the public version history, and what a build may still do. */

import { utcDate } from '@springline/auto-upgrade/campaign/deadline';
import { toAtom } from '@springline/auto-upgrade/history/atom';
import { remainingFunctions } from '@springline/auto-upgrade/history/deprecated';
import { findRecord, type Product, products, versionNumbers } from '@springline/auto-upgrade/history/history';
import { toJson } from '@springline/auto-upgrade/history/json';
import { type HistoryPage, type HistoryRow, historyPage, pageOfItsDay } from '@springline/auto-upgrade/history/page';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { lastSupportedDay } from '@springline/auto-upgrade/history/support';
import { Argument, type Command } from 'commander';
import { bold, CommandError, dim, print, table } from '../output.ts';
import { instantOf } from './upgrade-check.ts';

interface Words {
  readonly of?: string;
  readonly at?: string;
  readonly atom?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

const shownRows = 15;

export function registerUpgradeVersions(upgrade: Command): void {
  upgrade
    .command('versions')
    .description('the version history: dates, channels, support; or what one build may still do')
    .addArgument(new Argument('[product]', 'whose versions').choices([...products]).default('connect-sync'))
    .option('--of <version>', 'this version alone, with what it may still do')
    .option('--at <date>', 'as of this day, as 2024-09-02')
    .option('--all', 'every version and not the newest alone')
    .option('--atom <url>', 'as an Atom feed that lies at this address')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline upgrade versions
  springline upgrade versions health --all
  springline upgrade versions connect-sync --of 2.3.2.0 --at 2024-10-01
  springline upgrade versions --atom https://updates.example.com/connect-sync.atom`,
    )
    .action((product: Product, words: Words) => {
      const on = utcDate(instantOf(words.at));
      if (words.of !== undefined && words.atom !== undefined) {
        throw new CommandError('--of shows one version and --atom makes a feed of all: choose one', 2);
      }
      const whole = historyPage(publicHistory, product, on);
      const page = words.at === undefined ? whole : pageOfItsDay(whole);
      if (words.of !== undefined) return showOne(page, words.of, words.json === true);
      if (words.atom !== undefined) print(toAtom(page, placesOf(words.atom, product)).trimEnd());
      else if (words.json === true) print(toJson(page).trimEnd());
      else print(describeHistory(page, words.all === true, whole.rows.length - page.rows.length));
    });
}

function placesOf(feedUrl: string, product: Product) {
  if (!URL.canParse(feedUrl)) throw new CommandError('--atom is the address at which the feed will lie', 2);
  return { feedUrl, pageUrl: new URL(`/version-history/${product}`, feedUrl).href };
}

function showOne(page: HistoryPage, version: string, isJson: boolean): void {
  if (versionNumbers(version) === undefined) throw new CommandError(`${version} is no version`, 2);
  const record = findRecord(publicHistory, page.product, version);
  if (record === undefined) throw new CommandError(`the public history has no ${page.product} ${version}`);
  const row = page.rows.find((each) => each.version === record.version);
  if (row === undefined) {
    const when = record.releasedOn === undefined ? 'later' : `on ${record.releasedOn}`;
    throw new CommandError(`${page.product} ${version} was not out on ${page.on}: it came ${when}`);
  }
  const mayDo = remainingFunctions(publicHistory, page.product, row.version, page.on);
  if (isJson) print(JSON.stringify({ ...row, on: page.on, remaining: mayDo }));
  else print(describeVersion(page, row, mayDo));
}

/** @param later Versions that are left out because they came after the day of the page. */
export function describeHistory(page: HistoryPage, isWhole: boolean, later = 0): string {
  const title = `${bold(page.title)}  ${dim(`as of ${page.on}`)}`;
  if (page.rows.length === 0) return [title, '', 'No version had come out by then.'].join('\n');
  const rows = isWhole ? page.rows : page.rows.slice(0, shownRows);
  const left = page.rows.length - rows.length;
  const minimums = page.forcedMinimums
    .filter(({ source }) => source === 'published')
    .map(({ version, deadline }) => `${version} by ${deadline}`);
  return [
    title,
    '',
    table([['VERSION', 'RELEASED', 'CHANNELS', 'SUPPORTED UNTIL', 'NOTES'], ...rows.map(rowOf)]),
    ...(left > 0 ? [dim(`and ${left} older ones: --all`)] : []),
    ...(later > 0 ? [dim(`${laterWords(later)} left out. Dates of support are those known today.`)] : []),
    ...(minimums.length === 0 ? [] : ['', `Forced minimums: ${minimums.join('; ')}.`]),
    ...page.contradictions.map(({ version, what }) => dim(`${version}: ${what}`)),
  ].join('\n');
}

function laterWords(count: number): string {
  return count === 1 ? '1 that came out later is' : `${count} that came out later are`;
}

function rowOf({ version, releasedOn = '', channels, support, supportStatus, notes, status }: HistoryRow): string[] {
  const published = status === 'released' ? channels.join(', ') : status;
  return [version, releasedOn, published, untilWords(support, supportStatus), notes.join('; ')];
}

function untilWords(support: HistoryRow['support'], status: HistoryRow['supportStatus']): string {
  if (status === 'recalled') return 'recalled';
  const last = lastSupportedDay(support);
  if (last === undefined) return support.rule === 'newest' ? 'newest' : 'not published';
  // The rule's own day where it is another one.
  const reckoned = support.differs && support.computed !== undefined ? ` (reckoned ${support.computed})` : '';
  return `${last}${status === 'ended' ? ', ended' : ''}${reckoned}`;
}

function describeVersion(page: HistoryPage, row: HistoryRow, mayDo: ReturnType<typeof remainingFunctions>): string {
  const { version, releasedOn = 'on an unknown day', support, supportStatus, notes, bundledHealth } = row;
  const functions = mayDo.map(({ function: name, status, since = '', because = '', until = '' }) => [
    ...[name, status, since, until, because],
  ]);
  return [
    bold(`${page.product} ${version}, as of ${page.on}`),
    `released ${releasedOn}; supported until: ${untilWords(support, supportStatus)}`,
    ...(support.differs && support.reason !== undefined ? [dim(`the dates differ: ${support.reason}`)] : []),
    ...(bundledHealth === undefined ? [] : [`brings the Health agent ${bundledHealth}`]),
    ...notes,
    '',
    table([['IT MAY STILL', 'STATUS', 'SINCE', 'NEXT LOSS', 'BECAUSE'], ...functions]),
  ].join('\n');
}
