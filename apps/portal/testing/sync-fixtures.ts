/** A server of Connect Sync as it would answer at the instant of `home-fixtures.ts`: every state that a page shows. */
import type { HeldDeleteView, RunRecordView, StagingView, SyncConnectorView } from '@springline/api/shapes/sync';
import type {
  CsObjectView,
  CsRowView,
  MvObjectView,
  MvRowView,
  PendingExportView,
} from '@springline/api/shapes/sync-objects';
import type { ExplanationView, RulesTestView, SyncRuleView } from '@springline/api/shapes/sync-rules';
import { syncStatus } from './home-fixtures.ts';

const adaDn = 'CN=Ada Okonkwo,OU=People,OU=Contoso,DC=contoso,DC=example';
const at = (time: string): string => `2026-11-22T${time}.000Z`;

const connector = (changes: Partial<SyncConnectorView>): SyncConnectorView => ({
  name: 'contoso.example',
  kind: 'active-directory',
  source: 'ldaps://dc1.contoso.example',
  partitions: ['DC=contoso,DC=example'],
  state: 'idle',
  objects: { total: 5_264, byType: { user: 5_012, group: 240, contact: 12 } },
  pendingImports: 0,
  pendingExports: 0,
  lastImportAt: at('13:58:00'),
  lastResult: 'success',
  staging: false,
  rules: 14,
  fullImportRequired: false,
  fullSyncRequired: false,
  ...changes,
});

export const connectors = (): SyncConnectorView[] => [
  connector({}),
  connector({
    name: 'HR',
    kind: 'csv',
    source: '/srv/hr/people.csv',
    partitions: ['people.csv'],
    objects: { total: 4_980, byType: { person: 4_980 } },
    pendingImports: 12,
    lastResult: 'completed-discovery-errors',
    rules: 3,
    fullImportRequired: true,
    fullSyncRequired: true,
  }),
  connector({
    name: 'Cloud directory',
    kind: 'cloud',
    source: 'https://cloud.contoso.example',
    partitions: ['default'],
    state: 'running',
    objects: { total: 5_252, byType: { user: 5_000, group: 240, contact: 12 } },
    pendingExports: 4,
    rules: 6,
  }),
];

export const runs = (): RunRecordView[] => [
  { ...syncStatus().lastCycle!, kind: 'scheduled', steps: [...syncStatus().lastCycle!.steps] },
  {
    number: 411,
    kind: 'manual',
    startedAt: at('13:28:00'),
    endedAt: at('13:28:09'),
    result: 'stopped-deletion-threshold-exceeded',
    steps: [
      {
        connector: 'Cloud directory',
        profile: 'Export',
        result: 'stopped-deletion-threshold-exceeded',
        detail: '642 deletes are more than the limit of 500. Nothing was deleted.',
        startedAt: at('13:28:04'),
        endedAt: at('13:28:09'),
        counters: { 'export-failure': 3 },
      },
    ],
  },
  { number: 410, startedAt: at('12:58:00'), endedAt: at('12:58:02'), result: 'completed-no-objects', steps: [] },
];

const pending = (changes: Partial<PendingExportView>): PendingExportView => ({
  id: 'x1',
  connector: 'Cloud directory',
  objectType: 'user',
  name: 'Ada Okonkwo',
  sourceAnchor: '4ytHPB6rJUKeN1kVDhHFrw==',
  operation: 'add',
  attributes: [],
  references: [],
  why: ['Out to the cloud: User'],
  held: false,
  ...changes,
});

const text = (name: string, old: string[], wanted: string[]) => ({ name, type: 'string' as const, old, new: wanted });

