import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../demo/call';
import { showAnswer, showChecks, showHeading, showKept, showRequest } from '../demo/narrate';
import { STEPS } from '../demo/steps';
import { at, type Answer, type Step, type Story } from '../demo/story';
import { OperatorError } from '../operator-error';
import { demoClientWorks } from '../preparation/demo-token';
import { seedsDemoClients, type Settings } from '../settings';
import { currentSystem } from '../system';
import { secondsSince, styled } from '../terminal';
import { up } from './up';

const POLL_MS = 200;
const LONGEST_POLL_MS = 20_000;

/**
 * Starts the system if it is down and tells the story of an order with real requests, each checked against what must come.
 * The first that is not as expected ends it. `--interactive` waits for Enter between the steps.
 */
export async function demo(settings: Settings, args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--interactive');
  if (unknown !== undefined)
    throw new OperatorError(`demo does not know "${unknown}"; it takes --interactive.`);
  if (!seedsDemoClients(settings, currentSystem(settings).infra)) throw needsDemoClients();
  await up(settings);
  const start = performance.now();
  const story = newStory(settings);
  if (!(await demoClientWorks(story.orderUrl))) throw needsDemoClients();
  for (const [index, step] of STEPS.entries()) {
    if (args.includes('--interactive') && index > 0 && !step.follows) await enter();
    showHeading(index + 1, STEPS.length, step);
    await tell(step, story);
  }
  console.log(
    `\n${styled('green', `All ${String(STEPS.length)} steps went as they should, in ${secondsSince(start)}.`)}`,
  );
  console.log('The system keeps running: ./scripts/manage-system.sh down stops it.');
  console.log(`Every operation can be tried at ${story.orderUrl}/docs and ${story.deliveryUrl}/docs.`);
  console.log('More to try: demo/curl-examples.md.');
  return 0;
}

const needsDemoClients = (): OperatorError =>
  new OperatorError(
    'demo needs the clients demo-client, demo-other and demo-operator with the secret demo-secret, which external infrastructure does not ' +
      'get and which are never given back: use INFRA=local with a fresh LOCAL_DIR, or, for an external database on this machine, SEED_DEMO_CLIENTS=true.',
  );

async function tell(step: Step, story: Story): Promise<void> {
  await step.before?.(story);
  const request = step.request(story);
  showRequest(request, step, story);
  const answer = await answerTo(step, story);
  showAnswer(answer, step);
  showChecks(step.checks(story), answer, story);
  if (step.keep) story.variables[step.keep.as] = String(at(answer.body, step.keep.member));
  showKept(step, story);
  step.remember?.(answer, story);
}

async function answerTo(step: Step, story: Story): Promise<Answer> {
  const deadline = performance.now() + LONGEST_POLL_MS;
  for (;;) {
    const answer = await call(step.request(story), story);
    if (!step.until || step.until(answer) || performance.now() > deadline) return answer;
    await delay(POLL_MS);
  }
}

function newStory({ host, ports }: Settings): Story {
  return {
    orderUrl: `http://${host}:${String(ports.orderService)}`,
    deliveryUrl: `http://${host}:${String(ports.deliveryService)}`,
    run: randomBytes(3).toString('hex'),
    variables: {},
    firstAnswer: '',
    watch: null,
  };
}

/** Where there is nobody to press Enter (input has ended) the demo goes on by itself. */
async function enter(): Promise<void> {
  if (process.stdin.readableEnded) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = once(terminal, 'close');
  await Promise.race([terminal.question(styled('dim', '\n       Enter for the next step ')), ended]);
  terminal.close();
}
