/**
 * An upgrade that a person asked the Agent Updater for: the call that lasts until it has ended, also when the Updater
 * upgrades itself, how far it is meanwhile, and how it ended.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import type { HistoryEntry } from '@springline/agent/updater/auto-upgrade/view';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { explainCode } from '@springline/auto-upgrade/eligibility/explain-code';
import type { ByHandDecision } from '@springline/auto-upgrade/upgrader/by-hand';
import { parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemClock } from '@springline/ports/clock';
import { callAgentUpdater } from '../agent-client.ts';
import { dim, oneLine, relativeTime, table } from '../output.ts';

interface Offer {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly sha256: string;
}

/** The view, with what the Agent Updater knows beside it. */
export type Detailed = AutoUpgrade & {
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

export type Ended = Detailed & {
  /** What ended since it was asked for, the oldest first. */
  readonly ended: readonly HistoryEntry[];
  /** Of an upgrade by hand. Absent when the Agent Updater upgraded itself: the one that decided is gone. */
  readonly decisions?: readonly ByHandDecision[];
};

/**
 * Asks for an upgrade. When the Agent Updater upgrades itself the connection ends with the old one; the new one, or the
 * old one that came back, says how it went.
 */
export async function askForUpgrade(
  home: string,
  method: 'auto-upgrade.now' | 'auto-upgrade.by-hand',
  parameters: Record<string, unknown>,
): Promise<Ended> {
  const before = (await upgradesOf(home, 1))[0]?.endedAt;
  try {
    return (await callAgentUpdater(home, method, parameters)) as Ended;
  } catch (error) {
    if (!isUpdaterUpgrading(home)) throw error;
    const deadline = Date.now() + restartTimeoutMs;
    while (Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, shownEveryMs));
      const upgrades = await upgradesOf(home, 20).catch(() => []);
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
  return last?.component === 'agent-updater' && systemClock.now() - Date.parse(last.at) < restartTimeoutMs;
}

/** Upgrades of this host, the newest first. */
export async function upgradesOf(home: string, limit: number): Promise<readonly HistoryEntry[]> {
  const found = (await callAgentUpdater(home, 'auto-upgrade.history', { limit })) as {
    upgrades: readonly HistoryEntry[];
  };
  return found.upgrades;
}

/** Tells how far an upgrade is while the call lasts. */
export async function watched<T>(home: string, call: Promise<T>, say: (where: string) => void): Promise<T> {
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

export function historyTable(upgrades: readonly HistoryEntry[]): string {
  const rows = upgrades.map(({ component, from, to, result, endedAt, gapMs, reason, byHand }) => [
    component,
    `${from} -> ${to}`,
    result,
    relativeTime(endedAt),
    gapMs === undefined ? '' : `${gapMs} ms`,
    // One that went well says it as its reason.
    `${byHand === true && result !== 'Success' ? 'by hand: ' : ''}${reason ?? ''}`,
  ]);
  const codes = [...new Set(upgrades.map(({ result }) => result))];
  const meanings = codes.map((result) => {
    const { code, meaning, entry } = explainCode(result);
    return dim(`${oneLine(code)}: ${meaning}${entry === undefined ? '' : ` ${entry.remedy}`}`);
  });
  return [table([['COMPONENT', 'VERSIONS', 'RESULT', 'ENDED', 'GAP', 'REASON'], ...rows]), '', ...meanings].join('\n');
}
