/**
 * What is refused to builds below a minimum, and what the refusal says. Heartbeats, upgrade reports, the repository and
 * alerts are refused to nobody: a cut-off that silences the alerts about itself and bars the way out helps no one.
 */
import type { CampaignRevision, Effect } from './campaign.ts';
import { longDate } from './deadline.ts';
import { decisive } from './floor.ts';
import type { Installation, Judgement } from './judge.ts';
import { type Step, wayOut } from './way-out.ts';

/** What a build, or an administrator through it, asks of the service. */
export type Action =
  | 'enrol'
  | 'adopt-connector'
  | 'read-connector-again'
  | 'export'
  | 'import'
  | 'heartbeat'
  | 'upgrade-report'
  | 'repository'
  | 'alert';

const restricted: readonly Action[] = ['enrol', 'adopt-connector', 'read-connector-again'];

const refusedBy: Readonly<Record<Effect | 'none', readonly Action[]>> = {
  none: [],
  notify: [],
  restrict: restricted,
  'stop-sync': [...restricted, 'export'],
};

export function isRefused(effect: Effect | 'none', action: Action): boolean {
  return refusedBy[effect].includes(action);
}

/** The facts of a 403 problem (RFC 9457). */
export interface BelowMinimum {
  readonly code: 'below-minimum-version';
  readonly status: 403;
  readonly title: string;
  readonly detail: string;
  readonly component: string;
  readonly installed: string;
  readonly minimum: string;
  readonly deadline: { readonly date: string; readonly zone: string };
  readonly wayOut: readonly Step[];
}

/** `undefined` when the judgement refuses the action nothing. */
export function refusalOf(
  revision: CampaignRevision,
  installation: Installation,
  judgement: Judgement,
  action: Action,
): BelowMinimum | undefined {
  const { component, effect, group } = judgement;
  const minimum = revision.minimums.find((each) => each.component === component);
  const wanted = minimum === undefined ? undefined : decisive(minimum);
  if (wanted === undefined || group === undefined || !isRefused(effect, action)) return undefined;
  const { date, zone } = revision.deadline;
  return {
    code: 'below-minimum-version',
    status: 403,
    title: 'This build is below the minimum',
    detail:
      `${wanted.component} ${installation.version} is installed; after ${longDate(date)} (${zone}) at least ` +
      `${wanted.version} is asked for. Upgrades, upgrade reports and alerts go on working.`,
    component: wanted.component,
    installed: installation.version,
    minimum: wanted.version,
    deadline: { date, zone },
    wayOut: wayOut(group, wanted.component, installation.hostName),
  };
}
