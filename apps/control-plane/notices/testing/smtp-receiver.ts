/** A real SMTP server on a free port of this machine, which keeps what it is sent and can be asked to refuse. */
import { readFileSync } from 'node:fs';
import type { ServerCertificate } from '@springline/tools/services/certificates';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Cleanup } from '../../testing/running-control-plane.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecured: boolean;
  /** Header and body, lines ending with CRLF. */
  readonly text: string;
}

export interface SmtpReceiver {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Passwords that were tried, right or wrong. */
  readonly passwords: readonly string[];
}

interface ReceiverWords {
  readonly certificate?: ServerCertificate;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  /** Answers of the server in place of `250`: to a recipient, and to the n-th message (from 1). */
  refuseRecipient?(address: string): number | undefined;
  refuseMail?(count: number): number | undefined;
  /** Runs when a message is here and before it is acknowledged. */
  beforeAnswer?(): Promise<void>;
}

export async function runSmtpReceiver(t: Cleanup, words: ReceiverWords = {}): Promise<SmtpReceiver> {
  const { certificate, login } = words;
  const mails: ReceivedMail[] = [];
  const passwords: string[] = [];
  let count = 0;
  const options: SMTPServerOptions = {
    logger: false,
    secure: words.secure === true,
    authOptional: login === undefined,
    disabledCommands: [...(certificate === undefined ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])],
    ...(certificate === undefined
      ? {}
      : { cert: readFileSync(certificate.certificateFile), key: readFileSync(certificate.keyFile) }),
    onAuth({ username, password }, _session, done) {
      passwords.push(password ?? '');
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(refusal(535));
    },
    onRcptTo({ address }, _session, done) {
      const code = words.refuseRecipient?.(address);
      done(code === undefined ? null : refusal(code));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        count += 1;
        const code = words.refuseMail?.(count);
        if (code !== undefined) return done(refusal(code));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          isSecured: session.secure,
          text: Buffer.concat(chunks).toString('utf8'),
        });
        await words.beforeAnswer?.();
        done();
      });
    },
  };
  const server = new SMTPServer(options);
  // A client that turns away in the middle of TLS is part of some tests.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as { port: number };
  return { port, mails, passwords };
}

/** The value of a header of a mail, unfolded. */
export function headerOf(mail: ReceivedMail | undefined, name: string): string | undefined {
  const head = mail?.text.split('\r\n\r\n', 1)[0]?.replaceAll(/\r\n[ \t]+/g, ' ') ?? '';
  const line = head.split('\r\n').find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('hunter2 is what the server says'), { responseCode });
}
