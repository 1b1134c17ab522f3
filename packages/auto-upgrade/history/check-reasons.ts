/** The reasons of `upgrade check`, in words for people. */
import type { CheckReason } from './check-servers.ts';

/** Every reason with its meaning. */
export const checkReasons: Readonly<Record<CheckReason, string>> = {
  'upgrades-itself': 'upgrades itself',
  recalled: 'its build was recalled',
  'first-generation': 'a build of the first generation',
  'old-windows': 'its Windows Server is too old',
  'many-objects': 'too many objects for an upgrade in place',
  'long-not-upgraded': 'its build is more than 18 months old',
  'consider-swing': 'its build is more than 12 months old: consider a second server',
  'opted-out': 'a person opted out',
  suspended: 'auto-upgrade failed or is suspended',
  'on-pks': 'still on PKS',
  'bridge-refuses': 'too old for the bridge',
  'auto-upgrade-stopped': 'auto-upgrade has stopped for its build',
  'auto-upgrade-unreliable': 'auto-upgrade is not reliable for its build',
  'minimum-not-pushed': 'no build that upgrades itself satisfies the minimum',
  'sync-stopped': 'its build no longer synchronises',
  'version-missing': 'its version is not in the list',
  'version-unknown': 'its version is in no public history',
  'not-yet-announced': 'the minimum is not yet announced',
  'no-minimum': 'no minimum speaks of it',
  'other-numbers': 'the minimum is given in the numbers of what carries it',
  'support-ended': 'its support has ended',
  'not-seen': 'not seen for 30 days',
  'reported-minimum-ahead': 'third parties tell of a minimum to come',
  'alerts-lost': 'some of its alerts are lost',
  'all-alerts-lost': 'all of its alerts are lost',
  'listed-again': 'listed more than once: another row counts',
  'seen-ahead': 'its last contact lies ahead of this day',
};
