/** Steps of each way up, with the commands that carry them out. Nothing is run here. */
import type { Group } from '../campaign/judge.ts';
import { inPlace, type Step, wayOut } from '../campaign/way-out.ts';
import { type StepId, stepsOf, type UpgradePath } from '../history/upgrade-path.ts';
import type { Component } from '../release/target-path.ts';

export interface AdviceStep {
  readonly what: string;
  /** `operator`: where the control plane and its keys are. */
  readonly at: 'this-server' | 'new-server' | 'operator';
  readonly command?: string;
}

/** Of Connect Sync as Microsoft ships it; its other agents have no such commands. */
const entraCommands: Readonly<Partial<Record<StepId, string>>> = {
  'check-readiness': 'Get-ADSyncAutoUpgrade -Detail',
  'opt-in': 'Set-ADSyncAutoUpgrade -AutoUpgradeState Enabled',
  'pause-scheduler': 'Set-ADSyncScheduler -SyncCycleEnabled $false',
  'resume-scheduler': 'Set-ADSyncScheduler -SyncCycleEnabled $true',
};

/** Only where Connect Sync is; what is left is right for any agent. */
const connectSyncOnly: ReadonlySet<StepId> = new Set<StepId>([
  ...(['opt-in', 'back-up-configuration', 'close-wizard', 'pause-scheduler', 'enable-features'] as const),
  ...(['resume-scheduler', 'refresh-other-connectors', 'copy-configuration'] as const),
]);

/** Where there is no Connect Sync, in other words. */
const elsewhere: Readonly<Partial<Record<StepId, string>>> = {
  'run-installer': 'Run the installer as an administrator of the server.',
  verify: 'See the agent run with the new version.',
};

/** For a build of the public histories, of which `newest` is the one to go to. */
export function entraSteps(
  path: UpgradePath,
  reasons: readonly string[],
  group: Group,
  component: Component,
  newest?: string,
): readonly AdviceStep[] {
  const steps = installerSteps(path, reasons, component).map(({ id, ...step }): AdviceStep => {
    const isFetch = id === 'download' && newest !== undefined;
    return isFetch ? { ...step, what: `Fetch ${newest}, the newest build that is not recalled, and verify it.` } : step;
  });
  return [...(group === 'not-seen' ? [find] : []), ...steps];
}

const find: AdviceStep = {
  what: 'Find the server, or who owned it: it may be gone, or switched off.',
  at: 'this-server',
};

function installerSteps(
  path: UpgradePath,
  reasons: readonly string[],
  component: Component,
): readonly (AdviceStep & { readonly id: StepId })[] {
  const steps = stepsOf(path, reasons);
  if (component !== 'connect-sync') {
    return steps
      .filter(({ id }) => !connectSyncOnly.has(id))
      .map(({ id, what, at }) => {
        return { id, what: elsewhere[id] ?? what, at };
      });
  }
  return steps.map(({ id, what, at }) => {
    const command = entraCommands[id];
    return { id, what, at, ...(command === undefined ? {} : { command }) };
  });
}

/** For an agent of this installation. */
export function ownSteps(path: UpgradePath, group: Group, component: Component): readonly AdviceStep[] {
  if (path === 'swing') return swing;
  if (group === 'on-pks') return bridge;
  const steps = waysOf(path, group, component).flatMap((step): AdviceStep[] => {
    // The advice itself is what is being read.
    if (step.kind !== 'command' || step.command.startsWith('springline upgrade advice')) return [];
    return [{ what: `${step.text}.`, at: 'this-server', command: step.command }];
  });
  return [...steps, verify];
}

function waysOf(path: UpgradePath, group: Group, component: Component): readonly Step[] {
  // Nothing stands in the way, and waiting helps nobody: what satisfies the minimum is for download only.
  const isWaitingInVain = path === 'in-place' && group === 'upgrading';
  return isWaitingInVain ? [inPlace(component)] : wayOut(group, component, 'NAME');
}

const verify: AdviceStep = {
  what: 'See how it ended.',
  at: 'this-server',
  command: 'springline agent auto-upgrade history',
};

const bridge: readonly AdviceStep[] = [
  {
    what: 'See whether a bridge is signed, and until when PKS answers.',
    at: 'operator',
    command: 'springline pks status',
  },
  { what: 'Sign the bridge if there is none.', at: 'operator', command: 'springline pks sign' },
  { what: 'The host asks PKS by itself and fetches the bridge build.', at: 'this-server' },
  { what: 'Make an enrolment string for the host and enrol it: from then on it upgrades itself.', at: 'operator' },
  {
    what: 'Find what PKS left there; it is safe to delete.',
    at: 'this-server',
    command: 'springline pks certificates FOLDER',
  },
];

const swing: readonly AdviceStep[] = [
  { what: 'Set up a second host with the newest build beside the old one, and enrol it.', at: 'new-server' },
  {
    what: 'Let it read everything, and look at what it would export.',
    at: 'new-server',
    command: 'springline sync status',
  },
  { what: 'Switch the old host off, then let the new one export.', at: 'this-server' },
  { what: 'Remove the old host: one that still exports writes stale values over new ones.', at: 'this-server' },
];
