/** `springline agent auto-upgrade schedule`: when, and up to what, this host lets itself be upgraded. */
import type { Schedule } from '@springline/agent/updater/auto-upgrade/schedule';
import { usualRing } from '@springline/auto-upgrade/rollout/usual-ring';
import { type OwnWish, parseWish } from '@springline/auto-upgrade/rollout/wish';
import type { Command } from 'commander';
import { callAgentUpdater } from '../agent-client.ts';
import { minutesFrom, minuteText } from '../amounts.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson } from '../output.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly clear?: boolean;
  readonly pin?: string;
  readonly ring?: string;
  readonly role?: string;
  readonly window: readonly string[];
  readonly freeze: readonly string[];
  readonly notBefore?: string;
  readonly afterStaging?: string;
}

const none = 'none';
const longestSoakDays = 90;

export function registerSchedule(group: Command): void {
  const examples = [
    'agent auto-upgrade schedule',
    'agent auto-upgrade schedule --window "Sat,Sun 22:00-04:00 Europe/Amsterdam"',
    'agent auto-upgrade schedule --freeze 2026-12-18T00:00:00Z/2027-01-04T00:00:00Z --dry-run',
    'agent auto-upgrade schedule --after-staging 72h --role active',
    'agent auto-upgrade schedule --clear',
  ];
  const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  homeCommand(
    group,
    'schedule',
    'show or change when this host lets itself be upgraded; "none" takes a part away',
    examples,
  )
    .option('--pin <version>', 'nothing above this version')
    .option('--ring <name>', 'the ring of this host')
    .option('--role <role>', 'active or staging')
    .option('--window <window>', 'days, hours and zone; repeat it for several', collect, [])
    .option('--freeze <from/until>', 'no upgrade in this time; repeat it for several', collect, [])
    .option('--not-before <instant>', 'no upgrade before, as 2026-12-18T22:00:00Z')
    .option('--after-staging <time>', 'only so long after the staging partner kept the build, as 72h')
    .option('--clear', 'take the whole schedule away first')
    .option('--dry-run', 'say what would change')
    .action(async (words: Words) => {
      const { home, json, dryRun } = words;
      const shown = (await callAgentUpdater(home, 'auto-upgrade.schedule')) as { schedule: Schedule; asked?: unknown };
      const { schedule: before } = shown;
      const wanted = changed(before, words);
      if (wanted === undefined) {
        if (json === true) printJson(before);
        else print([describe(before), ...askedWords(parseWish(shown.asked ?? {}))].join('\n'));
        return;
      }
      const answer = await callAgentUpdater(home, 'auto-upgrade.schedule', {
        schedule: wanted,
        dryRun: dryRun === true,
      });
      const { schedule } = answer as { schedule: Schedule };
      if (json === true) printJson({ before, schedule, dryRun: dryRun === true });
      else print(dryRun === true ? `would become:\n${describe(schedule)}` : describe(schedule));
    });
}

/** The schedule that is asked for, as the agent will parse it; `undefined` when nothing is. */
function changed(before: Schedule, words: Words): Record<string, unknown> | undefined {
  const { pin, ring, role, window, freeze, notBefore, afterStaging, clear } = words;
  const given: Record<string, unknown> = {
    ...(pin === undefined ? {} : { pin }),
    ...(ring === undefined ? {} : { ring }),
    ...(role === undefined ? {} : { role }),
    ...(window.length === 0 ? {} : { windows: noneOr(window, '--window') }),
    ...(freeze.length === 0 ? {} : { freezes: noneOr(freeze, '--freeze') }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(afterStaging === undefined ? {} : { afterStagingHours: hours(afterStaging) }),
  };
  if (Object.keys(given).length === 0 && clear !== true) return undefined;
  const next = { ...(clear === true ? {} : before), ...given };
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== none));
}

function noneOr(texts: readonly string[], option: string): readonly string[] | typeof none {
  if (!texts.includes(none)) return texts;
  if (texts.length === 1) return none;
  throw new CommandError(`${option} none stands alone`, 2);
}

function hours(text: string): number | typeof none {
  if (text === none) return none;
  const minutes = minutesFrom(/^\d{1,4}$/.test(text) ? `${text}h` : text, '--after-staging', longestSoakDays);
  if (minutes % 60 === 0) return minutes / 60;
  throw new CommandError('--after-staging is a whole number of hours, as 72h', 2);
}

/** What the tenant wishes of this host: it only holds back, and nothing here takes it away. */
function askedWords({ pin, ring, notBefore, freezes = [], afterStagingSoakMs, disabled }: OwnWish): readonly string[] {
  const words = [
    ...(disabled === true ? ['no upgrades at all'] : []),
    ...(pin === undefined ? [] : [`nothing above ${pin}`]),
    ...(ring === undefined ? [] : [`waits for ring ${ring} too`]),
    ...(notBefore === undefined ? [] : [`not before ${minuteText(notBefore)}`]),
    ...freezes.map(({ from, until }) => `freeze from ${minuteText(from)} to ${minuteText(until)}`),
    ...(afterStagingSoakMs === undefined ? [] : [`${afterStagingSoakMs / 3_600_000} h after staging`]),
  ];
  if (words.length === 0) return [];
  return ['', `asked from afar by the administrators of its tenant (springline agent wish): ${words.join('; ')}`];
}

function describe({ pin, ring, role, windows, freezes, notBefore, afterStagingHours }: Schedule): string {
  return [
    `pin            ${pin === undefined ? 'none' : `nothing above ${pin}`}`,
    `ring           ${ring ?? usualRing}`,
    `role           ${role ?? 'active'}`,
    `windows        ${windows?.join('; ') ?? 'at any time'}`,
    `freezes        ${freezes?.join('; ') ?? 'none'}`,
    `not before     ${notBefore ?? 'none'}`,
    `after staging  ${afterStagingHours === undefined ? 'does not wait' : `${afterStagingHours} h`}`,
  ].join('\n');
}
