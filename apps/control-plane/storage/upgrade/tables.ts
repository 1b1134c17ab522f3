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

/** A client of the retired PKS channel, as it claims to be; of no tenant. */
export interface PksClientRow {
  tenant_id: string;
  /** Key hash, component and host name. */
  id: string;
  key_hash: string;
  component: HusReport['component'];
  host_name: string;
  version: string;
  /** `bridged`: it says that it runs the bridge build, or a later one. */
  channel: 'PKS' | 'bridged';
  first_seen_at: EpochMs;
  last_seen_at: EpochMs;
  /** Days since 1970, UTC. */
  last_day: number;
  /** Different days on which it was seen. */
  seen_days: number;
  requests: number;
}

export interface UpgradeTables {
  upgrade_pks_clients: PksClientRow;
  upgrade_pks_lifecycle: { tenant_id: string; announced_at: EpochMs; deprecated_at: EpochMs; sunset_at: EpochMs };
  upgrade_reports: UpgradeReportRow;
  /** The newest report of each agent, so that the fleet is read without the others. */
  upgrade_last_reports: { tenant_id: string; agent_id: string; report_id: string; received_at: EpochMs };
  /** Of the installation, under the system tenant: rollouts know no tenants. */
  upgrade_rollouts: {
    tenant_id: string;
    rollout_id: string;
    /** Its canonical JSON, and the SHA-256 of that in hex. */
    plan: string;
    digest: string;
    /** As far as the database knows; what agents act by is in the signed policy. */
    state: 'waiting' | 'running' | 'halted' | 'aborted' | 'complete';
    reason: string | null;
    /** What a person asked for and still waits for approval: `resume` or `advance`. */
    wanted: string | null;
    created_by: string;
    created_at: EpochMs;
  };
  /** What became of a release on each host that began with it: the last word. */
  upgrade_evidence: {
    tenant_id: string;
    target_sha256: string;
    agent_id: string;
    ring: string;
    role: 'active' | 'staging';
    outcome: 'activating' | 'committed' | 'failed';
    /** By the agent's clock. */
    at: EpochMs;
    received_at: EpochMs;
  };
  /** Of the installation, under the system tenant. */
  upgrade_campaigns: {
    tenant_id: string;
    campaign_id: string;
    /** JSON. */
    document: string;
    /** JSON: the notices that were given, as revision and stage. */
    sent: string;
    created_at: EpochMs;
    ended_at: EpochMs | null;
  };
  upgrade_wishes: {
    tenant_id: string;
    agent_id: string;
    /** Rises with each change: an agent takes no older wish than the one it has. */
    counter: number;
    /** JSON. */
    wish: string;
    changed_at: EpochMs;
  };
}
