import { EventEmitter, once } from 'node:events';
import { type SQSClient } from '@aws-sdk/client-sqs';
import { carryOut, isAction } from './actions';
import { queueNamed, type Account } from './call';
import { putBack } from './enqueue';
import { mischief, type Mischief } from './mischief';
import { type QueuedMessage } from './queue-state';
import { LostReply, SqsError } from './sqs-error';
import { virtualClock, type VirtualClock } from './virtual-clock';

/** SQS in this process, FIFO queues only, with the rules of the real one and a clock that the test moves. */
export interface StrictSqs {
  readonly clock: VirtualClock;
  readonly mischief: Mischief;
  /** Carries out an action; its input and answer are those of the JSON protocol. @throws SqsError, LostReply */
  call(action: string, input: object, signal?: AbortSignal): Promise<object>;
  /** A client that calls without HTTP in between. */
  readonly client: SQSClient;
  /** What a queue holds, in flight or not, in its order. */
  messages(queue: string): readonly QueuedMessage[];
  /** The queue gives a message again though it was deleted: five times in all, say. */
  deliver(queue: string, times: number, isMeant: (message: QueuedMessage) => boolean): void;
  /** A copy of a message that was sent before, deleted or not, comes behind all that was sent after it. */
  replay(queue: string, isMeant: (message: QueuedMessage) => boolean): void;
  setBaseUrl(url: string): void;
}

export interface StrictSqsOptions {
  /** False: bodies with characters above U+FFFF are refused, as the emulator of local mode refuses them; true by default, as in SQS. */
  takesSupplementary?: boolean;
}

export function strictSqs({ takesSupplementary = true }: StrictSqsOptions = {}): StrictSqs {
  const clock = virtualClock();
  const changes = new EventEmitter().setMaxListeners(0);
  const script = mischief();
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
    const failure = script.failure(action);
    if (failure) throw failure;
    const answer = await carryOut(action, { account, input, signal, refusal: script.refusalOf(action) });
    changes.emit('change');
    if (script.losesReply(action, answer)) throw new LostReply('read ECONNRESET');
    return answer;
  }

  return {
    clock,
    mischief: script,
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

/** As the SDK's client, as far as the project uses it. */
function directClient(call: StrictSqs['call']): SQSClient {
  const send = (
    command: { constructor: { name: string }; input: object },
    options?: { abortSignal?: AbortSignal },
  ) => call(command.constructor.name.replace(/Command$/, ''), command.input, options?.abortSignal);
  return { send } as unknown as SQSClient;
}
