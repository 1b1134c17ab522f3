/**
 * How an upgrade ended, in the codes that administrators of Entra Connect know, with what each means here. The prefix
 * says who acts: `UpgradeAborted…` is tried again by itself, `UpgradeNotSupported…` waits for a person,
 * `UpgradeFailed…` began and was taken back.
 */

export type Retry =
  /** Nothing to do. */
  | 'never'
  /** At the next look. */
  | 'next-look'
  /** After the growing pause of a blocked build. */
  | 'back-off';

export interface ResultMeaning {
  readonly meaning: string;
  readonly remedy: string;
  readonly retry: Retry;
}

/** Every code that this agent gives. */
export const resultCodes = {
  Success: {
    meaning: 'The new build was verified, installed and has proven itself by a whole cycle of its work.',
    remedy: 'Nothing to do.',
    retry: 'never',
  },
  PreUpgradeFailure: {
    meaning: 'The new build failed its test on a copy of the state, or planned other changes. Nothing was switched.',
    remedy: 'Read the reason. A newer build is taken as soon as there is one; this one is tried again later.',
    retry: 'back-off',
  },
  UpgradeAbortedInsufficientDiskSpace: {
    meaning: 'There is no room for the new build beside the old one and a copy of the state.',
    remedy: 'Free the space that the reason names; the next look tries again.',
    retry: 'next-look',
  },
  UpgradeAbortedServiceIsNotRunning: {
    meaning:
      'A component does not run, so a new Agent Updater could not prove itself by running it. Nothing was switched.',
    remedy: 'See why it does not run: springline agent status. The next look tries again.',
    retry: 'next-look',
  },
  UpgradeAbortedServiceCanNotBeStarted: {
    meaning: 'The new build did not start beside the old one. Nothing was switched.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  UpgradeAbortedVerificationFailed: {
    meaning: 'The two repositories do not agree, or something does not have its signature, length or hash.',
    remedy: 'Nothing was installed. If it stays so, tell whoever publishes for you: the reason names the code.',
    retry: 'next-look',
  },
  UpgradeAbortedDownloadFailed: {
    meaning: 'The release could not be fetched whole. What was fetched is kept, and the next look goes on from there.',
    remedy: 'Check the way to the repository: proxy, certificate, space.',
    retry: 'next-look',
  },
  UpgradeAbortedHalted: {
    meaning: 'The last look before the switch found that this release is no longer to be installed.',
    remedy: 'Nothing to do.',
    retry: 'next-look',
  },
  UpgradeAbortedInterrupted: {
    meaning: 'The agent was stopped before the switch. The old build runs.',
    remedy: 'Nothing to do; the next look begins again.',
    retry: 'next-look',
  },
  'UpgradeFailedRollbackSuccess-Activation': {
    meaning: 'The new build could not take over the state. The old build runs again.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  'UpgradeFailedRollbackSuccess-Probation': {
    meaning: 'The new build took over and did not prove itself. The old build runs again.',
    remedy: 'Read the reason. This build is tried again later.',
    retry: 'back-off',
  },
  'UpgradeFailedRollbackFailed-Probation': {
    meaning: 'The new build did not prove itself, and the old one did not start either; both are tried again.',
    remedy: 'Read the reason and the log of the agent.',
    retry: 'back-off',
  },
} as const satisfies Readonly<Record<string, ResultMeaning>>;

export type ResultCode = keyof typeof resultCodes;

export function isResultCode(text: string): text is ResultCode {
  return Object.hasOwn(resultCodes, text);
}
