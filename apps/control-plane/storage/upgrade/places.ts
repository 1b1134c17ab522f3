/**
 * Where hosts stand, as the control plane knows it: ring, role and source of the last heartbeat that said so. What a report
 * says of itself is held against this, so that no report moves a host.
 */
import type { Heartbeat } from '@springline/api/shapes/agent';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { UpgradeTables } from './tables.ts';

export interface Place {
  readonly ring: string;
  readonly role: UpgradeTables['upgrade_places']['role'];
  readonly roleSince: EpochMs;
  readonly source: string | null;
}

interface Whose {
  readonly tenantId: string;
  readonly agentId: string;
}

/** Of a host that never said where it stands. */
export const usualPlace: Place = { ring: usualRing, role: 'active', roleSince: 0 as EpochMs, source: null };
const sourceLimit = 1_024;

export async function placeOf(reader: Reader, { tenantId, agentId }: Whose): Promise<Place> {
  const row = await reader
    .selectFrom('upgrade_places')
    .select(['ring', 'role', 'role_since as roleSince', 'source'])
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
  return row ?? usualPlace;
}

/** Where a host stands after `heartbeat`; `undefined`: where it stood. */
export function placeAfter(
  before: Place,
  { autoUpgrade, sync }: Pick<Heartbeat, 'autoUpgrade' | 'sync'>,
  now: EpochMs,
): Place | undefined {
  const { ring = usualRing, role = 'active' } = autoUpgrade ?? before;
  // It says nothing of its source while the component starts.
  const source = sync === undefined ? before.source : sourceKey(sync.source);
  if (ring === before.ring && role === before.role && source === before.source) return undefined;
  return { ring, role, roleSince: role === before.role ? before.roleSince : now, source };
}

/** Also confirms what the host reported of itself before its heartbeat said so. */
export async function setPlace(writer: Writer, { tenantId, agentId }: Whose, place: Place): Promise<void> {
  const { ring, role, roleSince, source } = place;
  const changed = { ring, role, role_since: roleSince, source };
  await writer
    .insertInto('upgrade_places')
    .values({ tenant_id: tenantId, agent_id: agentId, ...changed })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'agent_id']).doUpdateSet(changed))
    .execute();
  await writer
    .updateTable('upgrade_evidence')
    .set({ is_confirmed: 1 })
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .where('ring', '=', ring)
    .where('role', '=', role)
    .where('is_confirmed', '=', 0)
    .execute();
}

/**
 * What two servers of one directory have in common: the base, whichever of its servers each of them asks
 * (`ldaps://dc1.contoso.example DC=contoso,DC=example`); of a file its path.
 */
function sourceKey(source: string): string {
  const [, base] = /^ldaps?:\/\/\S+ (.+)$/i.exec(source) ?? [];
  return (base === undefined ? source : base.replace(/\s*([,=])\s*/g, '$1').toLowerCase()).slice(0, sourceLimit);
}
