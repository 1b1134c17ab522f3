/** What the cloud directory's handlers are given. */
import { ProblemError } from '@springline/api/problem';
import type { Clock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { Database, Reader } from '../storage/database.ts';

export interface DirectoryDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Origin under which people and applications reach the service; a function where it is known only after listening. */
  readonly publicUrl: string | (() => string);
  /** The agent that runs a connector; undefined when the tenant has no such connector. */
  readonly connectorOwner: (
    reader: Reader,
    tenantId: string,
    connectorId: string,
  ) => Promise<{ readonly agentId: string | undefined } | undefined>;
  /** Called after a commit that changed the tenant's directory. */
  readonly changed?: (tenantId: string) => void;
}

/** @throws {ProblemError} `connector-not-yours` unless the calling agent runs the connector. */
export async function requireConnector(
  { connectorOwner }: Pick<DirectoryDeps, 'connectorOwner'>,
  reader: Reader,
  caller: { readonly tenantId: string; readonly agentId: string },
  connectorId: string,
): Promise<void> {
  const owner = await connectorOwner(reader, caller.tenantId, connectorId);
  if (owner?.agentId !== caller.agentId) throw new ProblemError('connector-not-yours');
}
