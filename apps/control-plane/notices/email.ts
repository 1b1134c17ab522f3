/**
 * Notices by e-mail, over SMTP. TLS is required: from the start with `smtps://`, by STARTTLS with `smtp://`. Only towards
 * a host that the operator allowed as private may it be missing, and never where a password is sent.
 *
 * The message has one Message-ID for all tries, so a mailbox that shows one message twice is the most that a kill between
 * sending and remembering can do.
 */

import type { EpochMs } from '@springline/ports/clock';
import { createTransport } from 'nodemailer';
import { openSocket, openTls, type Resolve, tlsOptions } from '../egress/connect.ts';
import { EgressError } from '../egress/error.ts';
import { destinationOf, type EmailSettings } from './channel.ts';
import { DeliveryError } from './delivery-error.ts';
import { type Notice, noticeIdHeader } from './notice.ts';

/** For the whole conversation with the mail server; shorter than a caller waits for a test notice. */
const conversationMs = 20_000;

interface MailError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message: string;
}

/** What a try may use. */
export interface Sending {
  readonly now: EpochMs;
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

/**
 * One try. Resolves when the server has taken the message for at least one recipient, with a note where it refused others.
 *
 * @throws {EgressError} {DeliveryError}
 */
export async function sendEmail(
  settings: EmailSettings,
  password: string | undefined,
  notice: Notice,
  { now, signal, resolve }: Sending,
): Promise<string | undefined> {
  const destination = destinationOf({ kind: 'email', settings });
  const { host, port, allowPrivate, url } = destination;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(conversationMs)]);
  const socket = await openSocket(destination, limit, resolve);
  try {
    const isSecured = url.protocol === 'smtps:';
    const connection = isSecured ? await openTls(socket, host, settings.authority, limit) : socket;
    const transport = createTransport({
      host,
      port,
      connection,
      secure: isSecured,
      secured: isSecured,
      requireTLS: !allowPrivate || password !== undefined,
      tls: tlsOptions(host, settings.authority),
      ...(settings.user === undefined ? {} : { auth: { user: settings.user, pass: password ?? '' } }),
      greetingTimeout: conversationMs,
      socketTimeout: conversationMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const taken = await transport.sendMail(messageOf(settings, notice, now));
    const refused = taken.rejected?.length ?? 0;
    return refused === 0 ? undefined : `mail-refused (${refused} of ${settings.to.length} recipients)`;
  } catch (error) {
    if (limit.aborted) throw new EgressError('no-answer-in-time', `${host} did not take the mail in time`);
    throw error instanceof EgressError ? error : mailError(error as MailError);
  } finally {
    socket.destroy();
  }
}

function messageOf({ from, to }: EmailSettings, notice: Notice, now: EpochMs) {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    from: { name: 'Springline', address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: notice.subject,
    text: `${notice.text}\n\n-- \nSpringline, notice ${notice.id}\n`,
    messageId: `<${notice.id}@${domain}>`,
    date: new Date(now),
    headers: { [noticeIdHeader]: notice.id, 'Auto-Submitted': 'auto-generated' },
  };
}

function mailError(error: MailError): Error {
  const { code, responseCode } = error;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? '')?.[1];
  const status = [responseCode, enhanced].filter((part) => part !== undefined).join(' ');
  const cause = { cause: error };
  if (code === 'EAUTH' || code === 'ENOAUTH' || responseCode === 530) {
    return new DeliveryError('mail-login-refused', status || undefined, cause);
  }
  if (code === 'ETLS' || /certificate|self.signed|altnames|ssl|tls/i.test(error.message)) {
    return new EgressError('tls-refused', 'the mail server has no trusted TLS', cause);
  }
  if (responseCode !== undefined && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    return new DeliveryError('mail-refused', status, cause);
  }
  if (responseCode !== undefined || code === 'EPROTOCOL') {
    return new DeliveryError('mail-postponed', status || undefined, cause);
  }
  return new EgressError('connection-failed', 'the conversation with the mail server broke off', cause);
}
