/**
 * What people see of auto-upgrade on this host: Enabled, Disabled or Suspended with the reason, and each component with
 * its build, its step and how its last upgrade ended. Nothing is hashed here: it is asked for twice a second.
 * Imports nothing from npm.
 */
import type { AutoUpgrade as AutoUpgradeView, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import type { ResultCode } from '@springline/auto-upgrade/eligibility/result-code';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { blockOf } from '@springline/auto-upgrade/upgrader/blocked-build';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemClock } from '@springline/ports/clock';
import type { DecisionView, Look } from '../../upgrader/job.ts';
import { loadAsked } from './asked.ts';
import { heldWords } from './hold-words.ts';
import { own } from './host-facts.ts';
import { type LinkedBuild, linkedBuilds } from './installed-builds.ts';
import type { JournalFile } from './journal-file.ts';
import { ownScheduleOf } from './own-schedule.ts';
import { loadSettings } from './settings.ts';
import { loadBlocked } from './small-files.ts';

/** Why nothing is upgraded at the moment, though a newer release may be there. */
export interface Hindrance {
  readonly result: ResultCode;
  readonly reason: string;
}

/** What the view is made from, beside the files of the host. */
export interface Seen {
  readonly home: string;
  readonly journal: JournalFile;
  readonly current: JournalRecord | undefined;
  readonly look: Look | undefined;
  readonly hindrance: Hindrance | undefined;
  readonly isFreezeSuspected: boolean;
  readonly checkedAt: number | undefined;
  readonly nextCheckAt: number | undefined;
}

const reasonLimit = 500;

export function viewOf(seen: Seen): AutoUpgradeView {
  const { checkedAt, nextCheckAt } = seen;
  const { state, reason } = standingOf(seen);
  return {
    state,
    ...(reason === undefined ? {} : { suspensionReason: reason.slice(0, reasonLimit) }),
    channel: 'HUS',
    ...place(seen.home),
    ...(checkedAt === undefined ? {} : { checkedAt: new Date(checkedAt).toISOString() }),
    ...(nextCheckAt === undefined ? {} : { nextCheckAt: new Date(nextCheckAt).toISOString() }),
    components: linkedBuilds(seen.home).map((linked) => componentView(seen, linked)),
  };
}

/** Where this host stands in a rollout, and what its own administrator set. */
function place(home: string): Pick<AutoUpgradeView, 'ring' | 'role' | 'own'> {
  const now = systemClock.now();
  const { ring, role, wish } = own(home, now);
  return { ring, role, own: ownScheduleOf(home, wish, now) };
}

/** Disabled is a person's word, Suspended the system's; the person's comes first. */
export function standingOf(seen: Seen): { readonly state: AutoUpgradeView['state']; readonly reason?: string } {
  try {
    if (loadSettings(seen.home).state === 'Disabled') return { state: 'Disabled', ...exposureOf(seen) };
  } catch (error) {
    return { state: 'Suspended', reason: (error as Error).message };
  }
  if (seen.isFreezeSuspected) {
    return {
      state: 'Suspended',
      reason: 'freeze-suspected: the server keeps giving a Director timestamp that expired',
    };
  }
  const { result, reason } = seen.hindrance ?? blockedOffer(seen) ?? {};
  if (result !== undefined) return { state: 'Suspended', reason: `${result}: ${reason}` };
  const exposure = exposureOf(seen);
  return { state: exposure.reason === undefined ? 'Enabled' : 'Suspended', ...exposure };
}

/** A build that runs here was recalled. It goes on working; what helps is a release with a higher number. */
function exposureOf({ home, look }: Seen): { readonly reason?: string } {
  const running = new Set(linkedBuilds(home).map(({ build }) => build.sha256));
  const exposed = look?.exposed.find(({ sha256 }) => running.has(sha256));
  if (exposed === undefined) return {};
  const { component, version, reason } = exposed;
  return { reason: `exposed: ${component} ${version} was recalled: ${reason}` };
}

/** The release that is named for this host failed here before. */
function blockedOffer({ home, look }: Seen): { readonly result: string; readonly reason: string } | undefined {
  const list = loadBlocked(home);
  if (list.length === 0) return undefined;
  const running = new Set(linkedBuilds(home).map(({ build }) => build.sha256));
  for (const { sha256 } of look?.offers ?? []) {
    const blocked = blockOf(list, sha256);
    if (blocked !== undefined && !running.has(sha256)) {
      return { result: blocked.result, reason: `${blocked.version}: ${blocked.reason}` };
    }
  }
  return undefined;
}

type ComponentView = AutoUpgradeView['components'][number];

function componentView(seen: Seen, { component, build }: LinkedBuild): ComponentView {
  const current = seen.current?.component === component ? seen.current : undefined;
  const decision = seen.look?.decisions.find((each) => each.component === component);
  // What its publisher called back is offered to nobody.
  const isOffered = decision?.version !== undefined && decision.sha256 !== build.sha256 && decision.rule !== 'recalled';
  const offered = current?.to.version ?? (isOffered ? decision.version : undefined);
  const waits = current === undefined && isOffered ? waitOf(seen.home, decision) : undefined;
  const blocked = loadBlocked(seen.home).findLast(
    (block) =>
      block.component === component && isNewer(block.version, build.version) && block.until > systemClock.now(),
  );
  const last = seen.journal.history().find((record) => record.component === component);
  return {
    component,
    version: build.version,
    releaseNumber: build.releaseNumber,
    step: current?.step ?? (offered === undefined ? 'idle' : 'waiting'),
    ...(offered === undefined ? {} : { offered }),
    ...(waits === undefined ? {} : { waits }),
    ...(last === undefined ? {} : { lastUpgrade: resultView(last) }),
    ...(blocked === undefined
      ? {}
      : {
          blocked: {
            version: blocked.version,
            reason: blocked.reason,
            until: new Date(blocked.until).toISOString(),
          },
        }),
  };
}

function waitOf(home: string, { action, rule, reason, notBefore }: DecisionView): ComponentView['waits'] {
  if (action === 'install' || reason === undefined) return undefined;
  const { ring, wish } = own(home, systemClock.now());
  const words = heldWords({ rule, reason, notBefore }, { ring, own: wish, asked: loadAsked(home).wish });
  const until = notBefore === undefined ? {} : { until: new Date(notBefore).toISOString() };
  return { rule, reason: words.slice(0, reasonLimit), ...until };
}

export function isNewer(version: string, than: string): boolean {
  return compareVersions(parseVersion(version), parseVersion(than)) > 0;
}

/** An upgrade as this host knows it; heartbeats hold to the shape of others. */
export interface HistoryEntry extends UpgradeResult {
  readonly byHand?: true;
}

export function historyEntry(record: Parameters<typeof resultView>[0]): HistoryEntry {
  return { ...resultView(record), ...(record.byHand === true ? { byHand: true } : {}) };
}

function resultView(record: JournalRecord & { readonly startedAt: string }): UpgradeResult {
  const { component, from, to, result, reason, startedAt, at, gapMs } = record;
  return {
    component: component as UpgradeResult['component'],
    from: from.version,
    to: to.version,
    result: result ?? 'UpgradeAbortedInterrupted',
    ...(reason === undefined ? {} : { reason }),
    startedAt,
    endedAt: at,
    ...(gapMs === undefined ? {} : { gapMs }),
  };
}
