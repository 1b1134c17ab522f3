/** What the cloud directory's handlers are given. */
import { ProblemError } from '@springline/api/problem';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Database, Reader, Writer } from '../storage/database.ts';

export interface DirectoryDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Origin under which people and applications reach the service; a function where it is known only after listening. */
  readonly publicUrl: string | (() => string);
  /** Undefined when the tenant has no such connector. */
  readonly findConnector: (
    reader: Reader,
    tenantId: string,
    connectorId: string,
  ) => Promise<RegisteredConnector | undefined>;
  readonly listConnectors: (reader: Reader, tenantId: string) => Promise<readonly RegisteredConnector[]>;
  /** Undefined when the tenant has no such agent. */
  readonly findAgent: (reader: Reader, tenantId: string, agentId: string) => Promise<AgentStanding | undefined>;
  /** Puts what happened into the audit trail, and gives notice of it, in the transaction of the change. */
  readonly tell: (writer: Writer, tenantId: string, news: DirectoryNews, now: EpochMs) => Promise<void>;
  /** Called after a commit that changed the tenant's directory. */
  readonly changed?: (tenantId: string) => void;
}

export interface RegisteredConnector {
  readonly id: string;
  readonly name: string;
  /** The one agent that runs it. */
  readonly agentId: string;
  /** Shared by connectors of one source. */
  readonly sourceId: string;
}

export interface AgentStanding {
  readonly isActive: boolean;
  /** Two hosts use its identity (rule S16). */
  readonly isConflicted: boolean;
  readonly hostName: string;
  /** It was given a continuation, so it is of a version that knows of leases. */
  readonly hasContinuation: boolean;
  /** Whether who presents this continuation is of the home that was heard last. */
  isRecent(continuation: string | undefined): boolean;
}

export interface DirectoryNews {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  /** For people who are not looking. */
  readonly notice?: {
    readonly kind: string;
    readonly dedupeKey: string;
    readonly subject: string;
    readonly text: string;
  };
}

export interface AgentCaller {
  readonly tenantId: string;
  readonly agentId: string;
}

/** @throws {ProblemError} `connector-not-yours` unless the calling agent runs the connector (rule S13). */
export async function requireConnector(
  { findConnector }: Pick<DirectoryDeps, 'findConnector'>,
  reader: Reader,
  caller: AgentCaller,
  connectorId: string,
): Promise<RegisteredConnector> {
  const connector = await findConnector(reader, caller.tenantId, connectorId);
  if (connector?.agentId !== caller.agentId) throw new ProblemError('connector-not-yours');
  return connector;
}
