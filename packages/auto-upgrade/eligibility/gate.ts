/**
 * The gates of an upgrade: everything that must be so on a host before a newer build can take over there. A closed list,
 * in the order in which they are shown. Each names the result code that stands for it, what is looked at, and what to do;
 * `readiness.ts` says which of them fail.
 */
import type { HereCode } from './results-here.ts';

export interface Gate {
  readonly code: HereCode;
  /** What is looked at, in a sentence. */
  readonly checks: string;
  /** What to do when it fails. `{home}` stands for the folder of the installation. */
  readonly remedy: string;
}

/** By id; ids are stable. */
export const gates = {
  settings: {
    code: 'UpgradeNotSupportedSettingsMalformed',
    checks: 'The settings file of this host can be read, and every word in it is understood.',
    remedy: 'Correct {home}/agent/auto-upgrade.json, or delete it for the defaults.',
  },
  'opted-in': {
    code: 'UpgradeNotSupportedOptedOut',
    checks: 'No person has opted this host out.',
    remedy: 'springline agent auto-upgrade set Enabled --home {home}',
  },
  pin: {
    code: 'UpgradeAbortedHeldBySchedule',
    checks: 'The pin of this host, if it has one, is not below what runs.',
    remedy: 'springline agent auto-upgrade schedule --pin none --home {home}',
  },
  window: {
    code: 'UpgradeAbortedHeldBySchedule',
    checks: 'The maintenance windows, freezes and not-before of this host leave time for an upgrade within 35 days.',
    remedy: 'Widen them: springline agent auto-upgrade schedule --help',
  },
  enrolment: {
    code: 'UpgradeNotSupportedNotEnrolled',
    checks: 'The agent is enrolled, and has the key that it was enrolled with.',
    remedy: 'Move {home}/agent/identity away and enrol this agent again: springline up --home {home}',
  },
  consent: {
    code: 'UpgradeNotSupportedConsentUnsound',
    checks: 'The consent file is there, belongs to its owner alone, and the component can read it.',
    remedy: 'Put {home}/agent/consent.yaml right; see the guide on consent.',
  },
  'folders-writable': {
    code: 'UpgradeAbortedInsufficientDatabasePermissions',
    checks: 'The Agent Updater can write the state, the slots and what it trusts.',
    remedy: 'Give these folders back to the user of the Agent Updater, writable by it.',
  },
  'folders-private': {
    code: 'UpgradeNotSupportedUnsafePermissions',
    checks: 'Nobody but the Agent Updater’s user can write the state, the slots and what it trusts.',
    remedy: 'Run: chmod -R go-w {home}/agent; and give what belongs to others back to its owner.',
  },
  'control-socket': {
    code: 'UpgradeNotSupportedUnsafePermissions',
    checks: 'Only the Agent Updater’s user may enter the folder of the control socket.',
    remedy: 'Run: chmod 700 {home}/agent',
  },
  'journal-writable': {
    code: 'UpgradeAbortedCouldNotSetUpgradeMarker',
    checks: 'The journal can be appended to: no step begins before it is in there.',
    remedy: 'Make {home}/agent/journal writable by the user of the Agent Updater, on a disk that is not read-only.',
  },
  'persisted-state': {
    code: 'UpgradeNotSupportedInvalidPersistedState',
    checks: 'The journal and the trusted metadata can be read and are whole.',
    remedy:
      'A damaged journal is put aside at the next start. For damaged trust, move {home}/agent/trust away and run springline up again; never put an older copy back.',
  },
  'disk-space': {
    code: 'UpgradeAbortedInsufficientDiskSpace',
    checks: 'There is room for the new build, two copies of the state, what is fetched, and 64 MB for everybody else.',
    remedy: 'Free the space that is missing on the file system of {home}/agent.',
  },
  'components-running': {
    code: 'UpgradeAbortedServiceIsNotRunning',
    checks: 'Every component runs.',
    remedy: 'See why it does not run: springline agent status --home {home}',
  },
  'component-stops': {
    code: 'UpgradeAbortedServiceCanNotBeStopped',
    checks: 'The component let go of its state in time when it was last asked to.',
    remedy: 'Look what held it up in {home}/logs/agent.log. It would be ended, and would lose nothing but time.',
  },
  'sync-in-progress': {
    code: 'UpgradeAbortedSyncOrConfigurationInProgress',
    checks: 'No cycle runs that a person asked for.',
    remedy: 'Wait until it is done: springline sync status --home {home}',
  },
  slots: {
    code: 'UpgradeAbortedSlotAltered',
    checks: 'The files of every installed build are those that were verified.',
    remedy:
      'Let it look: springline agent auto-upgrade now --home {home}. It brings the release again. Never edit a slot.',
  },
  runtime: {
    code: 'UpgradeNotSupportedRuntimeMissing',
    checks: 'The Node runtime of every installed build is there.',
    remedy: 'Run springline up --home {home}: it installs what is missing.',
  },
  'operating-system': {
    code: 'UpgradeNotSupportedOSVersion',
    checks: 'Platform, C library and kernel are at least what the runtime and the offered build need.',
    remedy: 'Upgrade the operating system, or move the agent to another host.',
  },
  tls: {
    code: 'UpgradeNotSupportedTLSVersionIncorrect',
    checks: 'The way to the repositories is TLS 1.2 or newer; without TLS only on this machine.',
    remedy:
      'Enable TLS 1.2 or newer on whatever answers, or take away what lowers it here (NODE_OPTIONS, openssl.cnf).',
  },
  repositories: {
    code: 'UpgradeAbortedDownloadFailed',
    checks: 'Both repositories answer.',
    remedy: 'Check the way to the repository: address, proxy, certificate, firewall.',
  },
  trust: {
    code: 'UpgradeAbortedVerificationFailed',
    checks: 'Both repositories were read and verified, nothing was refused, and what was verified has not expired.',
    remedy:
      'springline agent auto-upgrade check --explain --home {home}. If it stays so, tell whoever publishes for you.',
  },
  'freeze-suspected': {
    code: 'UpgradeAbortedFreezeSuspected',
    checks: 'The server does not go on giving what has expired.',
    remedy: 'Ask whoever publishes whether they still sign, and look who serves the files.',
  },
  clock: {
    code: 'UpgradeAbortedClockWrong',
    checks: 'The clock of this host agrees with signed times and with the server to 5 minutes.',
    remedy: 'Set both clocks by NTP.',
  },
  'blocked-builds': {
    code: 'UpgradeAbortedBuildBlocked',
    checks: 'The offered build did not fail here before.',
    remedy:
      'Read the reason. To try it before its pause is over: springline agent auto-upgrade now --retry-blocked --home {home}',
  },
  'state-schema': {
    code: 'UpgradeNotSupportedStateSchema',
    checks: 'The offered build can read the state, and the build that runs wrote it.',
    remedy: 'Wait for a newer build; or move {home}/agent/connect-sync/state.db away: it is rebuilt by a full cycle.',
  },
  reports: {
    code: 'UpgradeAbortedReportsKept',
    checks: 'Reports of upgrades get through: fewer than 500 of 1,000 wait.',
    remedy:
      'Check the contact to the control plane: springline agent status --home {home}. The oldest are dropped first.',
  },
} as const satisfies Readonly<Record<string, Gate>>;

export type GateId = keyof typeof gates;
