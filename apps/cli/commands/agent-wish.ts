/** `springline agent wish …`: what a tenant asks the service for to hold upgrades of one of its hosts back. */
import type { AgentView } from '@springline/api/shapes/agent';
import { type WishView, wishShape } from '@springline/api/shapes/rollout';
import type { Command } from 'commander';
import { instantFrom, minutesFrom, minutesText, minuteText } from '../amounts.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson } from '../output.ts';
import { type Changing, type Common, type Place, placeOf } from './person.ts';

interface WishWords extends Changing {
  readonly disabled?: boolean;
  readonly pin?: string;
  readonly ring?: string;
  readonly notBefore?: string;
  readonly freeze: readonly string[];
  readonly afterStaging?: string;
  readonly clear?: boolean;
}

const none = 'none';
const longestSoakDays = 90;
const listedLimit = 8;

export function registerWish(agent: Command): void {
  const wish = agent.command('wish').description('what this tenant asks for to hold upgrades of a host back');
  const whom = ['<agent>', 'the host: its agent id, the beginning of it, or its name'] as const;
  homeCommand(wish, 'show', 'what is asked for', ['agent wish show sync-1.contoso.example', 'agent wish show 0192d4e0'])
    .argument(...whom)
    .action(async (name: string, { home, json }: Common) => {
      const place = placeOf(home);
      const found = await findAgent(place, name);
      const kept = await callControlPlane(place, 'getWish', undefined, { params: { agentId: found.id } });
      if (json === true) printJson({ agentId: found.id, hostName: found.hostName, ...kept });
      else print(describe(found, kept.wish));
    });
  const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];
  homeCommand(
    wish,
    'set',
    'hold upgrades of a host back; the host also keeps to its own schedule. "none" takes a part away',
    [
      'agent wish set sync-1.contoso.example --pin 1.2.3.0 --dry-run',
      'agent wish set 0192d4e0 --freeze 2026-12-18T00:00:00Z/2027-01-04T00:00:00Z --ring broad',
      'agent wish set 0192d4e0 --after-staging 72h --not-before none',
      'agent wish set 0192d4e0 --clear',
    ],
  )
    .argument(...whom)
    .option('--disabled', 'no upgrade at all')
    .option('--no-disabled', 'take --disabled away')
    .option('--pin <version>', 'nothing above this version')
    .option('--ring <name>', 'wait for this ring too')
    .option('--not-before <instant>', 'no upgrade before, as 2026-12-18T22:00:00Z')
    .option('--freeze <from/until>', 'no upgrade in this time; repeat it for several', collect, [])
    .option('--after-staging <time>', 'only so long after the staging partner kept the build, as 72h')
    .option('--clear', 'take the whole wish away first')
    .option('--dry-run', 'say what would change')
    .action(set);
}

async function set(name: string, words: WishWords): Promise<void> {
  const { home, json, dryRun, clear } = words;
  const given = givenIn(words);
  if (Object.keys(given).length === 0 && clear !== true) {
    throw new CommandError('say what to hold back, or --clear: springline agent wish set --help', 2);
  }
  const place = placeOf(home);
  const found = await findAgent(place, name);
  const params = { agentId: found.id };
  const { wish: before } = await callControlPlane(place, 'getWish', undefined, { params });
  const wish = parsed({ ...(clear === true ? {} : before), ...given });
  const who = { agentId: found.id, hostName: found.hostName };
  if (dryRun === true) {
    if (json === true) printJson({ ...who, before, wish, dryRun: true });
    else print(`would become:\n${describe(found, wish)}`);
    return;
  }
  const kept = await callControlPlane(place, 'setWish', wish, { params });
  if (json === true) printJson({ ...who, before, ...kept });
  else print(`${describe(found, kept.wish)}\nThe host hears of it with its next heartbeat.`);
}

