/**
 * Microsoft Entra Connect Sync (Azure AD Connect, Azure AD Sync): releases, newest first. Facts of the public version
 * history as of October 2026; notes are ours. `DA` is download and auto-upgrade.
 */
import type { Channel, ForcedMinimum, Milestone, ReleaseRecord } from './history.ts';

const D: readonly Channel[] = ['download'];
const DA: readonly Channel[] = ['download', 'auto-upgrade'];
const unstated: readonly Channel[] = ['not-stated'];
const notAuto: readonly Channel[] = ['not-auto-upgrade'];

type More = Partial<Omit<ReleaseRecord, 'product' | 'version' | 'releasedOn' | 'channels' | 'notes'>>;

function release(
  version: string,
  releasedOn: string | undefined,
  channels: readonly Channel[],
  note = '',
  more: More = {},
): ReleaseRecord {
  const on = releasedOn === undefined ? {} : { releasedOn };
  const notes = note === '' ? [] : note.split('; ');
  return { product: 'connect-sync', version, ...on, channels, status: 'released', notes, ...more };
}

const until = (publishedSupportEnd: string): More => ({ publishedSupportEnd });

/** Newest first. */
export const entraConnectReleases: readonly ReleaseRecord[] = [
  release('2.6.92.0', '2026-09-23', D, 'hotfix with security fixes; PTA agents register again'),
  release(
    '2.6.91.0',
    '2026-09-16',
    D,
    'guides the move to Cloud Sync; passkey sign-in; installs on an existing database again; rotation could remove the last usable key; PTA cannot be enabled',
    until('2027-09-23'),
  ),
  release(
    '2.6.84.0',
    '2026-07-07',
    D,
    'merges edited configuration files and checks the result; the wizard stops instead of going back to the old account; application sign-in is not switched on silently; password hash self-repair removed; LocalDB 2022',
    until('2027-09-16'),
  ),
  release('2.6.79.0', '2026-06', ['recalled'], 'withdrawn: uninstall, then install the newest', { status: 'recalled' }),
  release(
    '2.6.3.0',
    '2026-03-10',
    DA,
    'hotfix: auto-upgrade could stop the server; skips servers with edited configuration; phased',
    {
      ...until('2027-07-07'),
      autoUpgradeFrom: '2026-03-11',
    },
  ),
  release(
    '2.6.1.0',
    '2026-02-02',
    DA,
    'certificates of 90 days, renewed at 70 % of their life; Sync Manager keeps the settings of application sign-in; phased',
    { ...until('2027-03-10'), autoUpgradeFrom: '2026-02-09' },
  ),
  release(
    '2.5.190.0',
    '2025-11-19',
    D,
    'second connector interface only; TPM fix; renews 30 days ahead',
    until('2027-02-02'),
  ),
  release(
    '2.5.79.0',
    '2025-09-01',
    DA,
    'tests the TPM and falls back to software keys; FIPS fix; forced minimum of September 2026; phased',
    {
      ...until('2026-10-23'),
      autoUpgradeFrom: '2025-09-04',
    },
  ),
  release(
    '2.5.76.0',
    '2025-07-31',
    DA,
    'application sign-in is the default; audit of administrators; finds a lost agent id; phased',
    {
      ...until('2026-09-01'),
      autoUpgradeFrom: '2025-08-14',
    },
  ),
  release('2.5.3.0', '2025-05-27', D, 'application sign-in in preview; installer from the admin center only', {
    ...until('2026-07-31'),
    bundledHealth: '4.5.2520.0',
  }),
  release('2.4.131.0', '2025-03-27', DA, 'one check of strong cryptography less before installing', {
    ...until('2026-05-26'),
    autoUpgradeUntil: '2025-04-15',
  }),
  release('2.4.129.0', '2025-01-15', DA, 'audit of administrators in preview', until('2026-03-27')),
  release('2.4.27.0', '2024-11-14', D, 'OLE DB 18.7.4; fixes for privileged roles', until('2026-01-15')),
  release('2.4.21.0', '2024-10-09', D, 'signs in again in clouds other than the commercial one', until('2025-11-15')),
  release(
    '2.4.18.0',
    '2024-10-07',
    D,
    'MSOnline removed; needs .NET 4.7.2; upgrade endpoints of some clouds corrected',
    until('2025-10-09'),
  ),
  release('2.3.20.0', '2024-07-15', D, 'needs TLS 1.2', until('2025-04-30')),
  release('2.3.8.0', '2024-04-01', D, 'Health finds its endpoints', {
    ...until('2025-04-30'),
    bundledHealth: '4.5.2466.0',
  }),
  release('2.3.6.0', '2024-02-21', DA, 'does not try to upgrade where system or .NET are too old', until('2025-04-30')),
  release('2.3.2.0', '2023-12-12', D, 'group writeback v2 frozen; forced minimum of September 2024', {
    ...until('2025-04-30'),
    bundledHealth: '4.5.2428.0',
  }),
  release('2.2.8.0', '2023-10-11', D, 'needs .NET 4.7.1; writes onPremisesObjectIdentifier', until('2024-12-12')),
  release(
    '2.2.1.0',
    '2023-06-19',
    D,
    'custom rules no longer keep it from upgrading itself; installs the Agent Updater',
    until('2024-10-11'),
  ),
  release('2.1.20.0', '2022-11-09', D, '', until('2024-06-19')),
  release('2.1.19.0', '2022-11-02', D, '', until('2023-11-09')),
  release('2.1.18.0', '2022-10-05', D, 'upgrading from 1.6 no longer loops'),
  release(
    '2.1.16.0',
    '2022-08-02',
    DA,
    'upgraded itself wrongly where the service account is written as a UPN: corrected',
  ),
  release('2.1.15.0', '2022-07-06', D, 'Admin Agent removed for a vulnerability'),
  release('2.1.1.0', '2022-03-24', D, 'damage of the model database'),
  release('2.0.91.0', '2022-01-19', D, 'Health under FIPS', { bundledHealth: '3.2.1823.12' }),
  release(
    '2.0.89.0',
    '2021-12-22',
    D,
    'mailboxes were deleted: corrected; upgrades LocalDB with a virtual service account',
  ),
  release('2.0.88.0', '2021-12-15', D),
  release('2.0.28.0', '2021-09-30', D),
  release('2.0.25.1', '2021-09-14', D, 'service path quoted; checks the system before upgrading itself'),
  release('2.0.10.0', '2021-08-19', D, 'TLS check no longer fails without cause'),
  release('2.0.9.0', '2021-08-17', D),
  release('2.0.8.0', '2021-08-10', D, 'CVE-2021-36949'),
  release('2.0.3.0', '2021-07-20', D, 'second generation: LocalDB 2019, Windows Server 2016, TLS 1.2'),
  release('1.6.16.0', '2021-10-13', DA, 'sets the limit of group members back to 50,000', until('2022-08-31')),
  release('1.6.14.2', '2021-09-21', DA, '', until('2022-08-31')),
  release('1.6.13.0', '2021-08-19', D, 'TLS check no longer fails without cause'),
  release('1.6.11.3', '2021-08-10', D, 'CVE-2021-36949'),
  release('1.6.4.0', '2021-03-31', D, 'Health registers again'),
  release('1.6.2.4', '2021-03-19', D, 'Health was not registered; withdrawn in practice'),
  release('1.5.42.0', '2020-07-10', D),
  release('1.5.30.0', '2020-05-07', D),
  release('1.5.29.0', '2020-04-23', D),
  release('1.5.22.0', '2020-04-20', D),
  release('1.5.20.0', '2020-04-09', D),
  release('1.5.18.0', '2020-04-02', D, 'an upgrade by itself had left the scheduler suspended: corrected'),
  release('1.4.38.0', '2019-12-09', D, 'rules for devices repaired'),
  release('1.4.32.0', '2019-11-08', D, 'rules for devices repaired'),
  release(
    '1.4.25.0',
    '2019-09-28',
    ['auto-upgrade-only', 'selected-tenants'],
    'switches writeback of passwords on again after 1.4.18.0',
  ),
  release('1.4.18.0', '2019-09-25', ['auto-upgrade-only'], 'hybrid-joined devices vanished'),
  release('1.3.21.0', '2019-05-14', D),
  release('1.3.20.0', '2019-04-24', D, 'upgrades itself with AD FS sign-in too'),
  release('1.2.70.0', '2018-12-18', D),
  release('1.2.69.0', '2018-12-11', D),
  release('1.2.68.0', '2018-11-30', D),
  release('1.2.67.0', '2018-11-19', D),
  release('1.2.65.0', '2018-10-25', D),
  release('1.1.882.0', '2018-09-07', D, 'upgrades with SQL Always On no longer fail'),
  release('1.1.880.0', '2018-08-21', DA, 'warns before it overwrites changed default rules'),
  release('1.1.819.0', '2018-05-14', DA),
  release('1.1.751.0', '2018-04-12', D, 'full import and full synchronisation after the upgrade'),
  release(
    '1.1.750.0',
    '2018-03-22',
    DA,
    'full import and full synchronisation after the upgrade; Suspended no longer keeps later builds away',
  ),
  release('1.1.749.0', undefined, ['selected-tenants'], 'full import and full synchronisation after the upgrade'),
  release('1.1.654.0', '2017-12-12', D),
  release(
    '1.1.649.0',
    '2017-10-27',
    D,
    'does not fit the Health agent; the database is newer than the program where the installer lacked rights',
  ),
  release(
    '1.1.647.0',
    '2017-10-19',
    D,
    'does not fit the Health agent; the database is newer than the program where the installer lacked rights',
  ),
  release('1.1.614.0', '2017-09-05', unstated, 'tries again ever more slowly; servers on 1.1.443.0 and older broke'),
  release('1.1.561.0', '2017-07-23', unstated, 'more kinds of installations upgrade themselves, from 1.1.105.0 on'),
  release('1.1.558.0', undefined, unstated, 'never came out: part of 1.1.561.0', { status: 'never-released' }),
  release('1.1.557.0', '2017-07', notAuto),
  release('1.1.553.0', '2017-06', unstated, 'does not ask for upgrades when Disabled'),
  release('1.1.524.0', '2017-05', unstated, 'before it, Disabled was ignored'),
  release('1.1.486.0', '2017-04', unstated),
  release('1.1.484.0', '2017-04', unstated),
  release('1.1.443.0', '2017-03', unstated),
  release('1.1.380.0', '2016-12', notAuto, 'a rule for issuerid was lost'),
  release('1.1.371.0', '2016-12', notAuto, 'a rule for issuerid was lost'),
  release('1.1.370.0', '2016-12', notAuto, 'a rule for issuerid was lost'),
  release('1.1.343.0', '2016-11', notAuto, 'a rule for issuerid was lost'),
  release('1.1.281.0', '2016-08', unstated),
  release('1.1.189.0', '2016-06', unstated),
  release('1.1.180.0', '2016-05', unstated),
  release('1.1.130.0', '2016-04', unstated),
  release('1.1.119.0', '2016-03', unstated),
  release('1.1.110.0', '2016-02', unstated),
  release('1.1.105.0', '2016-02', unstated, 'first to upgrade itself'),
  release('1.0.9131.0', '2015-12', unstated),
  release('1.0.9125.0', '2015-11', unstated),
  release('1.0.8667.0', '2015-08', unstated),
  release('1.0.8641.0', '2015-06', unstated, 'first Azure AD Connect'),
  release('1.0.494.0501', '2015-05', unstated, 'Azure AD Sync'),
  release('1.0.419.0911', '2014-09', unstated, 'Azure AD Sync'),
];

