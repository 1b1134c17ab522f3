/**
 * The state of sync as people see it, from the store and the scheduler.
 */
import type { ObjectError, RunStep, SyncCycle, SyncStatus } from '@springline/api/shapes/agent';
import { sourceAnchorFromCloudDn } from '@springline/connect-sync/connector-space/cloud-dn';
import { decodeHologram } from '@springline/connect-sync/connector-space/hologram';
import type { CsRow, CycleRecord, StepRecord } from '@springline/connect-sync/connector-space/store';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { countHeld } from '@springline/connect-sync/run-profile/held-deletes';

const shownErrors = 50;

export interface Schedule {
  /** Names of the connectors, in their order. */
  readonly connector: string;
  readonly source: string;
  readonly cycleInProgress: boolean;
  readonly nextCycleAt: number | undefined;
  readonly lastChangeAt: number | undefined;
  /** The cycle that runs, or the last one. */
  readonly cycle: CycleRecord | undefined;
  readonly exporting: ExportRight;
}

/** Whether this server exports, and why it may not. */
export interface ExportRight {
  readonly isStaging: boolean;
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

export function syncStatus(engine: Engine, schedule: Schedule): SyncStatus {
  const { store, cloud } = engine;
  const present = store.countPresent(cloud.connector);
  return {
    connector: schedule.connector.slice(0, 100),
    source: schedule.source.slice(0, 1024),
    cycleInProgress: schedule.cycleInProgress,
    ...(schedule.exporting.isStaging ? { staging: true } : {}),
    ...(schedule.exporting.refusal === undefined ? {} : { exportRefused: refusalView(schedule.exporting.refusal) }),
    ...(schedule.cycle === undefined ? {} : { lastCycle: cycleView(schedule.cycle) }),
    ...(schedule.nextCycleAt === undefined ? {} : { nextCycleAt: instant(schedule.nextCycleAt) }),
    ...(schedule.lastChangeAt === undefined ? {} : { lastChangeAt: instant(schedule.lastChangeAt) }),
    objects: {
      users: present.get('user') ?? 0,
      groups: present.get('group') ?? 0,
      contacts: present.get('contact') ?? 0,
    },
    pendingExports: store.countPendingExports(cloud.connector),
    heldDeletes: countHeld(engine, schedule.cycleInProgress),
    errorCount: store.countFaults(),
    errors: store.faults(undefined, shownErrors).map((row) => errorView(engine, row)),
  };
}

function refusalView({ code, message }: { readonly code: string; readonly message: string }): {
  code: string;
  message: string;
} {
  return { code, message: message.slice(0, 2000) };
}

export function cycleView(cycle: CycleRecord): SyncCycle {
  return {
    number: cycle.number,
    startedAt: instant(cycle.startedAt),
    ...(cycle.endedAt === undefined ? {} : { endedAt: instant(cycle.endedAt) }),
    result: cycle.result,
    steps: cycle.steps.map(stepView),
  };
}

function stepView(step: StepRecord): RunStep {
  return {
    connector: step.connector,
    profile: step.profile as RunStep['profile'],
    result: step.result,
    ...(step.detail === undefined ? {} : { detail: step.detail.slice(0, 2000) }),
    startedAt: instant(step.startedAt),
    ...(step.endedAt === undefined ? {} : { endedAt: instant(step.endedAt) }),
    counters: step.counters,
  };
}

function errorView(engine: Engine, row: CsRow): ObjectError {
  const fault = row.fault!;
  const isCloud = row.connector === engine.cloud.connector;
  const hologram = row.desired ?? row.hologram;
  const names = hologram === null ? undefined : decodeHologram(hologram);
  const displayName = names?.get('displayName')?.[0] ?? names?.get('cn')?.[0];
  return {
    sourceAnchor: (isCloud ? sourceAnchorFromCloudDn(row.dn) : anchorText(row)).slice(0, 256),
    displayName: (typeof displayName === 'string' ? displayName : row.dn).slice(0, 400),
    code: fault.code,
    message: fault.message.slice(0, 2000),
    firstSeenAt: instant(fault.firstSeenAt),
    lastSeenAt: instant(fault.lastSeenAt),
    retryCount: fault.retryCount,
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** As people see the anchor of a directory's object: hexadecimal. */
function anchorText({ anchor, dn }: CsRow): string {
  if (anchor === null) return dn;
  return typeof anchor === 'string' ? anchor : Buffer.from(anchor).toString('hex');
}
