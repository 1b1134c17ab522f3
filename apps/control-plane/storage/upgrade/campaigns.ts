/** Campaigns of the installation. A document is kept whole; what it says is read by the product. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from '../platform/tables.ts';

export interface KeptCampaign {
  readonly campaignId: string;
  /** JSON. */
  readonly document: string;
  /** JSON. */
  readonly sent: string;
  readonly createdAt: EpochMs;
  readonly endedAt: EpochMs | null;
}

const columns = [
  'campaign_id as campaignId',
  'document',
  'sent',
  'created_at as createdAt',
  'ended_at as endedAt',
] as const;
const listedLimit = 100;

export async function putCampaign(writer: Writer, campaignId: string, document: string, now: EpochMs): Promise<void> {
  await writer
    .insertInto('upgrade_campaigns')
    .values({
      tenant_id: systemTenantId,
      campaign_id: campaignId,
      document,
      sent: '[]',
      created_at: now,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'campaign_id']).doUpdateSet({ document }))
    .execute();
}

export async function setSentNotices(writer: Writer, campaignId: string, sent: string): Promise<void> {
  await writer
    .updateTable('upgrade_campaigns')
    .set({ sent })
    .where('tenant_id', '=', systemTenantId)
    .where('campaign_id', '=', campaignId)
    .execute();
}

export async function endCampaign(writer: Writer, campaignId: string, now: EpochMs): Promise<void> {
  await writer
    .updateTable('upgrade_campaigns')
    .set({ ended_at: now })
    .where('tenant_id', '=', systemTenantId)
    .where('campaign_id', '=', campaignId)
    .execute();
}

/** The newest first. */
export async function listCampaigns(reader: Reader): Promise<KeptCampaign[]> {
  return reader
    .selectFrom('upgrade_campaigns')
    .select(columns)
    .where('tenant_id', '=', systemTenantId)
    .orderBy('created_at', 'desc')
    .orderBy('campaign_id')
    .limit(listedLimit)
    .execute();
}

export async function findCampaign(reader: Reader, campaignId: string): Promise<KeptCampaign | undefined> {
  return reader
    .selectFrom('upgrade_campaigns')
    .select(columns)
    .where('tenant_id', '=', systemTenantId)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst();
}
