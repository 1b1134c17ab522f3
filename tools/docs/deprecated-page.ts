/** `docs/deprecated-versions.md`: what an old build may still do, from the tables that the product judges by. */
import { effects } from '@springline/auto-upgrade/campaign/campaign';
import { type Action, isRefused } from '@springline/auto-upgrade/campaign/refusal';
import { type BuildFunction, deprecatedMatrix, functions } from '@springline/auto-upgrade/history/deprecated';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { code, tableOf } from './markdown.ts';

const functionWords: Readonly<Record<BuildFunction, string>> = {
  'auto-upgrade': 'upgrades by itself',
  alerts: 'alerts of Connect Health',
  'wizard-sign-in': 'sign-in in the configuration wizard',
  'federation-tasks': 'tasks of the wizard for AD FS and PingFederate',
  sync: 'synchronisation',
};

const actionWords: Readonly<Record<Action, string>> = {
  enrol: 'Enrolling a new agent',
  'adopt-connector': 'Taking over a connector of another agent',
  'read-connector-again': 'Reading a connector again from its start',
  export: 'Exports to the cloud directory',
  import: 'Reading changes of the cloud directory',
  heartbeat: 'Heartbeats',
  'upgrade-report': 'Reports of upgrades',
  repository: 'Checking for builds, fetching them',
  alert: 'Alerts',
};

export function deprecatedPage(): string {
  const rows = deprecatedMatrix(publicHistory).map(
    ({ product, from, below, function: name, status, since, because }) => [
      ...[
        `${product} ${from === undefined ? '' : `from ${from} on, `}below ${below}`,
        code(name),
        status,
        since,
        because,
      ],
    ],
  );
  const actions = Object.keys(actionWords) as Action[];
  return `# Deprecated versions

A build that is too old loses functions on known days. This page says which, for Microsoft's public builds and for agents
of Springline. Back to [the hardening of auto-upgrade](security-hardening.md).

## Public builds

${tableOf(
  ['function', 'what it is'],
  functions.map((name) => [code(name), functionWords[name]]),
)}

Whatever no row speaks of works. ${code('unreliable')}: for some it works. ${code('partly')}: some of it is gone for all.
${code('said-to-stop')}: told by third parties only.

${tableOf(['builds', 'function', 'status', 'from', 'because'], rows)}

One build, on one day:

\`\`\`sh
npx springline upgrade versions connect-sync --of 2.2.8.0 --at 2024-10-01
npx springline upgrade check servers.csv
\`\`\`

An upgrade brings a lost function back. Alerts that would have come in between are lost.

## Agents of Springline

A campaign says what being below its minimum costs after its last day. It costs nothing that a person did not choose, and
nothing before a release that cures it could be had for 14 days. ${code('stop-sync')} needs a signed floor in the Image
repository as well; otherwise the minimum only notifies.

${tableOf(
  ['what', ...effects.map(code)],
  actions.map((action) => [
    actionWords[action],
    ...effects.map((effect) => (isRefused(effect, action) ? 'refused' : 'works')),
  ]),
)}

A refusal is HTTP 403, ${code('below-minimum-version')}, with the installed version, the minimum, the date and the way out. The
way up and what tells of it are refused to nobody.

Versions of builds are in [the version history](version-history.md), ways up in
[Upgrading from a previous version](upgrading-from-a-previous-version.md).
`;
}
