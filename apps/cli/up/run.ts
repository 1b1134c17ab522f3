/**
 * The main job on one machine: a control plane and an enrolled agent that keeps a directory and the cloud directory in
 * step. Starts what is needed, watches over it, and stops it in order.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryKind } from '@springline/agent/components/connect-sync/directory-source';
import { defaultConsentText } from '@springline/agent/consent';
import { agentHome } from '@springline/agent/home';
import { moveControlPlane } from '@springline/agent/identity/identity';
import { saveSettings } from '@springline/agent/updater/auto-upgrade/settings';
import { installFirst } from '@springline/agent/upgrader/first-install';
import type { SyncStatus } from '@springline/api/shapes/agent';
import { writeFileAtomic } from '@springline/ports/files';
import { agentChild, startAgent } from '../agent/run.ts';
import { agentStatus } from '../agent-client.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { bold, CommandError, dim } from '../output.ts';
import { rootPins } from '../release/root-pins.ts';
import { agentBundles, portalFolder } from './build.ts';
import { type Child, ChildError } from './child.ts';
import { lockHome } from './lock.ts';
import { configurationText, type UpPlan } from './options.ts';
import { checkHome, checkPort, checkSource, makeHome } from './preflight.ts';
import type { Progress } from './progress.ts';
import { controlPlaneChild, keeperChild } from './services.ts';
import { Watch } from './watch.ts';

/** What runs on this host. */
const components = ['agent-updater', 'connect-sync'];
/** On one machine a look costs a local request: a release that was just published is found at once. */
const checkEverySeconds = 10;
const firstSyncPollMs = 100;

export interface Running {
  readonly url: string;
  /** Resolves after everything has stopped. */
  stop(): Promise<void>;
}

/** Starts everything and resolves when the first synchronisation has reached the cloud directory. */
export async function runUp(plan: UpPlan, progress: Progress, asked: AbortSignal): Promise<Running> {
  const url = `http://localhost:${plan.port}`;
  checkHome(plan.home);
  // A second start would find the port taken by the first: say that, and not that a stranger has it.
  const held = existsSync(join(plan.home, 'up.sock')) ? await lockHome(plan.home) : undefined;
  await checkPort(plan.port);
  const facts = plan.isNew
    ? await progress.step(
        'source',
        () => checkSource(plan.configuration.connectors[0]!.source),
        ({ entries, kind }) => `${entries} entries, ${kindName(kind)}`,
      )
    : undefined;
  makeHome(plan.home);
  const lock = held ?? (await lockHome(plan.home));
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    asked.removeEventListener('abort', stopStarting);
    // The agent first: its last batch finds a control plane that still answers.
    for (const child of [...children].reverse()) await child.stop();
    lock.close();
  };
  // Asked to stop while starting: what waits for a program fails when the program ends.
  const stopStarting = (): void => void stop();
  asked.addEventListener('abort', stopStarting);
  try {
    asked.throwIfAborted();
    const [bundles, portal] = await progress.step('programs', () => Promise.all([agentBundles(), portalFolder()]));
    asked.throwIfAborted();
    writeHome(plan, facts?.baseDn);
    // The release side first: nothing may run that is not signed, and what is signed must not have expired.
    const tell = (line: string): void => progress.line(line);
    const keeper = keeperChild({ home: plan.home, bundles }, tell);
    children.push(keeper);
    await progress.step('releases', () => keeper.start());
    const controlPlane = controlPlaneChild({ home: plan.home, port: plan.port, url, portal }, tell);
    children.push(controlPlane);
    await progress.step(
      'control plane',
      () => controlPlane.start(),
      () => url,
    );
    moveControlPlane(agentHome(plan.home), url);
    await progress.step(
      'installation',
      (say) => installFirst({ home: plan.home, url, pins: rootPins(plan.home), components }, say, asked),
      (installed) => (installed.length === 0 ? 'there already' : `${installed.join(', ')}, verified`),
    );
    const agent = upAgent(plan, url, facts?.kind, progress);
    children.push(agent);
    const isEnrolled = existsSync(agentHome(plan.home).identity);
    await progress.step(isEnrolled ? 'agent' : 'agent enrolled', () => startAgent(plan.home, agent));
    const status = await progress.step('first synchronisation', (say) => firstSync(plan.home, say, asked), countsOf);
    await announce(plan, url, status, progress);
    asked.removeEventListener('abort', stopStarting);
    const watch = new Watch(plan.home, progress);
    watch.start(status);
    return { url, stop: () => watch.stop().then(stop) };
  } catch (error) {
    await stop();
    throw asCommandError(error, plan.home);
  }
}

