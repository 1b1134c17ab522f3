/** Every event that the control plane logs. Fields are codes, ids and counts; never a secret or a value. */
export const events = {
  started: 'control-plane.started',
  requestFailed: 'http.request-failed',
  jobFailed: 'job.failed',
  jobsFailed: 'jobs.round-failed',
  storeLost: 'store.writer-lost',
} as const;
