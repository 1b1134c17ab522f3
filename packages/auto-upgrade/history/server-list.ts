/**
 * A list of servers as it comes out of spreadsheets and scripts: which column is what, and what its cells may hold. A list
 * to be recorded has further columns, and says of each component of a server one thing.
 */
import type { EpochMs } from '@springline/ports/clock';
import { dayFromDate } from '../campaign/calendar.ts';
import type { Component } from '../release/target-path.ts';
import { CheckServersError, together } from './check-servers-error.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { versionNumbers } from './history.ts';

export interface ListedServer {
  readonly row: number;
  readonly server: string;
  readonly component: Component;
  /** Whether the product was written with its maker's name. */
  readonly isMicrosoft: boolean;
  /** Absent: the cell is empty. */
  readonly version?: string;
  readonly state?: 'Enabled' | 'Disabled' | 'Suspended';
  readonly channel?: 'HUS' | 'PKS' | 'bridged';
  readonly lastSeenAt?: EpochMs;
  /** Year of the Windows Server. */
  readonly windowsServer?: number;
  readonly objectCount?: number;
}

/** A server that is to be recorded: what is not known of it cannot be counted. */
export interface ServerToRecord extends ListedServer {
  readonly version: string;
  /** Of the last upgrade: `Success`, `UpgradeAborted…`, … */
  readonly lastResult?: string;
  /** Who is to be asked about it. */
  readonly owner?: string;
  /** What does its work now. */
  readonly movedTo?: Component;
}

/** Bounds of a list. */
export const listLimits = { sizeBytes: 8 * 2 ** 20, rows: 100_000, columns: 200, cell: 1_000 } as const;

const columnNames = {
  server: [
    'server',
    'servername',
    'host',
    'hostname',
    'computer',
    'computername',
    'machine',
    'machinename',
    'fqdn',
    'name',
  ],
  component: ['component', 'product', 'productname', 'role', 'agent'],
  version: ['version', 'productversion', 'installedversion', 'clientversion', 'agentversion', 'build'],
  state: ['state', 'autoupgrade', 'autoupgradestate', 'upgradestate'],
  channel: ['channel', 'upgradechannel'],
  lastSeen: ['lastseen', 'lastseenat', 'lastcontact', 'lastheartbeat', 'lastsync', 'lastsynctime'],
  os: ['os', 'operatingsystem', 'windows', 'windowsserver', 'osversion'],
  objects: ['objects', 'objectcount', 'metaverseobjects', 'numberofobjects'],
} as const;
/** Of a list to be recorded. */
const recordedColumnNames = {
  ...columnNames,
  result: ['result', 'lastresult', 'upgraderesult', 'lastupgraderesult'],
  owner: ['owner', 'contact', 'responsible'],
  movedTo: ['movedto'],
} as const;
type ColumnName = keyof typeof recordedColumnNames;
/** As messages name what stands in a column. */
const columnWords: Readonly<Record<ColumnName, string>> = {
  ...{ server: 'name of a server', component: 'component', version: 'version', state: 'state', channel: 'channel' },
  ...{ lastSeen: 'date of last contact', os: 'Windows Server', objects: 'number of objects' },
  ...{ result: 'result', owner: 'owner', movedTo: 'component' },
};
type ColumnNames = { readonly [Name in ColumnName]?: readonly string[] };

/** Characters of what is recorded. */
const textLimits = { server: 253, owner: 200 } as const;

/** @throws {CheckServersError} naming every row that cannot be read (the first 20), with row and column of the first. */
export function parseServerList(csvText: string): readonly ListedServer[] {
  const [header, ...rows] = parseCsv(csvText, listLimits);
  const columns = findColumns(header ?? { row: 1, cells: [] }, columnNames);
  return readRows(rows, (row) => parseServer(row, columns, header!.cells.length));
}

/**
 * A list with the columns `result`, `owner` and `moved to` beside those of `parseServerList`.
 *
 * @throws {CheckServersError} with row and column of the first thing that is wrong; also for a component that a server is
 *   listed with twice, upper and lower case of its name being the same.
 */
export function parseServersToRecord(csvText: string): readonly ServerToRecord[] {
  const [header, ...rows] = parseCsv(csvText, listLimits);
  const columns = findColumns(header ?? { row: 1, cells: [] }, recordedColumnNames);
  const rowByKey = new Map<string, number>();
  return readRows(rows, (row) => {
    const server = parseServerToRecord(row, columns, header!.cells.length);
    const key = `${server.server.toLowerCase()} ${server.component}`;
    const before = rowByKey.get(key);
    if (before !== undefined) {
      const place = { row: row.row, column: columns.get('server')! + 1 };
      const again = `row ${place.row}, column ${place.column}: ${server.component} of this server is in row ${before}`;
      throw new CheckServersError('malformed-cell', `${again} already; keep one`, place);
    }
    rowByKey.set(key, row.row);
    return server;
  });
}

