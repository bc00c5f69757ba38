import { EventEmitter, once } from 'node:events';
import { type SQSClient } from '@aws-sdk/client-sqs';
import { carryOut, isAction } from './actions';
import { queueNamed, type Account } from './call';
import { putBack } from './enqueue';
import { faultInjection, type FaultInjection } from './fault-injection';
import { type QueuedMessage } from './queue-state';
import { LostReply, SqsError } from './sqs-error';
import { virtualClock, type VirtualClock } from './virtual-clock';

/** A simulator of SQS FIFO queues in this process, with the rules of SQS and a virtual clock. */
export interface StrictSqs {
  readonly clock: VirtualClock;
  readonly faults: FaultInjection;
  /** Executes an action with the input and output of the JSON protocol. @throws SqsError, LostReply */
  call(action: string, input: object, signal?: AbortSignal): Promise<object>;
  /** A client that calls without HTTP. */
  readonly client: SQSClient;
  /** The messages of a queue, in flight or not, in order. */
  messages(queue: string): readonly QueuedMessage[];
  /** The queue delivers a message several times in total, although it was deleted. */
  deliver(queue: string, times: number, isMeant: (message: QueuedMessage) => boolean): void;
  /** Adds a copy of an earlier message, deleted or not, behind all later messages. */
  replay(queue: string, isMeant: (message: QueuedMessage) => boolean): void;
  setBaseUrl(url: string): void;
}

export interface StrictSqsOptions {
  /** False: bodies with characters above U+FFFF are refused, as in the emulator of local mode. Default: true, as in SQS. */
  takesSupplementary?: boolean;
}

export function strictSqs({ takesSupplementary = true }: StrictSqsOptions = {}): StrictSqs {
  const clock = virtualClock();
  const changes = new EventEmitter().setMaxListeners(0);
  const planned = faultInjection();
  const account: Account = {
    clock,
    takesSupplementary,
    queues: new Map(),
    baseUrl: 'http://strict-sqs',
    changed: (signal) => once(changes, 'change', { signal }).then(ignore, ignore),
  };
  clock.onAdvance(() => changes.emit('change'));

  async function call(action: string, input: object, signal = new AbortController().signal): Promise<object> {
    if (!isAction(action)) throw new SqsError('UnknownOperationException', '');
    const failure = planned.failure(action);
    if (failure) throw failure;
    const answer = await carryOut(action, { account, input, signal, refusal: planned.refusalOf(action) });
    changes.emit('change');
    if (planned.losesReply(action, answer)) throw new LostReply('read ECONNRESET');
    return answer;
  }

  return {
    clock,
    faults: planned,
    call,
    client: directClient(call),
    messages: (queue) => queueNamed(account, queue).messages,
    deliver(name, times, isMeant) {
      const queue = queueNamed(account, name);
      const left = new Map<string, number>();
      queue.onRemoved = (message) => {
        const rest = (left.get(message.messageId) ?? times) - 1;
        left.set(message.messageId, rest);
        if (rest > 0 && isMeant(message)) putBack(queue, message, 'its old place', clock.now());
      };
    },
    replay(name, isMeant) {
      const queue = queueNamed(account, name);
      for (const message of [...queue.sent.values()].filter(isMeant))
        putBack(queue, message, 'the end', clock.now());
      changes.emit('change');
    },
    setBaseUrl: (url) => void (account.baseUrl = url),
  };
}

const ignore = (): void => undefined;

/** The part of the SDK client that the project uses. */
function directClient(call: StrictSqs['call']): SQSClient {
  const send = (
    command: { constructor: { name: string }; input: object },
    options?: { abortSignal?: AbortSignal },
  ) => call(command.constructor.name.replace(/Command$/, ''), command.input, options?.abortSignal);
  return { send } as unknown as SQSClient;
}
