import { randomUUID } from 'node:crypto';
import { type Logger } from '../observability/logger';
import { cachedInstallationId } from '../postgres/installation';
import { type Queryable } from '../postgres/queryable';
import { type Component } from '../runtime/lifecycle';
import { type RedisConnection } from './redis-client';

/** Nothing waits for a subscription, so it may take longer than other commands. */
const SUBSCRIBE_TIMEOUT_MS = 2_000;

export interface RedisSignalOptions {
  connection: RedisConnection;
  /** Identifies the installation, so that systems that share a Redis server do not wake each other. */
  db: Queryable;
  name: string;
  /** Called for each signal of another process. */
  onSignal: () => void;
  logger: Logger;
}

/**
 * A signal between the processes of a service, through publish and subscribe. It can get lost at any time, so it only speeds up readers that
 * poll.
 */
export interface RedisSignal extends Component {
  /** Sends the signal in the background. While it is being sent, any number of further calls send it once more. */
  send(): void;
  /** Begins or ends to receive signals; the connection for that is opened when it is needed first. */
  listen(isListening: boolean): void;
}

export function createRedisSignal({
  connection,
  db,
  name,
  onSignal,
  logger,
}: RedisSignalOptions): RedisSignal {
  const self = randomUUID();
  const installation = cachedInstallationId(db);
  const channel = async (): Promise<string> => `signal:${await installation()}:${name}`;
  // A connection that is subscribed accepts no other commands.
  const subscriber = connection.redis.duplicate({
    lazyConnect: true,
    autoResubscribe: false,
    commandTimeout: SUBSCRIBE_TIMEOUT_MS,
  });
  let [isListening, isRefused] = [false, false];

  const send = createSender(async () => {
    const to = await channel();
    await connection.attempt.run(() => connection.redis.publish(to, self));
  });

  async function update(): Promise<void> {
    const to = await channel();
    if (subscriber.status === 'ready')
      await (isListening ? subscriber.subscribe(to) : subscriber.unsubscribe(to));
  }

  /** After a failure, the connection is opened anew, which subscribes again. That would not help against an error reply, which is logged once. */
  function onFailure(error: Error): void {
    if (error.name !== 'ReplyError') return subscriber.disconnect(true);
    if (!isRefused) logger.warn('redis refuses subscriptions; readers poll', { error: error.message });
    isRefused = true;
  }

  const applySubscription = (): void => void update().catch(onFailure);

  subscriber.on('ready', applySubscription);
  subscriber.on('message', (_channel, from: string) => {
    if (from !== self) onSignal();
  });
  // The connection for commands logs the outage.
  subscriber.on('error', () => undefined);
  return {
    name: `redis signal ${name}`,
    send,
    listen(shouldListen) {
      isListening = shouldListen;
      if (isListening && subscriber.status === 'wait') void subscriber.connect().catch(() => undefined);
      else applySubscription();
    },
    start: () => Promise.resolve(),
    stop() {
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
}

function createSender(publish: () => Promise<unknown>): RedisSignal['send'] {
  let [isSending, isSendingAgain] = [false, false];
  return function send(): void {
    isSendingAgain = isSending;
    if (isSending) return;
    isSending = true;
    void publish()
      .catch(() => undefined)
      .finally(() => {
        isSending = false;
        if (isSendingAgain) send();
      });
  };
}
