/** Microsoft Entra Connect Health agents: releases, newest first. The sync role comes with Connect Sync; notes are ours. */
import type { Channel, ForcedMinimum, HealthRole, Milestone, ReleaseRecord } from './history.ts';

const all: readonly HealthRole[] = ['sync', 'ad-ds', 'ad-fs'];
const directory: readonly HealthRole[] = ['ad-ds', 'ad-fs'];
const federation: readonly HealthRole[] = ['ad-fs'];
const sync: readonly HealthRole[] = ['sync'];

/** Upgrades of these agents are automatic and cannot be switched off; only departures from that are noted. */
const automatic: readonly Channel[] = ['auto-upgrade'];

function release(
  version: string,
  releasedOn: string,
  roles: readonly HealthRole[],
  note = '',
  channels = automatic,
): ReleaseRecord {
  const notes = note === '' ? [] : note.split('; ');
  return { product: 'health', version, releasedOn, channels, status: 'released', notes, roles };
}

export const healthReleases: readonly ReleaseRecord[] = [
  release('4.5.2520.0', '2025-03', all, 'limits the size of uploads; comes with Connect Sync 2.5.3.0'),
  release('4.5.2487.0', '2024-05', all, 'installer: proxy, choice of cloud, command line'),
  release('4.5.2466.0', '2024-04-01', all, 'forced minimum of September 2024; comes with Connect Sync 2.3.8.0'),
  release(
    '4.5.2462',
    '2024-01',
    directory,
    'between January and March; new build of the AD DS agent; MSAL; checks what it needs',
  ),
  release('4.5.2428.0', '2023-12-12', sync, 'comes with Connect Sync 2.3.2.0'),
  release('4.5', '2023-05', federation, 'May or June; new build of the AD FS agent; full number not published'),
  release('3.2.2256.26', '2023-03-27', directory, 'FIPS; unreliable test for duplicate names removed', ['download']),
  release('3.2.2188.23', '2023-01-19', sync, 'errors were not uploaded'),
  release('3.2.1823.12', '2022-01-19', sync, 'FIPS; comes with Connect Sync 2.0.91.0'),
  release('3.1.113.0', '2021-09', federation, 'reports of sign-ins corrected'),
  release('3.1.110.0', '2021-07', sync, 'installs where it failed'),
  release('3.1.99.0', '2021-05', federation, 'reports of sign-ins corrected'),
  release('3.1.95.0', '2021-03', federation, 'reports of sign-ins corrected'),
  release('3.1.83.0', '2021-03', sync, 'installs where it failed'),
  release('3.1.77.0', '2020-04', federation, 'false alert about names'),
  release('3.1.59.0', '2019-07', federation),
  release('3.1.56.0', '2019-07', directory),
  release('3.1.51.0', '2019-05', federation),
  release('3.1.46.0', '2019-04', federation),
  release('3.1.41.0', '2019-03', directory, 'several monitors ran at once: corrected'),
  release('3.1.24.0', '2018-11', directory, 'TLS 1.2 only'),
  release('3.1.7.0', '2018-06', all, 'used the processor fully after a .NET update: corrected; for sync in August'),
  release('3.1.2.0', '2018-06', federation, 'memory'),
  release('3.0.244.0', '2018-05', directory),
  release('3.0.176.0', '2018-03', directory),
  release('3.0.164.0', '2018-05', sync),
  release('3.0.145.0', '2017-12', directory),
  release(
    '3.0.129.0',
    '2017-10',
    sync,
    'fits Connect Sync 1.1.647.0, where 3.0.127.0 did not; listed again in March 2018',
  ),
  release('3.0.68.0', '2017-07', all, 'sovereign clouds'),
  release('3.0.12.0', '2017-04', directory),
  release('2.6.408.0', '2016-10', directory),
  release('2.6.353.0', '2016-08', sync),
  release('2.6.91.1512', '2016-01', federation, 'tool that tests the connection'),
];

export const healthMilestones: readonly Milestone[] = [
  { product: 'health', on: '2015-06', what: 'first agent, for AD FS and its proxy' },
  { product: 'health', on: '2015-11', what: 'preview for Connect Sync' },
  { product: 'health', on: '2016-07', what: 'preview for AD DS' },
];

export const healthMinimums: readonly ForcedMinimum[] = [
  {
    ...{ product: 'health', version: '4.5.2466.0', deadline: '2024-09-23', takes: ['auto-upgrade', 'all-alerts'] },
    ...{ support: 'unchanged', source: 'published', note: 'on Connect Sync servers eight alerts, elsewhere all' },
  },
];
