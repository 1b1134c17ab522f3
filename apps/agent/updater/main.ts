/**
 * The Agent Updater: the resident program of an agent host. It holds the host's key, enrols it, runs the components,
 * watches over them and upgrades them, and tells the control plane how they are. It imports nothing from npm.
 *
 *   agent-updater HOME              runs an enrolled agent
 *   agent-updater HOME --enrol      reads an enrolment string from standard input first, if the agent is not enrolled
 *   agent-updater HOME --preflight  says whether this build could run here, and ends
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ComponentName } from '@springline/api/shapes/agent';
import { type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { systemInstant } from '@springline/ports/clock';
import { jsonLog } from '@springline/ports/log';
import { CallError } from '../channel.ts';
import { agentHome, componentHome } from '../home.ts';
import { enrol } from '../identity/enrol.ts';
import { type Identity, keyLost, loadIdentity, loadOrMakeKey } from '../identity/identity.ts';
import type { Sender } from '../identity/signed-request.ts';
import { restartExitCode } from '../launcher/launch.ts';
import { enterHostScenario } from '../scenario.ts';
import { linkedSlot, type Slot, SlotError, verifiedProgram } from '../slot/slot.ts';
import { version } from '../version.ts';
import { takeAsked } from './auto-upgrade/asked.ts';
import { AutoUpgrade } from './auto-upgrade/auto-upgrade.ts';
import { answerAutoUpgrade } from './auto-upgrade/calls.ts';
import { ReportOutbox } from './auto-upgrade/report-outbox.ts';
import { loadSettings } from './auto-upgrade/settings.ts';
import { upgraderProgram } from './auto-upgrade/upgrader-session.ts';
import { ComponentProcess, residentBytes } from './component-process.ts';
import { createControlServer } from './control-socket.ts';
import { Heartbeat, type HeartbeatContent } from './heartbeat.ts';
import { endLeftover } from './leftover.ts';
import { bindAsLock } from './lock.ts';
import { Questions } from './questions.ts';
import { remoteConsent } from './questions-answer.ts';
import { aroundStaging } from './staging-calls.ts';

const log = jsonLog((line) => process.stderr.write(line));
const enrolmentLimitBytes = 4_096;
const aliveEveryMs = 2_000;
const upgradeEndMs = 3_000;
/** Components that this version runs. */
const hosted: readonly ComponentName[] = ['connect-sync'];

/** Tests stop processes after a step is in the journal; nothing else sets this. */
export type Journaled = (
  record: JournalRecord,
  pids: { readonly upgrader?: number; readonly component?: number },
) => void;

