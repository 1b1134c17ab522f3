/** `installFirst` as a process of its own, which a test may kill: URL, home and pins as arguments. For tests only. */
import { installFirst } from '../upgrader/first-install.ts';
import { component } from './update-world.ts';

const [home = '', url = '', image = '', director = ''] = process.argv.slice(2);
await installFirst(
  { home, url, pins: { image, director }, components: [component] },
  () => undefined,
  new AbortController().signal,
);