export const entraConnectMilestones: readonly Milestone[] = [
  { product: 'connect-sync', on: '2022-08-31', what: 'all of 1.x retired' },
  { product: 'connect-sync', on: '2023-03-15', what: 'a release retires 12 months after a newer one: in force' },
  { product: 'connect-sync', on: '2023-10-01', what: '1.x no longer synchronises' },
  { product: 'connect-sync', on: '2014-09', what: 'Azure AD Sync; its builds up to 2015-05 are not listed one by one' },
];

const below = { product: 'connect-sync' } as const;

/** Oldest first. */
export const entraConnectMinimums: readonly ForcedMinimum[] = [
  {
    ...{
      ...below,
      version: '2.3.2.0',
      deadline: '2024-09-23',
      takes: ['auto-upgrade', 'some-alerts'],
      support: 'unchanged',
    },
    ...{ source: 'published', note: 'an earlier draft said 16 September 2024' },
  },
  {
    ...{ ...below, version: '2.3.8.0', deadline: '2024-09-23', takes: ['some-alerts'], support: 'unchanged' },
    ...{ source: 'derived', note: 'first to bring the Health agent 4.5.2466.0 that was asked for' },
  },
  {
    ...{ ...below, version: '2.4.18.0', deadline: '2025-04-07', takes: ['federation-tasks'], support: 'unchanged' },
    ...{ source: 'published', note: '2.4.21.0 outside the commercial cloud' },
  },
  {
    ...{
      ...below,
      version: '2.4.18.0',
      deadline: '2025-04-30',
      takes: ['wizard-sign-in', 'federation-tasks'],
      support: 'sets',
    },
    ...{ announcedBy: '2024-12-31', source: 'published' },
    note: 'moved from 7 April 2025; 2.4.21.0 outside the commercial cloud',
  },
  { ...below, version: '2.5.79.0', deadline: '2026-09-30', takes: ['sync'], support: 'caps', source: 'published' },
  {
    ...{
      ...below,
      version: '2.6.84.0',
      deadline: '2027-04-07',
      takes: ['sync'],
      support: 'unchanged',
      source: 'reported',
    },
    note: 'with application sign-in; told by two third parties only',
  },
];
