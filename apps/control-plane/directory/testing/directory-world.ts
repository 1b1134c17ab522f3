/** The cloud directory's handlers over a real database in a folder of their own, called as the server calls them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RouteId } from '@springline/api/routes';
import { routes } from '@springline/api/routes';
import type { ExportLeaseAnswer, ExportOperation, ExportResult } from '@springline/api/shapes/directory';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../../http/handler.ts';
import type { Database } from '../../storage/database.ts';
import { directoryMigrations } from '../../storage/directory/migrations.ts';
import { openDatabase } from '../../storage/sqlite/open.ts';
import type { DirectoryDeps, DirectoryNews, RegisteredConnector } from '../deps.ts';
import { directoryHandlers } from '../handlers.ts';

export const startMs = Date.UTC(2026, 10, 22, 14);
export const baseUrl = 'http://localhost:8743/scim/v2';

/** An agent with a connector of its own. */
export interface TestConnector {
  readonly tenantId: string;
  readonly agentId: string;
  readonly connectorId: string;
  /** Shared by connectors beside each other. */
  readonly sourceId: string;
}

type Exporter = Omit<TestConnector, 'sourceId'>;

export interface TestStanding {
  readonly isActive?: boolean;
  readonly isConflicted?: boolean;
  /** The only one that is recent; without it every one is. */
  readonly continuation?: string;
}

type PersonRoute = 'listExportSources' | 'getExportLimits' | 'putExportLimits' | 'approveDeletions';
type LeaseAsk = 'look' | 'acquire' | 'promote' | 'force' | 'release';

// biome-ignore lint/suspicious/noExplicitAny: test data, looked at field by field
export type AnyResource = any;

/** As the wire has it, with defaults left out. */
export type Wanted = { [K in ExportOperation['op']]: { op: K } & Record<string, unknown> }[ExportOperation['op']];

export interface DirectoryWorld {
  readonly database: Database;
  readonly clock: FakeClock;
  readonly deps: DirectoryDeps;
  readonly handlers: ReturnType<typeof directoryHandlers>;
  /** Tenants that were told to have changed, in order. */
  readonly changed: string[];
  /** What went to the audit trail, in order. */
  readonly news: readonly DirectoryNews[];
  /** By agent; one that is not here is active. */
  readonly standings: Map<string, TestStanding>;
  /** A connector in `tenantId`, or in a new tenant. */
  connector(tenantId?: string): TestConnector;
  /** A further connector of the same source, with an agent of its own. */
  beside(connector: TestConnector): TestConnector;
  /** Each agent has one boot nonce, unless `words` have another. */
  lease(connector: TestConnector, ask: LeaseAsk, words?: Record<string, unknown>): Promise<ExportLeaseAnswer>;
  ask(id: PersonRoute, tenantId: string, body?: unknown): Promise<AnyResource>;
  /** Without `fencing` as an agent that knows of no leases. */
  export(
    connector: Exporter,
    operations: readonly Wanted[],
    idempotencyKey?: string,
    fencing?: number,
  ): Promise<ExportResult[]>;
  changes(connector: TestConnector, query?: { cursor?: string; limit?: number }): Promise<Changes>;
  list(tenantId: string, what: 'Users' | 'Groups', query?: Record<string, unknown>): Promise<AnyResource>;
  get(
    tenantId: string,
    what: 'Users' | 'Groups',
    id: string,
    query?: Record<string, unknown>,
  ): Promise<{ resource: AnyResource; headers: Record<string, string> }>;
}

export interface Changes {
  readonly objects: AnyResource[];
  readonly cursor: string;
  readonly more: boolean;
}

export async function openDirectory(t: TestContext): Promise<DirectoryWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-directory-'));
  const database = await openDatabase(join(folder, 'test.db'), directoryMigrations);
  t.after(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return directoryOver(database);
}

