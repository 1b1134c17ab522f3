/**
 * The cloud directory as the engine's ports want it: pages of what the connector masters, and batches of exports.
 */
import { randomUUID } from 'node:crypto';
import { changesAnswer, exportBatchAnswer } from '@springline/api/shapes/directory';
import type { CsValue, Hologram } from '@springline/connect-sync/connector-space/hologram';
import type { ExportOperation } from '@springline/connect-sync/export/operations';
import { BatchRefusedError, type ExportedResult, type SendBatch } from '@springline/connect-sync/run-profile/export';
import type { ReadCloudPage } from '@springline/connect-sync/run-profile/import-cloud';
import { RefusedError, type Sender, sendSigned, UnreachableError } from '../../identity/signed-request.ts';
import { type Lease, leaseOfBatch } from './export-lease.ts';

const batchAttempts = 3;
const pageLimit = 500;

/** Reads the changes feed of one connector. */
export function cloudReader(sender: Sender, connectorId: string, signal: AbortSignal): ReadCloudPage {
  return async (cursor) => {
    const query = new URLSearchParams({
      connectorId,
      limit: String(pageLimit),
      ...(cursor === undefined ? {} : { cursor }),
    });
    try {
      const answer = await sendSigned(sender, { method: 'GET', path: `/directory/v1/changes?${query}` }, signal);
      const page = changesAnswer.parse(answer);
      return {
        cursor: page.cursor,
        more: page.more,
        objects: page.objects.map((object) => ({
          cloudAnchor: object.cloudAnchor,
          objectType: object.objectType,
          sourceAnchor: object.sourceAnchor,
          deleted: object.deleted,
          attributes: hologramOf(object.attributes),
          references: new Map(Object.entries(object.references)),
        })),
      };
    } catch (error) {
      if (error instanceof RefusedError && error.code === 'cursor-expired') return null;
      throw error;
    }
  };
}

/** Sends batches; one whose answer was lost is sent again with the same key, and so carried out once. */
export function cloudWriter(
  sender: Sender,
  connectorId: string,
  lease: () => Lease | undefined,
  signal: AbortSignal,
): SendBatch {
  return async (operations: readonly ExportOperation[]): Promise<readonly ExportedResult[]> => {
    const body = { connectorId, idempotencyKey: randomUUID(), operations, ...leaseOfBatch({ lease: lease() }) };
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await sendSigned(sender, { method: 'POST', path: '/directory/v1/exports', body }, signal);
        const { results } = exportBatchAnswer.parse(answer);
        if (results.length !== operations.length) throw new UnreachableError('the answer lacks results');
        return results;
      } catch (error) {
        // 400 and 413 are about what is in the batch, not about who sends it.
        if (error instanceof RefusedError && (error.status === 400 || error.status === 413)) {
          throw new BatchRefusedError(error.message, { cause: error });
        }
        if (!(error instanceof UnreachableError) || attempt >= batchAttempts || signal.aborted) throw error;
      }
    }
  };
}

function hologramOf(attributes: Readonly<Record<string, CsValue | readonly CsValue[]>>): Hologram {
  return new Map(
    Object.entries(attributes).map(([name, value]) => [name, Array.isArray(value) ? value : [value as CsValue]]),
  );
}
