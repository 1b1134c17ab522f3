/**
 * What the administrator of this host set, in the words of the heartbeat: people then see why it waits, and until when.
 * Imports nothing from npm.
 */
import type { OwnSchedule } from '@springline/api/shapes/auto-upgrade';
import { isWindowOpen, nextCommonOpening } from '@springline/auto-upgrade/rollout/window';
import type { OwnWish } from '@springline/auto-upgrade/rollout/wish';
import type { EpochMs } from '@springline/ports/clock';
import { hasConsentToFloors } from './host-facts.ts';
import { loadSettings } from './settings.ts';

/** Versions as heartbeats take them; one with longer numbers holds all the same. */
const tellable = /^\d{1,9}(\.\d{1,9}){1,3}$/;

/** @param wish Of the host's settings at `now`. */
export function ownScheduleOf(home: string, wish: OwnWish, now: EpochMs): OwnSchedule {
  const { pin, freezes, notBefore, window = [] } = wish;
  const windows = window.length === 0 ? [] : windowWords(home);
  const isShut = window.length > 0 && !window.some((each) => isWindowOpen(each, now));
  const opensAt = isShut ? nextCommonOpening([window], now) : undefined;
  const instant = (at: EpochMs): string => new Date(at).toISOString();
  return {
    ...(windows.length === 0 ? {} : { windows: [...windows] }),
    ...(opensAt === undefined ? {} : { opensAt: instant(opensAt) }),
    ...(pin === undefined || !tellable.test(pin) ? {} : { pin }),
    ...(freezes === undefined
      ? {}
      : { freezes: freezes.map(({ from, until }) => ({ from: instant(from), until: instant(until) })) }),
    ...(notBefore === undefined ? {} : { notBefore: instant(notBefore) }),
    consentsToFloors: hasConsentToFloors(home),
  };
}

/** As the administrator wrote them. */
function windowWords(home: string): readonly string[] {
  try {
    return loadSettings(home).schedule?.windows ?? [];
  } catch {
    return []; // The state says already that the settings cannot be read.
  }
}
