/** Holds a home until it is killed; says so to its parent. */
import { lockHome } from '../home-lock.ts';

await lockHome(process.argv[2]!);
process.send?.('held');
// The lock alone keeps no process running.
process.on('message', () => {});
