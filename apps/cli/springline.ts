#!/usr/bin/env node
import { version } from '@springline/agent/version';
/**
 * The command line. One file per command; this one only gathers them and turns failures into a sentence and an exit
 * code.
 */
import { Command, CommanderError } from 'commander';
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
import { registerSignInLink } from './commands/sign-in-link.ts';
import { registerSync } from './commands/sync.ts';
import { registerToken } from './commands/token.ts';
import { registerUp } from './commands/up.ts';
import { registerUpgrade } from './commands/upgrade.ts';
import { CommandError } from './output.ts';

export function buildProgram(): Command {
  const program = new Command('springline')
    .description('Hybrid identity that keeps itself on a safe build: directory sync, health and verified auto-upgrade')
    .version(version)
    .showHelpAfterError('(springline --help shows what there is)')
    .exitOverride();
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
  registerAudit(program);
  registerNotices(program);
  registerKeys(program);
  registerRelease(program);
  registerDoctor(program);
  registerCompletion(program);
  return program;
}

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    // commander has said what was wrong; asking for help is no error.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else if (error instanceof Error) fail(error);
    else throw error;
  }
}

function fail(error: Error): void {
  const { exitCode = 1 } = error as Partial<CommandError>;
  process.stderr.write(`springline: ${error.message}\n`);
  // A sentence is enough for what we foresaw; for the rest people need the trace.
  if (!(error instanceof CommandError) && (error as { code?: string }).code === undefined) {
    process.stderr.write(`${error.stack}\n`);
  }
  process.exitCode = exitCode;
}

// `springline … | head` ends the reader early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
if (import.meta.main) await main();
