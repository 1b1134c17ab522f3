/**
 * Talks to the agent of this host over its control socket.
 */
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { basename, dirname, join, resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import type { ComponentView, SyncStatus } from '@springline/api/shapes/agent';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { CommandError } from './output.ts';

export interface AgentStatus {
  readonly agentId?: string;
  readonly tenantId?: string;
  readonly controlPlane: {
    readonly url?: string;
    readonly state?: string;
    readonly detail?: string;
    /** Two hosts use this identity. */
    readonly conflictedSince?: string;
  };
  readonly components: readonly ComponentView[];
  readonly sync?: SyncStatus;
  readonly autoUpgrade?: AutoUpgrade;
}

const answerLimitBytes = 64 * 1024 * 1024;
const statusTimeoutMs = 10_000;
/** A call may run a whole cycle. */
const callTimeoutMs = 15 * 60_000;

/** @throws {CommandError} when no agent answers there. */
export function agentStatus(home: string): Promise<AgentStatus> {
  return exchange(home, 'GET', '/status') as Promise<AgentStatus>;
}

/** Asks Connect Sync. @throws {CommandError} with what it says when it refuses. */
export function callConnectSync(
  home: string,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<unknown> {
  return exchange(home, 'POST', '/call', { component: 'connect-sync', method, parameters });
}

/** Asks the Agent Updater. @throws {CommandError} with what it says when it refuses. */
export function callAgentUpdater(
  home: string,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<unknown> {
  return exchange(home, 'POST', '/call', { component: 'agent-updater', method, parameters });
}

async function exchange(home: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const { socket } = agentHome(resolve(home));
  const { status, text } = await send(socket, method, path, body).catch((cause: NodeJS.ErrnoException) => {
    const isAbsent = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED' || cause.code === 'ENOTDIR';
    throw new CommandError(
      isAbsent
        ? `no agent runs in ${home}. Start it: npx springline ${starterOf(home)} --home ${home}`
        : `the agent in ${home} cannot be reached: ${cause.message}`,
      1,
      { cause },
    );
  });
  const answer = JSON.parse(text) as unknown;
  if (status === 200) return answer;
  const { code, message } = answer as { code: string; message: string };
  throw new CommandError(`${message} (${code})`);
}

/** A home that holds an enrolled agent and no control plane was made by `agent install`. */
function starterOf(home: string): 'up' | 'agent run' {
  const isAgentAlone = existsSync(agentHome(home).identity) && !existsSync(join(home, 'control-plane'));
  return isAgentAlone ? 'agent run' : 'up';
}

function send(socket: string, method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
  // Socket paths hold 107 bytes; a relative one fits however deep the home lies.
  const folder = process.cwd();
  return new Promise((resolvePromise, reject) => {
    try {
      process.chdir(dirname(socket));
      const outgoing = request({
        socketPath: basename(socket),
        // A kept connection is found again by this name, which every host's socket has.
        agent: false,
        method,
        path,
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(body === undefined ? statusTimeoutMs : callTimeoutMs),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > answerLimitBytes) outgoing.destroy(new Error('the answer is too large'));
        });
        response.on('end', () => resolvePromise({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    } catch (error) {
      reject(error);
    }
  }).finally(() => process.chdir(folder)) as Promise<{ status: number; text: string }>;
}