/** Past so many the list is not what it is taken for. */
const refusalsLimit = 1_000;

/** All rows, or all that is wrong with them at once: who cleans a list up should not have to ask once for each row. */
function readRows<T>(rows: readonly CsvRow[], read: (row: CsvRow) => T): readonly T[] {
  const found: T[] = [];
  const refusals: CheckServersError[] = [];
  for (const row of rows) {
    try {
      found.push(read(row));
    } catch (error) {
      if (!(error instanceof CheckServersError)) throw error;
      if (refusals.length === refusalsLimit) throw together(refusals, false);
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw together(refusals, true);
  return found;
}

function findColumns(header: CsvRow, names: ColumnNames): ReadonlyMap<ColumnName, number> {
  const columns = new Map<ColumnName, number>();
  for (const [at, cell] of header.cells.entries()) {
    const bare = bareName(cell);
    const name = (Object.keys(names) as ColumnName[]).find((each) => names[each]?.includes(bare));
    if (name === undefined) continue;
    if (columns.has(name)) {
      const message = `columns ${columns.get(name)! + 1} and ${at + 1} both say ${name}: keep one`;
      throw new CheckServersError('wrong-columns', message, { row: header.row, column: at + 1 });
    }
    columns.set(name, at);
  }
  for (const needed of ['server', 'version'] as const) {
    if (!columns.has(needed)) {
      const message = `no column is called ${needed}; its heading may be ${columnNames[needed].join(', ')}`;
      throw new CheckServersError('wrong-columns', message);
    }
  }
  return columns;
}

function parseServer({ row, cells }: CsvRow, columns: ReadonlyMap<ColumnName, number>, width: number): ListedServer {
  const extra = cells.findIndex((cell, at) => at >= width && cell.trim() !== '');
  if (extra >= 0) {
    const message = `row ${row} has a cell in column ${extra + 1}, where the header has none`;
    throw new CheckServersError('malformed-csv', message, { row, column: extra + 1 });
  }
  const read = cellReader({ row, cells }, columns);
  const server = read('server', 'a name', (cell) => cell);
  if (server === undefined) {
    const place = { row, column: columns.get('server')! + 1 };
    throw new CheckServersError('malformed-cell', `row ${row}, column ${place.column}: the server has no name`, place);
  }
  const product = read('component', componentForm, productOf);
  const version = read('version', 'it as 2.3.2.0', versionOf);
  const state = read('state', 'Enabled, Disabled or Suspended', (cell) => wordOf(cell, states));
  const channel = read('channel', 'HUS, PKS or bridged', (cell) => wordOf(cell, channels));
  const lastSeenAt = read('lastSeen', 'a date as 2024-09-02 or an instant as 2024-09-02T08:00:00Z', instantOf);
  const windowsServer = read('os', 'it with its year, as Windows Server 2019', yearOf);
  const objectCount = read('objects', 'a whole number', countOf);
  return {
    ...{ row, server, component: product?.component ?? 'connect-sync', isMicrosoft: product?.isMicrosoft ?? false },
    ...(version === undefined ? {} : { version }),
    ...(state === undefined ? {} : { state }),
    ...(channel === undefined ? {} : { channel }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    ...(windowsServer === undefined ? {} : { windowsServer }),
    ...(objectCount === undefined ? {} : { objectCount }),
  };
}

function parseServerToRecord(csvRow: CsvRow, columns: ReadonlyMap<ColumnName, number>, width: number): ServerToRecord {
  const { version, ...listed } = parseServer(csvRow, columns, width);
  const read = cellReader(csvRow, columns);
  const { row } = csvRow;
  if (version === undefined) {
    const place = { row, column: columns.get('version')! + 1 };
    throw new CheckServersError(
      'malformed-cell',
      `row ${row}, column ${place.column}: the server has no version`,
      place,
    );
  }
  const clean = (length: number) => (cell: string) => (cell.length <= length && !unclean.test(cell) ? cell : undefined);
  const plain = (length: number): string => `at most ${length} characters and no control characters`;
  read('server', plain(textLimits.server), clean(textLimits.server));
  const lastResult = read('result', 'a code such as Success', (cell) => (resultCode.test(cell) ? cell : undefined));
  const owner = read('owner', plain(textLimits.owner), clean(textLimits.owner));
  const moved = read('movedTo', componentForm, productOf);
  return {
    ...{ ...listed, version },
    ...(lastResult === undefined ? {} : { lastResult }),
    ...(owner === undefined ? {} : { owner }),
    ...(moved === undefined ? {} : { movedTo: moved.component }),
  };
}

/** Reads a cell by its column, and parses it unless it is empty. */
function cellReader({ row, cells }: CsvRow, columns: ReadonlyMap<ColumnName, number>) {
  return <T>(
    name: ColumnName,
    expected: string | ((cell: string) => string),
    parsed: (cell: string) => T | undefined,
  ): T | undefined => {
    const at = columns.get(name);
    const cell = at === undefined ? '' : (cells[at] ?? '').trim();
    if (cell === '') return undefined;
    const value = parsed(cell);
    if (value !== undefined) return value;
    const place = { row, column: at! + 1 };
    const form = typeof expected === 'string' ? expected : expected(cell);
    const message = `row ${row}, column ${place.column}: ${JSON.stringify(cell.slice(0, 60))} is no ${columnWords[name]}; write ${form}`;
    throw new CheckServersError('malformed-cell', message, place);
  };
}

/** Control characters, and what turns the direction of a text or divides it. */
const unclean = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** As the service writes them. */
const resultCode = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;

const componentsByName: ReadonlyMap<string, Component> = new Map([
  ...['connectsync', 'connect', 'sync', 'adsync', 'adconnect'].map((name) => [name, 'connect-sync'] as const),
  ...['cloudsync', 'provisioning', 'provisioningagent', 'connectprovisioningagent', 'adconnectprovisioningagent'].map(
    (name) => [name, 'cloud-sync'] as const,
  ),
  ...['healthsync', 'healthforsync', 'healthconnectsync', 'healthconnectsyncagent', 'healthsyncagent'].map(
    (name) => [name, 'health-sync'] as const,
  ),
  ...['healthadds', 'healthforadds', 'healthaddsagent', 'healthforaddsagent'].map(
    (name) => [name, 'health-ad-ds'] as const,
  ),
  ...['healthadfs', 'healthforadfs', 'healthadfsagent', 'healthforadfsagent'].map(
    (name) => [name, 'health-ad-fs'] as const,
  ),
  ...['agentupdater', 'updater', 'connectagentupdater'].map((name) => [name, 'agent-updater'] as const),
]);

/** The product Health is three agents. */
function componentForm(cell: string): string {
  if (/health(?:agents?)?$/.test(bareName(cell)))
    return 'which of its agents it is: health-sync, health-ad-ds or health-ad-fs';
  return 'a component such as connect-sync, cloud-sync, health-ad-ds';
}

function productOf(cell: string): { component: Component; isMicrosoft: boolean } | undefined {
  const bare = bareName(cell);
  const short = bare
    .replace(/^(microsoft|springline)/, '')
    .replace(/^(entraid|entra|azuread|azure|aad)/, '')
    .replace(/^connect(?=health)/, '')
    .replace(/^adconnect(?=health)/, '')
    .replace(/^connect(?=cloudsync)/, '');
  const component = componentsByName.get(short);
  return component === undefined ? undefined : { component, isMicrosoft: /^(microsoft|entra|azure|aad)/.test(bare) };
}

const states = ['Enabled', 'Disabled', 'Suspended'] as const;
const channels = ['HUS', 'PKS', 'bridged'] as const;

function wordOf<W extends string>(cell: string, words: readonly W[]): W | undefined {
  return words.find((word) => word.toLowerCase() === cell.toLowerCase());
}

/** As some tools write it with a v in front. */
function versionOf(cell: string): string | undefined {
  const bare = cell.replace(/^v(?=\d)/i, '');
  return versionNumbers(bare) === undefined ? undefined : bare;
}

/** A whole number; spreadsheets put a comma, a point, an apostrophe or a space between thousands. */
function countOf(cell: string): number | undefined {
  if (/^\d{1,12}$/.test(cell)) return Number(cell);
  const grouped = /^\d{1,3}(?:([,.'’ \u00a0\u202f])\d{3})(?:\1\d{3}){0,2}$/.test(cell);
  return grouped ? Number(cell.replaceAll(/\D/g, '')) : undefined;
}

/** A date alone is its end, so that nobody counts as silent a day too early. Without a zone it is UTC. */
function instantOf(cell: string): EpochMs | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(cell);
  const day = found === null ? undefined : dayFromDate(found[1]!);
  if (found === null || day === undefined) return undefined;
  if (found[2] === undefined) return ((day + 1) * 86_400_000 - 1) as EpochMs;
  const ms = Date.parse(`${found[1]}T${found[2]}${found[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? undefined : (ms as EpochMs);
}

function yearOf(cell: string): number | undefined {
  const year = /\b(20(?:0[38]|1[269]|22|25))\b/.exec(cell)?.[1];
  return year === undefined ? undefined : Number(year);
}

/** Letters and digits in lower case: "Last Seen", "last_seen" and "LastSeen" are one heading. */
function bareName(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
