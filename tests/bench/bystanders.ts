import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type AnswersByKind, type BystanderAnswers, type BystanderOptions } from './bystander-sender';
import { latencyFigures, type Measurement, percentilesOf } from './measurement';

/** Buyers in a process of its own, so that another load does not delay their requests and answers. */
export interface Bystanders {
  /** The answers to the orders that were due since the previous call, after the last of them. */
  take(): Promise<AnswersByKind>;
  stop(): void;
}

export function startBystanders(options: BystanderOptions): Bystanders {
  const sender = fork(join(__dirname, 'bystander-sender.ts'));
  sender.send(options);
  return {
    async take() {
      const answered = once(sender, 'message');
      sender.send('take');
      const [answers] = (await answered) as [AnswersByKind];
      return answers;
    },
    stop: () => sender.disconnect(),
  };
}

/** The measurement of bystanders beside another load, compared with the same bystanders beside each of the other loads. */
export function besideMeasurement(
  name: string,
  answers: BystanderAnswers,
  comparedWith: Readonly<Record<string, BystanderAnswers>>,
): Measurement {
  const latency = percentilesOf(answers.took);
  const ratios = Object.entries(comparedWith).map(([load, { took }]) => [
    `p99 to that ${load}`,
    { value: latency.p99 / percentilesOf(took).p99, unit: '', better: 'lower' as const },
  ]);
  return {
    name,
    figures: {
      ...latencyFigures(latency),
      ...(Object.fromEntries(ratios) as Measurement['figures']),
      errors: { value: answers.errors, unit: '', better: 'lower' },
    },
    processes: [],
    notes: [`${String(answers.took.length)} orders`],
  };
}
