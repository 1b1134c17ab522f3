/** Restorations of this database, and what each of them takes back (rule S8). */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from './tables.ts';

export interface Restoration {
  readonly epoch: number;
  readonly at: EpochMs;
  /** What the database told, and what the signer had seen of it before. */
  readonly foundMark: number;
  readonly notedMark: number;
  readonly replayedAt: EpochMs | null;
  readonly haltedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
}

/** Holders that one epoch has room for. */
const fencingStep = 1_000_000;

export async function addRestoration(writer: Writer, restoration: Restoration): Promise<void> {
  const { epoch, at, foundMark, notedMark, replayedAt, haltedAt, endedAt } = restoration;
  await writer
    .insertInto('platform_restorations')
    .values({
      ...{ tenant_id: systemTenantId, epoch, at, found_mark: foundMark, noted_mark: notedMark },
      ...{ replayed_at: replayedAt, halted_at: haltedAt, ended_at: endedAt },
    })
    .execute();
}

/** The last one; undefined when there never was one. */
export async function lastRestoration(reader: Reader): Promise<Restoration | undefined> {
  return reader
    .selectFrom('platform_restorations')
    .select(['epoch', 'at', 'found_mark as foundMark', 'noted_mark as notedMark'])
    .select(['replayed_at as replayedAt', 'halted_at as haltedAt', 'ended_at as endedAt'])
    .where('tenant_id', '=', systemTenantId)
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function setRestorationStep(
  writer: Writer,
  epoch: number,
  step: 'replayed_at' | 'halted_at' | 'ended_at',
  at: EpochMs,
): Promise<void> {
  await writer
    .updateTable('platform_restorations')
    .set({ [step]: at })
    .where('tenant_id', '=', systemTenantId)
    .where('epoch', '=', epoch)
    .execute();
}

/** Every token, session, sign-in link and enrolment string of a tenant; keys of agents stay. */
export async function removeSecrets(writer: Writer, tenantId: string): Promise<void> {
  await writer.deleteFrom('platform_tokens').where('tenant_id', '=', tenantId).execute();
  await writer.deleteFrom('platform_sessions').where('tenant_id', '=', tenantId).execute();
  await writer.deleteFrom('platform_sign_in_links').where('tenant_id', '=', tenantId).execute();
  await writer.deleteFrom('platform_enrolments').where('tenant_id', '=', tenantId).execute();
  await writer
    .deleteFrom('platform_credentials')
    .where('tenant_id', '=', tenantId)
    .where('kind', '!=', 'agent-key')
    .execute();
}

/**
 * No holder from before has a lease from now on, and the next one's number is above all of theirs, also where the same
 * backup was put back before.
 */
export async function raiseFencing(writer: Writer, tenantId: string, epoch: number): Promise<void> {
  const floor = epoch * fencingStep;
  await writer
    .updateTable('platform_leases')
    .set((eb) => ({
      fencing_token: eb
        .case()
        .when('fencing_token', '<', floor)
        .then(floor)
        .else(eb('fencing_token', '+', fencingStep))
        .end(),
      deadline: 0 as EpochMs,
    }))
    .where('tenant_id', '=', tenantId)
    .execute();
}
