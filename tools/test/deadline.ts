/**
 * Ends a test file that takes longer than ten minutes: preloaded into each test process by `run.ts`.
 *
 * Node's own `--test-timeout` is for tests that wait. A file that spins, or whose server nobody closed, stays for ever and
 * the run with it. A thread sees to both: it needs no turn of the main thread's event loop, and it does not keep the process.
 */
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Only the test of this file asks for less, as a part of the URL that it preloads. */
const timeoutMs = Number(new URL(import.meta.url).searchParams.get('timeoutMs') ?? 10 * 60_000);

if (process.env['NODE_TEST_CONTEXT'] !== undefined) {
  const message = `${basename(process.argv[1] ?? '')} was ended: it took longer than ${timeoutMs} ms\n`;
  const watch = `
    setTimeout(() => {
      require('node:fs').writeSync(2, ${JSON.stringify(message)});
      process.kill(process.pid, 'SIGKILL');
    }, ${timeoutMs});`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
