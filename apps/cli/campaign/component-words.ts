/** Components as people call them. */
import type { Minimums } from '@springline/api/shapes/campaign';

type ComponentName = Minimums['minimums'][number]['component'];

export const componentWords: Readonly<Record<ComponentName, string>> = {
  'connect-sync': 'Connect Sync',
  'cloud-sync': 'Cloud Sync',
  'health-sync': 'Health: Connect Sync agent',
  'health-ad-ds': 'Health: AD DS agent',
  'health-ad-fs': 'Health: AD FS agent',
  'agent-updater': 'Agent Updater',
};
