import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { parseCampaign } from '../campaign/campaign.ts';
import { type CheckOptions, checkedServersCsv, checkServers } from './check-servers.ts';
import { CheckServersError } from './check-servers-error.ts';
import { formatCsvRow, parseCsv } from './csv.ts';
import { publicHistory } from './public-history.ts';
import { listLimits, parseServerList } from './server-list.ts';

const now = Date.parse('2026-09-20T00:00:00Z') as EpochMs;
const options: CheckOptions = { now, history: publicHistory };

/** Name, standing, support and path of each server. */
function verdicts(csv: string, changed: CheckOptions = options): readonly (readonly (string | undefined)[])[] {
  return checkServers(csv, changed).servers.map(({ server, standing, support, path }) => [
    server,
    standing,
    support,
    path,
  ]);
}

test('an estate is judged by the minimum that comes next, with support and the way up', () => {
  const csv = [
    'Server,Product,Version,State,Last seen',
    'a,Microsoft Entra Connect,2.5.190.0,Enabled,2026-09-19',
    'b,Azure AD Connect,2.5.79.0,Enabled,2026-09-19T08:00:00Z',
    'c,AAD Connect,2.5.76.0,Enabled,',
    'd,connect-sync,2.4.18.0,Disabled,2026-01-01',
    'e,Entra Connect Sync,1.6.16.0,,',
    'f,Connect Sync,2.6.79.0,,',
    'g,Microsoft Entra Connect Health for AD DS,3.2.2256.26,,',
    'h,Cloud Sync,1.1.1586.0,,',
    'i,Connect Sync,,,',
  ].join('\n');
  assert.deepEqual(verdicts(csv), [
    ['a', 'ok', 'supported', undefined],
    ['b', 'ok', 'supported', undefined],
    ['c', 'below', 'ended', 'auto'],
    ['d', 'below', 'ended', 'swing'],
    ['e', 'below', 'ended', 'swing'],
    ['f', 'ok', 'recalled', 'replace'],
    ['g', 'below', 'unknown', 'in-place'],
    ['h', 'not-judged', 'unknown', undefined],
    ['i', 'not-judged', 'unknown', undefined],
  ]);
  const { servers, summary } = checkServers(csv, options);
  assert.deepEqual(summary, {
    ...{ servers: 9, ok: 3, below: 4, notJudged: 2, unsupported: 4 },
    byPath: { auto: 1, 'in-place': 1, bridge: 0, swing: 2, replace: 1 },
  });
  assert.equal(servers[1]!.supportedUntil, '2026-10-23');
  assert.deepEqual(servers[1]!.reasons, ['reported-minimum-ahead']);
  assert.deepEqual(servers[3]!.reasons, [
    'long-not-upgraded',
    'opted-out',
    'support-ended',
    'reported-minimum-ahead',
    'not-seen',
  ]);
  assert.deepEqual(servers[8]!.reasons, ['version-missing']);
});

test('the loss of synchronisation is a reason of its own, named once and before the way up', () => {
  const late = { ...options, now: Date.parse('2026-11-23T00:00:00Z') as EpochMs };
  const csv = 'server,version\na,2.2.8.0\nb,2.3.2.0\nc,2.3.6.0\nd,1.6.16.0\ne,2.5.79.0\n';
  const found = checkServers(csv, late).servers.map(({ reasons }) => reasons.filter((each) => each === 'sync-stopped'));
  assert.deepEqual(found, [['sync-stopped'], ['sync-stopped'], ['sync-stopped'], ['sync-stopped'], []]);
  assert.equal(checkServers(csv, late).servers[1]!.reasons[0], 'sync-stopped');
  const before = { ...options, now: Date.parse('2026-09-30T12:00:00Z') as EpochMs };
  assert.ok(!checkServers(csv, before).servers[1]!.reasons.includes('sync-stopped'));
});

test('an old Health agent loses some alerts on a Connect Sync server and all of them elsewhere', () => {
  const csv = ['health-sync', 'health-ad-fs', 'health-ad-ds'].map((each) => `a,${each},4.5.2428.0`).join('\n');
  const { servers } = checkServers(`server,component,version\n${csv}\n`, options);
  assert.deepEqual(
    servers.map(({ reasons }) => reasons.filter((each) => each.endsWith('alerts-lost'))),
    [['alerts-lost'], ['all-alerts-lost'], ['all-alerts-lost']],
  );
});

test('against a campaign, what is not yet announced is neither', () => {
  const file = new URL('../../../scenarios/september-2024/notice.json', import.meta.url);
  const [first, second] = parseCampaign(JSON.parse(readFileSync(file, 'utf8'))).revisions;
  const csv =
    'host;component;version\r\na;connect-sync;2.3.20.0\r\nb;health-ad-ds;4.5.2462\r\nc;health-sync;4.5.2462\r\n';
  const at = { ...options, now: Date.parse('2024-09-02T00:00:00Z') as EpochMs };
  const standings = (campaignRevision: NonNullable<CheckOptions['campaignRevision']>): readonly string[] =>
    checkServers(csv, { ...at, campaignRevision }).servers.map(({ standing }) => standing);
  assert.deepEqual(standings(first!), ['ok', 'not-judged', 'not-judged']);
  assert.deepEqual(standings(second!), ['ok', 'below', 'below']);
});

