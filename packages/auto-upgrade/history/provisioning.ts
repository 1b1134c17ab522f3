/** The provisioning agent of Microsoft Entra Cloud Sync: releases, newest first. Notes are ours. */
import type { Channel, ReleaseRecord } from './history.ts';

const D: readonly Channel[] = ['download'];
const DA: readonly Channel[] = ['download', 'auto-upgrade'];
const unstated: readonly Channel[] = ['not-stated'];

function release(version: string, releasedOn: string, channels: readonly Channel[], note = ''): ReleaseRecord {
  const notes = note === '' ? [] : note.split('; ');
  return { product: 'cloud-sync', version, releasedOn, channels, status: 'released', notes };
}

export const provisioningReleases: readonly ReleaseRecord[] = [
  release('1.1.2505.0', '2026-09-21', unstated),
  {
    ...release('1.1.2334.0', '2026-04-14', DA, 'pushed three weeks after the download'),
    autoUpgradeFrom: '2026-05-05',
  },
  release('1.1.2108.0', '2025-12-04', D),
  release('1.1.2102.0', '2025-09-22', D, 'password writeback broken in the US Government cloud'),
  release('1.1.1586.0', '2024-05-13', D),
  release('1.1.1373.0', '2024-01-19', DA),
  release('1.1.1370.0', '2023-10-16', unstated),
  release('1.1.1365.0', '2023-09-08', D),
  release('1.1.1107.0', '2022-12-16', D),
  release('1.1.977.0', '2022-09-23', D),
  release('1.1.972.0', '2022-08-08', D),
  release('1.1.818.0', '2022-04-18', D),
  release('1.1.587.0', '2021-11-02', D),
  release('1.1.584.0', '2021-08-20', D),
  release('1.1.582.0', '2021-08-08', D, 'CVE-2021-36949'),
  release('1.1.359.0', '2021', unstated),
  release('1.1.354.0', '2021-01-20', D),
  release('1.1.281.0', '2020-11-23', D),
  release('1.1.96.0', '2019-12-04', D, 'first Cloud Sync'),
  release('1.1.67.0', '2019-09-09', ['auto-upgrade']),
  release('1.1.30.0', '2019-01-23', D),
];
