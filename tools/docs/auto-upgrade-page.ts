/** `docs/reference/auto-upgrade.md`: states, results, steps, events and refusals, from the tables that the agent runs by. */
import type { AutoUpgradeState } from '@springline/api/shapes/auto-upgrade';
import { type GateId, gates } from '@springline/auto-upgrade/eligibility/gate';
import { type CatalogueEntry, resultCatalogue } from '@springline/auto-upgrade/eligibility/result-code';
import type { Retry } from '@springline/auto-upgrade/eligibility/result-entry';
import { releaseErrors } from '@springline/auto-upgrade/release/error';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import { nextStep, type Recovery, recoveryOf, type UpgradeStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { trustErrors } from '@springline/tuf/error';
import { choiceCodes } from './codes.ts';
import { code, tableOf } from './markdown.ts';

const states: Readonly<Record<AutoUpgradeState, string>> = {
  Enabled: 'Newer builds are looked for and installed.',
  Disabled:
    'A person opted this host out. It looks for nothing by itself. Only `npx springline agent auto-upgrade set Enabled` ends it.',
  Suspended:
    'The system holds upgrades back and says why. It goes on looking, and becomes Enabled by itself when the reason is gone.',
};

const retries: Readonly<Record<Retry, string>> = {
  never: 'no need',
  'next-look': 'by itself, at a next look',
  'back-off': 'by itself, after 1 h, then 6 h, then once a day',
  unpublished: 'not published',
};

const done: Readonly<Record<UpgradeStep, string>> = {
  idle: 'Nothing is under way.',
  checking: 'Both repositories are read and verified. Not journaled: nothing has changed yet.',
  ineligible: 'A gate says no. Shown by readiness, not journaled.',
  waiting: 'A newer build is offered and has not begun. Shown, not journaled.',
  downloading: 'The smallest file that leads to the new build is fetched.',
  verified: 'Every byte fetched has its signed length and hash; it is unpacked.',
  staged: 'The new build lies in the slot that does not run, with its signed hashes.',
  preflight: 'Old and new build each plan one cycle on a copy of the state; the plans are compared.',
  'last-look': 'Both repositories are read and verified once more.',
  warming: 'The new build starts beside the old one and does not touch the state.',
  draining: 'The old build ends its batch and lets go of the state.',
  activating: 'The link is switched, and the new build takes the state.',
  probation: 'The new build must do a whole cycle of its work.',
  committed: 'The new build is kept.',
  'rolling-back': 'The old build, and where needed its state, is brought back.',
  'rolled-back': 'The old build serves again.',
  aborted: 'It ended before anything was switched.',
};

const recoveries: Readonly<Record<Recovery, string>> = {
  rest: 'nothing',
  forget: 'the old build runs; the next look begins again',
  'follow-link': 'link on the old build: it runs; on the new one: probation',
  prove: 'probation begins again, three times at most',
  'go-back': 'goes on bringing the old build back',
  settle: 'tells and cleans up',
};

export function autoUpgradePage(): string {
  return `# Auto-upgrade

What the agent says about its upgrades. How it works: [Auto-upgrade](../concepts/auto-upgrade.md). What to do:
[the guide](../guides/auto-upgrade.md).

## States

Of an agent host. \`npx springline agent auto-upgrade get --detail\`, the portal and \`npx springline upgrade status\`
show the state with its reason.

${meanings('state', states)}

## Results

How an upgrade ended: in \`npx springline agent auto-upgrade history\`, in reports, in the log; or which gate is shut:
in \`npx springline agent auto-upgrade readiness\`. The beginning says who acts. \`UpgradeAborted…\` is tried again by
itself and nothing was switched. \`UpgradeNotSupported…\` waits for a person. \`UpgradeFailedRollbackSuccess-…\` was
switched and taken back; its end names the step that failed.

${tableOf(
  ['result', 'meaning here', 'in Entra Connect', 'do', 'tried again', 'gates'],
  entries('here').map(([name, { here, inEntra, remedy, retry, gates: ids }]) => [
    code(name),
    here,
    inEntra ?? 'not there',
    remedy,
    retries[retry],
    ids.map(code).join(', '),
  ]),
)}

What is blamed on the build blocks it: that build alone, by its hash, is not tried before its pause is over. A newer
build is never held by it.

### Codes of Entra Connect that are not given here

For reading its logs and reports. The spellings are those of the original.

${tableOf(
  ['code', 'in Entra Connect', 'why not here', 'do there'],
  entries('recognised').map(([name, { inEntra = '', here, remedy, retiredIn }]) => [
    code(name),
    retiredIn === undefined ? inEntra : `${inEntra} Not given any more from ${retiredIn} on.`,
    here,
    remedy,
  ]),
)}

Other codes of the form \`UpgradeFailedRollbackSuccess-<step>\` name the step after which the upgrade was taken back.

## Gates

What \`npx springline agent auto-upgrade readiness\` looks at, all of it each time. It only looks: a shut gate says what
would be in the way.

${tableOf(
  ['gate', 'is open when', 'code', 'do'],
  (Object.keys(gates) as GateId[]).map((id) => [
    code(id),
    gates[id].checks,
    code(gates[id].code),
    gates[id].remedy.replaceAll('{home}', '&lt;home&gt;'),
  ]),
)}

## Steps

Each step is in the journal, durable, before it is begun. So the agent may be killed anywhere; the last column says what
its next start does. Up to \`warming\` nothing that runs is touched.

${tableOf(
  ['step', 'what is done', 'leads to', 'after a restart'],
  (Object.keys(nextStep) as UpgradeStep[]).map((step) => [
    code(step),
    done[step],
    stepsAfter(step).map(code).join(', '),
    recoveries[recoveryOf[step]],
  ]),
)}

The Agent Updater upgrades itself by the same steps. Between \`last-look\` and \`probation\` it ends and is started as the
new build; if that does not become ready in three starts, the launcher goes back.

## Events

Lines in \`<home>/logs/agent.log\` with the number as \`eventId\`, 300 to 399. Filter by the number.

${tableOf(
  ['number', 'event', 'meaning'],
  Object.entries(eventIds).map(([event, { id, meaning }]) => [String(id), code(event), meaning]),
)}

## Refusals

Why something from a repository was not installed. The result is then \`UpgradeAbortedVerificationFailed\`, and its reason
begins with one of these codes.

### What the Director named

${meanings('code', choiceCodes)}

### Trust

Of metadata and targets (TUF 1.0.34).

${meanings('code', trustErrors)}

### Releases

Of the facts, archives and files of a release. A file that is refused costs itself only: the next one that leads to the
same build is tried.

${meanings('code', releaseErrors)}
`;
}

function entries(applies: CatalogueEntry['applies']): readonly (readonly [string, CatalogueEntry])[] {
  return [...resultCatalogue].filter(([, entry]) => entry.applies === applies);
}

function stepsAfter(step: UpgradeStep): readonly UpgradeStep[] {
  return [...new Set(Object.values(nextStep[step]).filter((next) => next !== undefined))];
}

function meanings(heading: string, catalogue: Readonly<Record<string, string>>): string {
  return tableOf(
    [heading, 'meaning'],
    Object.entries(catalogue).map(([name, meaning]) => [code(name), meaning]),
  );
}
