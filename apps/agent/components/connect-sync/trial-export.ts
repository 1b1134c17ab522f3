/**
 * Exports that reach nobody: every operation of a trial cycle is noted and answered as if it had been carried out, so
 * that the cycle goes on as it would. Holds one short digest per operation, 100,000 at most.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { ExportPlan } from '@springline/auto-upgrade/upgrader/plan-comparison';
import type { ExportOperation } from '@springline/connect-sync/export/operations';
import type { ExportedResult, SendBatch } from '@springline/connect-sync/run-profile/export';

const notedLimit = 100_000;
const digestLength = 16;
const statusOf = { add: 'created', update: 'updated', delete: 'deleted' } as const;

export class TrialExport {
  readonly #counts = { add: 0, update: 0, delete: 0 };
  readonly #operations: string[] = [];

  readonly send: SendBatch = (operations) => Promise.resolve(operations.map((operation) => this.#note(operation)));

  plan(result: string): ExportPlan {
    const { add, update, delete: deletes } = this.#counts;
    return { adds: add, updates: update, deletes, result, operations: this.#operations };
  }

  #note(operation: ExportOperation): ExportedResult {
    const { op, sourceAnchor } = operation;
    this.#counts[op] += 1;
    if (this.#operations.length < notedLimit) {
      const digest = createHash('sha256').update(JSON.stringify(operation)).digest('base64url');
      this.#operations.push(digest.slice(0, digestLength));
    }
    const created = op === 'add' ? { cloudAnchor: randomUUID() } : {};
    return { sourceAnchor, status: statusOf[op], ...created };
  }
}
