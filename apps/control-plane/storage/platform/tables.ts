/**
 * Tables of the platform part: tenants, people, credentials, agents, audit, leases, jobs, notices, restorations.
 *
 * The tenant comes first in every key and index. `platform_credentials` alone is keyed otherwise: it answers to which
 * tenant a secret belongs, which is asked before the tenant is known. Instants are milliseconds since 1970, documents
 * are JSON text, secrets are SHA-256 hashes.
 */
import type { RoleName } from '@springline/api/shapes/access';
import type { ComponentName, ConnectorView } from '@springline/api/shapes/agent';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { FleetGroup } from '@springline/api/shapes/fleet';
import type { EpochMs } from '@springline/ports/clock';

/** The tenant of rows that belong to the installation and to no customer. */
export const systemTenantId = '00000000-0000-0000-0000-000000000000';

export type CredentialKind = 'session' | 'sign-in-link' | 'token' | 'enrolment' | 'agent-key';
export type Role = RoleName;
/**
 * - `mark`: audit entries of all tenants; after a restoration it goes on above what was noted.
 * - `unchecked-mark`: the mark at the first start after the last check; missing when checked.
 * - `fact`: facts for the signer that were ever put into the outbox.
 */
export type CounterName = 'mark' | 'unchecked-mark' | 'fact';

/** One component on one agent, as far as people filter and order by it; made from the last heartbeat. */
export interface FleetRow {
  tenant_id: string;
  agent_id: string;
  component: ComponentName;
  /** In lower case. */
  host_name: string;
  version: string;
  /** Sorts as versions do. */
  version_key: string;
  /** `unknown` where the agent says nothing of auto-upgrade; so is `channel`. */
  state: AutoUpgrade['state'] | 'unknown';
  channel: AutoUpgrade['channel'] | 'unknown';
  /** Empty where it is not known. */
  ring: string;
  role: 'active' | 'staging';
  /** Silence is not among them: that is a matter of today. */
  standing: Exclude<FleetGroup, 'not-seen'>;
  /** A code, or empty. */
  reason: string;
  /** When the last upgrade ended; 0 for none. */
  last_at: EpochMs;
  /** Days since 1970, UTC, on the last of which the agent was heard or enrolled. */
  seen_day: number;
}

export interface PlatformTables {
  platform_tenants: { id: string; name: string; created_at: EpochMs };
  platform_people: { tenant_id: string; id: string; name: string; role: Role; created_at: EpochMs };
  platform_credentials: {
    /** SHA-256 of the secret, base64url; for `agent-key` the thumbprint of the public key. */
    hash: string;
    tenant_id: string;
    kind: CredentialKind;
    /** The row in the table of that kind. */
    subject_id: string;
    expires_at: EpochMs | null;
  };
  platform_sessions: {
    tenant_id: string;
    id: string;
    person_id: string;
    created_at: EpochMs;
    /** Kept to the minute, so that reading is not writing. */
    last_seen_at: EpochMs;
  };
  platform_sign_in_links: {
    tenant_id: string;
    id: string;
    person_id: string;
    expires_at: EpochMs;
    used_at: EpochMs | null;
  };
  platform_tokens: {
    tenant_id: string;
    id: string;
    person_id: string;
    name: string;
    /** JSON array of scopes. */
    scopes: string;
    created_at: EpochMs;
    expires_at: EpochMs | null;
    /** Kept to the minute, so that reading is not writing. */
    last_used_at: EpochMs | null;
  };
  platform_agents: {
    tenant_id: string;
    id: string;
    key_id: string;
    /** JSON Web Key, public members only. */
    public_key: string;
    state: 'active' | 'revoked';
    host_name: string;
    platform: string;
    version: string;
    enrolled_at: EpochMs;
    last_seen_at: EpochMs | null;
    /** The last heartbeat, JSON. */
    report: string | null;
    revoked_at: EpochMs | null;
    /** What the next heartbeat must present (rule S16); null when anything goes. */
    continuation: string | null;
    /** JSON: the last heartbeats that were accepted, newest first. */
    beats: string | null;
    /** Set while two hosts use this identity. */
    conflicted_at: EpochMs | null;
  };
  platform_fleet: FleetRow;
  platform_connectors: {
    tenant_id: string;
    id: string;
    name: string;
    kind: ConnectorView['kind'];
    /** The one agent that may write this connector's objects. */
    agent_id: string;
    /** Connectors with the same one read the same directory and share its objects: the id of the first of them. */
    source_id: string;
    created_at: EpochMs;
  };
  platform_enrolments: {
    tenant_id: string;
    id: string;
    connector_name: string;
    connector_kind: ConnectorView['kind'];
    /** Name of the connector whose source the new one shares. */
    beside: string | null;
    expires_at: EpochMs;
    /** Thumbprint of the first key that used the token; no other may use it after. */
    key_id: string | null;
    agent_id: string | null;
  };
  platform_nonces: { tenant_id: string; key_id: string; nonce: string; expires_at: EpochMs };
  platform_audit: {
    tenant_id: string;
    /** 1, 2, 3, … within the tenant. */
    sequence: number;
    at: EpochMs;
    actor: string;
    action: string;
    subject: string;
    /** JSON object. */
    detail: string;
    hash: string;
  };
  platform_leases: {
    tenant_id: string;
    name: string;
    holder: string;
    /** Rises with each new holder: work done under an older one can be told and refused. */
    fencing_token: number;
    deadline: EpochMs;
  };
  platform_jobs: {
    tenant_id: string;
    kind: string;
    due_at: EpochMs;
    /** Failures since the last success. */
    attempts: number;
    ended_at: EpochMs | null;
    /** JSON: counts of the last run, or `{"error": code}`. */
    result: string | null;
  };
  platform_notice_channels: {
    tenant_id: string;
    id: string;
    name: string;
    kind: 'email' | 'webhook';
    /** JSON, without a secret. */
    settings: string;
    /** The password or signing secret, sealed with a key that is not in the database. */
    secret: string | null;
    created_at: EpochMs;
  };
  platform_notices: {
    tenant_id: string;
    /** Made from the tenant and the dedupe key: the same notice has the same id wherever it is made. */
    id: string;
    kind: string;
    subject: string;
    text: string;
    /** JSON object. */
    detail: string;
    created_at: EpochMs;
  };
  /** A notice on its way to a channel. */
  platform_notice_deliveries: {
    tenant_id: string;
    notice_id: string;
    channel_id: string;
    state: 'due' | 'sent' | 'given-up';
    due_at: EpochMs;
    /** Tries that were begun, also those that a kill cut short. */
    attempts: number;
    sent_at: EpochMs | null;
    last_error: string | null;
  };
  /** Numbers of the installation that only rise, and those that may be missing. */
  platform_counters: {
    tenant_id: string;
    name: CounterName;
    value: number;
  };
  /** On its way to the signer, in the order in which it happened. */
  platform_signer_facts: {
    tenant_id: string;
    sequence: number;
    /** JSON. */
    fact: string;
  };
  /** Each time that this database was found to be older than what the signer had seen of it. */
  platform_restorations: {
    tenant_id: string;
    /** Rises with each, also where the same backup is put back twice: Unix seconds. */
    epoch: number;
    at: EpochMs;
    found_mark: number;
    noted_mark: number;
    /** When the signer's register was carried out. */
    replayed_at: EpochMs | null;
    /** When rollouts stood still. */
    halted_at: EpochMs | null;
    /** When a person let them go on. */
    ended_at: EpochMs | null;
  };
}