function writeHome(plan: UpPlan, baseDn: string | undefined): void {
  const { consent, autoUpgrade } = agentHome(plan.home);
  // The control plane is on this machine, and answers this machine alone.
  const remoteRead = true;
  if (!existsSync(consent) && baseDn !== undefined) {
    writeFileAtomic(consent, defaultConsentText(baseDn, { remoteRead }), 0o600);
  }
  if (!existsSync(autoUpgrade)) saveSettings(plan.home, { state: 'Enabled', checkEverySeconds });
  // Last: a home with a configuration is one that was made whole.
  writeFileAtomic(plan.configurationFile, configurationText(plan), 0o600);
}

function upAgent(plan: UpPlan, url: string, kind: DirectoryKind | undefined, progress: Progress): Child {
  return agentChild(plan.home, {
    enrolmentString: async () => {
      const body = {
        connector: {
          name: plan.configuration.connectors[0]!.name,
          kind: plan.configuration.connectors[0]!.source.kind === 'ldif' ? 'ldif' : (kind ?? 'openldap'),
        },
      };
      return (await callControlPlane({ home: plan.home, url }, 'createEnrolment', body)).enrolmentString;
    },
    ended: (reason) => progress.line(`agent ${reason}; it is started again`),
  });
}

/** Waits for the first cycle that ended; one that was stopped is told with its reason. */
async function firstSync(home: string, say: (where: string) => void, asked: AbortSignal): Promise<SyncStatus> {
  for (;;) {
    asked.throwIfAborted();
    const { sync, components } = await agentStatus(home);
    const stuck = components.find(({ state, detail }) => state === 'failing' && detail !== undefined);
    if (stuck !== undefined) throw new CommandError(`${stuck.component} cannot run: ${stuck.detail}`);
    const cycle = sync?.lastCycle;
    const step = cycle?.steps.at(-1);
    if (step !== undefined) say(`${step.profile}, ${step.connector}`);
    if (sync !== undefined && !sync.cycleInProgress && cycle?.endedAt !== undefined) return sync;
    await new Promise((resolve) => setTimeout(resolve, firstSyncPollMs));
  }
}

function countsOf({ objects, lastCycle }: SyncStatus): string {
  const { users, groups, contacts } = objects;
  const counts = `${users} users, ${groups} groups, ${contacts} contacts`;
  const step = lastCycle?.steps.find(({ detail }) => detail !== undefined);
  return step === undefined ? counts : `${counts}; ${step.result}: ${step.detail}`;
}

async function announce(plan: UpPlan, url: string, { objects }: SyncStatus, progress: Progress): Promise<void> {
  const link = await callControlPlane({ home: plan.home, url }, 'createSignInLink');
  progress.line('');
  progress.line(`  Portal    ${bold(link.url)}  ${dim('signs you in once, within 15 minutes')}`);
  progress.line(`  Look      npx springline agent status --home ${plan.home}`);
  progress.line(`  Logs      ${join(plan.home, 'logs')}`);
  progress.line('  Stop      Ctrl-C');
  progress.line('');
  progress.line(`ready ${url} users=${objects.users} groups=${objects.groups}`);
}

function kindName(kind: DirectoryKind): string {
  return kind === 'active-directory' ? 'Active Directory' : 'OpenLDAP';
}

function asCommandError(error: unknown, home: string): unknown {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new CommandError(`the disk of ${home} is full. Free space there and start again; nothing is lost.`, 1, {
      cause: error,
    });
  }
  if (!(error instanceof ChildError)) return error;
  return new CommandError(error.message, error.exitCode === 2 ? 2 : 1, { cause: error });
}