test('our own agents are judged by our own releases, and Microsoft names stay with the public history', () => {
  const release = {
    component: 'connect-sync',
    channel: { download: true, autoUpgrade: true },
    isRecalled: false,
  } as const;
  const ownReleases = [
    { ...release, version: '2.6.0.0' },
    { ...release, version: '2.4.0.0', isRecalled: true },
  ];
  const campaignRevision = parseCampaign({
    ...{ campaignId: 'a', name: 'A' },
    revisions: [
      {
        ...{ revision: 1, publishedAt: '2026-01-01T00:00:00Z', title: 'T', deadline: { date: '2026-12-01' } },
        minimums: [{ component: 'connect-sync', version: '2.5.0.0' }],
      },
    ],
  }).revisions[0]!;
  const csv =
    'server,product,version,channel\na,connect-sync,1.0.0,HUS\nb,connect-sync,2.4.0.0,HUS\nc,connect-sync,2.2.0.0,PKS\nd,Entra Connect,1.6.16.0,';
  const changed = { ...options, campaignRevision, ownReleases, bridge: { from: '2.0.0.0', to: '2.5.0.0' } };
  assert.deepEqual(verdicts(csv, changed), [
    ['a', 'below', 'unknown', 'auto'],
    ['b', 'below', 'recalled', 'replace'],
    ['c', 'below', 'unknown', 'bridge'],
    ['d', 'below', 'ended', 'swing'],
  ]);
});

test('a file of a spreadsheet is read: byte order mark, announced separator, quotes, line breaks in cells', () => {
  const csv =
    '\uFEFFsep=;\r\n"Computer Name";"Note";"Product Version"\r\n"dc;1";"two\r\nlines, ""quoted""";"2.5.190.0"\r\n;;\r\n';
  assert.deepEqual(verdicts(csv), [['dc;1', 'ok', 'supported', undefined]]);
});

test('a heading such as __proto__ is a heading that is not looked for', () => {
  const csv = '__proto__,constructor,server,version\nx,y,__proto__,2.5.190.0\n';
  assert.deepEqual(verdicts(csv), [['__proto__', 'ok', 'supported', undefined]]);
});

for (const [name, csv, code, row, column] of [
  ['an empty file', '', 'wrong-columns', undefined, undefined],
  ['no column for the version', 'server\na', 'wrong-columns', undefined, undefined],
  ['two columns for the server', 'server,version,Host\n', 'wrong-columns', 1, 3],
  ['a quotation mark that stays open', 'server,version\na,"2.3', 'malformed-csv', 2, 2],
  ['text behind a closing quotation mark', 'server,version\n"a"b,2.3.2.0', 'malformed-csv', 2, 1],
  ['a cell without a heading', 'server,version\na,2.3.2.0,x', 'malformed-csv', 2, 3],
  ['a long cell', `server,version\n${'a'.repeat(1_001)},2.3.2.0`, 'malformed-csv', 2, 1],
  ['too many cells', `server,version${',x'.repeat(200)}`, 'malformed-csv', 1, 201],
  ['a server without a name', 'server,version\n ,2.3.2.0', 'malformed-cell', 2, 1],
  ['what is no version', 'server,version\n\na,v2', 'malformed-cell', 3, 2],
  ['a product that nobody knows', 'server,version,product\na,2.3.2.0,Outlook', 'malformed-cell', 2, 3],
  ['a formula where a date belongs', 'server,version,last seen\na,2.3.2.0,=NOW()', 'malformed-cell', 2, 3],
  ['a date that depends on the country', 'server,version,last seen\na,2.3.2.0,09/02/2024', 'malformed-cell', 2, 3],
  ['a state that there is not', 'server,version,state\na,2.3.2.0,on', 'malformed-cell', 2, 3],
  ['more than 8 MiB', 'x'.repeat(8 * 2 ** 20 + 1), 'csv-too-large', undefined, undefined],
  ['more than 8 MiB in UTF-8', '€'.repeat(3 * 2 ** 20), 'csv-too-large', undefined, undefined],
  ['more than 100,000 rows', `server,version\n${'a,2.3.2.0\n'.repeat(100_001)}`, 'csv-too-large', undefined, undefined],
] as const) {
  test(`${name}: refused with the place`, () => {
    assert.throws(
      () => checkServers(csv, options),
      (error) =>
        error instanceof CheckServersError && error.code === code && error.row === row && error.column === column,
    );
  });
}

