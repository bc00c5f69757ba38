import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { TEST_CERTIFICATE, TEST_KEY } from './tls-receiver';

/** A mail that the server has accepted. */
export interface ReceivedMail {
  from: string;
  to: string;
  /** The headers by name in lower case; a header that occurs several times has all its values. */
  headers: Record<string, string[]>;
  /** The message as it was sent. */
  raw: string;
  isEncrypted: boolean;
  user: string | undefined;
}

/** How the server treats mails to a recipient. */
export interface MailBehaviour {
  /** The reply to `RCPT TO`, instead of 250. */
  recipient?: number;
  /** The reply to the message, instead of 250. */
  message?: number;
  /** The mail is accepted, and the reply to it follows after so many milliseconds; `never`: not at all. */
  after?: number | 'never';
}

/** A mail server on loopback. */
export interface MailServer {
  readonly port: number;
  readonly url: string;
  /** Accepted mails, in the order in which they arrived. */
  readonly received: ReceivedMail[];
  /** The recipients of all attempts, also of refused ones. */
  readonly attempts: string[];
  /** The highest number of mails that were received at the same time. */
  readonly mostOpen: number;
  answer(recipient: string, behaviour: (attempt: number) => MailBehaviour): void;
  of(recipient: string): ReceivedMail[];
  /** Starts again at the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface MailServerOptions {
  tls?: 'none' | 'starttls' | 'implicit';
  credentials?: { user: string; password: string };
}

const refusal = (responseCode: number): Error =>
  Object.assign(new Error('refused by the test'), { responseCode });

export async function startMailServer({
  tls = 'none',
  credentials,
}: MailServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const attempts: string[] = [];
  const behaviours = new Map<string, (attempt: number) => MailBehaviour>();
  const current = new Map<string, MailBehaviour>();
  let [open, mostOpen, port] = [0, 0, 0];
  let server: SMTPServer;

  const create = (): SMTPServer =>
    new SMTPServer({
      secure: tls === 'implicit',
      cert: TEST_CERTIFICATE,
      key: TEST_KEY,
      hideSTARTTLS: tls === 'none',
      authOptional: credentials === undefined,
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onAuth({ username, password }, _session, done) {
        const isValid = username === credentials?.user && password === credentials?.password;
        if (isValid) done(null, { user: username });
        else done(Object.assign(new Error('invalid login'), { responseCode: 535 }));
      },
      onRcptTo({ address }, _session, done) {
        attempts.push(address);
        const count = attempts.filter((one) => one === address).length;
        const behaviour = behaviours.get(address)?.(count) ?? {};
        current.set(address, behaviour);
        done(behaviour.recipient === undefined ? null : refusal(behaviour.recipient));
      },
      onData(stream, session, done) {
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo[0]?.address ?? '';
        const { message, after = 0 } = current.get(to) ?? {};
        void textOf(stream).then((raw) => {
          open -= 1;
          if (message !== undefined) return done(refusal(message));
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to,
            headers: headersOf(raw),
            raw,
            isEncrypted: session.secure,
            user: session.user as string | undefined,
          });
          if (after !== 'never') setTimeout(() => done(null), after);
        });
      },
    });

  async function start(): Promise<void> {
    server = create();
    // A client that disconnects is no fault of the test.
    server.on('error', () => undefined);
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    ({ port } = server.server.address() as AddressInfo);
  }

  await start();
  return {
    get port() {
      return port;
    },
    get url() {
      return `smtp://127.0.0.1:${String(port)}`;
    },
    received,
    attempts,
    get mostOpen() {
      return mostOpen;
    },
    answer: (recipient, behaviour) => void behaviours.set(recipient, behaviour),
    of: (recipient) => received.filter(({ to }) => to === recipient),
    start,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function textOf(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** RFC 5322 §2.2: a line that begins with white space continues the header before it. */
export function headersOf(raw: string): Record<string, string[]> {
  const [head = ''] = raw.split('\r\n\r\n');
  const headers: Record<string, string[]> = {};
  for (const line of head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const at = line.indexOf(':');
    (headers[line.slice(0, at).toLowerCase()] ??= []).push(line.slice(at + 1).trim());
  }
  return headers;
}

/** The text of a message with quoted-printable decoded, for ASCII. */
export const readable = (raw: string): string =>
  raw
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
