/**
 * The bridge answers of a home: `control-plane/pks/<component>.json`, one per component, signed on the release side and
 * only passed on here. The control plane holds no key that could make one, and clients verify what they get.
 */
import {
  type BridgeAnswer,
  type BridgeEnvelope,
  bridgeAnswerLimitBytes,
  readBridgeAnswer,
} from '@springline/auto-upgrade/pks-bridge/answer';
import { PksError } from '@springline/auto-upgrade/pks-bridge/error';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import { openPlainFile } from '../repository/plain-file.ts';

export interface BridgeFile {
  readonly envelope: BridgeEnvelope;
  readonly answer: BridgeAnswer;
}

export class BridgeFiles {
  readonly #folder: string;
  readonly #log: Log;
  /** By component: what the file of that mark holds. */
  readonly #known = new Map<Component, { readonly mark: string; readonly file: BridgeFile | undefined }>();

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Undefined when none is signed, and when the file cannot be used, which is logged once. */
  async read(component: Component): Promise<BridgeFile | undefined> {
    const plain = await openPlainFile(this.#folder, [`${component}.json`]);
    if (plain === undefined) return undefined;
    try {
      const known = this.#known.get(component);
      if (known?.mark === plain.mark) return known.file;
      const file = this.#parsed(
        component,
        plain.sizeBytes > bridgeAnswerLimitBytes ? Buffer.alloc(0) : await plain.handle.readFile(),
      );
      this.#known.set(component, { mark: plain.mark, file });
      return file;
    } finally {
      await plain.handle.close();
    }
  }

  /** Every answer that there is. */
  async list(): Promise<readonly BridgeAnswer[]> {
    const files = await Promise.all(components.map((component) => this.read(component)));
    return files.flatMap((file) => (file === undefined ? [] : [file.answer]));
  }

  #parsed(component: Component, bytes: Uint8Array): BridgeFile | undefined {
    try {
      const file = readBridgeAnswer(bytes);
      if (file.answer.component === component) return file;
      this.#log.error(events.pksAnswerUnusable, { component, code: 'pks-answer-other-component' });
    } catch (error) {
      if (!(error instanceof PksError)) throw error;
      this.#log.error(events.pksAnswerUnusable, { component, code: error.code });
    }
    return undefined;
  }
}
