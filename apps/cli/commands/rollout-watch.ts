/** `springline rollout watch`: follow a rollout until it is complete, halted or aborted. */

import type { RolloutView } from '@springline/api/shapes/rollout';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { minuteText } from '../amounts.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson } from '../output.ts';
import { progressLine, watchRollout } from '../rollout/watch.ts';
import { type Common, placeOf } from './person.ts';

interface WatchWords extends Common {
  readonly every: string;
}

export function registerRolloutWatch(rollout: Command): void {
  homeCommand(
    rollout,
    'watch',
    'follow a rollout to its end; exit code 0 when it became complete, 1 when it was halted or aborted',
    ['rollout watch connect-sync@1.2.4.0', 'rollout watch 0192d4e0 --json | jq -c "{state, next}"'],
  )
    .argument('<id>', 'the rollout: its id, the beginning of it, or COMPONENT@VERSION')
    .option('--every <seconds>', 'how often to look', '5')
    .action(watch);
}

async function watch(id: string, { home, json, every }: WatchWords): Promise<void> {
  const seconds = Number(every);
  if (!/^\d{1,4}$/.test(every) || seconds < 1) throw new CommandError('--every is a number of seconds, at least 1', 2);
  const place = placeOf(home);
  const isDrawn = json !== true && process.stdout.isTTY === true;
  const tell = (rollout: RolloutView): void => {
    if (json === true) printJson(rollout);
    else print(`${minuteText(systemClock.now())}  ${progressLine(rollout)}`);
  };
  const { state } = await watchRollout(id, {
    ask: () => callControlPlane(place, 'listRollouts'),
    pause: () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000)),
    now: () => systemClock.now(),
    tell,
    draw: (line) => {
      if (isDrawn) process.stdout.write(`\r\u001b[K${fitted(line ?? '')}`);
    },
    warn: (text) => void process.stderr.write(`${text}\n`),
  });
  if (state !== 'complete') process.exitCode = 1;
}

/** A line that wraps could not be drawn again. Some terminals say that they have 0 columns. */
function fitted(line: string): string {
  return line.slice(0, Math.max(0, (process.stdout.columns || 80) - 1));
}
