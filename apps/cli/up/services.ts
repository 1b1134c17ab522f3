/** The control plane and the release keeper as programs that are kept running beside each other. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';

const controlPlaneMain = fileURLToPath(import.meta.resolve('@springline/control-plane/main'));
const keeperMain = join(import.meta.dirname, '..', 'release', 'main.ts');
// Half the memory of an idle process for a fifth of its peak throughput: right for one machine.
const smallMemory = ['--max-semi-space-size=2', '--optimize-for-size'];

/** Hears of a program that ended by itself and is started again. */
type Told = (line: string) => void;

export function controlPlaneChild(
  place: { readonly home: string; readonly port: number; readonly url: string; readonly portal: string },
  tell: Told,
): Child {
  const { home, port, url, portal } = place;
  const words = ['--home', home, '--port', String(port), '--public-url', url, '--portal', portal];
  return new Child({
    name: 'control plane',
    logFile: join(home, 'logs', 'control-plane.log'),
    command: () => ({ program: process.execPath, arguments: [...smallMemory, controlPlaneMain, ...words] }),
    ended: (reason) => tell(`control plane ${reason}; it is started again`),
  });
}

/** The release side: keys that the control plane never sees, in a process of their own. */
export function keeperChild({ home, bundles }: { readonly home: string; readonly bundles: string }, tell: Told): Child {
  const words = ['--home', home, '--bundles', bundles];
  return new Child({
    name: 'release keeper',
    logFile: join(home, 'logs', 'release.log'),
    command: () => ({ program: process.execPath, arguments: [...smallMemory, keeperMain, ...words] }),
    ended: (reason) => tell(`release keeper ${reason}; it is started again`),
  });
}
