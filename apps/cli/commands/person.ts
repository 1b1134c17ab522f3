/** `springline person …`: who may use the portal, and what they may do there. */
import { type PersonView, type RoleName, roleNames } from '@springline/api/shapes/access';
import { Argument, type Command, Option } from 'commander';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';

export interface Common {
  readonly home: string;
  readonly json?: boolean;
}

export interface Changing extends Common {
  readonly dryRun?: boolean;
}

export interface Place {
  readonly home: string;
  readonly url: string;
}

export function placeOf(home: string): Place {
  return { home, url: controlPlaneUrl(home, 8743) };
}

/** @throws {CommandError} when nobody goes by that name. */
export async function findPerson(place: Place, name: string): Promise<PersonView> {
  const { people } = await callControlPlane(place, 'listPeople');
  return findByName(people, name, 'person');
}

/** The one of that name, as people type it. @throws {CommandError} when there is none. */
export function findByName<T extends { readonly name: string }>(all: readonly T[], name: string, kind: string): T {
  const wanted = name.normalize('NFC');
  const found = all.find((one) => one.name === wanted);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name).join(', ');
  throw new CommandError(`there is no ${kind} ${JSON.stringify(name)}${names === '' ? '' : `; there are: ${names}`}`);
}

const dryRun = ['--dry-run', 'say what would be done, change nothing'] as const;

export function registerPerson(program: Command): void {
  const person = program.command('person').description('who may use the portal, and what they may do');
  homeCommand(person, 'list', 'every person with their role', [
    'person list',
    'person list --json | jq ".people[].name"',
  ]).action(async ({ home, json }: Common) => {
    const answer = await callControlPlane(placeOf(home), 'listPeople');
    if (json === true) printJson(answer);
    else print(describe(answer.people));
  });
  homeCommand(person, 'add', 'add a person; sign-in-link --person NAME lets them in', [
    'person add "Ada Okonkwo" --role rollout-approver',
    'person add crm --role application --dry-run',
  ])
    .argument('<name>', 'what the person is called; it stands in the audit trail')
    .addOption(new Option('--role <role>', 'what they may do').choices(roleNames).makeOptionMandatory())
    .option(...dryRun)
    .action(async (name: string, words: Changing & { readonly role: RoleName }) => {
      const { home, json, role } = words;
      const place = placeOf(home);
      if (words.dryRun === true) return say(json, { name, role, dryRun: true }, `would add ${name} as ${role}`);
      const added = await callControlPlane(place, 'addPerson', { name, role });
      say(json, added, `added ${added.name} as ${role}: ${added.scopes.join(', ')}`);
    });
  homeCommand(person, 'set-role', 'give a person another role, from their next request on', [
    'person set-role "Ada Okonkwo" release-manager',
    'person set-role admin reader --dry-run',
  ])
    .argument('<name>', 'the person')
    .addArgument(new Argument('<role>', 'what they may do from now on').choices(roleNames))
    .option(...dryRun)
    .action(async (name: string, role: RoleName, words: Changing) => {
      const { home, json } = words;
      const place = placeOf(home);
      const before = await findPerson(place, name);
      const sentence = `${before.name}: ${before.role} -> ${role}`;
      if (words.dryRun === true) return say(json, { before, role, dryRun: true }, `would change ${sentence}`);
      const params = { personId: before.id };
      say(json, await callControlPlane(place, 'changePerson', { role }, { params }), sentence);
    });
  homeCommand(person, 'remove', 'remove a person; their sessions, sign-in links and tokens end at once', [
    'person remove "Ada Okonkwo" --dry-run',
    'person remove "Ada Okonkwo"',
  ])
    .argument('<name>', 'the person')
    .option(...dryRun)
    .action(async (name: string, words: Changing) => {
      const { home, json } = words;
      const place = placeOf(home);
      const found = await findPerson(place, name);
      const { tokens } = await callControlPlane(place, 'listTokens');
      const theirs = tokens.filter((token) => token.person.id === found.id).map((token) => token.name);
      const what = `${found.name} (${found.role})${theirs.length === 0 ? '' : ` and the tokens ${theirs.join(', ')}`}`;
      if (words.dryRun === true) {
        return say(json, { person: found, tokens: theirs, dryRun: true }, `would remove ${what}`);
      }
      await callControlPlane(place, 'removePerson', undefined, { params: { personId: found.id } });
      say(json, { person: found, tokens: theirs }, `removed ${what}`);
    });
}

/** The answer for programs, or a sentence for people. */
export function say(json: boolean | undefined, answer: unknown, sentence: string): void {
  if (json === true) printJson(answer);
  else print(sentence);
}

function describe(people: readonly PersonView[]): string {
  const rows = people.map(({ name, role, scopes, createdAt }) => [
    name,
    role,
    relativeTime(createdAt),
    scopes.join(' '),
  ]);
  return table([['NAME', 'ROLE', 'ADDED', 'MAY'], ...rows]);
}
