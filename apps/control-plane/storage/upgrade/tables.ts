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

/** A component of a server that has no agent, as its tenant states it. */
export interface RecordedServerRow {
  tenant_id: string;
  /** `host_name` in lower case. */
  host_key: string;
  component: HusReport['component'];
  host_name: string;
  version: string;
  state: 'Enabled' | 'Disabled' | 'Suspended';
  channel: 'HUS' | 'PKS' | 'bridged';
  last_seen_at: EpochMs | null;
  last_result: string | null;
  owner: string | null;
  born_at: EpochMs | null;
  moved_to: HusReport['component'] | null;
}

export interface UpgradeTables {
  upgrade_recorded_servers: RecordedServerRow;
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
    /** When this outcome was first heard: the same word again changes nothing. */
    received_at: EpochMs;
    /** When the host was first heard of with this release. */
    begun_at: EpochMs;
    /** 1: ring and role are those that the host's heartbeats said; they stay as they are. 0: it counts for nothing yet. */
    is_confirmed: 0 | 1;
  };
  /** Where a host stands by its last heartbeat that said so. */
  upgrade_places: {
    tenant_id: string;
    agent_id: string;
    ring: string;
    role: 'active' | 'staging';
    /** When `role` became what it is. */
    role_since: EpochMs;
    /** Which directory it reads: see `sourceKey`; null before it said. */
    source: string | null;
  };
  /** The builds that rollouts are about; of the installation, under the system tenant. */
  upgrade_rollout_targets: {
    tenant_id: string;
    target_sha256: string;
    rollout_id: string;
    component: string;
    version: string;
    platform: string;
  };
  /** Policies as they were signed; of the installation, under the system tenant. */
  upgrade_policies: {
    tenant_id: string;
    version: number;
    issued_at: EpochMs;
    seen_at: EpochMs;
    /** Canonical JSON. */
    policy: string;
    /** 1: when it came, those of another signer were there, and went. */
    is_after_other: 0 | 1;
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
