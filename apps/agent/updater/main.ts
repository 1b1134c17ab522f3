/**
 * The Agent Updater: the resident program of an agent host. It holds the host's key, enrols it, runs the components
 * and watches over them, and tells the control plane how they are. It imports nothing from npm.
 *
 *   agent-updater HOME            runs an enrolled agent
 *   agent-updater HOME --enrol    reads an enrolment string from standard input first, if the agent is not enrolled
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { jsonLog } from '@springline/ports/log';
import { CallError } from '../channel.ts';
import { agentHome, componentHome } from '../home.ts';
import { enrol } from '../identity/enrol.ts';
import { type Identity, keyLost, loadIdentity, loadOrMakeKey } from '../identity/identity.ts';
import { version } from '../version.ts';
import { ComponentProcess, residentBytes } from './component-process.ts';
import { createControlServer } from './control-socket.ts';
import { Heartbeat, type HeartbeatContent } from './heartbeat.ts';
import { bindAsLock } from './lock.ts';

const log = jsonLog((line) => process.stderr.write(line));
const enrolmentLimitBytes = 4_096;

async function main(): Promise<void> {
  // Everything that this process makes is its owner's alone.
  process.umask(0o077);
  const [homeArgument, flag] = process.argv.slice(2);
  if (homeArgument === undefined || (flag !== undefined && flag !== '--enrol')) {
    process.stderr.write('usage: agent-updater HOME [--enrol < ENROLMENT-STRING]\n');
    process.exit(2);
  }
  const home = resolve(homeArgument);
  const paths = agentHome(home);
  const startedAt = new Date();
  let heartbeat: Heartbeat | undefined;
  let identity: Identity | undefined;
  const { folder, current } = componentHome(home, 'connect-sync');
  const connectSync = new ComponentProcess(
    { component: 'connect-sync', bundle: `${current}/connect-sync.mjs`, folder, home },
    log,
    () => heartbeat?.changed(),
  );
  const updater = (): ReturnType<ComponentProcess['view']> => ({
    component: 'agent-updater',
    version,
    state: 'running',
    since: startedAt.toISOString(),
    rssBytes: residentBytes(process.pid),
  });
  const content = (): HeartbeatContent => ({
    components: [updater(), connectSync.view()],
    ...(connectSync.sync === undefined ? {} : { sync: connectSync.sync }),
  });

  const control = createControlServer({
    status: () => ({
      agentId: identity?.agentId,
      tenantId: identity?.tenantId,
      controlPlane: { url: identity?.url, ...heartbeat?.contact },
      ...content(),
    }),
    call: (component, method, parameters) => {
      if (component !== 'connect-sync') throw new CallError('unknown-call', `no component ${component} runs here`);
      return connectSync.call(method, parameters);
    },
  });
  await bindAsLock(control, paths.socket);

  const stop = async (code: number): Promise<never> => {
    heartbeat?.stop();
    await connectSync.stop();
    control.close();
    process.exit(code);
  };
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));
  if (process.send !== undefined) process.on('disconnect', () => void stop(0));

  identity = loadIdentity(paths);
  if (identity === undefined && flag === '--enrol') identity = await enrol(paths, await readStandardInput(), version);
  if (identity === undefined) {
    throw new CallError(
      'not-enrolled',
      'this agent is not enrolled. Start it once with --enrol and an enrolment string.',
    );
  }
  // A key made now would be a stranger's: what was enrolled is gone.
  if (!existsSync(paths.key)) throw keyLost(paths);
  const sender = { key: loadOrMakeKey(paths), controlPlane: identity.controlPlane, url: identity.url };
  heartbeat = new Heartbeat(sender, content, log);
  heartbeat.start();
  connectSync.start();
  process.send?.({ type: 'ready' });
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part;
    if (text.length > enrolmentLimitBytes) break;
  }
  return text;
}

main().catch((error: unknown) => {
  const { code = 'internal-error', message } = error as { code?: string; message: string };
  log.error('updater.stopped', { code, reason: message });
  process.exit(1);
});
