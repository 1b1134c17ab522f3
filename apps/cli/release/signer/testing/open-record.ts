/** Opens a signer's record, which gets a checkpoint, in a process of its own: `FILE`. */
import { SignerRecord } from '../record.ts';

SignerRecord.open(process.argv[2]!, { limitBytes: 1_000_000, reserveBytes: 0, condenseAboveBytes: 0 });
