/** How long the directory remembers. */

const hourMs = 60 * 60 * 1000;

/** A deleted object can come back with its id and anchor for this long. */
export const recycleBinMs = 30 * 24 * hourMs;
/** A batch that is sent again within this time is answered from the record. */
export const idempotencyMs = 24 * hourMs;
