/** `springline agent auto-upgrade readiness`: everything that is in the way of an upgrade of this host, at once. */

import type { Readiness } from '@springline/auto-upgrade/eligibility/readiness';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { callAgentUpdater } from '../agent-client.ts';
import { homeCommand } from '../home-command.ts';
import { dim, green, print, printJson, red, relativeTime } from '../output.ts';

export function registerReadiness(group: Command): void {
  const examples = ['agent auto-upgrade readiness', 'agent auto-upgrade readiness --json'];
  homeCommand(group, 'readiness', 'everything that is in the way of an upgrade, with what to do', examples).action(
    async ({ home, json }: { home: string; json?: boolean }) => {
      const found = await hostReadiness(home);
      if (json === true) printJson(found);
      else print(describe(found));
      if (!found.ready) process.exitCode = 1;
    },
  );
}

/** @throws {CommandError} when no agent answers. */
export async function hostReadiness(home: string): Promise<Readiness> {
  return (await callAgentUpdater(home, 'auto-upgrade.readiness')) as Readiness;
}

/** Gates that are open on one line each; below those that are not, what it is and what to do. */
function describe({ ready, gates, upgrades }: Readiness): string {
  const width = Math.max(...gates.map(({ id }) => id.length));
  const lines = gates.flatMap(({ id, code, ok, detail, remedy }) =>
    ok
      ? [`${green('ok    ')} ${id.padEnd(width)} ${dim(clean(detail))}`]
      : [`${red('not ok')} ${id.padEnd(width)} ${code}: ${clean(detail)}`, `${' '.repeat(width + 8)}${clean(remedy)}`],
  );
  const planned = upgrades.map(({ component, to, when, why }) => {
    const what = to === undefined ? component : `${component} -> ${to}`;
    const date =
      when === undefined
        ? ''
        : `, ${when <= systemClock.now() ? 'now' : `${new Date(when).toISOString()} (${relativeTime(new Date(when).toISOString())})`}`;
    return `${what}${date}: ${clean(why)}`;
  });
  const shut = gates.filter(({ ok }) => !ok).length;
  const verdict = ready ? green('ready') : red(`not ready: ${shut} of ${gates.length} gates are shut`);
  return [...lines, '', ...planned, verdict].join('\n');
}

/** Text from elsewhere on a terminal: no control characters. */
function clean(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
