/**
 * Whether what a component depends on can be reached from here: asked by the Updater itself, so that a build is not
 * blamed for a lost network, nor excused when only the build cannot get through (rule S18). Imports nothing from npm.
 */
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Dependency } from '../../channel.ts';

const probeTimeoutMs = 3_000;

export async function canReach(dependencies: readonly Dependency[]): Promise<boolean> {
  const answers = await Promise.all(dependencies.map(reaches));
  return answers.every(Boolean);
}

function reaches(dependency: Dependency): Promise<boolean> {
  if (dependency.kind === 'file') {
    return access(dependency.path).then(
      () => true,
      () => false,
    );
  }
  return new Promise((resolve) => {
    const socket = connect({ host: dependency.host, port: dependency.port, timeout: probeTimeoutMs });
    const end = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
