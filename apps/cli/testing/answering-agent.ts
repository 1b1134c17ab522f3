/** An agent that answers calls of Connect Sync from an engine of the bench, on the control socket of a temporary home. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { answerCall } from '@springline/agent/components/connect-sync/calls';
import { BenchContext } from '@springline/agent/components/connect-sync/views/testing/bench-context';
import { agentHome } from '@springline/agent/home';
import { createControlServer } from '@springline/agent/updater/control-socket';
import { type Finished, runCli } from './running-up.ts';

export interface AnsweringAgent {
  readonly home: string;
  readonly context: BenchContext;
  /** Runs `springline sync …` on the home. */
  sync(...words: readonly string[]): Promise<Finished>;
}

export async function answeringAgent(t: Pick<TestContext, 'after'>): Promise<AnsweringAgent> {
  const context = new BenchContext(t);
  const home = mkdtempSync(join(tmpdir(), 'springline-cli-'));
  const { socket } = agentHome(home);
  mkdirSync(dirname(socket), { recursive: true });
  const server = createControlServer({
    status: () => ({}),
    call: (_, method, parameters) => answerCall(context, method, parameters),
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(home, { recursive: true, force: true });
  });
  return { home, context, sync: (...words) => runCli(['sync', ...words, '--home', home]) };
}
