/** `docs/reference/errors.md`: every code that a person or a program can meet, where it comes from and what to do. */
import { explain } from '@springline/agent/components/connect-sync/explain';
import { problemCatalogue } from '@springline/api/problem';
import { campaignErrors } from '@springline/auto-upgrade/campaign/error';
import { resultCodes } from '@springline/auto-upgrade/eligibility/result-code';
import { checkReasons } from '@springline/auto-upgrade/history/check-reasons';
import { checkServersErrors } from '@springline/auto-upgrade/history/check-servers-error';
import { signerRefusalCodes } from '@springline/auto-upgrade/hus/signer-message';
import { releaseErrors } from '@springline/auto-upgrade/release/error';
import { policyErrors } from '@springline/auto-upgrade/rollout/error';
import { exportFailureCatalogue } from '@springline/cloud-directory/export-failure';
import { expressionErrors } from '@springline/connect-sync/rules/expression/error';
import { csvErrors } from '@springline/directory/csv/csv-error';
import { directoryErrors } from '@springline/directory/error';
import { LdapError, type LdapErrorCode, ldapErrors } from '@springline/directory/ldap/error';
import { trustErrors } from '@springline/tuf/error';
import {
  actionMeanings,
  agentCodes,
  choiceCodes,
  controlPlaneCodes,
  counterMeanings,
  eventMeanings,
  floorCodes,
  keyCodes,
  noticeCodes,
  objectFaults,
  portalCodes,
  publishCodes,
  ruleCodes,
  scimTypes,
  signerCodes,
  sourceErrors,
  stepResultMeanings,
} from './codes.ts';
import { code, tableOf } from './markdown.ts';

/** Error codes by the section that lists them. Several sections may list one code. */
export const errorSections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  http: problemCatalogue,
  scim: scimTypes,
  exports: exportFailureCatalogue,
  objects: objectFaults,
  ldap: ldapErrors,
  directory: { ...directoryErrors, ...csvErrors, ...sourceErrors },
  rules: ruleCodes,
  expressions: expressionErrors,
  agent: agentCodes,
  controlPlane: controlPlaneCodes,
  notices: noticeCodes,
  portal: portalCodes,
  trust: trustErrors,
  releases: releaseErrors,
  choice: choiceCodes,
  results: resultCodes,
  keys: keyCodes,
  publishing: publishCodes,
  signing: { ...signerCodes, ...signerRefusalCodes },
  rollouts: policyErrors,
  campaigns: { ...campaignErrors, ...floorCodes },
  lists: checkServersErrors,
};