export const pendingExports = (): PendingExportView[] => [
  pending({
    attributes: [
      text('userPrincipalName', [], ['ada.okonkwo@contoso.example']),
      text('displayName', [], ['Ada Okonkwo']),
      text('proxyAddresses', [], ['SMTP:ada.okonkwo@contoso.example', 'smtp:ada@contoso.example']),
      text('accountEnabled', [], ['true']),
    ],
    why: ['Out to the cloud: User', 'Contoso: job titles'],
  }),
  pending({
    id: 'x2',
    name: 'Grace Hopper',
    sourceAnchor: '/xnzG2dTykGUxU1nKM6ZIg==',
    operation: 'update',
    attributes: [
      text('jobTitle', ['Engineer'], ['Principal engineer']),
      text(
        'proxyAddresses',
        ['SMTP:grace@contoso.example', 'smtp:ghopper@contoso.example'],
        ['SMTP:grace@contoso.example', 'smtp:g.hopper@contoso.example'],
      ),
      { ...text('streetAddress', ['1 Main Street'], []), oldCount: 1 },
    ],
  }),
  pending({
    id: 'x3',
    name: 'Beatriz Falcão',
    sourceAnchor: 'b8c3f2de51a74c0d9d7a0b==',
    operation: 'delete',
    held: true,
  }),
  pending({
    id: 'x4',
    name: 'All Staff',
    objectType: 'group',
    sourceAnchor: 'AbCdEf0123456789AbCdEg==',
    operation: 'update',
    references: [
      {
        attribute: 'member',
        added: ['CN=Ada Okonkwo,OU=People,DC=contoso,DC=example', 'CN=Lin Chen,OU=People,DC=contoso,DC=example'],
        removed: ['CN=Beatriz Falcão,OU=People,DC=contoso,DC=example', 'CN=Old Account,OU=Left,DC=contoso,DC=example'],
        addedCount: 120,
        removedCount: 2,
      },
    ],
  }),
];

export const joins = () => [
  {
    connector: 'contoso.example',
    dn: adaDn,
    metaverseObject: 'Ada Okonkwo',
    action: 'join' as const,
    rule: 'In from AD: User',
  },
];

export const previewErrors = () => [
  {
    object: 'CN=Two Values,OU=People,DC=contoso,DC=example',
    code: 'flow-multi-values-to-single-value',
    message: 'The expression gives 2 values, and telephoneNumber holds one.',
    rule: 'Contoso: job titles',
  },
];

export const csRow = (changes: Partial<CsRowView> = {}): CsRowView => ({
  id: 'cs-1',
  connector: 'contoso.example',
  dn: adaDn,
  anchor: 'b8c3f2de-51a7-4c0d-9d7a-0b1c2d3e4f50',
  objectType: 'user',
  displayName: 'Ada Okonkwo',
  pendingImport: 'update',
  pendingExport: 'none',
  linked: true,
  link: 'joined',
  metaverseId: 'mv-1',
  ...changes,
});

export const csRows = (): CsRowView[] => {
  const { link: _, metaverseId: __, displayName: ___, ...plain } = csRow();
  return [
    csRow(),
    csRow({
      id: 'cs-2',
      dn: 'CN=Grace Hopper,OU=People,OU=Contoso,DC=contoso,DC=example',
      displayName: 'Grace Hopper',
      pendingImport: 'none',
      pendingExport: 'update',
      awaitingConfirmation: true,
      error: {
        code: 'exported-change-not-reimported',
        message: 'What was exported was not seen back.',
        firstSeenAt: at('12:00:00'),
        lastSeenAt: at('13:58:00'),
        retryCount: 4,
      },
    }),
    { ...plain, id: 'cs-3', dn: 'CN=Guest,CN=Users,DC=contoso,DC=example', pendingImport: 'none', linked: false },
    {
      ...plain,
      id: 'cs-4',
      dn: 'OU=People,OU=Contoso,DC=contoso,DC=example',
      objectType: 'organizationalUnit',
      pendingImport: 'none',
      linked: false,
      placeholder: true,
    },
  ];
};

const attribute = (name: string, ...values: string[]) => ({ name, type: 'string' as const, values });

export const csObject = (changes: Partial<CsObjectView> = {}): CsObjectView => ({
  row: csRow(),
  synchronized: [
    attribute('cn', 'Ada Okonkwo'),
    attribute('jobTitle', 'Engineer'),
    attribute('mail', 'ada.okonkwo@contoso.example'),
    attribute('pager', '555-0100'),
    { ...attribute('objectGUID', '3vLDuKdRDUydegscLT5PUA=='), type: 'binary' },
  ],
  pendingImport: [
    attribute('cn', 'Ada Okonkwo'),
    attribute('department', 'Research'),
    attribute('jobTitle', 'Principal engineer'),
    attribute('mail', 'ada.okonkwo@contoso.example'),
    { ...attribute('objectGUID', '3vLDuKdRDUydegscLT5PUA=='), type: 'binary' },
  ],
  unappliedExport: null,
  unconfirmedExport: null,
  references: [
    {
      attribute: 'manager',
      targets: [
        { id: 'cs-2', dn: 'CN=Grace Hopper,OU=People,OU=Contoso,DC=contoso,DC=example', state: 'present' },
        { dn: 'CN=Lin Chen,OU=People,OU=Contoso,DC=contoso,DC=example', state: 'to-add' },
      ],
      count: 2,
    },
  ],
  lineage: [
    { rule: 'In from AD: User', action: 'joined' },
    { rule: 'Contoso: job titles', action: 'attribute flow' },
  ],
  export: `<cs-object id="cs-1" object-type="user">\n  <entry dn="${adaDn}"/>\n</cs-object>\n`,
  ...changes,
});

