/**
 * Result codes of Entra Connect that this product never gives, and reads in the logs and reports of the original. The odd
 * spellings are those of the original. Each says why it cannot occur here.
 */
import type { RecognisedEntry } from './result-entry.ts';

const retiredIn = '1.1.561.0';
const widened = 'Retired: upgrade to 1.1.561.0 or newer by hand, and auto-upgrade takes over again.';

export const resultsRecognised = {
  UpgradeAbortedSecurityGroupsNotPresent: {
    category: 'aborted',
    inEntra: 'The groups by which the sync service grants rights are missing or cannot be resolved.',
    whyNotHere:
      'Rights are those of one user on folders; there are no groups. See UpgradeNotSupportedUnsafePermissions.',
    remedy: 'Create the groups again.',
    retry: 'next-look',
  },
  UpgradeAbortedSyncCycleDisabled: {
    category: 'aborted',
    inEntra: 'The scheduler is switched off (SyncCycleEnabled is false).',
    whyNotHere: 'There is no such switch: sync runs while the component runs.',
    remedy: 'Switch the scheduler on again.',
    retry: 'next-look',
  },
  UpgradeAbortedSyncExeInUse: {
    category: 'aborted',
    inEntra: 'The Synchronization Service Manager is open.',
    whyNotHere: 'No window holds files of a build: builds lie in slots, and the new one fills the other slot.',
    remedy: 'Close the Synchronization Service Manager.',
    retry: 'next-look',
  },
  UpgradeAbortedAdSyncExeInUse: {
    category: 'aborted',
    inEntra: 'Another spelling of UpgradeAbortedSyncExeInUse: the Synchronization Service Manager is open.',
    whyNotHere: 'No window holds files of a build: builds lie in slots, and the new one fills the other slot.',
    remedy: 'Close the Synchronization Service Manager.',
    retry: 'next-look',
  },
  UpgradeNotSupportedCustomizedSyncRules: {
    category: 'not-supported',
    inEntra: 'The synchronisation rules were changed. No obstacle any more from 2.2.1.0 on.',
    whyNotHere: 'Own rules are files outside every slot; the new build must plan the same changes with them.',
    remedy: 'Upgrade to 2.2.1.0 or newer by hand.',
    retry: 'next-look',
  },
  UpgradeNotSupportedNonLocalDbInstall: {
    category: 'not-supported',
    inEntra: 'The database is a full SQL Server and not LocalDB.',
    whyNotHere: 'The state is one file of the component; there is no other database.',
    remedy: 'Upgrade by hand.',
    retry: 'next-look',
  },
  UpgradeNotSupportedLocalDbSizeExceeded: {
    category: 'not-supported',
    inEntra: 'LocalDB has 8 GB or more; at 10 GB it is full.',
    whyNotHere: 'The state has no such limit. See UpgradeAbortedInsufficientDiskSpace.',
    remedy: 'Purge the run history.',
    retry: 'next-look',
  },
  UpgradeNotSupportedAADHealthUploadDisabled: {
    category: 'not-supported',
    inEntra: 'The upload of health data is switched off in the portal.',
    whyNotHere: 'No upgrade depends on reports: looking for one is an anonymous read of static files.',
    remedy: 'Switch the upload on again.',
    retry: 'next-look',
  },
  'UpgradeFailedRollbackSuccess-GetPasswordHashSyncStateFailed': {
    category: 'failed',
    inEntra: 'After the installation the state of password hash sync could not be read; the old build is back.',
    whyNotHere: 'The steps that can fail after the switch are Activation and Probation.',
    remedy: 'Find out why password hash sync does not say its state, then upgrade by hand.',
    retry: 'unpublished',
  },
  AADHealthEndpointNotDefined: {
    category: 'other',
    inEntra: 'For this cloud no endpoint of Health, and so none for upgrades, is known.',
    whyNotHere: 'The address of the repositories comes with the enrolment. See UpgradeNotSupportedNotEnrolled.',
    remedy: 'Register the Health agent again.',
    retry: 'unpublished',
  },
  DirSyncInPlaceUpgradeNonLocalDb: {
    category: 'other',
    inEntra: 'An upgrade from DirSync whose database is no LocalDB.',
    whyNotHere: 'There is nothing before this product that it would be installed over.',
    remedy: 'Install a second server and swing over.',
    retry: 'unpublished',
  },
  UpgradeNotSupportedDeviceWritebackEnabled: {
    category: 'not-supported',
    inEntra: 'Device writeback is switched on.',
    whyNotHere: 'Features are no obstacle: the new build plans a whole cycle on a copy of the state.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedGroupWritebackEnabled: {
    category: 'not-supported',
    inEntra: 'Group writeback is switched on.',
    whyNotHere: 'Features are no obstacle: the new build plans a whole cycle on a copy of the state.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedUserWritebackEnabled: {
    category: 'not-supported',
    inEntra: 'User writeback is switched on.',
    whyNotHere: 'Features are no obstacle: the new build plans a whole cycle on a copy of the state.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedMetaverseSizeExceeeded: {
    category: 'not-supported',
    inEntra: 'The metaverse holds more than 100,000 objects. The three e are those of the original.',
    whyNotHere: 'The number of objects is no obstacle.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedMultiForestSetup: {
    category: 'not-supported',
    inEntra: 'More than one forest is connected.',
    whyNotHere: 'The number of sources is no obstacle.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedNonMsolAccount: {
    category: 'not-supported',
    inEntra: 'The account that reads the directory is not the one that the installer makes (MSOL_…).',
    whyNotHere: 'Which account reads the directory is no obstacle.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedStagingModeEnabled: {
    category: 'not-supported',
    inEntra: 'The server is in staging mode.',
    whyNotHere: 'A staging host is upgraded too, before its active one where the schedule says so.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedNotConfiguredSignInMethod: {
    category: 'not-supported',
    inEntra: 'The way of signing in was not set up by the wizard.',
    whyNotHere: 'An upgrade never touches the way of signing in.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
  UpgradeNotSupportedPtaSignInMethod: {
    category: 'not-supported',
    inEntra: 'People sign in by pass-through authentication.',
    whyNotHere: 'An upgrade never touches the way of signing in.',
    remedy: widened,
    retry: 'next-look',
    retiredIn,
  },
} as const satisfies Readonly<Record<string, RecognisedEntry>>;
