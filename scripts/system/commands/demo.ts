import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { call } from '../demo/call';
import { type Cleanup, withCleanup } from '../demo/cleanup';
import { showAnswer, showChecks, showFindings, showHeading, showKept, showRequest } from '../demo/narrate';
import { stepsFor } from '../demo/steps';
import { at, type Answer, type ArrivalStep, type RequestStep, type Story } from '../demo/story';
import { watchWebhooks, type WebhookWatch } from '../demo/watch-webhooks';
import { type DemoSecrets, demoSecrets, hasDemoClients } from '../demo/demo-secrets';
import { OperatorError } from '../operator-error';
import { serviceOrigin } from '../components/service-origin';
import { settingsInForce } from '../instance/settings-in-force';
import { sendsWebhooksHere, type Settings } from '../settings';
import { currentSystem } from '../system';
import { commandLine, secondsSince, styled } from '../terminal';
import { up } from './up';

const POLL_MS = 200;
const LONGEST_POLL_MS = 20_000;

/**
 * Starts the system if it is down and follows an order with real requests. Each response is checked; the first unexpected response ends
 * the demo. `--interactive` waits for Enter between the steps.
 */
export async function demo(given: Settings, options: { interactive: boolean }): Promise<number> {
  if (!hasDemoClients(given, currentSystem(settingsInForce(given)).infra)) throw needsDemoClients();
  await up(given);
  const settings = settingsInForce(given);
  const secrets = await demoSecrets(settings);
  return withCleanup(async (cleanup) => {
    const story = await newStory(settings, secrets, cleanup);
    await tellAll(story, options);
    return 0;
  });
}

async function tellAll(story: Story, { interactive }: { interactive: boolean }): Promise<void> {
  const start = performance.now();
  const steps = stepsFor(story);
  for (const [index, step] of steps.entries()) {
    if (interactive && index > 0 && !step.follows) await enter();
    showHeading(index + 1, steps.length, step);
    await ('request' in step ? tell(step, story) : tellArrivals(step, story));
  }
  console.log(`\n${styled('green', `All ${String(steps.length)} steps passed in ${secondsSince(start)}.`)}`);
  console.log(`The system keeps running: ${commandLine('down')} stops it.`);
  console.log(`Try every operation at ${story.orderUrl}/docs and ${story.deliveryUrl}/docs.`);
  console.log('More examples: demo/curl-examples.md.');
}

const needsDemoClients = (): OperatorError =>
  new OperatorError(
    'demo needs the clients demo-client and demo-other, which are not created in an external database: use INFRA=local with a new LOCAL_DIR, ' +
      'or, for an external database on this machine, SEED_DEMO_CLIENTS=true; if both exist, set DEMO_CLIENT_SECRET and DEMO_OTHER_SECRET.',
  );

async function tell(step: RequestStep, story: Story): Promise<void> {
  const request = step.request(story);
  showRequest(request, step, story);
  const answer = await answerTo(step, story);
  showAnswer(answer, step);
  showChecks(step.checks(story), answer, story);
  if (step.keep) story.variables[step.keep.as] = String(at(answer.body, step.keep.member));
  showKept(step, story);
  step.remember?.(answer, story);
}

async function tellArrivals({ command, show }: ArrivalStep, story: Story): Promise<void> {
  if (command) showRequest(command(story), {}, story);
  showFindings(await show(story));
}

async function answerTo(step: RequestStep, story: Story): Promise<Answer> {
  const deadline = performance.now() + LONGEST_POLL_MS;
  for (;;) {
    const answer = await call(step.request(story), story);
    if (!step.until || step.until(answer, story) || performance.now() > deadline) return answer;
    await delay(POLL_MS);
  }
}

async function newStory(settings: Settings, secrets: DemoSecrets, cleanup: Cleanup): Promise<Story> {
  return {
    orderUrl: serviceOrigin(settings),
    deliveryUrl: serviceOrigin(settings, 'deliveryService'),
    secrets,
    run: randomBytes(3).toString('hex'),
    variables: {},
    webhooks: await startReceiver(settings, cleanup),
    cleanup,
    firstAnswer: '',
    events: null,
  };
}

/** Null, with a note, when the Order Service does not send webhooks to this machine. */
async function startReceiver(settings: Settings, cleanup: Cleanup): Promise<WebhookWatch | null> {
  if (!sendsWebhooksHere(settings, currentSystem(settings).infra)) {
    const text =
      'The steps about webhooks are left out: the Order Service sends webhooks to this machine only';
    console.log(`\n${text}\nwith WEBHOOK_ALLOW_LOOPBACK=true.`);
    return null;
  }
  const webhooks = await watchWebhooks();
  cleanup.add(() => webhooks.close());
  return webhooks;
}

/** After the end of the input (no terminal) the demo continues without waiting. */
async function enter(): Promise<void> {
  if (process.stdin.readableEnded) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = once(terminal, 'close');
  // Without this, readline turns Ctrl-C into the end of the input.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  await Promise.race([terminal.question(styled('dim', '\n       Enter for the next step ')), ended]);
  terminal.close();
}
