/**
 * Tables of the Hybrid Upgrade Service. The tenant comes first in every key and index; instants are milliseconds since
 * 1970.
 */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { EpochMs } from '@springline/ports/clock';

export interface UpgradeReportRow {
  tenant_id: string;
  agent_id: string;
  report_id: string;
  received_at: EpochMs;
  /** Place within what arrived at one time. */
  position: number;
  /** By the agent's clock. */
  at: EpochMs;
  component: HusReport['component'];
  from_version: string;
  to_version: string;
  target_sha256: string;
  step: HusReport['step'];
  result: string | null;
  reason: string | null;
  gap_ms: number | null;
}

export interface UpgradeTables {
  upgrade_reports: UpgradeReportRow;
  /** The newest report of each agent, so that the fleet is read without the others. */
  upgrade_last_reports: { tenant_id: string; agent_id: string; report_id: string; received_at: EpochMs };
}
