/**
 * Runs the installed Agent Updater of a home, as a service manager would: what to start is asked of the launcher, which
 * goes back from a build that does not become ready, and what ends by itself is started again. Whoever calls this holds
 * the program by its channel: when the caller dies, the agent ends too.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '@springline/agent/home';
import { isOnTrial, nextLaunch, restartExitCode } from '@springline/agent/launcher/launch';
import { Child } from '../up/child.ts';

export interface AgentWatch {
  /** Told when the agent ended without being asked to; it is started again. */
  readonly ended?: (reason: string) => void;
  /** Default: `<home>/logs/agent.log`. */
  readonly logFile?: string;
  /** Asked at a start before the agent is enrolled: it enrols with this string, which it reads from standard input. */
  readonly enrolmentString?: () => Promise<string>;
}

/** The agent of a home as a program that is kept running; not started yet. `home` must be absolute. */
export function agentChild(home: string, { ended, logFile, enrolmentString }: AgentWatch = {}): Child {
  const isUnenrolled = (): boolean => enrolmentString !== undefined && !existsSync(agentHome(home).identity);
  return new Child({
    name: 'agent',
    logFile: logFile ?? join(home, 'logs', 'agent.log'),
    restartCode: restartExitCode,
    isTalkative: true,
    command: () => {
      const { runtime, bundle } = nextLaunch(home);
      const enrol = isUnenrolled() ? ['--enrol'] : [];
      return { program: runtime, arguments: ['--max-semi-space-size=2', bundle, home, ...enrol] };
    },
    input: async () => (isUnenrolled() ? enrolmentString?.() : undefined),
    ended: ended ?? (() => undefined),
  });
}

/**
 * Starts the agent and resolves when it is ready. A new Agent Updater on trial may fail to start; after three times the
 * launcher goes back to the one before.
 *
 * @throws {ChildError} with its own last words. @throws {SlotError} when no build is installed as it was verified.
 */
export async function startAgent(home: string, agent: Child): Promise<void> {
  for (;;) {
    const isTrial = isOnTrial(home);
    try {
      return await agent.start();
    } catch (error) {
      if (!isTrial) throw error;
    }
  }
}

/** Starts the enrolled agent of a home; its `stop()` ends it in order. @throws as `startAgent` does. */
export async function runAgent(home: string, watch: AgentWatch = {}): Promise<Child> {
  const agent = agentChild(home, watch);
  await startAgent(home, agent);
  return agent;
}
