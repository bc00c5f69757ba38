import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { CLOCK_LEEWAY_SECONDS } from '../../../shared/auth/access-token';
import { type Scope, SEE_ALL_SCOPES } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { type Component } from '../../../shared/runtime/lifecycle';
import { TOO_MANY_STREAMS } from '../domain/problem-types';

/** The claims of the access token with which a stream was opened. */
export interface StreamCaller {
  clientId: string;
  jti: string;
  scopes: readonly string[];
  /** Seconds since 1970. */
  expiresAt: number;
}

export type TokenEnd = 'token_expired' | 'token_revoked';

/** An open connection that receives events, of any transport. */
export interface OpenStream {
  /** Called about once a second, with the milliseconds of the monotonic clock: sends what is due and checks time limits. */
  onTick(now: number): void;
  /** The access token does not permit the stream any more. */
  onTokenEnd(reason: TokenEnd): void;
}

/** Returns the scopes that the clients of tokens have now, by token id; without the tokens that are not active. */
export type LookUpTokens = (
  tokens: readonly StreamCaller[],
) => Promise<ReadonlyMap<string, readonly string[]>>;

export interface OpenStreamsOptions {
  /** The maximum number of streams of one client, and of all clients, in this process. */
  maxPerClient: number;
  max: number;
  lookUpTokens: LookUpTokens;
  logger: Logger;
}

/** The open streams of this process, with one timer for all of them. */
export interface OpenStreams extends Component {
  /**
   * @throws AppError `quota_exceeded` (`too_many_streams`) when the client has too many, `unavailable` when the process has too many.
   */
  add(caller: StreamCaller, stream: OpenStream): void;
  /** Without effect for a stream that was removed before. */
  remove(caller: StreamCaller, stream: OpenStream): void;
  count(): number;
  /** Looks up the tokens of all streams once, for tests. */
  checkTokens(): Promise<void>;
}

const TICK_MS = 1_000;

/** How often the tokens of the streams are looked up, in milliseconds: a revocation takes effect within five seconds (docs/adr/0006). */
const TOKEN_CHECK_MS = 2_500;
const TOKENS_PER_LOOK_UP = 500;

/** After how many seconds a refused client may try again. */
const RETRY_AFTER_SECONDS = 10;

/** The streams that were opened with one token while it gave its client the same view: the events of its own orders, or of all. */
interface TokenStreams {
  caller: StreamCaller;
  /** When they end, in milliseconds since 1970. */
  endsAt: number;
  streams: Set<OpenStream>;
}

export function createOpenStreams(options: OpenStreamsOptions): OpenStreams {
  const streams = new Streams(options);
  let timer: NodeJS.Timeout | undefined;
  const tokenChecks: BackgroundLoop = createBackgroundLoop({
    name: 'stream tokens',
    idleMs: TOKEN_CHECK_MS,
    logger: options.logger,
    async step() {
      await streams.checkTokens();
      return 'idle';
    },
  });
  return {
    name: 'open streams',
    add: (caller, stream) => streams.add(caller, stream),
    remove: (caller, stream) => streams.remove(caller, stream),
    count: () => streams.count,
    checkTokens: () => streams.checkTokens(),
    async start() {
      timer = setInterval(() => streams.tick(), TICK_MS);
      await tokenChecks.start();
    },
    async stop() {
      clearInterval(timer);
      await tokenChecks.stop();
    },
  };
}

class Streams {
  count = 0;
  private readonly byToken = new Map<string, TokenStreams>();
  private readonly perClient = new Map<string, number>();

  constructor(private readonly options: OpenStreamsOptions) {}

  add(caller: StreamCaller, stream: OpenStream): void {
    const ofClient = this.perClient.get(caller.clientId) ?? 0;
    if (ofClient >= this.options.maxPerClient) throw tooMany(this.options.maxPerClient);
    if (this.count >= this.options.max)
      throw new AppError(UNAVAILABLE, 'this instance has too many streams; try again', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    this.perClient.set(caller.clientId, ofClient + 1);
    this.count += 1;
    const ofToken = this.byToken.get(keyOf(caller));
    if (ofToken) ofToken.streams.add(stream);
    else this.byToken.set(keyOf(caller), { caller, endsAt: endOf(caller), streams: new Set([stream]) });
  }

  remove(caller: StreamCaller, stream: OpenStream): void {
    const ofToken = this.byToken.get(keyOf(caller));
    if (!ofToken?.streams.delete(stream)) return;
    if (ofToken.streams.size === 0) this.byToken.delete(keyOf(caller));
    this.count -= 1;
    const ofClient = (this.perClient.get(caller.clientId) ?? 1) - 1;
    if (ofClient > 0) this.perClient.set(caller.clientId, ofClient);
    else this.perClient.delete(caller.clientId);
  }

  tick(): void {
    const now = performance.now();
    const time = Date.now();
    for (const ofToken of [...this.byToken.values()]) {
      if (time >= ofToken.endsAt) endEach(ofToken, 'token_expired');
      else for (const stream of [...ofToken.streams]) stream.onTick(now);
    }
  }

  async checkTokens(): Promise<void> {
    const tokens = [...this.byToken.values()];
    for (let index = 0; index < tokens.length; index += TOKENS_PER_LOOK_UP) {
      const some = tokens.slice(index, index + TOKENS_PER_LOOK_UP);
      const scopes = await this.options.lookUpTokens(some.map(({ caller }) => caller));
      for (const ofToken of some)
        if (!isPermitted(ofToken.caller, scopes.get(ofToken.caller.jti))) endEach(ofToken, 'token_revoked');
    }
  }
}

function endEach({ streams }: TokenStreams, reason: TokenEnd): void {
  for (const stream of [...streams]) stream.onTokenEnd(reason);
}

/** A token is accepted for some seconds after its end, because clocks differ; a stream that is opened then ends with these seconds. */
function endOf({ expiresAt }: StreamCaller): number {
  const end = expiresAt * 1_000;
  return Date.now() < end ? end : end + CLOCK_LEEWAY_SECONDS * 1_000;
}

const REQUIRED_SCOPE: Scope = 'order:read';

/** Whether a stream may continue with the scopes that the client has now: it sees as much as when it was opened. */
function isPermitted(caller: StreamCaller, clientScopes: readonly string[] | undefined): boolean {
  if (!clientScopes) return false;
  const kept = caller.scopes.filter((scope) => clientScopes.includes(scope));
  return kept.includes(REQUIRED_SCOPE) && seesAll(kept) === seesAll(caller.scopes);
}

/** The client may have gained or lost scopes between two streams of one token. */
const keyOf = ({ jti, scopes }: StreamCaller): string => `${jti} ${seesAll(scopes)}`;

const seesAll = (scopes: readonly string[]): boolean =>
  SEE_ALL_SCOPES.some((scope) => scopes.includes(scope));

const tooMany = (max: number): AppError =>
  new AppError(TOO_MANY_STREAMS, `a client can have ${max} streams at once; close one or try again later`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