export function directoryOver(database: Database): DirectoryWorld {
  const clock = new FakeClock(startMs);
  const owners = new Map<string, TestConnector>();
  const standings = new Map<string, TestStanding>();
  const news: DirectoryNews[] = [];
  const changed: string[] = [];
  const deps: DirectoryDeps = {
    database,
    clock,
    log: silentLog,
    publicUrl: 'http://localhost:8743',
    findConnector: async (_reader, tenantId, connectorId) => {
      const owner = owners.get(connectorId);
      return owner?.tenantId === tenantId ? registered(owner) : undefined;
    },
    listConnectors: async (_reader, tenantId) =>
      [...owners.values()].filter((owner) => owner.tenantId === tenantId).map(registered),
    findAgent: async (_reader, _tenantId, agentId) => {
      const { isActive = true, isConflicted = false, continuation } = standings.get(agentId) ?? {};
      const isRecent = (presented?: string): boolean => continuation === undefined || presented === continuation;
      const hasContinuation = continuation !== undefined;
      return { isActive, isConflicted, hostName: `host-${agentId.slice(-4)}`, hasContinuation, isRecent };
    },
    tell: async (_writer, _tenantId, told) => void news.push(told),
    changed: (tenantId) => changed.push(tenantId),
  };
  const handlers = directoryHandlers(deps);
  const headers: Record<string, string> = {};
  const call = (caller: object, parts: object): never =>
    ({
      params: undefined,
      query: undefined,
      body: undefined,
      ...parts,
      caller,
      now: clock.now(),
      header: () => undefined,
      signal: new AbortController().signal,
      setHeader: (name: string, value: string) => {
        headers[name] = value;
      },
    }) as never;
  const person = (tenantId: string) => ({ kind: 'person', tenantId, actor: 'token:test', scopes: ['directory.read'] });
  return {
    database,
    clock,
    deps,
    handlers,
    changed,
    news,
    standings,
    connector(tenantId = uuidV7()) {
      const connectorId = uuidV7();
      const connector = { tenantId, agentId: uuidV7(), connectorId, sourceId: connectorId };
      owners.set(connectorId, connector);
      return connector;
    },
    beside({ tenantId, sourceId }) {
      const connector = { tenantId, agentId: uuidV7(), connectorId: uuidV7(), sourceId };
      owners.set(connector.connectorId, connector);
      return connector;
    },
    async lease({ tenantId, agentId, connectorId }, ask, words = {}) {
      const body = parsed('exportLease', 'body', { connectorId, ask, bootNonce: bootNonceOf(agentId), ...words });
      const answer = await handlers.exportLease(call({ kind: 'agent', tenantId, agentId }, { body }));
      return routes.exportLease.answer!.parse(answer);
    },
    async ask(id, tenantId, body) {
      const caller = { ...person(tenantId), scopes: ['administer', 'read'] };
      const given = body === undefined ? {} : { body: parsed(id, 'body', body) };
      const answer = await handlers[id](call(caller, given));
      return routes[id].answer!.parse(answer);
    },
    async export({ tenantId, agentId, connectorId }, operations, idempotencyKey = uuidV7(), fencing = undefined) {
      const lease = fencing === undefined ? {} : { lease: { bootNonce: bootNonceOf(agentId), fencing } };
      const body = parsed('exportBatch', 'body', { connectorId, idempotencyKey, operations, ...lease });
      const answer = await handlers.exportBatch(call({ kind: 'agent', tenantId, agentId }, { body }));
      return routes.exportBatch.answer!.parse(answer).results;
    },
    async changes({ tenantId, agentId, connectorId }, query = {}) {
      const wanted = parsed('listChanges', 'query', { connectorId, ...query });
      const answer = await handlers.listChanges(call({ kind: 'agent', tenantId, agentId }, { query: wanted }));
      return routes.listChanges.answer!.parse(answer);
    },
    async list(tenantId, what, query = {}) {
      const id = what === 'Users' ? 'scimListUsers' : 'scimListGroups';
      const answer = await handlers[id](call(person(tenantId), { query: parsed(id, 'query', query) }));
      return routes[id].answer!.parse(answer);
    },
    async get(tenantId, what, id, query = {}) {
      const route = what === 'Users' ? 'scimGetUser' : 'scimGetGroup';
      for (const name of Object.keys(headers)) delete headers[name];
      const parts = { params: { id }, query: parsed(route, 'query', query) };
      const resource = await handlers[route](call(person(tenantId), parts));
      return { resource: routes[route].answer!.parse(resource), headers: { ...headers } };
    },
  };
}

function registered({ connectorId, agentId, sourceId }: TestConnector): RegisteredConnector {
  return { id: connectorId, name: `connector-${connectorId.slice(-4)}`, agentId, sourceId };
}

/** One start of the agent's process. */
export const bootNonceOf = (agentId: string): string => `${agentId.slice(0, -12)}000000000001`;

/** Through the shape of the route, as the server does. */
function parsed(id: RouteId & keyof Handlers, part: 'query' | 'body', value: unknown): unknown {
  const shape = routes[id][part as 'query'];
  return shape === undefined ? value : shape.parse(value);
}

/** A user to add; everything that is not told follows from the name. */
export function user(name: string, attributes: Record<string, unknown> = {}, references?: object): Wanted {
  return {
    op: 'add',
    objectType: 'user',
    sourceAnchor: `anchor-${name}`,
    attributes: {
      userPrincipalName: `${name}@example.com`,
      displayName: name,
      accountEnabled: true,
      ...attributes,
    },
    ...(references === undefined ? {} : { references }),
  };
}

export function group(name: string, members: readonly string[] = [], attributes: Record<string, unknown> = {}): Wanted {
  return {
    op: 'add',
    objectType: 'group',
    sourceAnchor: `anchor-${name}`,
    attributes: { displayName: name, ...attributes },
    references: { member: { add: members.map((member) => `anchor-${member}`) } },
  };
}
