/** Rollouts as people see them: the list, one with its rings, and a plan before it is asked for. Pure. */
import type { CreateRollout, Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import type { EpochMs } from '@springline/ports/clock';
import { minutesText, minuteText, percentText } from '../amounts.ts';
import { bold, green, oneLine, red, relativeTime, table, yellow } from '../output.ts';
import { describePending, type Pending, whereToApprove } from './approvals.ts';
import { forecast } from './forecast.ts';
import type { RingPlan, WholePlan } from './ring-words.ts';

const million = 1_000_000;
const barCells = 20;

type Ring = RolloutView['rings'][number];

/** Newest first, as the API has them. */
export function describeRollouts(all: Rollouts, now: number): string {
  const rows = all.rollouts.map(({ rolloutId, component, version, state, rings, elsewhere, createdAt }) => [
    `${component}@${version}`,
    state,
    rings.map(({ name, openPpm }) => `${name} ${percentText(rounded(openPpm))}`).join(', '),
    evidenceWords(rings, elsewhere),
    relativeTime(createdAt, now),
    rolloutId,
  ]);
  const none = 'There is no rollout. Make one: springline rollout create COMPONENT VERSION --dry-run';
  return [
    ...stateLines(all),
    rows.length === 0 ? none : table([['RELEASE', 'STATE', 'OPEN', 'HOSTS', 'MADE', 'ID'], ...rows]),
    ...(all.pending.length === 0
      ? []
      : [
          '',
          `${all.pending.length} ${all.pending.length === 1 ? 'waits' : 'wait'} for approval: springline rollout approvals`,
        ]),
  ].join('\n');
}

/** Of the halt of everything, with what to do. */
export function haltedWords(reason: string | undefined): string {
  const why = reason === undefined ? '' : ` (${oneLine(reason)})`;
  return `Everything is halted: nothing is installed anywhere${why}. springline rollout resume-all`;
}

/** What concerns all rollouts. */
function stateLines({ isHalted, haltReason, signerProblem, freezes }: Rollouts): readonly string[] {
  const lines = [
    ...(isHalted ? [red(haltedWords(haltReason))] : []),
    ...(signerProblem === undefined
      ? []
      : [yellow(`${oneLine(signerProblem)}. What is shown may be older than what agents do; nothing can be changed.`)]),
    ...freezes.map(
      ({ name, from, until }) =>
        `Freeze ${oneLine(name)}: from ${minuteText(Date.parse(from))} until ${minuteText(Date.parse(until))}`,
    ),
  ];
  return lines.length === 0 ? [] : [...lines, ''];
}

/** One rollout: what it is, its rings, what happens next, and what waits. */
export function describeRollout(
  rollout: RolloutView,
  pending: readonly Pending[],
  portal: string,
  now: number,
): string {
  const { rolloutId, component, version, releaseNumber, state, reason, createdBy, createdAt } = rollout;
  const waiting = pending.filter((each) => each.rolloutId === rolloutId);
  return [
    bold(`${component} ${version}  ${paintState(state)}${reason === undefined ? '' : `: ${oneLine(reason)}`}`),
    `rollout   ${rolloutId}, release ${releaseNumber}`,
    `made by   ${oneLine(createdBy)}, ${minuteText(Date.parse(createdAt))}`,
    ...(rollout.notBefore === undefined ? [] : [`begins    not before ${minuteText(Date.parse(rollout.notBefore))}`]),
    `halts     when ${haltWords(rollout.haltAt)}`,
    `next      ${oneLine(rollout.next)}`,
    '',
    ringTable(rollout, now),
    ...outsideNotes(rollout).map(yellow),
    ...(waiting.length === 0
      ? []
      : ['', 'Waits for approval:', ...waiting.map((each) => describePending(each, now)), whereToApprove(portal)]),
  ].join('\n');
}

/** Hosts that the rings of a plan leave out, and what becomes of them. */
export function outsideNotes({ outside = [] }: Pick<RolloutView, 'outside'>): readonly string[] {
  if (outside.length === 0) return [];
  const rings = outside.map(({ ring, hosts }) => `${ring} (${hosts} ${hosts === 1 ? 'host' : 'hosts'})`).join(', ');
  return [
    `It has no ring ${rings}. Hosts there get nothing by it (ring-unknown) until it is complete, and then all at once.`,
  ];
}

function ringTable({ rings, elsewhere }: RolloutView, now: number): string {
  const rows = rings.map((ring) => {
    const { name, openedAt, openPpm, evidence } = ring;
    return [
      name,
      `${bar(openPpm)} ${percentText(rounded(openPpm))}`,
      openedAt === undefined ? 'not yet' : relativeTime(openedAt, now),
      ...[evidence.activating, evidence.committed, evidence.failed, evidence.silent].map(String),
      proofWords(ring),
    ];
  });
  if (elsewhere !== undefined) {
    const { activating, committed, failed, silent } = elsewhere;
    rows.push(['others', '', '', ...[activating, committed, failed, silent].map(String), 'in no ring of this plan']);
  }
  return table([['RING', 'OPEN', 'OPENED', 'BUSY', 'KEPT', 'FAILED', 'SILENT', 'DONE WHEN'], ...rows]);
}

/** Filled by whole cells; a ring that is open at all shows one, and only one that is wholly open shows all. */
export function bar(ppm: number, cells = barCells): string {
  const some = ppm === 0 ? 0 : Math.max(1, Math.floor((ppm * cells) / million));
  return '█'.repeat(some) + '░'.repeat(cells - some);
}

/** A plan that would be asked for: rings, when each opens at the earliest, what must be proven. */
export function describePlan(
  { component, version, notBefore }: CreateRollout,
  { rings, haltAt }: WholePlan,
  begin: EpochMs,
): string {
  const dates = forecast(rings, begin);
  const rows = rings.map((ring, at) => {
    const { opensAt, fullAt } = dates[at]!;
    const { startPpm, rampPpmPerHour } = ring;
    return [
      ring.name,
      opensAt === undefined ? 'never' : minuteText(opensAt),
      percentText(startPpm),
      rampPpmPerHour === 0 ? '' : `+${percentText(rampPpmPerHour)}/h`,
      fullAt === undefined ? 'never' : minuteText(fullAt),
      proofWords(ring),
    ];
  });
  const end = dates.at(-1)?.soakedAt;
  return [
    `${component} ${version}`,
    ...(notBefore === undefined ? [] : [`It begins not before ${minuteText(Date.parse(notBefore))}.`]),
    '',
    table([['RING', 'OPENS AT THE EARLIEST', 'WITH', 'THEN', 'AS OPEN AS PLANNED', 'DONE WHEN'], ...rows]),
    '',
    `It halts by itself when ${haltWords(haltAt)}.`,
    end === undefined
      ? 'It never becomes complete by itself.'
      : `It is complete at the earliest at ${minuteText(end)}.`,
  ].join('\n');
}

function proofWords({ soakMinutes, minCommitted, minCommittedPpm }: RingPlan): string {
  const parts = [
    ...(soakMinutes === 0 ? [] : [`soaked ${minutesText(soakMinutes)}`]),
    ...(minCommitted === 0 ? [] : [`${minCommitted} kept it`]),
    ...(minCommittedPpm === 0 ? [] : [`${percentText(minCommittedPpm)} of those that began`]),
  ];
  return parts.length === 0 ? 'open' : parts.join(', ');
}

function haltWords({ minFailures, failurePpm }: RolloutView['haltAt']): string {
  const share = failurePpm === 0 ? '' : ` and they are ${percentText(failurePpm)} of those that began`;
  return `${minFailures} ${minFailures === 1 ? 'host fails' : 'hosts fail'}${share}`;
}

function evidenceWords(rings: readonly Ring[], elsewhere: RolloutView['elsewhere']): string {
  const sum = (name: keyof Ring['evidence']): number =>
    rings.reduce((all, { evidence }) => all + evidence[name], elsewhere?.[name] ?? 0);
  const failed = sum('failed') + sum('silent');
  return [`${sum('committed')} kept it`, ...(failed === 0 ? [] : [`${failed} failed`])].join(', ');
}

/** To a tenth of a percent, and never up to 100%. */
function rounded(ppm: number): number {
  return ppm === million ? ppm : Math.floor(ppm / 1_000) * 1_000;
}

function paintState(state: RolloutView['state']): string {
  if (state === 'running' || state === 'complete') return green(state);
  return state === 'waiting' ? yellow(state) : red(state);
}