export function errorsPage(): string {
  return `# Codes

Every code that Springline says. Codes are stable: programs may switch on them. Messages are for people and may change.

| where it is said | section |
| --- | --- |
| answer of the HTTP API | [HTTP API](#http-api), [SCIM](#scim) |
| \`npx springline sync status\`, portal | [Step results](#step-results), [Objects](#objects), [Exports](#exports) |
| \`npx springline sync run\` | [Counters](#counters) |
| reading a directory | [LDAP](#ldap), [Names, entries, LDIF](#names-entries-ldif) |
| rule files | [Rules](#rules), [Expressions](#expressions) |
| a program that does not start or stops | [Agent host](#agent-host), [Control plane](#control-plane) |
| \`npx springline notices …\` | [Notices](#notices) |
| \`npx springline keys …\`, \`npx springline release …\` | [Keys](#keys), [Publishing](#publishing) |
| \`npx springline rollout …\`, \`npx springline campaign …\`, \`npx springline upgrade check servers.csv\` | [Signer](#signer), [Rollouts](#rollouts), [Campaigns](#campaigns), [Lists of servers](#lists-of-servers) |
| auto-upgrade | [Auto-upgrade](auto-upgrade.md): results, steps, refusals |
| the web page | [Portal](#portal) |
| logs and audit trail | [Log events](#log-events), [Audit actions](#audit-actions) |

Exit codes of \`npx springline …\`: 0 done, 1 refused or failed, 2 misused.

## HTTP API

Refusals are \`application/problem+json\` (RFC 9457) with \`code\`, \`status\`, \`title\`, mostly a \`detail\`, and the
\`requestId\` that the log of the control plane has.

${tableOf(
  ['code', 'status', 'meaning'],
  Object.entries(problemCatalogue).map(([name, [status, meaning]]) => [code(name), String(status), meaning]),
)}

## SCIM

Refusals under \`/scim/v2\` have the body of RFC 7644 3.12: \`status\`, \`detail\`, and where one applies a \`scimType\`.

${meanings('scimType', scimTypes)}

## Step results

A cycle has the result of the first step that stopped something, otherwise of the first that was no success.

${meanings('result', stepResultMeanings)}

## Counters

${meanings('counter', counterMeanings)}

## Objects

Faults of single objects. They never stop other objects. To these come the codes of [Exports](#exports), and those of
[Expressions](#expressions) that happen while an object is evaluated.

What the cloud directory refused is sent again in each cycle. What failed in synchronisation is evaluated again when the
object or the rules change, and by \`npx springline sync run --full\`.

${meanings('code', objectFaults)}

## Exports

Why the cloud directory refused an object.

${meanings('code', exportFailureCatalogue)}

## LDAP

${tableOf(
  ['code', 'meaning', 'step result'],
  Object.entries(ldapErrors).map(([name, meaning]) => [code(name), meaning, code(resultOf(name as LdapErrorCode))]),
)}

## Names, entries, LDIF

${meanings('code', { ...directoryErrors, ...csvErrors, ...sourceErrors })}

## Rules

${meanings('code', ruleCodes)}

## Expressions

A rule file with an expression that cannot be read is refused as \`rule-malformed\`. The others happen while an object
is evaluated and are a fault of that object.

${meanings('code', expressionErrors)}

## Agent host

${meanings('code', agentCodes)}

## Control plane

${meanings('code', controlPlaneCodes)}

## Notices

Why a notice did not arrive. [Guide](../guides/notices.md).

${meanings('code', noticeCodes)}

## Keys

${meanings('code', keyCodes)}

## Publishing

Nothing was published. To these come codes of [Auto-upgrade](auto-upgrade.md#refusals).

${meanings('code', publishCodes)}

## Signer

The signer has keys and a record of its own; what widens a rollout it signs when the rule allows it.

${meanings('code', { ...signerCodes, ...signerRefusalCodes })}

## Rollouts

Of policies, plans and wishes.

${meanings('code', policyErrors)}

## Campaigns

${meanings('code', { ...campaignErrors, ...floorCodes })}

## Lists of servers

${meanings('code', checkServersErrors)}

Reasons (\`WHY\`) of \`npx springline upgrade check servers.csv\`, and of servers of a list in \`npx springline upgrade advice --json\`:

${meanings('reason', checkReasons)}

## Portal

Beside the codes of the [HTTP API](#http-api).

${meanings('code', portalCodes)}

## Log events

Lines in \`<home>/logs\`, JSON, one event each. The control plane writes warnings and errors only. No log holds a
password, a cookie or a token; details of the agent's events may name entries and groups. The numbers of upgrade events:
[Auto-upgrade](auto-upgrade.md#events).

${meanings('event', eventMeanings)}

## Audit actions

Entries of \`GET /platform/v1/audit\`. Each carries the SHA-256 hash over the entry before it and itself.

${meanings('action', actionMeanings)}
`;
}

function meanings(heading: string, catalogue: Readonly<Record<string, string>>): string {
  return tableOf(
    [heading, 'meaning'],
    Object.entries(catalogue).map(([name, meaning]) => [code(name), meaning]),
  );
}

function resultOf(name: LdapErrorCode): string {
  return explain(new LdapError(name, ''))?.result ?? '';
}
