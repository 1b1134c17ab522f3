/** A process that sends what is due once: `node send-due.ts HOME`. Tests kill it in the middle. */
import { join } from 'node:path';
import { systemClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { systemRandom } from '@springline/ports/random';
import { platformMigrations } from '../../storage/platform/migrations.ts';
import { openDatabase } from '../../storage/sqlite/open.ts';
import { noticeJobs } from '../jobs.ts';
import { loadSealer } from '../seal.ts';

const home = process.argv[2]!;
const database = await openDatabase(join(home, 'test.db'), platformMigrations);
const sealer = loadSealer(join(home, 'notices.key'), systemRandom);
const [send] = noticeJobs({ database, clock: systemClock, log: silentLog, sealer });
await send!.run({ now: systemClock.now(), signal: new AbortController().signal });
await database.close();
