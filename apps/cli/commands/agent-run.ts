/** `springline agent run`: keeps the agent of a home running in the foreground, as a service manager's unit would call it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import { SlotError } from '@springline/agent/slot/slot';
import type { Command } from 'commander';
import { runAgent } from '../agent/run.ts';
import { CommandError } from '../output.ts';
import { ChildError } from '../up/child.ts';
import { lockHome } from '../up/lock.ts';
import { Progress } from '../up/progress.ts';

export function registerAgentRun(agent: Command): void {
  agent
    .command('run')
    .description('start the installed agent and keep it running, until Ctrl-C')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .addHelpText(
      'after',
      `
It is started again when it ends by itself, also with a new build after an upgrade. Its log is <home>/logs/agent.log.

Examples:
  springline agent run --home /var/lib/springline`,
    )
    .action(async ({ home }: { home: string }) => runForeground(resolve(home), new Progress(process.stdout)));
}

/**
 * Runs until asked to stop; says `ready agent …` when it is up.
 *
 * @throws {CommandError} when there is no enrolled agent, when one runs there already, or with the agent's own last words.
 */
export async function runForeground(home: string, progress: Progress): Promise<void> {
  if (!existsSync(agentHome(home).identity)) {
    throw new CommandError(
      `no enrolled agent is in ${home}. Install one: springline agent install --home ${home} --enrolment-string-file FILE`,
    );
  }
  const identity = loadIdentity(agentHome(home));
  const asked = new AbortController();
  const stopAsked = new Promise<void>((end) => asked.signal.addEventListener('abort', () => end()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => asked.abort());
  // Held to the end of this process: a second start says so at once.
  const lock = await lockHome(home);
  try {
    const ended = (reason: string): void => progress.line(`agent ${reason}; it is started again`);
    const running = await progress.step('agent', () => runAgent(home, { ended }));
    progress.line(`  Look      npx springline agent status --home ${home}`);
    progress.line(`  Log       ${join(home, 'logs', 'agent.log')}`);
    progress.line('  Stop      Ctrl-C');
    progress.line(`ready agent ${identity?.agentId} ${identity?.url}`);
    await stopAsked;
    progress.line('stopping …');
    await running.stop();
    progress.line('stopped');
  } catch (cause) {
    if (cause instanceof ChildError || cause instanceof SlotError) throw new CommandError(cause.message, 1, { cause });
    throw cause;
  } finally {
    lock.close();
  }
}
