/**
 * Auto-upgrade on this host: looks for newer releases at intervals, has them brought here, switches over, and tells. One
 * upgrade at a time; no failure of it ever stops a component. Imports nothing from npm.
 */
import { join } from 'node:path';
import type { AutoUpgrade as AutoUpgradeView, HusReport } from '@springline/api/shapes/auto-upgrade';
import type { Readiness } from '@springline/auto-upgrade/eligibility/readiness';
import type { OwnWish } from '@springline/auto-upgrade/rollout/wish';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import { isTerminal, recoveryOf } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { systemClock, systemInstant } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Log } from '@springline/ports/log';
import { CallError } from '../../channel.ts';
import { agentHome } from '../../home.ts';
import { hostPlatform } from '../../upgrader/first-install.ts';
import type { Job, Look, OfferView } from '../../upgrader/job.ts';
import { trustedTime } from '../../upgrader/trusted-clock.ts';
import { loadAsked } from './asked.ts';
import { Attempt } from './attempt.ts';
import { type ByHandOutcome, type ByHandRequest, roundsByHand, type Tried } from './by-hand-rounds.ts';
import { carryOut, finish } from './carry-out.ts';
import { CheapCheck } from './cheap-check.ts';
import { AbortedError, abortedBy, settle } from './ending.ts';
import { hasConsentToFloors, hostFacts, own, type Trying } from './host-facts.ts';
import { type InstalledBuild, installedBuilds, linkedBuilds, offeredBuild } from './installed-builds.ts';
import { JournalFile } from './journal-file.ts';
import { hostReadiness } from './readiness.ts';
import { recover } from './recovery.ts';
import { type ReportOutbox, reportOf } from './report-outbox.ts';
import type { Schedule } from './schedule.ts';
import type { UpdaterWorld } from './self-upgrade.ts';
import { type AutoUpgradeSettings, loadSettings, saveSettings } from './settings.ts';
import { Standing } from './standing.ts';
import type { SwitchWorld } from './switch-over.ts';
import { type Outcome, UpgraderSession } from './upgrader-session.ts';
import { type HistoryEntry, historyEntry } from './view.ts';

/** What a history and a report say of an upgrade by hand that went well. */
const byHandReason = 'asked for by hand';
/** Looks are spread by up to a fifth of the interval, so that a fleet does not march in step. */
const jitter = 0.2;
const longestAbortPauseMs = 60 * 60 * 1000;
const firstAbortPauseMs = 15_000;

export interface AutoUpgradeWorld
  extends Pick<SwitchWorld, 'running' | 'make' | 'replace' | 'allRunning'>,
    UpdaterWorld {
  readonly home: string;
  readonly url: string;
  readonly agentId: string;
  readonly log: Log;
  /** The program of the upgrader. */
  readonly upgrader: string;
  readonly reports: ReportOutbox;
  /** What people see has changed. */
  changed(): void;
  /** Tests stop processes here: after the step is in the journal and before it is begun. */
  journaled?(record: JournalRecord, upgraderPid: number | undefined): void;
}

export class AutoUpgrade {
  readonly #world: AutoUpgradeWorld;
  readonly #journal: JournalFile;
  readonly #check: CheapCheck;
  readonly #standing: Standing;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #session: UpgraderSession | undefined;
  #attempt: Attempt | undefined;
  #progress: { readonly bytes: number; readonly totalBytes: number } | undefined;
  #abortPauseMs = firstAbortPauseMs;
  #notBefore = 0;

