/** Date-times. */
import { DateTime } from '../value.ts';
import { formatDateTime } from './date-time-format.ts';
import { family, refuse, required } from './definition.ts';
import { addToInstant, instantFromTicks } from './instant.ts';

const { strict, unsteady } = family('date-time', () => 150);

export const dateTimeFunctions = [
  strict({
    name: 'DateAdd',
    returns: 'dt',
    parameters: [required('unit', 'str'), required('count', 'num'), required('instant', 'dt')],
    summary:
      'A date-time some years (yyyy), quarters (q), months (m), days (d), weeks (ww), hours, minutes (n) or seconds away.',
    apply: (unit, count, instant) => addToInstant(instant, unit, count),
  }),
  strict({
    name: 'DateFromNum',
    returns: 'dt',
    parameters: [required('ticks', 'num')],
    summary:
      'A date-time from the large integers of Active Directory: 100-ns ticks since 1601. Fails for 0 and "never".',
    apply: (ticks) => {
      const instant = ticks === 0n ? undefined : instantFromTicks(ticks);
      if (instant !== undefined) return instant;
      throw refuse('expression-out-of-range', 'DateFromNum: the number is no instant; 0 and the largest mean "never".');
    },
  }),
  strict({
    name: 'FormatDateTime',
    returns: 'str',
    parameters: [required('instant', 'dt'), required('format', 'str')],
    summary: 'A date-time as text in a custom format such as "yyyyMMddHHmmss.0Z".',
    apply: (instant, format) => formatDateTime(instant, format),
  }),
  unsteady({
    name: 'Now',
    returns: 'dt',
    parameters: [],
    summary: 'The present, in UTC. Changes with each evaluation.',
    apply: ({ clock }) => DateTime.fromEpochMs(clock.now()),
  }),
  strict({
    name: 'NumFromDate',
    returns: 'num',
    parameters: [required('instant', 'dt')],
    summary: 'The large integer of Active Directory for a date-time.',
    apply: (instant) => instant.ticks,
  }),
];
