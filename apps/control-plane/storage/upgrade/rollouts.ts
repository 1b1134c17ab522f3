/** Rollouts of the installation: their plans, and how far each is as the controller last saw it. */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import { parsePlan } from '@springline/auto-upgrade/rollout/plan';
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
  const { component, version, targets } = parsePlan(JSON.parse(rollout.plan));
  await writer
    .insertInto('upgrade_rollout_targets')
    .values(
      [...targets].map(([platform, target_sha256]) => ({
        ...{ tenant_id: systemTenantId, target_sha256, rollout_id: rolloutId, component, version, platform },
      })),
    )
    .execute();
}

/** A build that a rollout is about which was not given up. */
export interface RolledOutTarget {
  readonly sha256: string;
  readonly component: string;
  readonly version: string;
  readonly platform: string;
}

/** Those of `digests` that such rollouts name; at most some dozens. */
export async function rolledOut(reader: Reader, digests: readonly string[]): Promise<RolledOutTarget[]> {
  if (digests.length === 0) return [];
  return reader
    .selectFrom('upgrade_rollout_targets as target')
    .innerJoin('upgrade_rollouts as rollout', (join) =>
      join.onRef('rollout.tenant_id', '=', 'target.tenant_id').onRef('rollout.rollout_id', '=', 'target.rollout_id'),
    )
    .select(['target.target_sha256 as sha256', 'target.component', 'target.version', 'target.platform'])
    .where('target.tenant_id', '=', systemTenantId)
    .where('target.target_sha256', 'in', digests)
    .where('rollout.state', '!=', 'aborted')
    .execute();
}

/** Whether `report` is about this build. */
export function isReportOf(
  { sha256, component, version }: Omit<RolledOutTarget, 'platform'>,
  report: Pick<HusReport, 'targetSha256' | 'component' | 'to'>,
): boolean {
  return sha256 === report.targetSha256 && component === report.component && version === report.to;
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
