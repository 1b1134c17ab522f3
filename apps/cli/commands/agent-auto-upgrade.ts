/** `springline agent auto-upgrade …`: what auto-upgrade does on this host, and why. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import type { AutoUpgrade, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import { explainCode } from '@springline/auto-upgrade/eligibility/explain-code';
import { parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import type { Command } from 'commander';
import { callAgentUpdater } from '../agent-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, dim, green, print, printJson, red, relativeTime, table, yellow } from '../output.ts';
import { Progress } from '../up/progress.ts';
import { registerReadiness } from './agent-auto-upgrade-readiness.ts';
import { registerSchedule } from './agent-auto-upgrade-schedule.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
}

interface Offer {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly sha256: string;
}

/** The view, with what the Agent Updater knows beside it. */
type Detailed = AutoUpgrade & {
  readonly detail: {
    readonly look?: {
      readonly offers: readonly Offer[];
      readonly refusals: readonly { readonly path: string; readonly code: string; readonly message: string }[];
      readonly directorExpires: number;
      readonly directorVersion: number;
      readonly imageVersion: number;
    };
    readonly isFreezeSuspected: boolean;
    readonly reportsKept: number;
    readonly progress?: { readonly bytes: number; readonly totalBytes: number };
  };
  readonly failure?: { readonly kind: string; readonly code: string; readonly message: string };
};

const shownEveryMs = 250;
/** A new Agent Updater that hangs is left after three starts. */
const restartTimeoutMs = 120_000;

export function registerAutoUpgrade(agent: Command): void {
  const group = agent.command('auto-upgrade').description('auto-upgrade of this host: state, reasons, history');
  const command = (name: string, description: string, ...examples: readonly string[]): Command =>
    homeCommand(group, name, description, examples);

  command('get', 'Enabled, Disabled or Suspended', 'agent auto-upgrade get --detail')
    .option('--detail', 'with the reason, each component, and what the last look found')
    .action(async ({ home, json, detail }: Words & { detail?: boolean }) => {
      const found = (await callAgentUpdater(home, 'auto-upgrade.get')) as Detailed;
      if (json === true) printJson(detail === true ? found : { state: found.state });
      else print(detail === true ? describe(found) : found.state);
    });

  command(
    'check',
    'read both repositories now, change nothing',
    'agent auto-upgrade check',
    'agent auto-upgrade check --explain',
  )
    .option('--explain', 'say for each component what would happen, and why not')
    .action(async ({ home, json, explain }: Words & { explain?: boolean }) => {
      const found = (await callAgentUpdater(home, 'auto-upgrade.check')) as Detailed;
      if (json === true) printJson(found);
      else print(explain === true ? explained(found) : verdict(found));
      if (found.failure !== undefined || (found.detail.look?.refusals.length ?? 0) > 0) process.exitCode = 1;
    });

  command(
    'now',
    'look now, and upgrade if there is something; says how it ended',
    'agent auto-upgrade now',
    'agent auto-upgrade now --retry-blocked',
  )
    .option('--retry-blocked', 'also a build that was rolled back here before its pause is over')
    .action(async ({ home, json, retryBlocked }: Words & { retryBlocked?: boolean }) => {
      const call = upgradeNow(home, retryBlocked === true);
      const work =
        json === true ? call : new Progress(process.stdout).step('upgrade', (say) => watched(home, call, say));
      const found = (await work) as Ended;
      if (json === true) printJson(found);
      else print(found.ended.length === 0 ? verdict(found) : historyTable(found.ended));
      if (found.ended.some(({ result }) => result !== 'Success')) process.exitCode = 1;
      if (found.ended.length === 0 && found.state !== 'Enabled') process.exitCode = 1;
    });

  command('history', 'upgrades of this host, the newest first', 'agent auto-upgrade history --limit 50')
    .option('--limit <number>', 'how many', '20')
    .action(async ({ home, json, limit }: Words & { limit: string }) => {
      if (!/^[1-9]\d{0,2}$/.test(limit)) throw new CommandError('--limit is a whole number from 1 to 200', 2);
      const upgrades = await history(home, Number(limit));
      if (json === true) printJson({ upgrades });
      else print(upgrades.length === 0 ? 'nothing was upgraded here yet' : historyTable(upgrades));
    });

  registerReadiness(group);
  registerSchedule(group);

  command('set', 'opt this host in or out', 'agent auto-upgrade set Disabled', 'agent auto-upgrade set Enabled')
    .argument('<state>', 'Enabled or Disabled; Suspended is set by the system alone')
    .option('--dry-run', 'say what would change')
    .action(async (state: string, { home, json, dryRun }: Words & { dryRun?: boolean }) => {
      if (state !== 'Enabled' && state !== 'Disabled') {
        throw new CommandError(`${state} is no state that a person sets. Give Enabled or Disabled.`, 2);
      }
      const before = (await callAgentUpdater(home, 'auto-upgrade.get')) as Detailed;
      const after =
        dryRun === true ? before : ((await callAgentUpdater(home, 'auto-upgrade.set', { state })) as AutoUpgrade);
      if (json === true) printJson(dryRun === true ? { state: before.state, would: state } : after);
      else print(dryRun === true ? `would change auto-upgrade from ${before.state} to ${state}` : stateWords(after));
    });
}

