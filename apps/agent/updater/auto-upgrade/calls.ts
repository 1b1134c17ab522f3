/**
 * What the command line may ask of auto-upgrade, by name. Parameters come from outside the process and are checked here.
 * Imports nothing from npm.
 */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { components } from '@springline/auto-upgrade/release/target-path';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import { formatWish } from '@springline/auto-upgrade/rollout/wish';
import type { ByHandWish } from '@springline/auto-upgrade/upgrader/by-hand';
import { CallError } from '../../channel.ts';
import type { AutoUpgrade } from './auto-upgrade.ts';
import { parseSchedule, type Schedule, ScheduleError } from './schedule.ts';
import { SettingsError } from './settings.ts';

const historyLimit = 200;

type Parameters = Readonly<Record<string, unknown>>;

const calls: Readonly<Record<string, (upgrades: AutoUpgrade, parameters: Parameters) => unknown>> = {
  'auto-upgrade.get': (upgrades) => ({ ...upgrades.view(), detail: upgrades.detail() }),
  'auto-upgrade.check': async (upgrades) => {
    const { failure } = await upgrades.look();
    return { ...upgrades.view(), detail: upgrades.detail(), ...(failure === undefined ? {} : { failure }) };
  },
  'auto-upgrade.now': async (upgrades, { retryBlocked }) => {
    const before = upgrades.history(1)[0]?.endedAt;
    await upgrades.now({ retryBlocked: retryBlocked === true });
    return { ...upgrades.view(), detail: upgrades.detail(), ended: endedSince(upgrades, before) };
  },
  'auto-upgrade.by-hand': async (upgrades, { component, version, retryBlocked, dryRun }) => {
    const before = upgrades.history(1)[0]?.endedAt;
    const found = await upgrades.byHand({
      ...byHandWish(component, version),
      ...{ retryBlocked: retryBlocked === true, isDryRun: dryRun === true },
    });
    return { ...upgrades.view(), detail: upgrades.detail(), ...found, ended: endedSince(upgrades, before) };
  },
  'auto-upgrade.history': (upgrades, { limit }) => {
    const wanted = limit ?? 20;
    if (!Number.isInteger(wanted) || (wanted as number) < 1 || (wanted as number) > historyLimit) {
      throw new CallError('malformed-call', `the limit is a whole number from 1 to ${historyLimit}`);
    }
    return { upgrades: upgrades.history(wanted as number) };
  },
  'auto-upgrade.readiness': (upgrades) => upgrades.readiness(),
  'auto-upgrade.schedule': (upgrades, { schedule, dryRun }) => {
    // A call without one asks; null takes it away.
    if (schedule === undefined) return scheduleOf(upgrades);
    const before = scheduleOf(upgrades);
    const next = schedule === null ? {} : parsedSchedule(schedule);
    const isEmpty = Object.keys(next).length === 0;
    if (dryRun !== true) upgrades.setSchedule(isEmpty ? undefined : next);
    return { schedule: next, before: before.schedule };
  },
  'auto-upgrade.set': (upgrades, { state }) => {
    if (state !== 'Enabled' && state !== 'Disabled') {
      throw new CallError('malformed-call', 'the state is Enabled or Disabled; Suspended is set by the system alone');
    }
    upgrades.set(state);
    return upgrades.view();
  },
};

/** @throws {CallError} `unknown-call`, `malformed-call`, `not-enrolled` */
export async function answerAutoUpgrade(
  upgrades: AutoUpgrade | undefined,
  method: string,
  parameters: Parameters,
): Promise<unknown> {
  const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (call === undefined) throw new CallError('unknown-call', `this version of the Agent Updater knows no ${method}`);
  if (upgrades === undefined) throw new CallError('not-enrolled', 'this agent is not enrolled yet');
  return call(upgrades, parameters);
}

/** Upgrades that ended after `before`, the first of them first. */
function endedSince(upgrades: AutoUpgrade, before: string | undefined) {
  const all = upgrades.history(historyLimit);
  return all.filter(({ endedAt }) => before === undefined || endedAt > before).reverse();
}

function byHandWish(component: unknown, version: unknown): ByHandWish {
  if (component !== undefined && !components.some((each) => each === component)) {
    throw new CallError('malformed-call', `the component is one of ${components.join(', ')}`);
  }
  try {
    if (version !== undefined) parseVersion(String(version));
  } catch (error) {
    if (error instanceof ReleaseError) throw new CallError('malformed-call', error.message);
    throw error;
  }
  return {
    ...(component === undefined ? {} : { component: String(component) }),
    ...(version === undefined ? {} : { version: String(version) }),
  };
}

function scheduleOf(upgrades: AutoUpgrade): { readonly schedule: Schedule; readonly asked: unknown } {
  try {
    return { schedule: upgrades.schedule(), asked: JSON.parse(formatWish(upgrades.asked())) };
  } catch (error) {
    if (error instanceof SettingsError) throw new CallError(error.code, error.message);
    throw error;
  }
}

function parsedSchedule(value: unknown): Schedule {
  try {
    return parseSchedule(value);
  } catch (error) {
    if (error instanceof ScheduleError) throw new CallError('malformed-call', error.message);
    throw error;
  }
}
