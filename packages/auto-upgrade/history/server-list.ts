/** A list of servers as it comes out of spreadsheets and scripts: which column is what, and what its cells may hold. */
import type { EpochMs } from '@springline/ports/clock';
import { dayFromDate } from '../campaign/calendar.ts';
import type { Component } from '../release/target-path.ts';
import { CheckServersError } from './check-servers-error.ts';
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
type ColumnName = keyof typeof columnNames;

/** @throws {CheckServersError} with row and column of the first thing that is wrong. */
export function parseServerList(csvText: string): readonly ListedServer[] {
  const [header, ...rows] = parseCsv(csvText, listLimits);
  const columns = findColumns(header ?? { row: 1, cells: [] });
  return rows.map((row) => parseServer(row, columns, header!.cells.length));
}

function findColumns(header: CsvRow): ReadonlyMap<ColumnName, number> {
  const columns = new Map<ColumnName, number>();
  for (const [at, cell] of header.cells.entries()) {
    const bare = bareName(cell);
    const name = (Object.keys(columnNames) as ColumnName[]).find((each) =>
      (columnNames[each] as readonly string[]).includes(bare),
    );
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
  /** The cell, and `parsed` of it unless it is empty. */
  const read = <T>(name: ColumnName, expected: string, parsed: (cell: string) => T | undefined): T | undefined => {
    const at = columns.get(name);
    const cell = at === undefined ? '' : (cells[at] ?? '').trim();
    if (cell === '') return undefined;
    const value = parsed(cell);
    if (value !== undefined) return value;
    const place = { row, column: at! + 1 };
    const message = `row ${row}, column ${place.column}: ${JSON.stringify(cell.slice(0, 60))} is no ${name}; write ${expected}`;
    throw new CheckServersError('malformed-cell', message, place);
  };
  const server = read('server', 'a name', (cell) => cell);
  if (server === undefined) {
    const place = { row, column: columns.get('server')! + 1 };
    throw new CheckServersError('malformed-cell', `row ${row}, column ${place.column}: the server has no name`, place);
  }
  const product = read('component', 'a component such as connect-sync, cloud-sync, health-ad-ds', productOf);
  const version = read('version', 'it as 2.3.2.0', (cell) => (versionNumbers(cell) === undefined ? undefined : cell));
  const state = read('state', 'Enabled, Disabled or Suspended', (cell) => wordOf(cell, states));
  const channel = read('channel', 'HUS, PKS or bridged', (cell) => wordOf(cell, channels));
  const lastSeenAt = read('lastSeen', 'a date as 2024-09-02 or an instant as 2024-09-02T08:00:00Z', instantOf);
  const windowsServer = read('os', 'it with its year, as Windows Server 2019', yearOf);
  const objectCount = read('objects', 'a whole number', (cell) => (/^\d{1,12}$/.test(cell) ? Number(cell) : undefined));
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
