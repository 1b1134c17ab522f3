/** The public histories together, with what they contradict each other about. */
import { entraConnectMilestones, entraConnectMinimums, entraConnectReleases } from './entra-connect.ts';
import { healthMilestones, healthMinimums, healthReleases } from './health.ts';
import type { VersionHistory } from './history.ts';
import { provisioningReleases } from './provisioning.ts';

const disagreement = { product: 'connect-sync', about: 'support-end' } as const;

export const publicHistory: VersionHistory = {
  records: [...entraConnectReleases, ...healthReleases, ...provisioningReleases],
  milestones: [...entraConnectMilestones, ...healthMilestones],
  forcedMinimums: [...entraConnectMinimums, ...healthMinimums],
  contradictions: [
    {
      ...{ ...disagreement, version: '2.5.79.0' },
      what: 'the published date is 12 months after 23 October 2025, while 2.5.190.0 is dated 19 November 2025',
    },
    { ...disagreement, version: '2.4.131.0', what: 'the published date is a day short of 12 months after 2.5.3.0' },
    { ...disagreement, version: '2.4.21.0', what: 'the published date is a day more than 12 months after 2.4.27.0' },
    {
      ...{ product: 'connect-sync', version: '2.5.79.0', about: 'release-date' },
      what: 'two pages say May 2025, which fits 2.5.3.0; its own entry says 1 September 2025',
    },
  ],
};
