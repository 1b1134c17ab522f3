/**
 * Releases for tests: what this clone builds, published into a home under the next version, whole or broken.
 */
import type { AutoUpgrade, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import { callAgentUpdater } from '../../agent-client.ts';
import { type PublishRequest, publishRelease, startLevel } from '../../release/publish.ts';
import { agentBundles } from '../../up/build.ts';

/** Publishes one component and gives its version. */
export function publish(
  home: string,
  component: 'connect-sync' | 'agent-updater',
  breakage?: PublishRequest['breakage'],
): Promise<string> {
  return publishOne(home, component, breakage === undefined ? {} : { breakage });
}

/** The same for a release that no host upgrades itself to. */
export function publishForDownload(home: string, component: 'connect-sync' | 'agent-updater'): Promise<string> {
  return publishOne(home, component, { channel: { download: true, autoUpgrade: false } });
}

async function publishOne(home: string, component: string, request: Partial<PublishRequest>): Promise<string> {
  const bundles = await agentBundles();
  const [release] = await publishRelease(home, { bundles, components: [component], level: startLevel, ...request });
  return release!.version;
}

/** Looks now and upgrades; gives what ended. */
export async function upgradeNow(home: string, retryBlocked = false): Promise<readonly UpgradeResult[]> {
  const { ended } = (await callAgentUpdater(home, 'auto-upgrade.now', { retryBlocked })) as { ended: UpgradeResult[] };
  return ended;
}

export async function upgradeHistory(home: string): Promise<readonly UpgradeResult[]> {
  const { upgrades } = (await callAgentUpdater(home, 'auto-upgrade.history', { limit: 200 })) as {
    upgrades: UpgradeResult[];
  };
  return upgrades;
}

export function autoUpgradeView(home: string): Promise<AutoUpgrade> {
  return callAgentUpdater(home, 'auto-upgrade.get') as Promise<AutoUpgrade>;
}