/** The parts that were given; `none` for one that is to go. */
function givenIn({ disabled, pin, ring, notBefore, freeze, afterStaging }: WishWords): Record<string, unknown> {
  return {
    ...(disabled === undefined ? {} : { disabled: disabled ? true : none }),
    ...(pin === undefined ? {} : { pin }),
    ...(ring === undefined ? {} : { ring }),
    ...(notBefore === undefined
      ? {}
      : { notBefore: notBefore === none ? none : instantFrom(notBefore, '--not-before') }),
    ...(freeze.length === 0 ? {} : { freezes: freezesFrom(freeze) }),
    ...(afterStaging === undefined
      ? {}
      : {
          afterStagingSoakMinutes:
            afterStaging === none
              ? none
              : // A number alone is hours, as in the schedule of a host.
                minutesFrom(
                  /^\d+$/.test(afterStaging) ? `${afterStaging}h` : afterStaging,
                  '--after-staging',
                  longestSoakDays,
                ),
        }),
  };
}

const forms: ReadonlyMap<string, string> = new Map([
  ['pin', '--pin is a version, as 2.6.84.0'],
  ['ring', '--ring is the name of a ring: small letters, digits and hyphens, beginning with a letter'],
  ['freezes', '--freeze: at most 64 of them'],
]);

/** @throws {CommandError} exit code 2 naming the option. */
function parsed(wanted: Readonly<Record<string, unknown>>): WishView {
  const left = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== none));
  const { data, error } = wishShape.safeParse(left);
  if (data !== undefined) return data;
  const member = String(error.issues[0]?.path[0] ?? '');
  throw new CommandError(forms.get(member) ?? `${member === '' ? 'the wish' : member} does not have its form`, 2);
}

function freezesFrom(texts: readonly string[]): unknown {
  if (texts.includes(none)) {
    if (texts.length === 1) return none;
    throw new CommandError('--freeze none stands alone', 2);
  }
  return texts.map((text) => {
    const [from = '', until = '', ...rest] = text.split('/');
    if (rest.length > 0) throw new CommandError('--freeze is FROM/UNTIL', 2);
    const freeze = { name: text, from: instantFrom(from, '--freeze'), until: instantFrom(until, '--freeze') };
    if (freeze.until > freeze.from) return freeze;
    throw new CommandError('--freeze must end after it begins', 2);
  });
}

/** By id, the beginning of it, or the whole host name. @throws {CommandError} when none or several are meant. */
export async function findAgent(place: Place, text: string): Promise<AgentView> {
  const { agents } = await callControlPlane(place, 'listAgents');
  const wanted = text.trim().toLowerCase();
  const active = agents.filter(({ state }) => state !== 'revoked');
  const byName = active.filter(({ hostName }) => hostName.toLowerCase() === wanted);
  const found = byName.length > 0 ? byName : active.filter(({ id }) => wanted !== '' && id.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const quoted = JSON.stringify(oneLine(text).slice(0, 80));
  if (only === undefined)
    throw new CommandError(`there is no agent ${quoted}. Which there are: springline upgrade status`);
  const names = found.slice(0, listedLimit).map(({ id, hostName }) => `${id} (${oneLine(hostName)})`);
  throw new CommandError(`${quoted} is ${found.length} agents: ${names.join(', ')}`);
}

function describe({ id, hostName }: AgentView, wish: WishView): string {
  const { disabled, pin, ring, notBefore, freezes, afterStagingSoakMinutes } = wish;
  const times = freezes?.map(({ from, until }) => [from, until].map((at) => minuteText(Date.parse(at))).join(' to '));
  return [
    `host           ${oneLine(hostName)}, ${id}`,
    `upgrades       ${disabled === true ? 'none at all: Disabled by wish' : 'as the policy opens them'}`,
    `pin            ${pin === undefined ? 'none' : `nothing above ${pin}`}`,
    `ring           ${ring === undefined ? 'its own' : `waits for ${ring} too`}`,
    `not before     ${notBefore === undefined ? 'none' : minuteText(Date.parse(notBefore))}`,
    `freezes        ${times?.join('; ') ?? 'none'}`,
    `after staging  ${afterStagingSoakMinutes === undefined ? 'does not wait' : minutesText(afterStagingSoakMinutes)}`,
  ].join('\n');
}
