/**
 * `springline agent enrolment-string create`: the secret by which a new host becomes an agent. It goes into a new file
 * that only its owner may read, or to standard output on explicit wish; it is never an argument.
 */
import { connectorKind } from '@springline/api/shapes/agent';
import { type Command, Option } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { print, printJson, relativeTime } from '../output.ts';
import { keepSecret } from '../secret-output.ts';
import { type Changing, placeOf, say } from './person.ts';

interface CreateWords extends Changing {
  readonly connector: string;
  readonly kind: (typeof connectorKind.options)[number];
  readonly beside?: string;
  readonly out: string;
}

export function registerEnrolmentString(agent: Command): void {
  const group = agent.command('enrolment-string').description('what makes a new host an agent, once');
  homeCommand(group, 'create', 'make an enrolment string: it works once, within an hour', [
    'agent enrolment-string create --connector corp.example --kind active-directory --out enrol.txt',
    'agent enrolment-string create --connector corp-2 --kind active-directory --beside corp.example --out enrol.txt',
    'agent enrolment-string create --connector lab --kind ldif --out - | ssh host springline agent install --enrolment-string-file -',
  ])
    .requiredOption('--connector <name>', 'the directory that the new agent brings; a former agent of it is revoked')
    .addOption(
      new Option('--kind <kind>', 'what kind of directory that is')
        .choices(connectorKind.options)
        .makeOptionMandatory(),
    )
    .option(
      '--beside <name>',
      'a connector of the same directory: the new server shares its objects, and one of them at a time exports',
    )
    .requiredOption('--out <file>', 'write the secret to this new file, readable by its owner only; - prints it')
    .option('--dry-run', 'say what would be done, change nothing')
    .action(create);
}

async function create({ home, json, dryRun, connector, kind, beside, out }: CreateWords): Promise<void> {
  const isPrinted = out === '-';
  const place = placeOf(home);
  const wanted = { connector: { name: connector, kind }, ...(beside === undefined ? {} : { beside }) };
  if (dryRun === true) {
    const shared = beside === undefined ? '' : `, beside ${beside}`;
    return say(json, { ...wanted, dryRun: true }, `would make an enrolment string for ${connector} (${kind})${shared}`);
  }
  const { secret, expiresAt } = await keepSecret(isPrinted ? undefined : out, async () => {
    const { enrolmentString, expiresAt } = await callControlPlane(place, 'createEnrolment', wanted);
    return { secret: enrolmentString, expiresAt };
  });
  if (json === true) {
    printJson({ ...wanted, expiresAt, ...(isPrinted ? { enrolmentString: secret } : { file: out }) });
  }
  // Nothing but the secret on standard output, so that it can be taken from there.
  else if (isPrinted) print(secret);
  const where = isPrinted ? 'shown once, now' : `written to ${out}`;
  const end = `works once and ends ${relativeTime(expiresAt)}`;
  process.stderr.write(`the enrolment string for ${connector} ${end}; it is ${where}\n`);
}
