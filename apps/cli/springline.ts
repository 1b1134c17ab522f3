#!/usr/bin/env node
import { resolve } from 'node:path';
import { version } from '@springline/agent/version';
/**
 * The command line. One file per command; this one only gathers them and turns failures into a sentence and an exit
 * code.
 */
import { Command, CommanderError, Help, type Option } from 'commander';
import { registerAgent } from './commands/agent.ts';
import { registerAudit } from './commands/audit.ts';
import { registerCampaign } from './commands/campaign.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDownload } from './commands/download.ts';
import { registerKeys } from './commands/keys.ts';
import { registerNotices } from './commands/notices.ts';
import { registerPerson } from './commands/person.ts';
import { registerPks } from './commands/pks.ts';
import { registerRelease } from './commands/release.ts';
import { registerRollout } from './commands/rollout.ts';
import { registerScenario } from './commands/scenario.ts';
import { registerSignInLink } from './commands/sign-in-link.ts';
import { registerSync } from './commands/sync.ts';
import { registerTenant } from './commands/tenant.ts';
import { registerToken } from './commands/token.ts';
import { registerUp } from './commands/up.ts';
import { registerUpgrade } from './commands/upgrade.ts';
import { CommandError, errorJson } from './output.ts';
import { enterHomeScenario } from './scenario/home.ts';

export function buildProgram(): Command {
  const program = new Command('springline')
    .description('Hybrid identity that keeps itself on a safe build: directory sync, health and verified auto-upgrade')
    .version(version)
    // After a command, --version is the command's own: which one to publish or to fetch.
    .enablePositionalOptions()
    .showHelpAfterError('(springline --help shows what there is)')
    .exitOverride()
    .configureHelp({ optionDescription })
    .configureOutput(isJsonAsked() ? { writeErr: () => undefined } : {})
    .hook('preAction', (_, command) => {
      const { home } = command.opts<{ home?: string }>();
      // A scenario enters its own home, which it may have to make again.
      if (home !== undefined && command.name() !== 'scenario') enterHomeScenario(resolve(home));
    });
  registerUp(program);
  registerAgent(program);
  registerSync(program);
  registerUpgrade(program);
  registerDownload(program);
  registerRollout(program);
  registerCampaign(program);
  registerPks(program);
  registerSignInLink(program);
  registerPerson(program);
  registerToken(program);
  registerTenant(program);
  registerAudit(program);
  registerNotices(program);
  registerKeys(program);
  registerRelease(program);
  registerScenario(program);
  registerDoctor(program);
  registerCompletion(program);
  return program;
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) failUsage(error);
    else if (error instanceof Error) fail(error);
    else throw error;
  }
}

function optionDescription(option: Option): string {
  const words = new Help().optionDescription(option);
  return option.mandatory ? `${words} (required)` : words;
}

/** Whether a program reads what is said; what follows `--` is no option. */
function isJsonAsked(): boolean {
  const words = process.argv.slice(2);
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

/** commander has told people what was wrong; asking for help is no error. */
function failUsage({ exitCode, message }: CommanderError): void {
  process.exitCode = exitCode === 0 ? 0 : 2;
  if (exitCode === 0 || !isJsonAsked()) return;
  process.stderr.write(`${errorJson(new CommandError(message.replace(/^error: /, ''), 2, { code: 'misused' }))}\n`);
}

function fail(error: Error): void {
  const { exitCode = 1 } = error as Partial<CommandError>;
  process.exitCode = exitCode;
  if (isJsonAsked()) {
    process.stderr.write(`${errorJson(error)}\n`);
    return;
  }
  process.stderr.write(`springline: ${error.message}\n`);
  // A sentence is enough for what we foresaw; for the rest people need the trace.
  if (!(error instanceof CommandError) && (error as { code?: string }).code === undefined) {
    process.stderr.write(`${error.stack}\n`);
  }
}

// `springline … | head` ends the reader early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
if (import.meta.main) await main();
