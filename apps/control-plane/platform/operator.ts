/**
 * Who runs this installation: the people of its first tenant. Rollouts, campaigns and tenants are theirs, because they are
 * about everybody's agents; other tenants narrow what is done to their own hosts by wishes.
 */
import { ProblemError } from '@springline/api/problem';
import type { Reader } from '../storage/database.ts';
import { findTenant, isOperatorTenant } from '../storage/platform/tenants.ts';

export async function isOperator(reader: Reader, tenantId: string): Promise<boolean> {
  const tenant = await findTenant(reader, tenantId);
  return tenant !== undefined && isOperatorTenant(tenant);
}

/** @throws {ProblemError} `operator-only`. */
export async function requireOperator(reader: Reader, tenantId: string): Promise<void> {
  if (!(await isOperator(reader, tenantId))) throw new ProblemError('operator-only');
}
