/** `springline rollout create`: plan a rollout of a published release, or see its plan first. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import { type CreateRollout, createRolloutBody, type Rollouts, type RolloutView } from '@springline/api/shapes/rollout';
import { PolicyError } from '@springline/auto-upgrade/rollout/error';
import { formatPlan, parsePlan } from '@springline/auto-upgrade/rollout/plan';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import { planOf } from '@springline/control-plane/hus/rollout-plan';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { instantFrom, percentText } from '../amounts.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, yellow } from '../output.ts';
import { approvalDelayMs } from '../release/signer/approvals.ts';
import { ruleWords } from '../rollout/approvals.ts';
import { describePlan, describeRollout, haltedWords, outsideNotes } from '../rollout/describe.ts';
import { isLive } from '../rollout/find-rollout.ts';
import { firstPolicyNotes } from '../rollout/first-policy.ts';
import {
  haltRuleFrom,
  type PlanWords,
  planWordsFromFile,
  ringsFromTexts,
  type WholePlan,
} from '../rollout/ring-words.ts';
import { wholeFleet } from '../upgrade/whole-fleet.ts';
import { type Changing, type Place, placeOf } from './person.ts';

interface CreateWords extends Changing {
  readonly rings?: string;
  readonly ring: readonly string[];
  readonly haltAt?: string;
  readonly notBefore?: string;
  readonly replace?: boolean;
  readonly reason?: string;
}

const minuteMs = 60_000;
const releasesNamed = 5;

export function registerRolloutCreate(rollout: Command): void {
  const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  homeCommand(rollout, 'create', 'plan a rollout of a published release; it begins when the plan is approved', [
    'rollout create connect-sync 1.2.4.0 --dry-run',
    'rollout create connect-sync 1.2.4.0 --ring "canary start=100% soak=24h" --ring "broad ramp=1%/h"',
    'rollout create connect-sync 1.2.4.0 --rings rings.yaml --halt-at 2:5% --not-before 2026-12-01T06:00:00Z',
    'rollout create connect-sync 1.2.4.0 --replace --reason "a slower plan"',
  ])
    .argument('<component>', 'what is upgraded, as connect-sync')
    .argument('<version>', 'the published release')
    .option('--rings <file>', 'YAML or JSON: a list of rings, or rings beside haltAt and notBefore')
    .option(
      '--ring <ring>',
      'a ring: NAME start=PERCENT ramp=PERCENT/h soak=TIME committed=HOSTS share=PERCENT; repeat it in order',
      collect,
      [],
    )
    .option('--halt-at <failures:percent>', 'halt by itself at so many failures, and so many of those that began')
    .option('--not-before <instant>', 'begin no earlier')
    .option('--replace', 'take the place of the rollout of this release that is there; needs --reason')
    .option('--reason <text>', 'why another rollout gives way; it is in the audit trail')
    .option('--dry-run', 'show the plan and when each ring opens at the earliest, change nothing')
    .addHelpText(
      'after',
      `
The words of a ring: start is open at once, ramp opens more each hour, soak is how long it stays as open as planned before
the next ring opens, committed is how many hosts must have kept the release by then, share the same of those that began.
Left out: soak=24h share=90%, and committed=1 but for the last ring. Without rings: canary, early, broad.`,
    )
    .action(create);
}

async function create(component: string, version: string, words: CreateWords): Promise<void> {
  const { home, json, dryRun } = words;
  const body = bodyOf(component, version, words);
  const place = placeOf(home);
  if (dryRun === true) return showPlan(place, body, json === true);
  const { rollout, pending } = await callControlPlane(place, 'createRollout', body);
  if (json === true) printJson({ rollout, pending });
  else print(describeRollout(rollout, pending, place.url, systemClock.now()));
}

/** @throws {CommandError} exit code 2. */
function bodyOf(component: string, version: string, words: CreateWords): CreateRollout {
  const { rings: file, ring, haltAt, notBefore, replace, reason } = words;
  if ((replace === true) !== (reason !== undefined)) {
    throw new CommandError('--replace and --reason belong together: say why another rollout gives way', 2);
  }
  if (file !== undefined && ring.length > 0) throw new CommandError('give --rings or --ring, not both', 2);
  const planned: PlanWords =
    file !== undefined ? planWordsFromFile(file) : ring.length > 0 ? { rings: ringsFromTexts(ring) } : {};
  const wanted = {
    ...{ component, version, ...planned },
    ...(haltAt === undefined ? {} : { haltAt: haltRuleFrom(haltAt, '--halt-at') }),
    ...(notBefore === undefined ? {} : { notBefore: instantFrom(notBefore, '--not-before') }),
    ...(reason === undefined ? {} : { replace: { reason: reason.trim() } }),
  };
  const { data, error } = createRolloutBody.safeParse(wanted);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw new CommandError(
    `${issue?.path.join('.') ?? 'the plan'}: ${issue?.message ?? 'it does not have its shape'}`,
    2,
  );
}

