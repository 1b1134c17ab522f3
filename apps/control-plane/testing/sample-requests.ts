/** One well-formed request for each route of the table, so that a refusal is for the reason under test. */
import type { RouteId } from '@springline/api/routes';

const someUuid = '01920000-0000-7000-8000-000000000001';
const someToken = 'AAAAAAAAAAAAAAAAAAAAAA';

export interface SampleRequest {
  readonly path: string;
  readonly body?: unknown;
}

export function sampleRequests(connectorId = someUuid): Readonly<Record<RouteId, SampleRequest>> {
  return {
    createSignInLink: { path: '/platform/v1/sign-in-links' },
    signIn: { path: '/platform/v1/session', body: { linkToken: someToken } },
    getSession: { path: '/platform/v1/session' },
    signOut: { path: '/platform/v1/session' },
    getHome: { path: '/platform/v1/home' },
    watchHome: { path: '/platform/v1/home/events' },
    listAudit: { path: '/platform/v1/audit?limit=10' },
    createEnrolment: {
      path: '/platform/v1/enrolments',
      body: { connector: { name: 'contoso.example', kind: 'openldap' } },
    },
    enrolAgent: { path: '/platform/v1/agents', body: { token: someToken } },
    listAgents: { path: '/platform/v1/agents' },
    revokeAgent: { path: `/platform/v1/agents/${someUuid}/revoke` },
    heartbeat: { path: '/platform/v1/heartbeat', body: { hostName: 'sync-1.contoso.example', components: [] } },
    reportUpgrades: {
      path: '/hus/v1/reports',
      body: {
        reports: [
          {
            reportId: someUuid,
            at: '2026-11-22T14:00:00.000Z',
            component: 'connect-sync',
            from: '1.2.3.0',
            to: '1.2.4.0',
            targetSha256: 'ab'.repeat(32),
            step: 'activating',
          },
        ],
      },
    },
    listFleet: { path: '/hus/v1/fleet' },
    listUpgradeReports: { path: '/hus/v1/reports?limit=10' },
    exportBatch: {
      path: '/directory/v1/exports',
      body: {
        connectorId,
        idempotencyKey: someUuid,
        operations: [{ op: 'delete', objectType: 'user', sourceAnchor: 'a1' }],
      },
    },
    listChanges: { path: `/directory/v1/changes?connectorId=${connectorId}&limit=10` },
    scimServiceProviderConfig: { path: '/scim/v2/ServiceProviderConfig' },
    scimResourceTypes: { path: '/scim/v2/ResourceTypes' },
    scimSchemas: { path: '/scim/v2/Schemas' },
    scimListUsers: { path: '/scim/v2/Users?count=1' },
    scimGetUser: { path: '/scim/v2/Users/User_1' },
    scimListGroups: { path: '/scim/v2/Groups?count=1' },
    scimGetGroup: { path: '/scim/v2/Groups/Group_1' },
    health: { path: '/healthz' },
    openApi: { path: '/openapi.json' },
    metrics: { path: '/metrics' },
  };
}
