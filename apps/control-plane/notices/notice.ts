/** A notice: something that a person should hear of though they are not looking. */
import type { EpochMs } from '@springline/ports/clock';

export interface Notice {
  /** The same at each try and over each channel: receivers tell repetitions by it. */
  readonly id: string;
  /** A stable code: `campaign-deadline`. */
  readonly kind: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** For programs. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdAt: EpochMs;
}

/** Header that carries the id of the notice, in mail and webhook alike. */
export const noticeIdHeader = 'X-Springline-Notice-Id';
