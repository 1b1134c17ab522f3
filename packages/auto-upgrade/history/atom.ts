/** A version history as an Atom feed (RFC 4287). Deterministic: dates are those of the releases, and nothing reads a clock. */
import { earliestDay } from './history.ts';
import type { HistoryPage, HistoryRow } from './page.ts';

export interface FeedPlaces {
  /** Of the feed itself, absolute. Also its identity, so it must stay. */
  readonly feedUrl: string;
  /** Of the page whose anchors the entries point to, absolute. */
  readonly pageUrl: string;
}

const entriesLimit = 50;

/** The 50 newest versions that came out on a day, a month or a year that is known; those without a date are left out. */
export function toAtom(page: HistoryPage<string>, places: FeedPlaces): string {
  const rows = page.rows.filter(({ releasedOn }) => releasedOn !== undefined).slice(0, entriesLimit);
  const newest = rows.map(updatedOf).sort().at(-1) ?? '1970-01-01T00:00:00Z';
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `  <id>${escapeXml(places.feedUrl)}</id>`,
    `  <title>${escapeXml(page.title)}</title>`,
    `  <updated>${newest}</updated>`,
    '  <author><name>Springline</name></author>',
    `  <link rel="self" type="application/atom+xml" href="${escapeXml(places.feedUrl)}"/>`,
    `  <link rel="alternate" type="text/html" href="${escapeXml(places.pageUrl)}"/>`,
    ...rows.flatMap((row) => entryOf(row, places)),
    '</feed>',
    '',
  ].join('\n');
}

function entryOf(row: HistoryRow, places: FeedPlaces): readonly string[] {
  const { version, anchor, channels, notes, support, status, component } = row;
  const name = component === undefined ? version : `${component} ${version}`;
  const end = support.published ?? support.computed;
  const summary = [
    `Released ${row.releasedOn}.`,
    `Channels: ${channels.join(', ')}.`,
    ...(end === undefined ? [] : [`Supported until ${end}.`]),
    ...notes.map((note) => `${note}.`),
  ].join(' ');
  return [
    '  <entry>',
    `    <id>${escapeXml(`${places.feedUrl}#${anchor}`)}</id>`,
    `    <title>${escapeXml(status === 'released' ? name : `${name} (${status})`)}</title>`,
    `    <updated>${updatedOf(row)}</updated>`,
    `    <link rel="alternate" type="text/html" href="${escapeXml(`${places.pageUrl}#${anchor}`)}"/>`,
    `    <summary>${escapeXml(summary)}</summary>`,
    '  </entry>',
  ];
}

function updatedOf({ releasedOn }: HistoryRow): string {
  return `${earliestDay(releasedOn!)}T00:00:00Z`;
}

const entities: ReadonlyMap<string, string> = new Map([
  ...([
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['"', '&quot;'],
    ["'", '&#39;'],
  ] as const),
]);

/** For text and attributes alike. What XML 1.0 cannot hold at all becomes a replacement character. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '�')
    .replace(/[&<>"']/g, (found) => entities.get(found)!);
}
