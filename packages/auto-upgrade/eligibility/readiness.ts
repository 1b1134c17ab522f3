/**
 * Whether a newer build could take over on a host: every gate is looked at, so that all that is in the way is said at
 * once and not one thing after the other. Beside it, what would be upgraded, when, and why not sooner.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Decision } from '../rollout/decide.ts';
import { type GateId, gates } from './gate.ts';
import { gateChecks } from './gate-checks.ts';
import type { ReadinessFacts } from './readiness-facts.ts';
import type { ResultCode } from './result-code.ts';

export interface GateFinding {
  readonly id: GateId;
  readonly code: ResultCode;
  readonly ok: boolean;
  /** What was found, in words. */
  readonly detail: string;
  readonly remedy: string;
}

export interface PlannedUpgrade {
  readonly component: string;
  /** The version that would be installed. */
  readonly to?: string;
  /** From when on; absent when that cannot be said. */
  readonly when?: EpochMs;
  readonly why: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly gates: readonly GateFinding[];
  readonly upgrades: readonly PlannedUpgrade[];
}

/** @param decisions By component: what the rollout says for this host now. */
export function readiness(facts: ReadinessFacts, decisions: ReadonlyMap<string, Decision>): Readiness {
  const findings = (Object.keys(gates) as GateId[]).map((id): GateFinding => {
    const { code, remedy } = gates[id];
    const { ok, detail } = gateChecks[id](facts);
    return { id, code, ok, detail, remedy: remedy.replaceAll('{home}', facts.home) };
  });
  return {
    ready: findings.every(({ ok }) => ok),
    gates: findings,
    upgrades: [...decisions].map(([component, decision]) => plannedUpgrade(component, decision, facts.now)),
  };
}

function plannedUpgrade(component: string, decision: Decision, now: EpochMs): PlannedUpgrade {
  switch (decision.action) {
    case 'install':
      return {
        component,
        to: decision.release.version,
        when: now,
        why: decision.rule === 'floor' ? 'it meets a floor' : 'nothing holds it',
      };
    case 'wait':
      return {
        component,
        to: decision.release.version,
        when: decision.notBefore,
        why: `${decision.rule}: not before then`,
      };
    case 'hold':
      return {
        component,
        ...(decision.release === undefined ? {} : { to: decision.release.version }),
        why:
          decision.rule === 'nothing-newer' ? 'nothing newer is named for it' : `${decision.rule}: ${decision.reason}`,
      };
  }
}
