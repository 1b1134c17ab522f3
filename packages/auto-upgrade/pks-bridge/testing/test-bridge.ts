/** An Image repository in memory that signs bridge answers, and what a client of it trusts. For tests only. */
import type { EpochMs } from '@springline/ports/clock';
import { readOwnRoot } from '@springline/tuf/client/trusted-set';
import { HostileRepository } from '@springline/tuf/testing/hostile-repository';
import { type Component, componentTargetPath } from '../../release/target-path.ts';
import { type BridgeAnswer, signBridgeAnswer, verifyBridgeAnswer } from '../answer.ts';

export class TestBridge {
  readonly #image: HostileRepository;

  constructor(nowMs: number) {
    this.#image = new HostileRepository(nowMs as EpochMs);
  }

  /** The bridge is 2.3.6.0, from 2.0.0.0 on, for one platform. */
  answer(component: Component): BridgeAnswer {
    const path = componentTargetPath({ component, version: '2.3.6.0', platform: 'linux-x64' });
    return {
      component,
      version: '2.3.6.0',
      releaseNumber: 6,
      signedAt: '2026-11-20T08:00:00Z',
      imageRoot: this.#image.pin(),
      upgradesFrom: '2.0.0.0',
      archives: [
        {
          ...{ platform: 'linux-x64', path, length: 9, sha256: 'ab'.repeat(32) },
          transport: { path: `${path}.zst`, length: 3, sha256: 'cd'.repeat(32) },
        },
      ],
    };
  }

  signed(component: Component): Uint8Array {
    return signBridgeAnswer(this.answer(component), this.#image.signers.targets);
  }

  /** As a client does that pinned the root. @throws {PksError} */
  verified(bytes: Uint8Array, component: Component): BridgeAnswer {
    const { root } = readOwnRoot(this.#image.files.get('1.root.json')!);
    return verifyBridgeAnswer(bytes, { root, imageRoot: this.#image.pin(), component });
  }
}