/** As the service would plan it. @throws {CommandError} exit code 2 for a plan that it would refuse. */
function planFor(body: CreateRollout): WholePlan {
  // Of the release only names matter here; the service takes its digests from what is published.
  const nobody = '00000000-0000-7000-8000-000000000000';
  const release = {
    component: 'agent-updater',
    version: body.version,
    releaseNumber: 1,
    platform: 'linux-x64',
  } as const;
  const rest = {
    ...{ sha256: '0'.repeat(64), publishedAt: 0 as EpochMs, isForDownload: true, isForAutoUpgrade: true },
    ...{ isRecalled: false, isDeliberatelyBroken: false, maxRampPpmPerHour: 1_000_000 },
  };
  try {
    const plan = parsePlan(JSON.parse(formatPlan(planOf(body, nobody, [{ ...release, ...rest }]))));
    const rings = plan.rings.map(({ soakMs, ...ring }) => ({ ...ring, soakMinutes: soakMs / minuteMs }));
    return { rings, haltAt: { ...plan.haltAt } };
  } catch (cause) {
    if (cause instanceof PolicyError) throw new CommandError(cause.message, 2, { cause });
    throw cause;
  }
}

async function showPlan(place: Place, body: CreateRollout, isJson: boolean): Promise<void> {
  const plan = planFor(body);
  const { releases, releasesProblem } = await callControlPlane(place, 'listReleases');
  const published = releases.filter(({ component }) => component === body.component);
  const release = published.find(({ version }) => version === body.version);
  if (release === undefined) {
    const names = published.slice(0, releasesNamed).map(({ version }) => version);
    const known = names.length === 0 ? 'none of it is' : `the newest are ${names.join(', ')}`;
    const problem = releasesProblem === undefined ? '' : `. ${oneLine(releasesProblem)}`;
    throw new CommandError(`${body.component} ${body.version} is not published; ${known}${problem}`);
  }
  const name = `${body.component} ${body.version}`;
  if (release.isRecalled === true) throw new CommandError(`${name} was recalled`);
  if (release.isForAutoUpgrade === false) throw new CommandError(`${name} is for download only`);
  const all = await callControlPlane(place, 'listRollouts');
  const taken = all.rollouts.find((each) => isOf(each, body) && isLive(each));
  if (taken !== undefined && body.replace === undefined) throw new CommandError(takenWords(taken));
  const first = all.signerProblem === undefined ? await firstPolicyNotes(place) : [];
  const begin = beginOf(all, body, systemClock.now());
  const notes = [
    ...(taken === undefined ? [] : [replacedWords(taken)]),
    ...notesOf(all, release),
    ...outsideNotes({ outside: await ringsLeftOut(place, plan) }),
    ...first,
  ];
  if (isJson) printJson({ ...body, ...plan, begin: new Date(begin).toISOString(), notes, dryRun: true });
  else print(['would plan', describePlan(body, plan, begin), '', ruleWords(all), ...notes.map(yellow)].join('\n'));
}

/** With approvals as fast as can be. */
function beginOf({ rule }: Rollouts, { notBefore }: CreateRollout, now: EpochMs): EpochMs {
  const allowed = rule === 'delay' ? now + approvalDelayMs : now;
  return Math.max(allowed, notBefore === undefined ? 0 : Date.parse(notBefore)) as EpochMs;
}

function isOf(rollout: RolloutView, { component, version }: CreateRollout): boolean {
  return rollout.component === component && rollout.version === version;
}

function takenWords({ component, version, rolloutId, state }: RolloutView): string {
  const way = { halted: 'resume', running: 'advance' }[state as 'halted' | 'running'];
  const name = `${component}@${version}`;
  const ways = [...(way === undefined ? [] : [way]), 'abort'].map((each) => `springline rollout ${each} ${name}`);
  return (
    `${component} ${version} has rollout ${rolloutId}, which is ${state}: ${ways.join(', or ')}. ` +
    'To put this plan in its place: --replace --reason TEXT'
  );
}

function replacedWords({ rolloutId, state }: RolloutView): string {
  const resumes = state === 'halted' ? ' That undoes its halt, so it may wait for approval like a resume.' : '';
  return `It would take the place of rollout ${rolloutId}, which is ${state}.${resumes}`;
}

/** Rings of the hosts of this tenant that the plan does not have. */
async function ringsLeftOut(place: Place, { rings }: WholePlan): Promise<NonNullable<RolloutView['outside']>> {
  const { agents } = await wholeFleet(place);
  const active = agents.filter(({ state }) => state !== 'revoked');
  const named = new Set(rings.map(({ name }) => name));
  return [...Map.groupBy(active, ({ autoUpgrade }) => autoUpgrade?.ring ?? usualRing)]
    .filter(([ring]) => !named.has(ring))
    .map(([ring, hosts]) => ({ ring, hosts: hosts.length }));
}

/** What people should know before they ask for it. */
function notesOf(
  { isHalted, haltReason, signerProblem }: Rollouts,
  { maxRampPpmPerHour }: ReleaseView,
): readonly string[] {
  const isLimited = maxRampPpmPerHour !== undefined && maxRampPpmPerHour < 1_000_000;
  return [
    ...(isLimited
      ? [
          `Whatever the plan says, it spreads by at most ${percentText(maxRampPpmPerHour)} an hour: its vendor signed that.`,
        ]
      : []),
    ...(isHalted ? [haltedWords(haltReason)] : []),
    ...(signerProblem === undefined ? [] : [`${oneLine(signerProblem)}. Without it nothing can be planned.`]),
  ];
}
