/** Rollouts of the installation: their plans, and how far each is as the controller last saw it. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from '../platform/tables.ts';
import type { UpgradeTables } from './tables.ts';

export type RolloutState = UpgradeTables['upgrade_rollouts']['state'];

export interface KeptRollout {
  readonly rolloutId: string;
  /** Canonical JSON. */
  readonly plan: string;
  /** SHA-256 of it, hex. */
  readonly digest: string;
  readonly state: RolloutState;
  readonly reason: string | null;
  /** What a person asked for and still waits for approval. */
  readonly wanted: string | null;
  readonly createdBy: string;
  readonly createdAt: EpochMs;
}

const columns = [
  'rollout_id as rolloutId',
  'plan',
  'digest',
  'state',
  'reason',
  'wanted',
  'created_by as createdBy',
  'created_at as createdAt',
] as const;
/** More are history: the audit trail has them. */
const listedLimit = 200;

export async function addRollout(writer: Writer, rollout: KeptRollout): Promise<void> {
  const { rolloutId, createdBy, createdAt, ...rest } = rollout;
  await writer
    .insertInto('upgrade_rollouts')
    .values({
      ...{ tenant_id: systemTenantId, rollout_id: rolloutId, created_by: createdBy, created_at: createdAt },
      ...rest,
    })
    .execute();
}

export async function setRolloutState(
  writer: Writer,
  rolloutId: string,
  { state, reason, wanted = null }: Pick<KeptRollout, 'state' | 'reason'> & { readonly wanted?: string | null },
): Promise<void> {
  await writer
    .updateTable('upgrade_rollouts')
    .set({ state, reason, wanted })
    .where('tenant_id', '=', systemTenantId)
    .where('rollout_id', '=', rolloutId)
    .execute();
}

/** The newest first. */
export async function listRollouts(reader: Reader): Promise<KeptRollout[]> {
  return reader
    .selectFrom('upgrade_rollouts')
    .select(columns)
    .where('tenant_id', '=', systemTenantId)
    .orderBy('created_at', 'desc')
    .orderBy('rollout_id', 'desc')
    .limit(listedLimit)
    .execute();
}

export async function findRollout(reader: Reader, rolloutId: string): Promise<KeptRollout | undefined> {
  return reader
    .selectFrom('upgrade_rollouts')
    .select(columns)
    .where('tenant_id', '=', systemTenantId)
    .where('rollout_id', '=', rolloutId)
    .executeTakeFirst();
}