export async function runUpdater(argv: readonly string[], journaled?: Journaled): Promise<void> {
  // Everything that this process makes is its owner's alone.
  process.umask(0o077);
  const [homeArgument, flag] = argv;
  // Whoever keeps this running can tell a hung Updater from a busy one.
  const sayAlive = (): void => {
    if (process.connected) process.send?.({ type: 'alive' }, () => undefined); // It may just have been closed.
  };
  if (process.send !== undefined) setInterval(sayAlive, aliveEveryMs).unref();
  if (homeArgument === undefined || ![undefined, '--enrol', '--preflight'].includes(flag)) {
    process.stderr.write('usage: agent-updater HOME [--enrol < ENROLMENT-STRING | --preflight]\n');
    process.exit(2);
  }
  const home = resolve(homeArgument);
  if (flag === '--preflight') return preflight(home);
  const paths = agentHome(home);
  enterHostScenario(home);
  const startedAt = systemInstant();
  let heartbeat: Heartbeat | undefined;
  let questions: Questions | undefined;
  let autoUpgrade: AutoUpgrade | undefined;
  let identity: Identity | undefined;
  const changed = (): void => heartbeat?.changed();
  const components = new Map<string, ComponentProcess>();

  /** All that may still run, also builds that are not the component's process yet, or any more. */
  const made = new Set<ComponentProcess>();
  const make = (component: string, slot?: Slot): ComponentProcess => {
    for (const other of made) if (other.view().state === 'stopped') made.delete(other);
    const process = new ComponentProcess(
      {
        component: component as ComponentName,
        folder: componentHome(home, component).folder,
        home,
        program: () => programOf(home, component, slot ?? linkedSlot(home, component)),
      },
      log,
      changed,
    );
    made.add(process);
    return process;
  };
  for (const component of hosted) components.set(component, make(component));

  const content = (): HeartbeatContent => ({
    components: [
      {
        component: 'agent-updater',
        version,
        state: 'running',
        since: startedAt,
        rssBytes: residentBytes(process.pid),
      },
      ...[...components.values()].map((component) => component.view()),
    ],
    ...syncOf(components.get('connect-sync')),
    ...(autoUpgrade === undefined ? {} : { autoUpgrade: autoUpgrade.view() }),
    remote: remoteConsent(paths.consent),
  });

  const control = createControlServer({
    status: () => ({
      agentId: identity?.agentId,
      tenantId: identity?.tenantId,
      controlPlane: { url: identity?.url, ...heartbeat?.contact },
      ...content(),
    }),
    call: (component, method, parameters) => {
      if (component === 'agent-updater') return answerAutoUpgrade(autoUpgrade, method, parameters);
      return callComponent(home, components, component, method, parameters);
    },
  });
  await bindAsLock(control, paths.socket);

  const stop = async (code: number): Promise<never> => {
    heartbeat?.stop();
    questions?.stop();
    // An upgrade in the middle goes on at the next start; what it waits for must not outlast our own end.
    const isOver = autoUpgrade?.stop();
    await Promise.race([isOver, new Promise((resolve) => setTimeout(resolve, upgradeEndMs))]);
    await Promise.all([...made].map((component) => component.stop()));
    control.close();
    process.exit(code);
  };
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));
  if (process.send !== undefined) process.on('disconnect', () => void stop(0));

  identity = loadIdentity(paths);
  if (identity === undefined && flag === '--enrol') identity = await enrol(home, await readStandardInput(), version);
  if (identity === undefined) {
    throw new CallError(
      'not-enrolled',
      'this agent is not enrolled. Start it once with --enrol and an enrolment string.',
    );
  }
  // A key made now would be a stranger's: what was enrolled is gone.
  if (!existsSync(paths.key)) throw keyLost(paths);
  const sender: Sender = { key: loadOrMakeKey(paths), controlPlane: identity.controlPlane, url: identity.url };
  const reports = new ReportOutbox(home, sender, log);
  // Whatever hangs of an Updater that was killed: it must not hold the state when a build takes it.
  for (const component of hosted) await endLeftover(componentHome(home, component).folder);
  autoUpgrade = openAutoUpgrade({
    home,
    url: identity.url,
    agentId: identity.agentId,
    log,
    upgrader: upgraderProgram(import.meta.dirname),
    reports,
    running: (component) => components.get(component),
    make,
    replace: (component, process) => void components.set(component, process),
    changed,
    allRunning: () => [...components.values()].every((component) => component.view().state === 'running'),
    restart: async () => {
      heartbeat?.stop();
      questions?.stop();
      await Promise.all([...components.values()].map((component) => component.stop()));
      process.exit(restartExitCode);
    },
    ...(journaled === undefined
      ? {}
      : {
          journaled: (record, upgrader) => {
            const component = components.get(record.component)?.pid;
            journaled(record, {
              ...(upgrader === undefined ? {} : { upgrader }),
              ...(component === undefined ? {} : { component }),
            });
          },
        }),
  });
  questions = new Questions({
    ...{ sender, log, consentPath: paths.consent },
    call: async (method, parameters) => callComponent(home, components, 'connect-sync', method, parameters),
  });
  heartbeat = new Heartbeat(home, sender, content, log, (answer) => {
    takeAsked(home, answer, log);
    if (answer?.listen === true) questions?.listen();
    void reports.send(new AbortController().signal);
  });
  const startComponents = (): void => {
    for (const component of components.values()) component.start();
  };
  if (autoUpgrade === undefined) startComponents();
  else autoUpgrade.start(startComponents);
  heartbeat.start();
  process.send?.({ type: 'ready' });
}

/** @throws {CallError} `unknown-call`, and what the component refuses. */
function callComponent(
  home: string,
  components: ReadonlyMap<string, ComponentProcess>,
  component: string,
  method: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const process = components.get(component);
  if (process === undefined) throw new CallError('unknown-call', `no component ${component} runs here`);
  const call = (): Promise<unknown> => process.call(method, parameters);
  return component === 'connect-sync' ? aroundStaging(home, method, call) : call();
}

/** No failure of auto-upgrade stops a component: `undefined` when its files cannot be read. */
function openAutoUpgrade(world: ConstructorParameters<typeof AutoUpgrade>[0]): AutoUpgrade | undefined {
  try {
    return new AutoUpgrade(world);
  } catch (error) {
    const { code = 'internal-error', message } = error as { code?: string; message: string };
    log.error('upgrade.failed', { code, reason: message });
    return undefined;
  }
}

function programOf(home: string, component: string, slot: Slot | undefined): ReturnType<ComponentPrograms> {
  if (slot === undefined) throw new SlotError('slot-missing', `${component} is not installed here`);
  const { runtime, folder, facts } = verifiedProgram(home, component, slot);
  return { runtime, bundle: join(folder, `${component}.mjs`), version: facts.version };
}
type ComponentPrograms = ConstructorParameters<typeof ComponentProcess>[0]['program'];

function syncOf(connectSync: ComponentProcess | undefined): Pick<HeartbeatContent, 'sync'> {
  return connectSync?.sync === undefined ? {} : { sync: connectSync.sync };
}

/** Everything of the host that this build must be able to read, read once. */
function preflight(home: string): void {
  loadIdentity(agentHome(home));
  loadSettings(home);
  // Read and not opened: the journal is that of the Agent Updater that runs.
  const { journal } = agentHome(home);
  if (existsSync(journal)) parseJournal(readFileSync(journal, 'utf8'));
  for (const component of hosted) programOf(home, component, linkedSlot(home, component));
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part;
    if (text.length > enrolmentLimitBytes) break;
  }
  return text;
}

if (import.meta.main) {
  runUpdater(process.argv.slice(2)).catch((error: unknown) => {
    const { code = 'internal-error', message } = error as { code?: string; message: string };
    log.error('updater.stopped', { code, reason: message });
    process.exit(1);
  });
}
