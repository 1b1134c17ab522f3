/** The part of the stand-in that answers for an agent host: every question of Connect Sync, and what was decided there. */
import { type ProblemCode, problemBody, problemCatalogue } from '@springline/api/problem';
import type { HeldDeleteView, RunRecordView, StagingView } from '@springline/api/shapes/sync';
import { syncCalls } from '@springline/api/shapes/sync';
import { isSyncMethod, type SyncMethod, syncMethods } from '@springline/api/shapes/sync-methods';
import { syncStatus } from './home-fixtures.ts';
import {
  connectors,
  csObject,
  csRows,
  explanation,
  expressionTest,
  heldDeletes,
  joins,
  mvObject,
  mvRows,
  pendingExports,
  previewErrors,
  rules,
  ruleTest,
  runs,
  stagingServer,
} from './sync-fixtures.ts';

interface Answered {
  readonly status: number;
  readonly json: unknown;
}

interface Asked {
  readonly agentId: string;
  readonly method: SyncMethod;
  readonly body: Record<string, unknown>;
}

const listName = '0123456789ab';

export class SyncService {
  pending = pendingExports();
  held: HeldDeleteView[] = heldDeletes();
  runs: RunRecordView[] = runs();
  csRows = csRows();
  staging: StagingView = stagingServer();
  /** Every question that was asked, oldest first. */
  readonly asked: Asked[] = [];
  /** Questions of these methods are refused so. */
  readonly refusals = new Map<SyncMethod, { readonly code: ProblemCode; readonly detail: string }>();
  /** Held back until it resolves. */
  hold: Promise<void> | undefined;

  /** What was decided: method and body. */
  get decisions(): readonly Omit<Asked, 'agentId'>[] {
    return this.asked
      .filter(({ method }) => syncMethods[method].effect === 'decide')
      .map(({ method, body }) => ({ method, body }));
  }

  /** `undefined`: no question of Connect Sync. */
  async answer(call: string, text: string): Promise<Answered | undefined> {
    const [, agentId = '', method = ''] = /^POST \/platform\/v1\/agents\/([^/]+)\/sync\/([a-z.]+)$/.exec(call) ?? [];
    if (!isSyncMethod(method)) return undefined;
    const { reason, ...parameters } = JSON.parse(text) as Record<string, unknown>;
    const parsed = syncCalls[method].parameters.safeParse(parameters);
    if (!parsed.success) return { status: 400, json: problemBody('malformed-request', parsed.error.message, 'r1') };
    this.asked.push({ agentId, method, body: { ...parameters, ...(reason === undefined ? {} : { reason }) } });
    await this.hold;
    const refusal = this.refusals.get(method);
    if (refusal !== undefined) {
      return {
        status: problemCatalogue[refusal.code][0],
        json: problemBody(refusal.code, refusal.detail, 'r1'),
      };
    }
    return { status: 200, json: this.#answerOf(method, parsed.data as Record<string, unknown>) };
  }

  #answerOf(method: SyncMethod, words: Record<string, unknown>): unknown {
    switch (method) {
      case 'connectors':
        return { connectors: connectors() };
      case 'history':
        return this.runs.filter(({ number }) => number < Number(words['before'] ?? Number.POSITIVE_INFINITY));
      case 'pending': {
        const { connector, kind } = words;
        const found = this.pending.filter(
          (item) =>
            (connector === undefined || item.connector === connector) &&
            (kind === undefined || item.operation === kind),
        );
        return { total: found.length, ...pageOf(found, words) };
      }
      case 'preview':
      case 'preview.get':
        return {
          plan: 'plan-1',
          totals: { add: 1, update: 2, delete: 1 },
          joins: joins(),
          errors: previewErrors(),
          ...pageOf(this.pending, words),
        };
      case 'preview.commit':
        return { ...this.runs[0]!, number: 413, kind: 'single-object' };
      case 'search.cs':
        return pageOf(this.#found(words), words);
      case 'cs.object': {
        const row = this.csRows.find(({ id }) => id === words['id']);
        return csObject(row === undefined ? {} : { row });
      }
      case 'search.mv': {
        const wanted = String(words['text'] ?? '').toLowerCase();
        return pageOf(
          mvRows().filter(
            ({ displayName, type }) => displayName.toLowerCase().includes(wanted) && (words['type'] ?? type) === type,
          ),
          words,
        );
      }
      case 'mv.object':
        return mvObject();
      case 'explain':
        return explanation();
      case 'rules':
        return { rules: rules() };
      case 'rules.test':
        return words['expression'] === undefined ? ruleTest() : expressionTest();
      case 'deletes.list':
        return { list: listName, held: this.held };
      case 'deletes.approve':
      case 'deletes.reject': {
        const decided = this.held.length;
        this.held = [];
        return { decided, decision: method === 'deletes.approve' ? 'approved' : 'rejected' };
      }
      case 'staging':
        return this.staging;
      case 'staging.promote':
      case 'staging.demote':
        this.staging = { ...this.staging, staging: method === 'staging.demote' };
        return this.staging;
      case 'run':
        return syncStatus();
    }
  }

  #found({ text, scope }: Record<string, unknown>) {
    const wanted = String(text ?? '').toLowerCase();
    return this.csRows.filter(
      (row) =>
        row.dn.toLowerCase().includes(wanted) &&
        (scope !== 'error' || row.error !== undefined) &&
        (scope !== 'disconnected' || !row.linked) &&
        (scope !== 'transient' || row.transient === true),
    );
  }
}

function pageOf<T>(rows: readonly T[], { limit, after }: Record<string, unknown>) {
  const from = Number(after ?? 0);
  const until = from + Number(limit);
  return { items: rows.slice(from, until), ...(until < rows.length ? { next: String(until) } : {}) };
}
