/**
 * `docs/version-history.md`: the public histories that are built in. Only what no day changes is written, so the page is
 * the same until the facts change: the last supported day, and not whether it has passed.
 */
import { longDate } from '@springline/auto-upgrade/campaign/deadline';
import { type Product, products } from '@springline/auto-upgrade/history/history';
import { type HistoryRow, historyPage } from '@springline/auto-upgrade/history/page';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { code, tableOf } from './markdown.ts';

/** Connect Sync has the bare anchors that links out there have; the others share the page. */
const parts: Readonly<Record<Product, { readonly title: string; readonly prefix: string; readonly words: string }>> = {
  'connect-sync': {
    title: 'Connect Sync',
    prefix: '',
    words: 'Microsoft Entra Connect Sync, and what it was called before. Not every build is for auto-upgrade.',
  },
  health: {
    title: 'Connect Health agents',
    prefix: 'health-',
    words: 'For Connect Sync, AD DS and AD FS. All upgrade themselves, and no person can switch that off.',
  },
  'cloud-sync': {
    title: 'Provisioning agent of Cloud Sync',
    prefix: 'cloud-sync-',
    words: 'It cannot be opted out. No rule about its support is published.',
  },
};
const until: Readonly<Partial<Record<HistoryRow['support']['rule'], string>>> = {
  newest: 'the newest',
  recalled: 'recalled',
};

export function versionHistoryPage(): string {
  return `# Version history

Builds of Microsoft's hybrid agents, from public facts as of October 2026; the notes are ours. What your installation of
Springline publishes itself is shown by \`npx springline release list\`.

- A build has an anchor that never changes, its digits without the points: [#2320](#2320) is 2.3.2.0. Two builds with the
  same digits are told apart by hyphens.
- Channels: ${code('download')} for people, ${code('auto-upgrade')} for servers that upgrade themselves. A build in ${code('download')} alone never
  comes by itself.
- Supported until: the published day where there is one, else reckoned by the published rule. Where the two differ, both
  stand there.

The same from the command line, as of any day, with what a build may still do:

\`\`\`sh
npx springline upgrade versions
npx springline upgrade versions health --all
npx springline upgrade versions connect-sync --of 2.3.2.0 --at 2024-10-01
\`\`\`

For programs: \`GET /hus/v1/version-history/connect-sync\` of any control plane, and below it \`feed\` for an Atom feed. The
products are ${[...products, 'springline'].map(code).join(', ')}.

${products.map(partOf).join('\n\n')}
`;
}

function partOf(product: Product): string {
  const { title, prefix, words } = parts[product];
  const { rows, milestones, forcedMinimums, contradictions } = historyPage(publicHistory, product, '2026-10-01');
  const minimums = forcedMinimums.map(({ version, deadline, takes, source, note = '' }) => [
    ...[`[${version}](#${anchorIn(rows, prefix, version)})`, longDate(deadline), takes.join(', ')],
    [source === 'published' ? '' : source, note].filter((each) => each !== '').join('; '),
  ]);
  return [
    `## ${title}`,
    words,
    ...(minimums.length === 0
      ? []
      : [
          'Minimums that were forced, with what builds below them lose:',
          tableOf(['at least', 'last day', 'lost below it', 'note'], minimums),
        ]),
    tableOf(
      ['version', 'released', 'channels', 'supported until', 'notes'],
      rows.map((row) => rowOf(row, prefix)),
    ),
    ...(milestones.length === 0 ? [] : [milestones.map(({ on, what }) => `- ${on}: ${what}`).join('\n')]),
    ...(contradictions.length === 0
      ? []
      : [
          'Where published statements contradict each other:',
          contradictions.map(({ version, what }) => `- ${version}: ${what}`).join('\n'),
        ]),
  ].join('\n\n');
}

/** Without its anchor the version is not in the history: the minimum is then no link. */
function anchorIn(rows: readonly HistoryRow[], prefix: string, version: string): string {
  const row = rows.find((each) => each.version === version);
  if (row === undefined) throw new TypeError(`a minimum names ${version}, which the history does not have`);
  return prefix + row.anchor;
}

function rowOf(
  { version, anchor, releasedOn = '', channels, status, support, notes, bundledHealth, roles }: HistoryRow,
  prefix: string,
) {
  const { published, computed, differs, rule } = support;
  const reckoned = differs && computed !== undefined ? ` (reckoned ${computed})` : '';
  return [
    `<a id="${prefix}${anchor}"></a>${version}`,
    releasedOn,
    status === 'released' ? channels.join(', ') : status,
    `${published ?? computed ?? until[rule] ?? 'not published'}${reckoned}`,
    [
      ...(roles === undefined ? [] : [`for ${roles.join(', ')}`]),
      ...notes,
      ...(bundledHealth === undefined ? [] : [`brings Health ${bundledHealth}`]),
    ].join('; '),
  ];
}