export const mvRows = (): MvRowView[] => [
  { id: 'mv-1', type: 'person', displayName: 'Ada Okonkwo', connectors: ['contoso.example', 'HR', 'Cloud directory'] },
  { id: 'mv-2', type: 'person', displayName: 'Grace Hopper', connectors: ['contoso.example', 'Cloud directory'] },
  { id: 'mv-3', type: 'group', displayName: 'All Staff', connectors: ['contoso.example'] },
];

export const mvObject = (): MvObjectView => {
  const from = { rule: 'In from AD: User', connector: 'contoso.example', from: adaDn, since: at('09:12:00') };
  return {
    id: 'mv-1',
    type: 'person',
    attributes: [
      { ...attribute('accountName', 'aokonkwo'), ...from },
      { ...attribute('displayName', 'Ada Okonkwo'), ...from },
      {
        ...attribute('jobTitle', 'Principal engineer'),
        ...from,
        rule: 'Contoso: job titles',
        connector: 'HR',
        from: 'employeeId=1042',
      },
      { ...attribute('proxyAddresses', 'SMTP:ada.okonkwo@contoso.example', 'smtp:ada@contoso.example'), ...from },
      {
        ...attribute('memberOf', 'CN=All Staff,OU=Groups,DC=contoso,DC=example'),
        type: 'reference',
        count: 320,
        ...from,
      },
    ],
    links: [
      csRow(),
      csRow({ id: 'cs-9', connector: 'HR', dn: 'employeeId=1042', pendingImport: 'none', link: 'projected' }),
      csRow({
        id: 'cs-10',
        connector: 'Cloud directory',
        dn: 'CN={34797448}',
        pendingExport: 'update',
        link: 'provisioned',
      }),
    ],
  };
};

export const explanation = (): ExplanationView => ({
  object: { id: 'mv-1', type: 'person', displayName: 'Ada Okonkwo' },
  attribute: 'jobTitle',
  type: 'string',
  values: ['Principal engineer'],
  winner: {
    rule: 'Contoso: job titles',
    precedence: 100,
    connector: 'HR',
    from: 'employeeId=1042',
    since: at('09:12:00'),
  },
  losers: [
    {
      rule: 'In from AD: User',
      precedence: 120,
      connector: 'contoso.example',
      from: adaDn,
      values: ['Engineer'],
      why: 'precedence',
    },
    { rule: 'In from AD: Titles', precedence: 130, connector: 'contoso.example', from: adaDn, values: [], why: 'null' },
    {
      rule: 'In from AD: Guests',
      precedence: 140,
      connector: 'contoso.example',
      from: adaDn,
      values: [],
      why: 'not-in-scope',
    },
    { rule: 'In from AD: Old', precedence: 150, connector: 'contoso.example', from: adaDn, values: [], why: 'ignored' },
  ],
  outbound: [
    {
      rule: 'Out to the cloud: User',
      connector: 'Cloud directory',
      target: 'jobTitle',
      values: ['Principal engineer'],
    },
  ],
});

const rule = (changes: Partial<SyncRuleView>): SyncRuleView => ({
  id: 'in-from-ad-user',
  name: 'In from AD: User',
  precedence: 100,
  direction: 'inbound',
  connectorKind: 'active-directory',
  sourceObjectType: 'user',
  targetObjectType: 'person',
  linkType: 'Provision',
  disabled: false,
  standard: true,
  scope: [],
  join: [],
  flows: [],
  ...changes,
});

const flow = (target: string, source: string, changes: Partial<SyncRuleView['flows'][number]> = {}) => ({
  ...{ target, source, flowType: 'direct' as const, mergeType: 'Update' as const, executeOnce: false },
  ...changes,
});

