/**
 * The result codes that this product gives: how an upgrade ended, and why a host is not ready for one. Where Entra Connect
 * has the code, the meaning there stands beside the meaning here, in our words. The prefix says who acts:
 * `UpgradeAborted…` is tried again by itself, `UpgradeNotSupported…` waits for a person, `UpgradeFailed…` began and was
 * taken back.
 */
import type { HereEntry } from './result-entry.ts';

export const resultsHere = {
  Success: {
    category: 'success',
    inEntra: 'The newer build was installed.',
    meaning: 'The new build was verified, installed and has proven itself by a whole cycle of its work.',
    remedy: 'Nothing to do.',
    retry: 'never',
  },
  PreUpgradeFailure: {
    category: 'other',
    inEntra: 'Something failed before the installation began; no public text says what.',
    meaning: 'The new build failed its test on a copy of the state, or planned other changes. Nothing was switched.',
    remedy: 'Read the reason. A newer build is taken as soon as there is one; this one is tried again later.',
    retry: 'back-off',
  },
  UpgradeAbortedCouldNotSetUpgradeMarker: {
    category: 'aborted',
    inEntra: 'The mark in the registry that an upgrade is under way could not be written.',
    meaning: 'The journal cannot be written, so no step may begin.',
    remedy: 'Give the journal back to the user of the Agent Updater, on a disk that takes writes.',
    retry: 'next-look',
  },
  UpgradeAbortedInsufficientDatabasePermissions: {
    category: 'aborted',
    inEntra: 'The local administrators have too few rights on the database.',
    meaning: 'The Agent Updater cannot write the state, the slots or what it trusts.',
    remedy: 'Give the folders that the detail names back to the user of the Agent Updater.',
    retry: 'next-look',
  },
  UpgradeAbortedInsufficientDiskSpace: {
    category: 'aborted',
    inEntra: 'The disk is too full.',
    meaning: 'There is no room for the new build beside the old one and a copy of the state.',
    remedy: 'Free the space that the reason names; the next look tries again.',
    retry: 'next-look',
  },
  UpgradeAbortedServiceCanNotBeStarted: {
    category: 'aborted',
    inEntra: 'The sync service did not start.',
    meaning: 'The new build did not start beside the old one. Nothing was switched.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  UpgradeAbortedServiceCanNotBeStopped: {
    category: 'aborted',
    inEntra: 'The sync service did not stop.',
    meaning: 'The component did not let go of its state in time when it was last asked to, and had to be ended.',
    remedy: 'Look in the log what it waited for. The next upgrade asks again, and ends it after 20 s.',
    retry: 'next-look',
  },
  UpgradeAbortedServiceIsNotRunning: {
    category: 'aborted',
    inEntra: 'The sync service was not running when the upgrade was to begin.',
    meaning:
      'A component does not run, so a new Agent Updater could not prove itself by running it. Nothing was switched.',
    remedy: 'See why it does not run: springline agent status. The next look tries again.',
    retry: 'next-look',
  },
  UpgradeAbortedSyncOrConfigurationInProgress: {
    category: 'aborted',
    inEntra: 'The wizard was open, or a sync ran that the scheduler had not started.',
    meaning: 'A cycle runs that a person asked for.',
    remedy: 'Nothing to do; it ends by itself. An upgrade that comes all the same waits for its batch.',
    retry: 'next-look',
  },
  UpgradeAbortedVerificationFailed: {
    category: 'aborted',
    meaning: 'The two repositories do not agree, or something does not have its signature, length or hash.',
    remedy: 'Nothing was installed. If it stays so, tell whoever publishes for you: the reason names the code.',
    retry: 'next-look',
  },
  UpgradeAbortedDownloadFailed: {
    category: 'aborted',
    meaning: 'The release could not be fetched whole. What was fetched is kept, and the next look goes on from there.',
    remedy: 'Check the way to the repository: proxy, certificate, space.',
    retry: 'next-look',
  },
  UpgradeAbortedHalted: {
    category: 'aborted',
    meaning: 'The last look before the switch found that this release is no longer to be installed.',
    remedy: 'Nothing to do.',
    retry: 'next-look',
  },
  UpgradeAbortedInterrupted: {
    category: 'aborted',
    meaning: 'The agent was stopped before the switch. The old build runs.',
    remedy: 'Nothing to do; the next look begins again.',
    retry: 'next-look',
  },
  UpgradeAbortedHeldBySchedule: {
    category: 'aborted',
    meaning:
      'The schedule of this host lets no upgrade in: its pin is below what runs, or no window is open for 35 days.',
    remedy: 'Change it: springline agent auto-upgrade schedule.',
    retry: 'next-look',
  },
  UpgradeAbortedFreezeSuspected: {
    category: 'aborted',
    meaning: 'The server goes on giving a Director timestamp that has expired. Nothing is installed by it.',
    remedy: 'Ask whoever publishes whether they still sign, and look who serves the files.',
    retry: 'next-look',
  },
  UpgradeAbortedClockWrong: {
    category: 'aborted',
    meaning: 'The clock of the host differs by more than 5 minutes, so it cannot be said what has expired.',
    remedy: 'Set the clocks by NTP.',
    retry: 'next-look',
  },
  UpgradeAbortedBuildBlocked: {
    category: 'aborted',
    meaning: 'The offered build failed here before, and its pause is not over.',
    remedy: 'Read why it failed. A newer build is not held by this.',
    retry: 'back-off',
  },
  UpgradeAbortedSlotAltered: {
    category: 'aborted',
    meaning: 'Somebody wrote to an installed build. It is not started again.',
    remedy: 'Nothing to do while auto-upgrade is Enabled: the next look brings the release again. Never edit a slot.',
    retry: 'next-look',
  },
  UpgradeAbortedReportsKept: {
    category: 'aborted',
    meaning:
      'Hundreds of reports of upgrades wait to be sent. No upgrade waits for them; others see this host wrongly.',
    remedy: 'Check the contact to the control plane.',
    retry: 'next-look',
  },
  UpgradeNotSupportedTLSVersionIncorrect: {
    category: 'not-supported',
    inEntra: 'The server does not speak TLS 1.2.',
    meaning: 'The way to the repositories is older than TLS 1.2, or has no TLS and leaves this machine.',
    remedy: 'Enable TLS 1.2 or newer on both sides.',
    retry: 'next-look',
  },
  UpgradeNotSupportedInvalidPersistedState: {
    category: 'not-supported',
    inEntra: 'What the installer noted about the server is not what an express installation notes.',
    meaning: 'The journal or the trusted metadata is damaged.',
    remedy: 'The journal is put aside at the next start. Damaged trust is begun anew by springline up.',
    retry: 'next-look',
  },
  UpgradeNotSupportedOptedOut: {
    category: 'not-supported',
    meaning: 'A person opted this host out.',
    remedy: 'Opt in again when the reason is gone: springline agent auto-upgrade set Enabled.',
    retry: 'next-look',
  },
  UpgradeNotSupportedSettingsMalformed: {
    category: 'not-supported',
    meaning: 'The settings file cannot be read, or has a word that this version does not know. Upgrades are held.',
    remedy: 'Correct auto-upgrade.json, or delete it for the defaults.',
    retry: 'next-look',
  },
  UpgradeNotSupportedNotEnrolled: {
    category: 'not-supported',
    meaning: 'The agent has no identity or has lost its key, so it knows no repository that it may ask.',
    remedy: 'Enrol it: springline up.',
    retry: 'next-look',
  },
  UpgradeNotSupportedConsentUnsound: {
    category: 'not-supported',
    meaning: 'The consent file is missing, malformed, or can be written by others, so no build may do a cycle.',
    remedy: 'Put the consent file right.',
    retry: 'next-look',
  },
  UpgradeNotSupportedUnsafePermissions: {
    category: 'not-supported',
    meaning: 'Others than the Agent Updater may write what it runs or trusts, or may enter the folder of its socket.',
    remedy: 'Take their rights away: chmod go-w, chmod 700.',
    retry: 'next-look',
  },
  UpgradeNotSupportedRuntimeMissing: {
    category: 'not-supported',
    meaning: 'The Node runtime of an installed build is not there.',
    remedy: 'Run springline up: it installs what is missing.',
    retry: 'next-look',
  },
  UpgradeNotSupportedOSVersion: {
    category: 'not-supported',
    meaning: 'The operating system is older than the offered build or its runtime needs, or of another platform.',
    remedy: 'Upgrade the operating system, or move the agent.',
    retry: 'next-look',
  },
  UpgradeNotSupportedStateSchema: {
    category: 'not-supported',
    meaning: 'The offered build could not read the state, or a newer build than the one that runs wrote it.',
    remedy: 'Wait for a newer build, or let the state be rebuilt.',
    retry: 'next-look',
  },
  'UpgradeFailedRollbackSuccess-Activation': {
    category: 'failed',
    meaning: 'The new build could not take over the state. The old build runs again.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  'UpgradeFailedRollbackSuccess-Probation': {
    category: 'failed',
    meaning: 'The new build took over and did not prove itself. The old build runs again.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  'UpgradeFailedRollbackFailed-Probation': {
    category: 'failed',
    meaning: 'The new build did not prove itself, and the old one did not start either; both are tried again.',
    remedy: 'Read the reason and the log of the agent.',
    retry: 'back-off',
  },
} as const satisfies Readonly<Record<string, HereEntry>>;

/** Every code that this product gives, also as a closed gate only. */
export type HereCode = keyof typeof resultsHere;
