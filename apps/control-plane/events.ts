/** Every event that the control plane logs. Fields are codes, ids and counts; never a secret or a value. */
export const events = {
  started: 'control-plane.started',
  requestFailed: 'http.request-failed',
  jobFailed: 'job.failed',
  jobsFailed: 'jobs.round-failed',
  noticeFailed: 'notice.failed',
  noticeGivenUp: 'notice.given-up',
  databaseRestored: 'database.restored',
  signerAway: 'signer.away',
  signerBack: 'signer.back',
  storeLost: 'store.writer-lost',
  pksAsked: 'pks.asked',
  pksSightingsLost: 'pks.sightings-lost',
  pksAnswerUnusable: 'pks.answer-unusable',
} as const;
