/** `springline token …`: bearer tokens for programs. A secret is printed once and is never an argument. */
import { scopes } from '@springline/api/route';
import { type TokenView, tokenLifetimeDays } from '@springline/api/shapes/access';
import { type Command, Option } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';
import { keepSecret } from '../secret-output.ts';
import { type Changing, type Common, findByName, findPerson, placeOf, say } from './person.ts';

interface CreateWords extends Changing {
  readonly scope: readonly string[];
  readonly days: string;
  readonly person?: string;
  readonly out?: string;
}

export function registerToken(program: Command): void {
  const token = program.command('token').description('bearer tokens for programs');
  homeCommand(token, 'list', 'every token with its scopes, its end and its last use', [
    'token list',
    'token list --json | jq ".tokens[] | select(.lastUsedAt == null)"',
  ]).action(async ({ home, json }: Common) => {
    const answer = await callControlPlane(placeOf(home), 'listTokens');
    if (json === true) printJson(answer);
    else print(describe(answer.tokens));
  });
  homeCommand(token, 'create', 'make a token; its secret is shown now and never again', [
    'token create monitoring --scope read --out monitoring.token',
    'token create crm --scope directory.read --person crm --days 30',
    'token create pipeline --scope read upgrade.manage --dry-run',
  ])
    .argument('<name>', 'what the token is for; it stands in the audit trail')
    .addOption(
      new Option('--scope <scopes...>', `what it may do: ${scopes.join(', ')}`).choices(scopes).makeOptionMandatory(),
    )
    .option('--days <count>', `days until it ends, at most ${tokenLifetimeDays.max}`, String(tokenLifetimeDays.default))
    .option('--person <name>', 'in whose place it acts; default: an administrator')
    .option('--out <file>', 'write the secret to this new file, readable by its owner only, and not to the terminal')
    .option('--dry-run', 'say what would be done, change nothing')
    .action(create);
  homeCommand(token, 'revoke', 'end a token at once', ['token revoke monitoring --dry-run', 'token revoke monitoring'])
    .argument('<name>', 'the token')
    .option('--dry-run', 'say what would be done, change nothing')
    .action(async (name: string, { home, json, dryRun }: Changing) => {
      const place = placeOf(home);
      const { tokens } = await callControlPlane(place, 'listTokens');
      const found = findByName(tokens, name, 'token');
      const what = `${found.name}, last used ${relativeTime(found.lastUsedAt)}`;
      if (dryRun === true) return say(json, { token: found, dryRun: true }, `would revoke ${what}`);
      await callControlPlane(place, 'revokeToken', undefined, { params: { tokenId: found.id } });
      say(json, { token: found }, `revoked ${what}`);
    });
}

async function create(name: string, words: CreateWords): Promise<void> {
  const { home, json, out } = words;
  const lifetimeDays = parseDays(words.days);
  const place = placeOf(home);
  const person = words.person === undefined ? undefined : await findPerson(place, words.person);
  const wanted = { name, scopes: words.scope, lifetimeDays, ...(person === undefined ? {} : { personId: person.id }) };
  if (words.dryRun === true) {
    const sentence = `would make the token ${name} with ${words.scope.join(', ')}, for ${lifetimeDays} days`;
    return say(json, { ...wanted, dryRun: true }, sentence);
  }
  const made = await keepSecret(out, () => callControlPlane(place, 'createToken', wanted));
  const { secret, ...shown } = made;
  if (json === true) printJson(out === undefined ? made : shown);
  // Nothing but the secret on standard output, so that it can be taken from there.
  else if (out === undefined) print(secret);
  const where = out === undefined ? 'shown once, now' : `written to ${out}`;
  process.stderr.write(`token ${made.name} ends ${relativeTime(made.expiresAt)}; the secret is ${where}\n`);
}

/** @throws {CommandError} */
export function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,3}$/.test(text) && days >= 1 && days <= tokenLifetimeDays.max) return days;
  throw new CommandError(`--days is a number from 1 to ${tokenLifetimeDays.max}`, 2);
}

function describe(tokens: readonly TokenView[]): string {
  const rows = tokens.map(({ name, person, scopes: held, expiresAt, lastUsedAt }) => [
    name,
    person.name,
    expiresAt === undefined ? 'never' : relativeTime(expiresAt),
    relativeTime(lastUsedAt),
    held.join(' '),
  ]);
  return table([['NAME', 'FOR', 'ENDS', 'LAST USED', 'MAY'], ...rows]);
}
