/**
 * Evidence: what became of a release on each host, one row for each, the last word of that host. Rings open by it and
 * rollouts halt by it.
 */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import { isResultCode, resultCodes } from '@springline/auto-upgrade/eligibility/result-code';
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Reader, Writer } from '../database.ts';

type Outcome = 'activating' | 'committed' | 'failed';

export interface RingEvidence {
  readonly tenantId: string;
  readonly targetSha256: string;
  readonly ring: string;
  /** Began, and reported no end. */
  readonly activating: number;
  readonly committed: number;
  readonly failed: number;
  /** Of those activating: before `silentSince`. */
  readonly silent: number;
}

export const usualRing = 'broad';
const stagingLimit = 32;

/** What a report says for or against its release; `undefined` when nothing: the host had no room, say. */
export function outcomeOf({ step, result }: Pick<HusReport, 'step' | 'result'>): Outcome | undefined {
  if (step === 'activating' || step === 'committed') return step;
  if (step === 'rolled-back' || step === 'failed') return 'failed';
  // A build that failed its test on the host was never switched to, and is as bad.
  const isBuildsFault = result !== undefined && isResultCode(result) && resultCodes[result].retry === 'back-off';
  return isBuildsFault ? 'failed' : undefined;
}

/** The newest word of each host counts, by its own clock; at one instant the end counts more than the beginning. */
export async function addEvidence(
  writer: Writer,
  { tenantId, agentId }: { readonly tenantId: string; readonly agentId: string },
  reports: readonly HusReport[],
  now: EpochMs,
): Promise<void> {
  const newest = new Map<string, { readonly outcome: Outcome; readonly at: number; readonly report: HusReport }>();
  for (const report of reports) {
    const outcome = outcomeOf(report);
    if (outcome === undefined) continue;
    const at = Date.parse(report.at);
    const known = newest.get(report.targetSha256);
    if (known !== undefined && (known.at > at || (known.at === at && outcome === 'activating'))) continue;
    newest.set(report.targetSha256, { outcome, at, report });
  }
  if (newest.size === 0) return;
  const rows = [...newest].map(
    ([
      targetSha256,
      {
        outcome,
        at,
        report: { ring = usualRing, role = 'active' },
      },
    ]) => ({
      tenant_id: tenantId,
      target_sha256: targetSha256,
      agent_id: agentId,
      ...{ ring, role, outcome, at: at as EpochMs, received_at: now },
    }),
  );
  await writer
    .insertInto('upgrade_evidence')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'target_sha256', 'agent_id'])
        .doUpdateSet((eb) => ({
          ring: eb.ref('excluded.ring'),
          role: eb.ref('excluded.role'),
          outcome: eb.ref('excluded.outcome'),
          at: eb.ref('excluded.at'),
          received_at: eb.ref('excluded.received_at'),
        }))
        .where(({ eb, or, and }) =>
          or([
            eb('excluded.at', '>', eb.ref('upgrade_evidence.at')),
            and([
              eb('excluded.at', '=', eb.ref('upgrade_evidence.at')),
              eb('excluded.outcome', '!=', 'activating' as const),
            ]),
          ]),
        ),
    )
    .execute();
}

/**
 * Counts of every tenant for the releases `targets`, by ring. Hosts enrolled after `enrolledBefore` count for nothing
 * where more than one tenant is there: whoever makes hosts up must wait (security rule S19).
 */
export async function countEvidence(
  reader: Reader,
  targets: readonly string[],
  { silentSince, enrolledBefore }: { readonly silentSince: EpochMs; readonly enrolledBefore: EpochMs | undefined },
): Promise<RingEvidence[]> {
  if (targets.length === 0) return [];
  const rows = await reader
    .selectFrom('platform_tenants as tenant')
    .innerJoin('upgrade_evidence as evidence', 'evidence.tenant_id', 'tenant.id')
    .innerJoin('platform_agents as agent', (join) =>
      join.onRef('agent.tenant_id', '=', 'evidence.tenant_id').onRef('agent.id', '=', 'evidence.agent_id'),
    )
    .where('evidence.target_sha256', 'in', targets)
    .$if(enrolledBefore !== undefined, (query) => query.where('agent.enrolled_at', '<', enrolledBefore!))
    .groupBy(['evidence.tenant_id', 'evidence.target_sha256', 'evidence.ring'])
    .select(['evidence.tenant_id as tenantId', 'evidence.target_sha256 as targetSha256', 'evidence.ring as ring'])
    .select([
      countWhere(sql`evidence.outcome = 'activating'`).as('activating'),
      countWhere(sql`evidence.outcome = 'committed'`).as('committed'),
      countWhere(sql`evidence.outcome = 'failed'`).as('failed'),
      countWhere(sql`evidence.outcome = 'activating' and evidence.received_at < ${silentSince}`).as('silent'),
    ])
    .execute();
  return rows;
}

/** Tenants with hosts that count: also those that reported nothing have a voice. */
export async function tenantsWithAgents(reader: Reader, enrolledBefore: EpochMs | undefined): Promise<string[]> {
  const rows = await reader
    .selectFrom('platform_tenants as tenant')
    .select('tenant.id as id')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('platform_agents as agent')
          .select('agent.id')
          .whereRef('agent.tenant_id', '=', 'tenant.id')
          .where('agent.state', '=', 'active')
          .$if(enrolledBefore !== undefined, (query) => query.where('agent.enrolled_at', '<', enrolledBefore!)),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

function countWhere(condition: ReturnType<typeof sql>) {
  return sql<number>`sum(case when ${condition} then 1 else 0 end)`;
}

/** Since when a staging server of the tenant has kept each of its last releases; by the digest of the release. */
export async function stagingCommitted(reader: Reader, tenantId: string): Promise<ReadonlyMap<string, EpochMs>> {
  const rows = await reader
    .selectFrom('upgrade_evidence')
    .select(['target_sha256', 'received_at'])
    .where('tenant_id', '=', tenantId)
    .where('role', '=', 'staging')
    .where('outcome', '=', 'committed')
    .orderBy('received_at', 'desc')
    .limit(stagingLimit)
    .execute();
  // The earliest stands last in this order.
  return new Map(rows.map((row) => [row.target_sha256, row.received_at]));
}

/** Removes up to `limit` rows that came before `before`; returns how many. */
export async function purgeEvidence(writer: Writer, tenantId: string, before: EpochMs, limit: number): Promise<number> {
  const rows = await writer
    .selectFrom('upgrade_evidence')
    .select(['target_sha256', 'agent_id'])
    .where('tenant_id', '=', tenantId)
    .where('received_at', '<', before)
    .limit(limit)
    .execute();
  for (const { target_sha256, agent_id } of rows) {
    await writer
      .deleteFrom('upgrade_evidence')
      .where('tenant_id', '=', tenantId)
      .where('target_sha256', '=', target_sha256)
      .where('agent_id', '=', agent_id)
      .execute();
  }
  return rows.length;
}
