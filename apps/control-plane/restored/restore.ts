/**
 * What is done to a database that is older than what the signer has seen of it (rule S8): all of it in one transaction,
 * so that a kill leaves the older database, which is found again, or a restored one.
 */
import type { RegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import type { EpochMs } from '@springline/ports/clock';
import { addNotice } from '../notices/outbox.ts';
import type { Writer } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { forgetContinuations } from '../storage/platform/continuations.ts';
import { readCounter, removeCounter, setCounter } from '../storage/platform/counters.ts';
import {
  addRestoration,
  lastRestoration,
  raiseFencing,
  removeSecrets,
  setRestorationStep,
} from '../storage/platform/restorations.ts';
import { systemTenantId } from '../storage/platform/tables.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { reasonOf, whatToDo } from './reason.ts';
import { carryOutRegister } from './register.ts';

/** Of other parts: what they must forget, by tenant. */
export type RestoredPart = (writer: Writer, tenantId: string) => Promise<void>;

export interface Found {
  readonly foundMark: number;
  readonly notedMark: number;
  /** The signer's register; undefined when it is not believed. It is carried out when it is. */
  readonly facts: readonly RegisterFact[] | undefined;
}

/** Everything that was good on the day of the backup is void, but the agents' keys. */
export async function restoreDatabase(
  writer: Writer,
  { foundMark, notedMark, facts }: Found,
  parts: readonly RestoredPart[],
  now: EpochMs,
): Promise<void> {
  const tenants = await listTenants(writer);
  const epoch = Math.max(((await lastRestoration(writer))?.epoch ?? 0) + 1, Math.floor(now / 1000));
  await raiseFencing(writer, systemTenantId, epoch);
  for (const { id } of tenants) {
    await removeSecrets(writer, id);
    await raiseFencing(writer, id, epoch);
    await forgetContinuations(writer, id);
    for (const part of parts) await part(writer, id);
  }
  const mark = (await readCounter(writer, 'mark')) ?? 0;
  await setCounter(writer, 'mark', Math.max(mark, notedMark) + 1);
  await removeCounter(writer, 'unchecked-mark');
  const steps = { replayedAt: null, haltedAt: null, endedAt: null };
  const restoration = { epoch, at: now, foundMark, notedMark, ...steps };
  await addRestoration(writer, restoration);
  const words = reasonOf(restoration);
  for (const { id } of tenants) {
    const event = { at: now, actor: 'system', action: 'database.restored', subject: 'database' };
    await appendAudit(writer, id, { ...event, detail: { epoch, foundMark, notedMark } });
    const text = `${words}\n\n${whatToDo}\n`;
    const detail = { epoch, foundMark, notedMark };
    const subject = 'The control plane runs on a restored database';
    await addNotice(
      writer,
      id,
      { kind: 'database-restored', dedupeKey: `database-restored ${epoch}`, subject, text, detail },
      now,
    );
  }
  if (facts !== undefined) await replayRegister(writer, epoch, facts, now);
}

/** Once; later when the register was damaged at first. */
export async function replayRegister(
  writer: Writer,
  epoch: number,
  facts: readonly RegisterFact[],
  now: EpochMs,
): Promise<void> {
  const counts = await carryOutRegister(writer, facts, now);
  await setRestorationStep(writer, epoch, 'replayed_at', now);
  const [operator] = await listTenants(writer);
  if (operator === undefined) return;
  const event = { at: now, actor: 'system', action: 'database.register-carried-out', subject: 'database' };
  await appendAudit(writer, operator.id, { ...event, detail: { epoch, ...counts } });
}
