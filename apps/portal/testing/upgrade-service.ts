/** The part of the stand-in that answers calls about upgrades, and keeps what it was asked to do. */
import { problemBody } from '@springline/api/problem';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { PksStatus } from '@springline/api/shapes/pks';
import type { Rollouts, WishView } from '@springline/api/shapes/rollout';
import type { AuditEntry } from '../upgrades/audit-chain.ts';
import { type Fleet, fleetPageOf, fleetTotalsOf } from './fleet-stand-in.ts';
import { historyOf } from './history-fixtures.ts';
import { auditTrail, fleet, noCampaign, pks, policyJson, rollout, rollouts } from './upgrade-fixtures.ts';

interface Answered {
  readonly status: number;
  readonly json: unknown;
}

export class UpgradeService {
  rollouts: Rollouts = rollouts();
  fleet: Fleet = fleet();
  policy: Record<string, unknown> | undefined = policyJson();
  minimums: Minimums = noCampaign();
  pks: PksStatus = pks();
  audit: readonly AuditEntry[] = auditTrail(6);
  wish: WishView = {};
  /** Calls that change something, with their bodies. */
  readonly changes: { readonly call: string; readonly body: unknown }[] = [];
  /** Pages of the fleet with this group are not answered. */
  failingGroup: string | undefined;
  /** The next change is refused in these words. */
  refusal: string | undefined;

  answer(call: string, query: URLSearchParams, text: string): Answered {
    if (!call.startsWith('GET ')) return this.#change(call, text);
    switch (call) {
      case 'GET /hus/v1/rollouts':
        return { status: 200, json: this.rollouts };
      case 'GET /hus/v1/fleet':
        if (this.failingGroup !== undefined && query.get('group') === this.failingGroup) {
          return { status: 503, json: problemBody('signer-unreachable', 'Nobody answers.', 'r1') };
        }
        return { status: 200, json: fleetPageOf(this.fleet, query) };
      case 'GET /hus/v1/fleet/totals':
        return { status: 200, json: fleetTotalsOf(this.fleet) };
      case 'GET /hus/v1/releases': {
        const { agents: _, ...published } = this.fleet;
        return { status: 200, json: published };
      }
      case 'GET /hus/v1/policy':
        return { status: 200, json: this.policy === undefined ? {} : { policy: this.policy } };
      case 'GET /hus/v1/minimums':
        return { status: 200, json: this.minimums };
      case 'GET /hus/v1/pks':
        return { status: 200, json: this.pks };
      case 'GET /platform/v1/audit': {
        const [after, limit] = [Number(query.get('after')), Number(query.get('limit'))];
        const later = this.audit.filter(({ sequence }) => sequence > after);
        return { status: 200, json: { entries: later.slice(0, limit), more: later.length > limit } };
      }
      default: {
        const [, product] = /^GET \/hus\/v1\/version-history\/([a-z-]+)$/.exec(call) ?? [];
        if (product !== undefined) return { status: 200, json: historyOf(product, this.fleet.releases) };
        return { status: 200, json: { counter: 0, wish: this.wish } };
      }
    }
  }

  #change(call: string, text: string): Answered {
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    if (this.refusal !== undefined) {
      return { status: 409, json: problemBody('rollout-refused', this.refusal, undefined) };
    }
    this.changes.push({ call, body });
    if (call === 'POST /hus/v1/policy/change') {
      return { status: 200, json: { isHalted: this.rollouts.isHalted, pending: [] } };
    }
    if (call.startsWith('POST /hus/v1/approvals/') || call.startsWith('DELETE /hus/v1/approvals/')) {
      this.rollouts = { ...this.rollouts, pending: [] };
      return { status: 200, json: { pending: [] } };
    }
    if (call.endsWith('/wish')) {
      this.wish = body as WishView;
      return { status: 200, json: { counter: 1, wish: this.wish } };
    }
    return { status: call === 'POST /hus/v1/rollouts' ? 201 : 200, json: { rollout: rollout(), pending: [] } };
  }
}
