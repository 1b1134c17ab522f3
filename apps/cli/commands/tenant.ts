/** `springline tenant …`: the tenants of this installation. A new one comes with a token, which is shown once. */

import { tokenLifetimeDays } from '@springline/api/shapes/access';
import { type TenantView, tenantName } from '@springline/api/shapes/tenant';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';
import { keepSecret } from '../secret-output.ts';
import { type Changing, type Common, placeOf, say } from './person.ts';
import { parseDays } from './token.ts';

interface AddWords extends Changing {
  readonly administrator: string;
  readonly days: string;
  readonly tokenFile?: string;
}

/** Instead of a file: the secret goes to standard output. */
const standardOutput = '-';

export function registerTenant(program: Command): void {
  const tenant = program.command('tenant').description('tenants of this installation, for the people who run it');
  homeCommand(tenant, 'list', 'every tenant', ['tenant list', 'tenant list --json | jq ".tenants[].name"']).action(
    async ({ home, json }: Common) => {
      const answer = await callControlPlane(placeOf(home), 'listTenants');
      if (json === true) printJson(answer);
      else print(describe(answer.tenants));
    },
  );
  homeCommand(tenant, 'add', 'add a tenant with an administrator, whose token is shown now and never again', [
    'tenant add "Woodgrove Bank" --token-file woodgrove.token',
    'tenant add Fabrikam --token-file fabrikam.token --administrator "Ada Okonkwo" --days 30',
    'tenant add Fabrikam --dry-run',
  ])
    .argument('<name>', 'what the tenant is called')
    .option('--token-file <file>', 'write the secret to this new file, readable by its owner only; - prints it')
    .option('--administrator <name>', 'what its first administrator is called', 'admin')
    .option(
      '--days <count>',
      `days until that token ends, at most ${tokenLifetimeDays.max}`,
      String(tokenLifetimeDays.default),
    )
    .option('--dry-run', 'say what would be done, change nothing')
    .addHelpText(
      'after',
      `
With the token commands act as that administrator:
  SPRINGLINE_TOKEN_FILE=woodgrove.token springline person list`,
    )
    .action(add);
}

async function add(name: string, words: AddWords): Promise<void> {
  const { home, json, administrator, tokenFile } = words;
  const wanted = { name, administrator, lifetimeDays: parseDays(words.days) };
  const place = placeOf(home);
  const sentence = `${name} with the administrator ${administrator}, whose token ends after ${wanted.lifetimeDays} days`;
  if (words.dryRun === true) {
    requireFree(name, (await callControlPlane(place, 'listTenants')).tenants);
    return say(json, { ...wanted, dryRun: true }, `would add ${sentence}`);
  }
  if (tokenFile === undefined) {
    throw new CommandError('say where the secret is to go: --token-file FILE, or --token-file - to print it', 2);
  }
  const file = tokenFile === standardOutput ? undefined : tokenFile;
  const made = await keepSecret(file, async () => {
    const added = await callControlPlane(place, 'addTenant', wanted);
    return { added, secret: added.token.secret };
  });
  const { token, ...added } = made.added;
  const { secret, ...shown } = token;
  if (json === true) printJson({ ...added, token: file === undefined ? token : shown });
  // Nothing but the secret on standard output, so that it can be taken from there.
  else if (file === undefined) print(secret);
  const where = file === undefined ? 'shown once, now' : `written to ${file}`;
  process.stderr.write(`added ${name}; the token of ${added.administrator.name} is ${where}\n`);
}

/** As far as can be said beforehand. @throws {CommandError} */
function requireFree(name: string, tenants: readonly TenantView[]): void {
  const parsed = tenantName.safeParse(name);
  if (!parsed.success) throw new CommandError(`the name of a tenant is ${parsed.error.issues[0]?.message}`, 2);
  const folded = name.normalize('NFKC').toLowerCase();
  const other = tenants.find((tenant) => tenant.name.normalize('NFKC').toLowerCase() === folded);
  if (other !== undefined) throw new CommandError(`there is a tenant ${other.name} already`);
}

function describe(tenants: readonly TenantView[]): string {
  const rows = tenants.map(({ name, id, createdAt, isOperator }) => [
    name,
    relativeTime(createdAt),
    isOperator ? 'runs the installation' : '',
    id,
  ]);
  return table([['NAME', 'ADDED', '', 'ID'], ...rows]);
}