test('every row that cannot be read is named at once, with the place of the first', () => {
  const csv = 'server,version,last seen,objects\na,x,,\nb,2.3.2.0,31/12/2023,\nc,2.3.2.0,,many\nd,2.3.2.0,,\n';
  assert.throws(
    () => checkServers(csv, options),
    (error) => {
      assert.ok(error instanceof CheckServersError);
      assert.deepEqual([error.code, error.row, error.column], ['malformed-cell', 2, 2]);
      assert.deepEqual(error.message.split('\n  '), [
        '3 rows cannot be read:',
        'row 2, column 2: "x" is no version; write it as 2.3.2.0',
        'row 3, column 3: "31/12/2023" is no date of last contact; write a date as 2024-09-02 or an instant as 2024-09-02T08:00:00Z',
        'row 4, column 4: "many" is no number of objects; write a whole number',
      ]);
      return true;
    },
  );
});

test('of many rows that cannot be read the first 20 are named', () => {
  const wrong = (count: number): readonly string[] => {
    try {
      checkServers(`server,version\n${'a,x\n'.repeat(count)}`, options);
    } catch (error) {
      return (error as Error).message.split('\n  ');
    }
    return [];
  };
  assert.deepEqual([wrong(25)[0], wrong(25).length, wrong(25).at(-1)], ['25 rows cannot be read:', 22, 'and 5 more']);
  assert.equal(wrong(5_000)[0], 'at least 1000 rows cannot be read:');
});

test('a version with a v in front and grouped numbers are read; Health asks which of its agents is meant', () => {
  const csv = "server;version;objects\na;v2.5.190.0;12,000\nb;2.5.190.0;1.234.567\nc;2.5.190.0;12'000\n";
  assert.deepEqual(
    parseServerList(csv).map(({ version, objectCount }) => [version, objectCount]),
    [
      ['2.5.190.0', 12_000],
      ['2.5.190.0', 1_234_567],
      ['2.5.190.0', 12_000],
    ],
  );
  for (const product of ['health', 'Microsoft Entra Connect Health']) {
    assert.throws(
      () => parseServerList(`server,version,product\na,4.5.2428.0,${product}`),
      /is no component; write which of its agents it is: health-sync, health-ad-ds or health-ad-fs/,
    );
  }
});

test('a component of a server that is listed again counts once, by the worst of its rows', () => {
  const csv = 'server,version\na,2.5.190.0\nA,2.2.8.0\na,2.5.190.0\nb,2.5.190.0\n';
  const { servers, summary } = checkServers(csv, options);
  assert.deepEqual([summary.servers, summary.ok, summary.below], [2, 1, 1]);
  assert.deepEqual(
    servers.map(({ reasons }) => reasons.includes('listed-again')),
    [true, false, true, false],
  );
});

test('a last contact that lies ahead of the day is said to', () => {
  const csv = 'server,version,last seen\na,2.5.190.0,2099-01-01\nb,2.5.190.0,2026-09-20\n';
  assert.deepEqual(
    checkServers(csv, options).servers.map(({ reasons }) => reasons),
    [['reported-minimum-ahead', 'seen-ahead'], ['reported-minimum-ahead']].map((each) => [...each]),
  );
});

test('S30: what a spreadsheet would run is written with an apostrophe', () => {
  const csv =
    'server,version\n=HYPERLINK("x"),2.5.190.0\n+1,2.5.190.0\n-1,2.5.190.0\n@a,2.5.190.0\n"\t=a, ""b""",2.5.190.0\n';
  const written = checkedServersCsv(checkServers(csv, options)).split('\r\n').slice(1, -1);
  const names = written.map((line) => parseCsv(line, listLimits)[0]!.cells[0]);
  assert.deepEqual(names, [`'=HYPERLINK("x")`, "'+1", "'-1", "'@a", `'=a, "b"`]);
});

test('100,000 servers are checked in one pass', () => {
  const rows = Array.from({ length: 100_000 }, (_, at) => `s${at},2.${at % 7}.${at % 131}.0`);
  const { summary } = checkServers(`server,version\n${rows.join('\n')}`, options);
  assert.equal(summary.servers, 100_000);
});

test('any text is a list or is refused as a CheckServersError', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(',', ';', '"', '\n', '\r\n', 'server', 'version', '2.3.2.0', '\ud800', '=1'),
  );
  const texts = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(
      fc.oneof(
        texts,
        texts.map((text) => `server,version,state\n${text}`),
      ),
      (text) => {
        try {
          checkedServersCsv(checkServers(text, options));
        } catch (error) {
          assert.ok(error instanceof CheckServersError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('cells that were written are read as the same, but for the apostrophe', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '=', '-', ' ', '\t') });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
      const header = formatCsvRow(cells.map(() => 'h'));
      const [, row] = parseCsv(header + formatCsvRow(cells), listLimits);
      const read = row?.cells ?? cells.map(() => '');
      for (const [at, each] of cells.entries()) {
        assert.ok(read[at] === each || read[at] === `'${each}` || row === undefined, JSON.stringify(each));
      }
    }),
  );
});