type Ended = Detailed & { readonly ended: readonly UpgradeResult[] };

/**
 * Asks for an upgrade. When the Agent Updater upgrades itself the connection ends with the old one; the new one, or the
 * old one that came back, says how it went.
 */
async function upgradeNow(home: string, retryBlocked: boolean): Promise<Ended> {
  const before = await newestEnd(home);
  try {
    return (await callAgentUpdater(home, 'auto-upgrade.now', { retryBlocked })) as Ended;
  } catch (error) {
    if (!isUpdaterUpgrading(home)) throw error;
    const deadline = Date.now() + restartTimeoutMs;
    while (Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, shownEveryMs));
      const upgrades = await history(home, 20).catch(() => []);
      const ended = upgrades.filter(({ endedAt }) => before === undefined || endedAt > before).reverse();
      const own = ended.some(({ component }) => component === 'agent-updater');
      if (own) return { ...((await callAgentUpdater(home, 'auto-upgrade.get')) as Detailed), ended };
    }
    throw error;
  }
}

/** By the journal on disk: nobody else can say it while the Agent Updater is away. */
function isUpdaterUpgrading(home: string): boolean {
  const { journal } = agentHome(resolve(home));
  const last = existsSync(journal) ? parseJournal(readFileSync(journal, 'utf8')).at(-1) : undefined;
  return last?.component === 'agent-updater' && Date.now() - Date.parse(last.at) < restartTimeoutMs;
}

async function newestEnd(home: string): Promise<string | undefined> {
  return (await history(home, 1))[0]?.endedAt;
}

async function history(home: string, limit: number): Promise<readonly UpgradeResult[]> {
  const found = (await callAgentUpdater(home, 'auto-upgrade.history', { limit })) as {
    upgrades: readonly UpgradeResult[];
  };
  return found.upgrades;
}

/** Tells how far an upgrade is while the call lasts. */
async function watched(home: string, call: Promise<unknown>, say: (where: string) => void): Promise<unknown> {
  let isOver = false;
  const over = call.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined); // Thrown below, where it is awaited.
  while (!isOver) {
    await Promise.race([over.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, shownEveryMs))]);
    if (isOver) break;
    // The Agent Updater may just be starting itself again.
    const found = (await callAgentUpdater(home, 'auto-upgrade.get').catch(() => undefined)) as Detailed | undefined;
    const busy = found?.components.find(({ step }) => step !== 'idle' && step !== 'waiting');
    if (busy === undefined) continue;
    const { progress } = found!.detail;
    const share = progress === undefined ? '' : `, ${Math.round((100 * progress.bytes) / progress.totalBytes)} %`;
    say(`${busy.component} ${busy.version} -> ${busy.offered ?? ''}, ${busy.step}${share}`);
  }
  return over;
}

/** `Enabled, HUS, looked 4 s ago`. */
export function stateWords({ state, suspensionReason, channel, checkedAt }: AutoUpgrade): string {
  const words = `${paintState(state)}, ${channel}, looked ${relativeTime(checkedAt)}`;
  return suspensionReason === undefined ? words : `${words}: ${clean(suspensionReason)}`;
}