  constructor(world: AutoUpgradeWorld) {
    this.#world = world;
    this.#journal = new JournalFile(agentHome(world.home).journal, (reason) =>
      world.log.error('upgrade.journal-damaged', { reason }),
    );
    this.#check = new CheapCheck(world.home, world.url, world.log);
    this.#standing = new Standing({
      home: world.home,
      journal: this.#journal,
      log: world.log,
      isFreezeSuspected: () => this.#check.isFreezeSuspected,
      current: () => this.#attempt?.record,
      changed: world.changed,
    });
  }

  /**
   * Puts right what a kill left, starts every component, and begins to look. The links are right before the first
   * component starts; a build in probation goes on proving itself afterwards.
   */
  start(startComponents: () => void): void {
    const { last } = this.#journal;
    let begin = Promise.resolve();
    try {
      const resumed = last === undefined ? undefined : this.#resume(last);
      const prove = resumed === undefined ? undefined : recover(this.#switchWorld(), this.#world, resumed);
      if (resumed !== undefined && isTerminal(resumed.step)) this.#settle(resumed);
      if (resumed !== undefined && prove !== undefined)
        begin = Promise.resolve().then(() => this.#finish(resumed, prove));
    } catch (error) {
      // A full disk, say: the links are what they are, and every component runs by them.
      this.#failed(error);
    }
    startComponents();
    this.#running = begin
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#running = undefined;
        this.#attempt = undefined;
        this.#schedule(0);
      });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#session?.stop();
    // What was stopped in the middle is in the journal; the next start goes on with it.
    await this.#running?.catch(() => undefined);
  }

  /** Looks now, and upgrades if there is something; resolves when all is done. */
  async now(options: { readonly retryBlocked: boolean }): Promise<void> {
    await this.#running?.catch(() => undefined);
    try {
      await this.#run(() => this.#rounds({ isForced: true, ...options }));
    } catch (error) {
      throw this.#stop.signal.aborted ? stopping() : error;
    }
  }

  /** An upgrade that an administrator of this host asked for, in whatever state it is; resolves when all is done. */
  async byHand(wish: ByHandRequest): Promise<ByHandOutcome> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    let found: ByHandOutcome = { decisions: [] };
    try {
      await this.#run(async () => {
        found = await this.#roundsByHand(wish);
      });
    } catch (error) {
      throw this.#stop.signal.aborted ? stopping() : error;
    }
    return found;
  }

  /** Looks now and changes nothing. */
  async look(): Promise<Outcome> {
    await this.#running?.catch(() => undefined);
    let outcome: Outcome = {};
    await this.#run(async () => {
      outcome = await this.#ask('look');
      this.#standing.note(outcome, true);
    });
    return outcome;
  }

  set(state: AutoUpgradeSettings['state']): void {
    saveSettings(this.#world.home, { ...loadSettings(this.#world.home), state });
    this.#standing.tellState();
    this.#world.changed();
    this.#schedule(0);
  }

  /** What a person gave this host. @throws {SettingsError} when the settings cannot be read. */
  schedule(): Schedule {
    return loadSettings(this.#world.home).schedule ?? {};
  }

  /** What the tenant asked for from afar; joined with the schedule, the narrower counts. */
  asked(): OwnWish {
    return loadAsked(this.#world.home).wish;
  }

  /** Gives this host another schedule; `undefined`: none. @throws {SettingsError} when the settings cannot be read. */
  setSchedule(schedule: Schedule | undefined): void {
    const { schedule: _, ...settings } = loadSettings(this.#world.home);
    saveSettings(this.#world.home, { ...settings, ...(schedule === undefined ? {} : { schedule }) });
    this.#schedule(0);
  }

  /** Every gate of an upgrade of this host, looked at now; takes at most 5 s. */
  readiness(): Promise<Readiness> {
    const { home, reports, running } = this.#world;
    const { look, hindrance } = this.#standing;
    const { isFreezeSuspected } = this.#check;
    return hostReadiness({ home, look, hindrance, isFreezeSuspected, reportsKept: reports.kept, running });
  }

  view(): AutoUpgradeView {
    return this.#standing.view();
  }

  /** What `check --explain` and `get --detail` show beside the view. */
  detail(): {
    readonly look?: Look;
    readonly isFreezeSuspected: boolean;
    readonly reportsKept: number;
    readonly progress?: { readonly bytes: number; readonly totalBytes: number };
  } {
    const { look } = this.#standing;
    return {
      ...(look === undefined ? {} : { look }),
      isFreezeSuspected: this.#check.isFreezeSuspected,
      reportsKept: this.#world.reports.kept,
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
    };
  }

  history(limit: number): readonly HistoryEntry[] {
    return this.#journal.history().slice(0, limit).map(historyEntry);
  }

  #schedule(delayMs?: number): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    let everyMs = 300_000;
    try {
      everyMs = loadSettings(this.#world.home).checkEverySeconds * 1000;
    } catch {
      // The view says what is wrong with the file; it is read again at the next look.
    }
    const delay = delayMs ?? everyMs * (1 - jitter * Math.random());
    this.#standing.nextCheckAt = systemClock.now() + delay;
    this.#timer = setTimeout(() => {
      void this.#run(() => this.#rounds({ isForced: false, retryBlocked: false })).catch((error: unknown) =>
        this.#failed(error),
      );
    }, delay);
  }

  /** One thing at a time: two that read the repositories at once could each undo what the other learnt. */
  #run(work: () => Promise<void>): Promise<void> {
    this.#running ??= work().finally(() => {
      this.#running = undefined;
      this.#attempt = undefined;
      this.#progress = undefined;
      this.#standing.tellState();
      this.#schedule();
      this.#world.changed();
    });
    return this.#running;
  }

  async #rounds({ isForced, retryBlocked }: { isForced: boolean; retryBlocked: boolean }): Promise<void> {
    if (this.#isOut()) return;
    await this.#finishFirst();
    try {
      const isDue = await this.#check.isLookDue(this.#trustedNow());
      this.#standing.checked();
      if (!isDue && !isForced && !this.#hasOpenOffer()) return;
    } catch (error) {
      this.#standing.unreachable((error as Error).message);
      return;
    }
    // One component after the other, until nothing more is offered that may be begun.
    const tried: string[] = [];
    while (!this.#stop.signal.aborted) {
      const outcome = await this.#ask('upgrade', { retryBlocked, tried });
      this.#standing.note(outcome);
      const ended = await this.#carryOutBegun(outcome);
      if (ended === undefined) return;
      // One that does not get through must not keep the others from theirs.
      tried.push(ended.sha256);
    }
  }

  #roundsByHand(wish: ByHandRequest): Promise<ByHandOutcome> {
    const { home, log } = this.#world;
    const world: Parameters<typeof roundsByHand>[0] = {
      ...{ home, log },
      finishFirst: () => this.#finishFirst(),
      ask: async (kind, options) => {
        const outcome = await this.#ask(kind, options);
        this.#standing.note(outcome);
        return outcome;
      },
      carryOut: async (outcome) => (this.#stop.signal.aborted ? undefined : this.#carryOutBegun(outcome)),
    };
    return roundsByHand(world, wish);
  }

  /**
   * An upgrade that could not be finished when this process started, for want of space, say: nothing else is begun
   * before. As soon as the disk takes a file, a new start puts it right.
   */
  async #finishFirst(): Promise<void> {
    const { last } = this.#journal;
    if (last === undefined || !['follow-link', 'prove', 'go-back'].includes(recoveryOf[last.step])) return;
    const { home } = this.#world;
    writeFileAtomic(join(agentHome(home).upgrade, 'writable'), `${systemInstant()}\n`);
    await this.#world.restart();
  }

  #trustedNow(): number {
    try {
      return trustedTime(this.#world.home, systemClock.now()).now;
    } catch {
      return systemClock.now(); // The look says what is wrong with the trust store.
    }
  }

  /** Disabled, and no floor may change that: then nothing is even looked for. */
  #isOut(): boolean {
    const { home } = this.#world;
    return own(home, systemClock.now()).state === 'Disabled' && !hasConsentToFloors(home);
  }

  /** By what the last look decided, something can be installed by now: it is worth a look although nothing changed. */
  #hasOpenOffer(): boolean {
    if (systemClock.now() < this.#notBefore) return false;
    // A slot that somebody wrote to is brought anew, though the repositories say what they said before.
    if (installedBuilds(this.#world.home).some(({ sha256 }) => sha256 === '')) return true;
    const linked = new Set(linkedBuilds(this.#world.home).map(({ build }) => build.sha256));
    const now = this.#trustedNow();
    return (this.#standing.look?.decisions ?? []).some(({ action, sha256, notBefore }) => {
      if (action === 'wait') return (notBefore ?? now) <= now;
      return action === 'install' && sha256 !== undefined && !linked.has(sha256);
    });
  }

  /** Runs the upgrader once. An attempt exists from its first step on. */
  async #ask(
    kind: Job['kind'],
    {
      retryBlocked = false,
      tried = [],
      byHand,
    }: Partial<Pick<Trying, 'retryBlocked'> & Pick<Job, 'tried' | 'byHand'>> = {},
    expected?: Job['expected'],
  ): Promise<Outcome> {
    const { home, url, upgrader, agentId } = this.#world;
    const installed = installedBuilds(home);
    for (const { component, sha256, slot } of installed)
      this.#standing.altered(component, sha256 === '' ? slot : undefined);
    const job: Job = {
      kind,
      home,
      url,
      platform: hostPlatform(),
      installed: installed.map(({ build: _, ...rest }) => rest),
      host: hostFacts(home, { agentId, retryBlocked }, systemClock.now()),
      tried,
      ...(expected === undefined ? {} : { expected }),
      ...(byHand === undefined ? {} : { byHand }),
    };
    const session = new UpgraderSession(upgrader, job, {
      looked: (look) => {
        this.#standing.looked(look);
        this.#check.looked(look, look.now);
      },
      step: (step, to) => this.#stepOf(session, job, installed, step, to),
      progress: (bytes, totalBytes) => {
        this.#progress = { bytes, totalBytes };
        this.#world.changed();
      },
    });
    this.#session = session;
    try {
      return await session.finished;
    } finally {
      this.#session = undefined;
    }
  }

  #stepOf(
    session: UpgraderSession,
    { byHand }: Job,
    installed: readonly InstalledBuild[],
    step: 'downloading' | 'verified' | 'staged',
    to: OfferView,
  ): void {
    const running = installed.find(({ component }) => component === to.component);
    if (running === undefined) throw new Error(`${to.component} is not installed here`);
    this.#attempt ??= Attempt.begin(this.#journal, this.#world.log, (record) => this.#told(record, session.pid), {
      component: to.component,
      from: running.build,
      to: offeredBuild(running, to),
      ...(byHand === undefined ? {} : { byHand: true }),
    });
    const events = { downloading: 'begun', verified: 'verified', staged: 'unpacked' } as const;
    const altered = this.#standing.altered(to.component, running.sha256 === '' ? running.slot : undefined);
    const reason = altered ?? (byHand === undefined ? undefined : byHandReason);
    this.#attempt.go(events[step], reason === undefined ? {} : { reason });
  }

  /** Takes what `outcome` began to its end; `undefined`: it began nothing. */
  async #carryOutBegun(outcome: Outcome): Promise<Tried | undefined> {
    const attempt = this.#attempt;
    if (attempt === undefined) return undefined;
    const end = await carryOut({ switching: this.#switchWorld(), updater: this.#world }, attempt, outcome);
    if (end === 'ended') this.#settle(attempt);
    this.#attempt = undefined;
    const { component, to } = attempt.record;
    return { component, sha256: to.sha256 };
  }

  /** Goes on with an attempt that a restart found in probation. */
  async #finish(attempt: Attempt, prove: () => Promise<void>): Promise<void> {
    await finish({ switching: this.#switchWorld(), updater: this.#world }, attempt, prove);
    if (isTerminal(attempt.step)) this.#settle(attempt);
  }

  #settle(attempt: Attempt): void {
    const end = settle(this.#world.home, this.#world.log, attempt.record);
    if (end === 'kept') {
      this.#abortPauseMs = firstAbortPauseMs;
      this.#standing.hindered(undefined);
    } else if (end === 'retry') {
      this.#notBefore = systemClock.now() + this.#abortPauseMs;
      this.#abortPauseMs = Math.min(longestAbortPauseMs, this.#abortPauseMs * 2);
    }
    attempt.go('settled');
  }

  #told(record: JournalRecord, upgraderPid: number | undefined): void {
    this.#world.changed();
    const report = reportOf(record);
    if (report !== undefined) this.#report({ ...report, ...this.#place() });
    this.#world.journaled?.(record, upgraderPid);
  }

  /** Where this host stands in a rollout. */
  #place(): Pick<HusReport, 'ring' | 'role'> {
    const { ring, role } = own(this.#world.home, systemClock.now());
    return { ring, role };
  }

  /** No upgrade waits for a report, nor fails for the want of one. */
  #report(report: HusReport): void {
    try {
      this.#world.reports.add(report);
      void this.#world.reports.send(this.#stop.signal);
    } catch (error) {
      const fields = { eventId: eventIds['upgrade.report-kept'].id, reason: (error as Error).message };
      this.#world.log.warn('upgrade.report-kept', fields);
    }
  }

  #resume(record: JournalRecord): Attempt {
    const attempt = Attempt.resume(this.#journal, this.#world.log, (next) => this.#told(next, undefined), record);
    this.#attempt = attempt;
    return attempt;
  }

  #switchWorld(): SwitchWorld {
    const { home, running, make, replace, allRunning } = this.#world;
    return {
      home,
      running,
      make,
      replace,
      allRunning,
      signal: this.#stop.signal,
      lastLook: async (component, sha256) => {
        // A build that was blocked and is tried by a person's wish is blocked still.
        const { byHand: isByHand, to } = this.#attempt?.record ?? {};
        const byHand = isByHand === true ? { byHand: { component, version: to!.version } } : {};
        const outcome = await this.#ask('last-look', { retryBlocked: true, ...byHand }, { component, sha256 });
        if (outcome.isConfirmed === undefined) return abortedBy(outcome);
        return outcome.isConfirmed ? undefined : new AbortedError('UpgradeAbortedHalted', haltReason(outcome), false);
      },
      canLook: async () => {
        const { failure } = await this.#ask('look');
        // What the repositories say, and whether they answer, is nothing that a build is to blame for.
        return failure === undefined || !['ended', 'other'].includes(failure.kind);
      },
    };
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { code = 'internal-error', message } = error as { code?: string; message: string };
    this.#standing.hindered({ result: 'UpgradeAbortedInterrupted', reason: `${code}: ${message}` });
    this.#world.log.error('upgrade.failed', { code, reason: message });
  }
}

function stopping(): CallError {
  return new CallError('agent-stopping', 'the agent is being stopped; what was begun goes on at its next start');
}

/** Why a last look did not confirm a release. */
function haltReason({ refusal }: Outcome): string {
  return refusal === undefined ? 'the Director no longer names this release' : `${refusal.code}: ${refusal.message}`;
}
