/**
 * The fleet as rows to look through, one for each component on each agent: what of a heartbeat is filtered and ordered by.
 * Written only when one of these facts changed, so that most heartbeats write nothing here. Silence is a matter of the day
 * on which it is asked, so a row has the day on which its agent was last heard and not whether that is long ago.
 */
import type { Heartbeat } from '@springline/api/shapes/agent';
import type { AutoUpgrade, ComponentUpgrade } from '@springline/api/shapes/auto-upgrade';
import { passingResults } from '@springline/auto-upgrade/campaign/judge';
import { passedOverRules } from '@springline/auto-upgrade/rollout/hold-rule';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { FleetRow } from './tables.ts';
import { versionKey } from './version-key.ts';

const dayMs = 86_400_000;

/** Days since 1970, UTC. */
export const dayOf = (at: EpochMs): number => Math.floor(at / dayMs);

type Facts = Omit<FleetRow, 'tenant_id' | 'agent_id'>;

/** Of an agent that has said nothing of auto-upgrade: its Agent Updater alone. */
export function unreportedRow(hostName: string, version: string, now: EpochMs): Facts {
  return {
    ...{ component: 'agent-updater', host_name: hostName.toLowerCase(), version, version_key: versionKey(version) },
    ...{ state: 'unknown', channel: 'unknown', ring: '', role: 'active', standing: 'well', reason: '' },
    ...{ last_at: 0 as EpochMs, seen_day: dayOf(now) },
  };
}

/** `version`: of the Agent Updater, where the heartbeat does not name it. */
export function rowsFrom({ hostName, autoUpgrade, components }: Heartbeat, version: string, now: EpochMs): Facts[] {
  const updater = components.find(({ component }) => component === 'agent-updater')?.version ?? version;
  const plain = unreportedRow(hostName, updater, now);
  if (autoUpgrade === undefined || autoUpgrade.components.length === 0) return [plain];
  const { state, channel, ring = usualRing, role = 'active' } = autoUpgrade;
  // Of two rows for one component the last one stays.
  const byComponent = new Map(autoUpgrade.components.map((each) => [each.component, each]));
  return [...byComponent.values()].map((each) => ({
    ...plain,
    ...{ component: each.component, version: each.version, version_key: versionKey(each.version) },
    ...{ state, channel, ring, role, ...standingOf(autoUpgrade, each) },
    last_at: (each.lastUpgrade === undefined ? 0 : Date.parse(each.lastUpgrade.endedAt)) as EpochMs,
  }));
}

/** As `campaign/judge.ts` puts those below a minimum into groups; here of everybody. */
function standingOf(
  { state, channel, suspensionReason }: AutoUpgrade,
  { lastUpgrade, blocked, waits, offered }: ComponentUpgrade,
): Pick<Facts, 'standing' | 'reason'> {
  if (state === 'Disabled') return { standing: 'opted-out', reason: 'Disabled' };
  if (channel === 'PKS') return { standing: 'on-pks', reason: 'PKS' };
  if (state === 'Suspended') return { standing: 'failed', reason: codeIn(suspensionReason) ?? 'Suspended' };
  const failure = lastUpgrade === undefined || passingResults.has(lastUpgrade.result) ? undefined : lastUpgrade.result;
  if (failure !== undefined || blocked !== undefined) return { standing: 'failed', reason: failure ?? 'blocked' };
  // A build that nobody gets keeps nobody from being well.
  const isForNobody = waits !== undefined && passedOverRules.has(waits.rule);
  if (offered !== undefined && !isForNobody) return { standing: 'upgrading', reason: waits?.rule ?? '' };
  return { standing: 'well', reason: '' };
}

/** `UpgradeAbortedInsufficientDiskSpace` of `UpgradeAbortedInsufficientDiskSpace: 310 MiB are free.` */
function codeIn(text = ''): string | undefined {
  return /^([A-Za-z0-9][A-Za-z0-9-]{0,99})(:|$)/.exec(text)?.[1];
}

/** Whether nothing that is looked through changed. */
export function isSameFleet(before: readonly Facts[], after: readonly Facts[]): boolean {
  return asText(before) === asText(after);
}

function asText(rows: readonly Facts[]): string {
  return JSON.stringify(rows.map((facts) => factColumns.map((column) => facts[column])).sort());
}

export async function fleetRowsOf(reader: Reader, tenantId: string, agentId: string): Promise<Facts[]> {
  return reader
    .selectFrom('platform_fleet')
    .select(factColumns)
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .execute();
}

const factColumns = [
  'component',
  'host_name',
  'version',
  'version_key',
  'state',
  'channel',
  'ring',
  'role',
  'standing',
  'reason',
  'last_at',
  'seen_day',
] as const;

/** In place of those that the agent had. */
export async function putFleetRows(
  writer: Writer,
  tenantId: string,
  agentId: string,
  rows: readonly Facts[],
): Promise<void> {
  await writer.deleteFrom('platform_fleet').where('tenant_id', '=', tenantId).where('agent_id', '=', agentId).execute();
  await writer
    .insertInto('platform_fleet')
    .values(rows.map((facts) => ({ tenant_id: tenantId, agent_id: agentId, ...facts })))
    .execute();
}

export async function markFleetRevoked(writer: Writer, tenantId: string, agentId: string): Promise<void> {
  await writer
    .updateTable('platform_fleet')
    .set({ standing: 'revoked', reason: '' })
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .execute();
}
