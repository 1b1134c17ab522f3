/**
 * Evidence: what became of a release on each host, one row for each, the last word of that host. Rings open by it and
 * rollouts halt by it.
 *
 * A row counts when the ring and the role that the report names are those of the host's heartbeats, and stays in that ring:
 * a host that goes to another ring counts once, where it began. Only builds of rollouts have rows, and those that a staging
 * server keeps for its active partner, so that nobody fills the table with digests of his own.
 */
import { setImmediate } from 'node:timers/promises';
import type { HusReport, UncountedCode } from '@springline/api/shapes/auto-upgrade';
import { isResultCode, resultCodes } from '@springline/auto-upgrade/eligibility/result-code';
import { platformFromNode } from '@springline/auto-upgrade/release/target-path';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Reader, Writer } from '../database.ts';
import type { Place } from './places.ts';
import { isReportOf, type RolledOutTarget, rolledOut } from './rollouts.ts';
import type { UpgradeTables } from './tables.ts';

type Outcome = 'activating' | 'committed' | 'failed';

export interface RingEvidence {
  readonly tenantId: string;
  readonly ring: string;
  /** Began, and reported no end. */
  readonly activating: number;
  readonly committed: number;
  readonly failed: number;
  /** Of those activating: before `silentSince`. */
  readonly silent: number;
  /** That stand in the ring, with or without a report. */
  readonly hosts: number;
}

type Standing = Pick<Place, 'ring' | 'role'>;

interface Whose {
  readonly tenantId: string;
  readonly agentId: string;
}

/** Rows of one agent; its oldest make room. */
export const evidencePerAgentLimit = 64;
const dayMs = 24 * 60 * 60_000;
/** A host that was not heard of for so long is nobody's proof, and nobody waits for it. */
const goneAfterMs = 30 * dayMs;

/** What a report says for or against its release; `undefined` when nothing: the host had no room, say. */
export function outcomeOf({ step, result }: Pick<HusReport, 'step' | 'result'>): Outcome | undefined {
  if (step === 'activating' || step === 'committed') return step;
  if (step === 'rolled-back' || step === 'failed') return 'failed';
  // A build that failed its test on the host was never switched to, and is as bad.
  const isBuildsFault = result !== undefined && isResultCode(result) && resultCodes[result].retry === 'back-off';
  return isBuildsFault ? 'failed' : undefined;
}

interface Word {
  readonly outcome: Outcome;
  readonly at: number;
  readonly report: HusReport;
}

/**
 * The newest word of each host counts, by its own clock; at one instant the end counts more than the beginning. A word that
 * is repeated changes nothing: a host that begins again and again is silent since it first began.
 *
 * @param published Builds of the repository, asked about for staging servers alone.
 * @returns Why reports do not count, by their ids.
 */
export async function addEvidence(
  writer: Writer,
  whose: Whose,
  reports: readonly HusReport[],
  { now, published }: { readonly now: EpochMs; readonly published: readonly RolledOutTarget[] },
): Promise<ReadonlyMap<string, UncountedCode>> {
  const uncounted = new Map<string, UncountedCode>();
  const said = reports.flatMap((report) => {
    const outcome = outcomeOf(report);
    return outcome === undefined ? [] : [{ outcome, at: Date.parse(report.at), report }];
  });
  if (said.length === 0) return uncounted;
  const { tenantId, agentId } = whose;
  const { platform, ...place } = await hostOf(writer, whose);
  const digests = [...new Set(said.map(({ report }) => report.targetSha256))];
  const known = [...(await rolledOut(writer, digests)), ...(place.role === 'staging' ? published : [])];
  const newest = new Map<string, Word>();
  for (const word of said) {
    const { report, at, outcome } = word;
    const isKnown = known.some((target) => isReportOf(target, report) && target.platform === platform);
    if (!isKnown) {
      uncounted.set(report.reportId, 'no-rollout');
      continue;
    }
    if (!agrees(report, place)) uncounted.set(report.reportId, 'place-not-known');
    const before = newest.get(report.targetSha256);
    if (before !== undefined && (before.at > at || (before.at === at && outcome === 'activating'))) continue;
    newest.set(report.targetSha256, word);
  }
  if (newest.size === 0) return uncounted;
  await putWords(
    writer,
    [...newest.values()].map(({ outcome, at, report }) => ({
      ...{ tenant_id: tenantId, target_sha256: report.targetSha256, agent_id: agentId },
      ...{ ring: report.ring ?? usualRing, role: report.role ?? 'active', outcome, at: at as EpochMs },
      ...{ received_at: now, begun_at: now, is_confirmed: agrees(report, place) ? 1 : 0 },
    })),
  );
  await makeRoom(writer, whose);
  return uncounted;
}

function agrees({ ring = usualRing, role = 'active' }: HusReport, place: Standing): boolean {
  return ring === place.ring && role === place.role;
}

/** Where a host stands, and its platform as releases call it. */
async function hostOf(reader: Reader, { tenantId, agentId }: Whose): Promise<Standing & { readonly platform: string }> {
  const row = await reader
    .selectFrom('platform_agents as agent')
    .leftJoin('upgrade_places as place', (join) =>
      join.onRef('place.tenant_id', '=', 'agent.tenant_id').onRef('place.agent_id', '=', 'agent.id'),
    )
    .select(['agent.platform', 'place.ring', 'place.role'])
    .where('agent.tenant_id', '=', tenantId)
    .where('agent.id', '=', agentId)
    .executeTakeFirst();
  const { platform = '', ring, role } = row ?? {};
  return { platform: platformFromNode(platform), ring: ring ?? usualRing, role: role ?? 'active' };
}

