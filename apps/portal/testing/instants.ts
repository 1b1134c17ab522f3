/** The present of every fixture. */
export const fixtureNow = '2026-11-22T14:00:00.000Z';
