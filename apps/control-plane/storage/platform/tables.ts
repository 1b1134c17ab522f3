/**
 * Tables of the platform part: tenants, people, credentials, agents, audit, leases, jobs.
 *
 * The tenant comes first in every key and index. `platform_credentials` alone is keyed otherwise: it answers to which
 * tenant a secret belongs, which is asked before the tenant is known. Instants are milliseconds since 1970, documents
 * are JSON text, secrets are SHA-256 hashes.
 */
import type { ConnectorView } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';

/** The tenant of rows that belong to the installation and to no customer. */
export const systemTenantId = '00000000-0000-0000-0000-000000000000';

export type CredentialKind = 'session' | 'sign-in-link' | 'token' | 'enrolment' | 'agent-key';
export type Role = 'administrator';

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
  };
  platform_connectors: {
    tenant_id: string;
    id: string;
    name: string;
    kind: ConnectorView['kind'];
    /** The one agent that may write this connector's objects. */
    agent_id: string;
    created_at: EpochMs;
  };
  platform_enrolments: {
    tenant_id: string;
    id: string;
    connector_name: string;
    connector_kind: ConnectorView['kind'];
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
}