async function putWords(writer: Writer, rows: readonly UpgradeTables['upgrade_evidence'][]): Promise<void> {
  await writer
    .insertInto('upgrade_evidence')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'target_sha256', 'agent_id'])
        .doUpdateSet((eb) => ({
          // Where it counts it stays.
          ring: keptIfConfirmed('ring'),
          role: keptIfConfirmed('role'),
          is_confirmed: keptIfConfirmed('is_confirmed'),
          outcome: eb.ref('excluded.outcome'),
          at: eb.ref('excluded.at'),
          received_at: sql<EpochMs>`case when excluded.outcome = upgrade_evidence.outcome
            then upgrade_evidence.received_at else excluded.received_at end`,
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

function keptIfConfirmed<Column extends 'ring' | 'role' | 'is_confirmed'>(column: Column) {
  const [kept, told] = [sql.ref(`upgrade_evidence.${column}`), sql.ref(`excluded.${column}`)];
  return sql<UpgradeTables['upgrade_evidence'][Column]>`case when upgrade_evidence.is_confirmed = 1
    then ${kept} else ${told} end`;
}

async function makeRoom(writer: Writer, { tenantId, agentId }: Whose): Promise<void> {
  const tooMany = await writer
    .selectFrom('upgrade_evidence')
    .select('target_sha256')
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .orderBy('received_at', 'desc')
    .orderBy('target_sha256')
    .offset(evidencePerAgentLimit)
    // Each lot of reports makes room for itself, so there are never more.
    .limit(20)
    .execute();
  if (tooMany.length === 0) return;
  await writer
    .deleteFrom('upgrade_evidence')
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .where(
      'target_sha256',
      'in',
      tooMany.map((row) => row.target_sha256),
    )
    .execute();
}

interface Since {
  readonly silentSince: EpochMs;
  readonly enrolledBefore: EpochMs | undefined;
}

/**
 * Counts of every tenant for the releases `targets`, by ring, with the hosts that stand there. Hosts enrolled after
 * `enrolledBefore` count for nothing where more than one tenant is there: whoever makes hosts up must wait (security rule
 * S19). Nor do revoked ones, in any case.
 *
 * @param standing of `countStanding`, where more than one rollout is counted.
 */
export async function countEvidence(
  reader: Reader,
  targets: readonly string[],
  since: Since,
  standing?: readonly RingEvidence[],
): Promise<RingEvidence[]> {
  if (targets.length === 0) return [];
  const { silentSince, enrolledBefore } = since;
  const told = await reader
    .selectFrom('platform_tenants as tenant')
    .innerJoin('upgrade_evidence as evidence', 'evidence.tenant_id', 'tenant.id')
    .innerJoin('platform_agents as agent', (join) =>
      join.onRef('agent.tenant_id', '=', 'evidence.tenant_id').onRef('agent.id', '=', 'evidence.agent_id'),
    )
    .where('evidence.target_sha256', 'in', targets)
    .where('evidence.is_confirmed', '=', 1)
    .where('agent.state', '=', 'active')
    .$if(enrolledBefore !== undefined, (query) => query.where('agent.enrolled_at', '<', enrolledBefore!))
    .groupBy(['evidence.tenant_id', 'evidence.ring'])
    .select(['evidence.tenant_id as tenantId', 'evidence.ring as ring'])
    .select([
      countWhere(sql`evidence.outcome = 'activating'`).as('activating'),
      countWhere(sql`evidence.outcome = 'committed'`).as('committed'),
      countWhere(sql`evidence.outcome = 'failed'`).as('failed'),
      countWhere(sql`evidence.outcome = 'activating' and evidence.received_at < ${silentSince}`).as('silent'),
    ])
    .execute();
  return [...told.map((each) => ({ ...each, hosts: 0 })), ...(standing ?? (await countStanding(reader, since)))];
}

/** The hosts that stand in each ring, whatever they reported: the same for every release. One tenant after the other. */
export async function countStanding(reader: Reader, { silentSince, enrolledBefore }: Since): Promise<RingEvidence[]> {
  const nothing = { activating: 0, committed: 0, failed: 0, silent: 0 };
  const counted: RingEvidence[] = [];
  for (const { id } of await reader.selectFrom('platform_tenants').select('id').orderBy('id').execute()) {
    const standing = await reader
      .selectFrom('platform_agents as agent')
      .leftJoin('upgrade_places as place', (join) =>
        join.onRef('place.tenant_id', '=', 'agent.tenant_id').onRef('place.agent_id', '=', 'agent.id'),
      )
      .where('agent.tenant_id', '=', id)
      .where('agent.state', '=', 'active')
      .where('agent.last_seen_at', '>=', (silentSince - goneAfterMs) as EpochMs)
      .$if(enrolledBefore !== undefined, (query) => query.where('agent.enrolled_at', '<', enrolledBefore!))
      .groupBy(sql`coalesce(place.ring, ${usualRing})`)
      .select(sql<string>`coalesce(place.ring, ${usualRing})`.as('ring'))
      .select(countWhere(sql`1 = 1`).as('hosts'))
      .execute();
    counted.push(...standing.map((each) => ({ ...nothing, ...each, tenantId: id })));
    // Reads are done at once here: others get their turn.
    await setImmediate();
  }
  return counted;
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
