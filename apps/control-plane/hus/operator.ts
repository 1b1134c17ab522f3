/**
 * Who runs this installation: the people of its first tenant. Rollouts and campaigns are theirs, because they are about
 * every tenant's agents; tenants narrow what is done to their own hosts by wishes.
 */
import { ProblemError } from '@springline/api/problem';
import type { Reader } from '../storage/database.ts';
import { listTenants } from '../storage/platform/tenants.ts';

/** @throws {ProblemError} `operator-only`. */
export async function requireOperator(reader: Reader, tenantId: string): Promise<void> {
  // Ids are made in the order of time.
  const [first] = await listTenants(reader);
  if (first?.id !== tenantId) throw new ProblemError('operator-only');
}
