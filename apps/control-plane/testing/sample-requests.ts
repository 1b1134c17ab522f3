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
    listPeople: { path: '/platform/v1/people' },
    addPerson: { path: '/platform/v1/people', body: { name: 'Ada', role: 'reader' } },
    changePerson: { path: `/platform/v1/people/${someUuid}`, body: { role: 'reader' } },
    removePerson: { path: `/platform/v1/people/${someUuid}` },
    createSignInLinkFor: { path: `/platform/v1/people/${someUuid}/sign-in-links` },
    listTokens: { path: '/platform/v1/tokens' },
    createToken: { path: '/platform/v1/tokens', body: { name: 'monitoring', scopes: ['read'] } },
    revokeToken: { path: `/platform/v1/tokens/${someUuid}` },
    listTenants: { path: '/platform/v1/tenants' },
    addTenant: { path: '/platform/v1/tenants', body: { name: 'Fabrikam' } },
    listNotices: { path: '/platform/v1/notices?limit=10' },
    listNoticeChannels: { path: '/platform/v1/notice-channels' },
    addEmailChannel: {
      path: '/platform/v1/notice-channels/email',
      body: { smtp: 'smtp://mail.example.org:587', from: 'springline@example.org', to: ['ops@example.org'] },
    },
    addWebhookChannel: {
      path: '/platform/v1/notice-channels/webhook',
      body: { url: 'https://hooks.example.org/springline' },
    },
    removeNoticeChannel: { path: `/platform/v1/notice-channels/${someUuid}` },
    testNoticeChannel: { path: `/platform/v1/notice-channels/${someUuid}/test` },
    createEnrolment: {
      path: '/platform/v1/enrolments',
      body: { connector: { name: 'contoso.example', kind: 'openldap' } },
    },
    enrolAgent: { path: '/platform/v1/agents', body: { token: someToken } },
    listAgents: { path: '/platform/v1/agents' },
    revokeAgent: { path: `/platform/v1/agents/${someUuid}/revoke` },
    resolveAgentConflict: { path: `/platform/v1/agents/${someUuid}/resolve-conflict` },
    heartbeat: { path: '/platform/v1/heartbeat', body: { hostName: 'sync-1.contoso.example', components: [] } },
    syncConnectors: { path: `/platform/v1/agents/${someUuid}/sync/connectors`, body: {} },
    syncHistory: { path: `/platform/v1/agents/${someUuid}/sync/history`, body: {} },
    syncPending: { path: `/platform/v1/agents/${someUuid}/sync/pending`, body: {} },
    syncPreview: { path: `/platform/v1/agents/${someUuid}/sync/preview`, body: {} },
    syncPreviewPage: { path: `/platform/v1/agents/${someUuid}/sync/preview.get`, body: { plan: 'plan-1' } },
    syncPreviewCommit: { path: `/platform/v1/agents/${someUuid}/sync/preview.commit`, body: { object: 'a1' } },
    syncSearchCs: { path: `/platform/v1/agents/${someUuid}/sync/search.cs`, body: { connector: 'contoso.example' } },
    syncCsObject: { path: `/platform/v1/agents/${someUuid}/sync/cs.object`, body: { id: '1' } },
    syncSearchMv: { path: `/platform/v1/agents/${someUuid}/sync/search.mv`, body: { text: 'ada' } },
    syncMvObject: { path: `/platform/v1/agents/${someUuid}/sync/mv.object`, body: { id: '1' } },
    syncExplain: { path: `/platform/v1/agents/${someUuid}/sync/explain`, body: { object: 'a1', attribute: 'mail' } },
    syncRules: { path: `/platform/v1/agents/${someUuid}/sync/rules`, body: {} },
    syncRulesTest: {
      path: `/platform/v1/agents/${someUuid}/sync/rules.test`,
      body: { object: 'a1', expression: '[mail]' },
    },
    syncDeletes: { path: `/platform/v1/agents/${someUuid}/sync/deletes.list`, body: {} },
    syncDeletesApprove: {
      path: `/platform/v1/agents/${someUuid}/sync/deletes.approve`,
      body: { list: 'abababababab' },
    },
    syncDeletesReject: { path: `/platform/v1/agents/${someUuid}/sync/deletes.reject`, body: { list: 'abababababab' } },
    syncStaging: { path: `/platform/v1/agents/${someUuid}/sync/staging`, body: {} },
    syncStagingPromote: { path: `/platform/v1/agents/${someUuid}/sync/staging.promote`, body: {} },
    syncStagingDemote: { path: `/platform/v1/agents/${someUuid}/sync/staging.demote`, body: {} },
    syncRun: { path: `/platform/v1/agents/${someUuid}/sync/run`, body: {} },
    takeQuestions: { path: '/platform/v1/agents/self/questions' },
    answerQuestion: {
      path: '/platform/v1/agents/self/answers',
      body: { questionId: someUuid, outcome: { kind: 'refusal', code: 'unknown-call', message: 'a test' } },
    },
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
    listFleet: { path: '/hus/v1/fleet?limit=10' },
    getFleetTotals: { path: '/hus/v1/fleet/totals' },
    listReleases: { path: '/hus/v1/releases' },
    listUpgradeReports: { path: '/hus/v1/reports?limit=10' },
    askPks: {
      path: '/pks/v1/upgrade',
      body: {
        productKey: 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE',
        component: 'connect-sync',
        version: '2.1.20.0',
        hostName: 'sync-1.contoso.example',
      },
    },
    getPks: { path: '/hus/v1/pks' },
    setPksLifecycle: {
      path: '/hus/v1/pks/lifecycle',
      body: { deprecatedAt: '2027-01-01T00:00:00.000Z', sunsetAt: '2027-07-01T00:00:00.000Z' },
    },
    listRollouts: { path: '/hus/v1/rollouts' },
    createRollout: { path: '/hus/v1/rollouts', body: { component: 'connect-sync', version: '1.2.4.0' } },
    changeRollout: { path: `/hus/v1/rollouts/${someUuid}/change`, body: { action: 'halt', reason: 'a test' } },
    getRolloutPolicy: { path: '/hus/v1/policy' },
    changeRolloutPolicy: { path: '/hus/v1/policy/change', body: { halt: true } },
    approve: {
      path: `/hus/v1/approvals/${'ab'.repeat(32)}`,
      body: { credentialId: 'AA', authenticatorData: 'AA', clientDataJson: 'AA', signature: 'AA' },
    },
    withdrawApproval: { path: `/hus/v1/approvals/${'ab'.repeat(32)}` },
    getWish: { path: `/hus/v1/agents/${someUuid}/wish` },
    setWish: { path: `/hus/v1/agents/${someUuid}/wish`, body: { disabled: true } },
    listCampaigns: { path: '/hus/v1/campaigns' },
    putCampaign: { path: '/hus/v1/campaigns', body: { campaignId: 'september', name: 'September', revisions: [{}] } },
    endCampaign: { path: '/hus/v1/campaigns/september/end' },
    getMinimums: { path: '/hus/v1/minimums' },
    listRecordedServers: { path: '/hus/v1/recorded-servers?limit=10' },
    putRecordedServers: {
      path: '/hus/v1/recorded-servers',
      body: { servers: [{ hostName: 'sync-1.contoso.example', component: 'connect-sync', version: '2.1.20.0' }] },
    },
    getVersionHistory: { path: '/hus/v1/version-history/connect-sync' },
    getVersionHistoryFeed: { path: '/hus/v1/version-history/connect-sync/feed' },
    exportBatch: {
      path: '/directory/v1/exports',
      body: {
        connectorId,
        idempotencyKey: someUuid,
        operations: [{ op: 'delete', objectType: 'user', sourceAnchor: 'a1' }],
      },
    },
    listChanges: { path: `/directory/v1/changes?connectorId=${connectorId}&limit=10` },
    exportLease: { path: '/directory/v1/lease', body: { connectorId, bootNonce: someUuid, ask: 'acquire' } },
    listExportSources: { path: '/directory/v1/sources' },
    getExportLimits: { path: '/directory/v1/export-limits' },
    putExportLimits: {
      path: '/directory/v1/export-limits',
      body: {
        deletions: { prevention: 'enabled', count: 500, percent: 20 },
        ...{ creationsPerDay: 50_000, firstWeekCreationsPerDay: 2_000_000, changesPerDay: 50_000, changesPerObject: 3 },
      },
    },
    approveDeletions: { path: '/directory/v1/deletion-approvals', body: { connectorId, objects: 10 } },
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