export const rules = (): SyncRuleView[] => [
  rule({
    description: 'Users of Active Directory, projected into the metaverse.',
    scope: [
      [
        { attribute: 'isCriticalSystemObject', operator: 'NOTEQUAL', value: 'TRUE' },
        { attribute: 'adminDescription', operator: 'NOTSTARTSWITH', value: 'User_' },
      ],
      [{ attribute: 'mail', operator: 'ISNOTNULL', value: '' }],
    ],
    join: [[{ csAttribute: 'objectGUID', mvAttribute: 'sourceAnchorBinary', caseSensitive: true }]],
    flows: [
      flow('accountName', 'sAMAccountName'),
      flow('displayName', 'displayName'),
      flow('mail', 'Trim([mail])', { flowType: 'expression' }),
      flow('domain', 'contoso.example', { flowType: 'constant', executeOnce: true }),
      flow('proxyAddresses', 'proxyAddresses', { mergeType: 'Merge' }),
    ],
  }),
  rule({
    id: 'in-from-ad-group',
    name: 'In from AD: Group',
    precedence: 120,
    sourceObjectType: 'group',
    targetObjectType: 'group',
  }),
  rule({
    id: 'contoso-job-titles',
    name: 'Contoso: job titles',
    precedence: 90,
    connector: 'contoso.example',
    linkType: 'Join',
    standard: false,
    flows: [flow('jobTitle', 'IIF([employeeType] = "contractor", "Contractor", [title])', { flowType: 'expression' })],
  }),
  rule({
    id: 'out-to-cloud-user',
    name: 'Out to the cloud: User',
    precedence: 200,
    direction: 'outbound',
    connectorKind: 'cloud',
    sourceObjectType: 'person',
    targetObjectType: 'user',
    disabled: true,
    flows: [flow('jobTitle', 'jobTitle')],
  }),
];

export const ruleTest = (): RulesTestView => ({
  object: { id: 'cs-1', connector: 'contoso.example', dn: adaDn, objectType: 'user' },
  rule: {
    id: 'in-from-ad-user',
    name: 'In from AD: User',
    inScope: true,
    scope: [
      [
        { attribute: 'isCriticalSystemObject', operator: 'NOTEQUAL', value: 'TRUE', holds: true },
        { attribute: 'adminDescription', operator: 'NOTSTARTSWITH', value: 'User_', holds: false },
      ],
      [{ attribute: 'mail', operator: 'ISNOTNULL', value: '', holds: true }],
    ],
    link: 'joins Ada Okonkwo by sourceAnchorBinary',
    flows: [
      {
        target: 'accountName',
        source: 'sAMAccountName',
        result: { kind: 'value', type: 'string', values: ['aokonkwo'] },
      },
      { target: 'mail', source: 'Trim([mail])', result: { kind: 'null' } },
      {
        target: 'domain',
        source: 'Word([dn],',
        result: { kind: 'error', phase: 'parse', message: 'a bracket is missing', column: 10 },
      },
    ],
  },
});

export const expressionTest = (): RulesTestView => ({
  object: { id: 'cs-1', connector: 'contoso.example', dn: adaDn, objectType: 'user' },
  result: { kind: 'value', type: 'string', values: ['ada.okonkwo@contoso.example'] },
});

export const heldDeletes = (): HeldDeleteView[] => [
  { kind: 'object', objectType: 'user', name: 'Beatriz Falcão', sourceAnchor: '4ytHPB6rJUKeN1kVDhHFrw==' },
  { kind: 'object', objectType: 'user', name: 'Old Account', sourceAnchor: 'ZytHPB6rJUKeN1kVDhHFrw==' },
  { kind: 'object', objectType: 'group', name: 'Left', sourceAnchor: 'YytHPB6rJUKeN1kVDhHFrw==' },
  {
    kind: 'members',
    objectType: 'group',
    name: 'All Staff',
    sourceAnchor: '/xnzG2dTykGUxU1nKM6ZIg==',
    removedMembers: 54,
  },
];

/** A second server that is not ready to take over. */
export const stagingServer = (): StagingView => ({
  staging: true,
  lease: {
    holder: 'SYNC-01.contoso.example',
    agent: '0192d4e0-7c1a-7000-8000-000000000011',
    fencing: 17,
    since: at('02:00:00'),
  },
  readiness: {
    ready: false,
    reasons: [
      { code: 'import-too-old', message: 'The last import is older than two cycles.' },
      { code: 'lease-held', message: 'SYNC-01.contoso.example holds the export lease.' },
    ],
    lastImportAt: at('11:00:00'),
    pending: { add: 3, update: 12, delete: 0 },
  },
});
