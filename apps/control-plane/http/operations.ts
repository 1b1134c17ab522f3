/** What operators and their tools read: health, metrics, the contract. */
import { ProblemError } from '@springline/api/problem';
import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Handlers } from './handler.ts';
import type { Metrics } from './metrics.ts';
import type { OpenApiDocument } from './open-api.ts';

interface OperationsDeps {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly openApi: OpenApiDocument;
  /** False once the store can no longer be written. */
  isWritable(): boolean;
}

export function operationsHandlers(deps: OperationsDeps): Pick<Handlers, 'health' | 'openApi' | 'metrics'> {
  const { database, metrics, openApi } = deps;
  return {
    async health() {
      if (!deps.isWritable()) throw new ProblemError('overloaded', 'the store cannot be written');
      await sql`select 1`.execute(database.read);
      return 'ok\n';
    },
    openApi: async () => ({ ...openApi }),
    async metrics({ setHeader }) {
      setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      return metrics.text();
    },
  };
}