function describe(found: Detailed): string {
  const { components, detail, nextCheckAt } = found;
  const rows = components.map(({ component, version, releaseNumber, step, offered, lastUpgrade }) => [
    component,
    version,
    String(releaseNumber),
    step,
    offered ?? '',
    lastUpgrade === undefined ? 'none' : `${lastUpgrade.result}, ${relativeTime(lastUpgrade.endedAt)}`,
  ]);
  const blocked = components.flatMap(({ component, blocked: block }) =>
    block === undefined
      ? []
      : [`${component} ${block.version} is blocked until ${block.until}: ${clean(block.reason)}`],
  );
  const { look, reportsKept } = detail;
  return [
    `auto-upgrade  ${stateWords(found)}`,
    `next look     ${found.state === 'Disabled' ? 'when it is Enabled again' : relativeTime(nextCheckAt)}`,
    ...(look === undefined
      ? []
      : [
          `trusted       Director timestamp ${look.directorVersion}, good until ${new Date(look.directorExpires).toISOString()}; Image timestamp ${look.imageVersion}`,
        ]),
    ...(reportsKept === 0 ? [] : [`reports       ${reportsKept} wait to be sent`]),
    '',
    table([['COMPONENT', 'VERSION', 'RELEASE', 'STEP', 'OFFERED', 'LAST UPGRADE'], ...rows]),
    ...(blocked.length === 0 ? [] : ['', ...blocked]),
    ...refusals(found),
  ].join('\n');
}

/** One sentence: is there something newer. */
function verdict(found: Detailed): string {
  const { failure, detail, state, suspensionReason } = found;
  if (failure !== undefined) return `${red('refused')} ${failure.code}: ${clean(failure.message)}`;
  if (state === 'Disabled')
    return 'auto-upgrade is Disabled on this host. Opt in: springline agent auto-upgrade set Enabled';
  const offers = detail.look?.offers ?? [];
  const lines = offers.map(({ component, version }) => {
    const own = found.components.find((other) => other.component === component);
    const why = own?.blocked?.version === version ? `, blocked until ${own.blocked.until}` : '';
    return `${component} ${own?.version ?? ''} -> ${version} is offered${why}`;
  });
  const reason = suspensionReason === undefined ? [] : [`${paintState(state)}: ${clean(suspensionReason)}`];
  const none = state === 'Enabled' ? ['every component runs the build that is named for it'] : [];
  return [...(lines.length === 0 ? none : lines), ...reason, ...refusals(found)].join('\n');
}

function explained(found: Detailed): string {
  const lines = found.components.map((own) => {
    const offer = found.detail.look?.offers.find(({ component }) => component === own.component);
    if (offer === undefined) return `${own.component} ${own.version}: nothing newer is named for it`;
    const subject = `${own.component} ${own.version} -> ${offer.version} (release ${offer.releaseNumber}, ${offer.sha256.slice(0, 12)})`;
    if (own.waits !== undefined) {
      const until = own.waits.until === undefined ? '' : ` until ${own.waits.until}`;
      return `${subject}: held${until} (${own.waits.rule}): ${clean(own.waits.reason)}`;
    }
    if (found.state === 'Disabled') return `${subject}: held, a person disabled auto-upgrade here`;
    if (own.blocked?.version === offer.version) {
      return `${subject}: held until ${own.blocked.until}, because it failed here: ${clean(own.blocked.reason)}`;
    }
    return `${subject}: genuine in the Image repository, named by the Director; begins at the next look, ${relativeTime(found.nextCheckAt)}`;
  });
  return [verdict(found), '', ...lines].join('\n');
}

function refusals({ detail: { look } }: Detailed): string[] {
  return (look?.refusals ?? []).map(
    ({ path, code, message }) => `${red('refused')} ${clean(path)} ${code}: ${clean(message)}`,
  );
}

function historyTable(upgrades: readonly UpgradeResult[]): string {
  const rows = upgrades.map(({ component, from, to, result, endedAt, gapMs, reason }) => [
    component,
    `${from} -> ${to}`,
    result,
    relativeTime(endedAt),
    gapMs === undefined ? '' : `${gapMs} ms`,
    reason ?? '',
  ]);
  const codes = [...new Set(upgrades.map(({ result }) => result))];
  const meanings = codes.map((result) => {
    const { code, meaning, entry } = explainCode(result);
    return dim(`${clean(code)}: ${meaning}${entry === undefined ? '' : ` ${entry.remedy}`}`);
  });
  return [table([['COMPONENT', 'VERSIONS', 'RESULT', 'ENDED', 'GAP', 'REASON'], ...rows]), '', ...meanings].join('\n');
}

function paintState(state: AutoUpgrade['state']): string {
  if (state === 'Enabled') return green(state);
  return state === 'Disabled' ? state : yellow(state);
}

/** Text from elsewhere on a terminal: no control characters. */
function clean(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
