/**
 * Follows a rollout until it ends: a line whenever something changed, or on a terminal one line that is drawn again. It
 * asks; nothing is changed by it. A control plane that is away for a while is waited for.
 */
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import type { EpochMs } from '@springline/ports/clock';
import { minuteText } from '../amounts.ts';
import { CommandError, oneLine } from '../output.ts';
import { bar } from './describe.ts';
import { findRollout } from './find-rollout.ts';
import { forecast } from './forecast.ts';

export interface Watched {
  ask(): Promise<Rollouts>;
  /** Resolves when it is time to ask again. */
  pause(): Promise<void>;
  now(): number;
  /** Whenever it changed; for programs and for logs. */
  tell(rollout: RolloutView): void;
  /** After each look; `undefined` when a line is to stand above it. */
  draw(line: string | undefined): void;
  warn(text: string): void;
}

const failuresInARow = 30;
const million = 1_000_000;

/** How it ended. @throws {CommandError} when there is no such rollout, or nobody answered for too long. */
export async function watchRollout(id: string, world: Watched): Promise<RolloutView> {
  let wanted = id;
  let before = '';
  for (let failures = 0; ; ) {
    try {
      const rollout = findRollout((await world.ask()).rollouts, wanted);
      // Later ones of the same release, or with the same beginning, are not meant.
      wanted = rollout.rolloutId;
      failures = 0;
      const now = progressLine(rollout);
      if (now !== before) {
        world.draw(undefined);
        world.tell(rollout);
      }
      before = now;
      if (isOver(rollout)) return rollout;
      world.draw(`${barLine(rollout)}${timeLeft(rollout, world.now())}`);
    } catch (error) {
      failures += 1;
      // The first look tells a wrong id or a home without a control plane.
      if (!(error instanceof CommandError) || before === '' || failures >= failuresInARow) throw error;
      if (failures === 1) {
        world.draw(undefined);
        world.warn(`${oneLine(error.message)}; waiting for it`);
      }
    }
    await world.pause();
  }
}

/** Halted counts as ended: it goes on only when a person says so. */
function isOver({ state }: RolloutView): boolean {
  return state === 'complete' || state === 'aborted' || state === 'halted' || state === 'recalled';
}

/** `running  canary 100%, early 41%, broad 0%  7 kept, 0 failed, 1 silent  Ring early soaks until …` */
export function progressLine({ state, reason, rings, elsewhere, next }: RolloutView): string {
  const shares = rings.map(({ name, openPpm }) => `${name} ${Math.floor(openPpm / 10_000)}%`).join(', ');
  const sum = (name: 'committed' | 'failed' | 'silent'): number =>
    rings.reduce((all, { evidence }) => all + evidence[name], elsewhere?.[name] ?? 0);
  const hosts = `${sum('committed')} kept, ${sum('failed')} failed, ${sum('silent')} silent`;
  const why = oneLine(reason ?? (isOver({ state } as RolloutView) ? '' : next));
  return `${state}  ${shares}  ${hosts}${why === '' ? '' : `  ${why}`}`;
}

function barLine({ rings, component, version }: RolloutView): string {
  const open = Math.floor(rings.reduce((all, { openPpm }) => all + openPpm, 0) / rings.length);
  return `${bar(Math.min(open, million))} ${Math.floor(open / 10_000)}%  ${component} ${version}`;
}

function timeLeft({ state, rings }: RolloutView, now: number): string {
  if (state !== 'running') return '';
  const end = forecast(rings, now as EpochMs).at(-1)?.soakedAt;
  return end === undefined ? '' : `  complete at the earliest at ${minuteText(Math.max(end, now))}`;
}
