/** Reports of upgrades: each is kept once per agent, in the order in which they came, and not for ever. */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { UpgradeReportRow } from './tables.ts';

export interface KeptReport {
  readonly agentId: string;
  readonly receivedAt: EpochMs;
  readonly report: HusReport;
}

interface Sender {
  readonly tenantId: string;
  readonly agentId: string;
}

/** Reports kept of one agent; its oldest make room for new ones. */
export const reportsPerAgentLimit = 1_000;

const columns = [
  'agent_id',
  'report_id',
  'received_at',
  'at',
  'component',
  'from_version',
  'to_version',
  'target_sha256',
  'step',
  'result',
  'reason',
  'gap_ms',
] as const;

/**
 * Keeps those that were not here before; returns them. The first word counts: a known id is not written again. A batch is
 * one statement, whatever its size.
 */
export async function addReports(
  writer: Writer,
  { tenantId, agentId }: Sender,
  reports: readonly HusReport[],
  now: EpochMs,
): Promise<readonly HusReport[]> {
  const written = await writer
    .insertInto('upgrade_reports')
    .values(
      reports.map((report, position) => ({
        ...{ tenant_id: tenantId, agent_id: agentId, received_at: now, position },
        ...rowOf(report),
      })),
    )
    .onConflict((conflict) => conflict.columns(['tenant_id', 'agent_id', 'report_id']).doNothing())
    .returning('report_id')
    .execute();
  const ids = new Set(written.map((row) => row.report_id));
  const added = reports.filter(({ reportId }) => ids.has(reportId));
  const last = added.at(-1)?.reportId;
  if (last === undefined) return [];
  const newest = { report_id: last, received_at: now };
  await writer
    .insertInto('upgrade_last_reports')
    .values({ tenant_id: tenantId, agent_id: agentId, ...newest })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'agent_id']).doUpdateSet(newest))
    .execute();
  await makeRoom(writer, { tenantId, agentId });
  return added;
}

async function makeRoom(writer: Writer, { tenantId, agentId }: Sender): Promise<void> {
  const tooMany = await writer
    .selectFrom('upgrade_reports')
    .select('report_id')
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .orderBy('received_at', 'desc')
    .orderBy('position', 'desc')
    .offset(reportsPerAgentLimit)
    // Each batch makes room for itself, so there are never more.
    .limit(100)
    .execute();
  if (tooMany.length === 0) return;
  await writer
    .deleteFrom('upgrade_reports')
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .where(
      'report_id',
      'in',
      tooMany.map((row) => row.report_id),
    )
    .execute();
}

/** Newest first: of one agent, or of all. */
export async function listReports(
  reader: Reader,
  tenantId: string,
  { agentId, limit }: { readonly agentId?: string; readonly limit: number },
): Promise<KeptReport[]> {
  const rows = await reader
    .selectFrom('upgrade_reports')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .$if(agentId !== undefined, (query) => query.where('agent_id', '=', agentId!))
    .orderBy('received_at', 'desc')
    .orderBy('position', 'desc')
    .limit(limit)
    .execute();
  return rows.map(reportOf);
}

/** The newest report of each of these agents that sent any, by agent id. */
export async function lastReports(
  reader: Reader,
  tenantId: string,
  agentIds: readonly string[],
): Promise<ReadonlyMap<string, HusReport>> {
  if (agentIds.length === 0) return new Map();
  const rows = await reader
    .selectFrom('upgrade_last_reports as last')
    .innerJoin('upgrade_reports as report', (join) =>
      join
        .onRef('report.tenant_id', '=', 'last.tenant_id')
        .onRef('report.agent_id', '=', 'last.agent_id')
        .onRef('report.report_id', '=', 'last.report_id'),
    )
    .select(columns.map((column) => `report.${column}` as const))
    .where('last.tenant_id', '=', tenantId)
    .where('last.agent_id', 'in', agentIds)
    .execute();
  return new Map(rows.map(reportOf).map(({ agentId, report }) => [agentId, report]));
}

/** Removes up to `limit` reports that came before `before`; returns how many. */
export async function purgeReports(writer: Writer, tenantId: string, before: EpochMs, limit: number): Promise<number> {
  const rows = await writer
    .selectFrom('upgrade_reports')
    .select(['agent_id', 'report_id'])
    .where('tenant_id', '=', tenantId)
    .where('received_at', '<', before)
    .limit(limit)
    .execute();
  for (const { agent_id, report_id } of rows) {
    for (const table of ['upgrade_reports', 'upgrade_last_reports'] as const) {
      await writer
        .deleteFrom(table)
        .where('tenant_id', '=', tenantId)
        .where('agent_id', '=', agent_id)
        .where('report_id', '=', report_id)
        .execute();
    }
  }
  return rows.length;
}

type ReportColumns = Omit<UpgradeReportRow, 'tenant_id' | 'agent_id' | 'received_at' | 'position'>;

function rowOf(report: HusReport): ReportColumns {
  return {
    report_id: report.reportId,
    at: Date.parse(report.at) as EpochMs,
    component: report.component,
    from_version: report.from,
    to_version: report.to,
    target_sha256: report.targetSha256,
    step: report.step,
    result: report.result ?? null,
    reason: report.reason ?? null,
    gap_ms: report.gapMs ?? null,
  };
}

function reportOf(row: Omit<UpgradeReportRow, 'tenant_id' | 'position'>): KeptReport {
  return {
    agentId: row.agent_id,
    receivedAt: row.received_at,
    report: {
      reportId: row.report_id,
      at: new Date(row.at).toISOString(),
      component: row.component,
      from: row.from_version,
      to: row.to_version,
      targetSha256: row.target_sha256,
      step: row.step,
      ...(row.result === null ? {} : { result: row.result }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(row.gap_ms === null ? {} : { gapMs: row.gap_ms }),
    },
  };
}
