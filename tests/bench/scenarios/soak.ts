import { processFacts } from '../../../scripts/system/processes/process-facts';
import { untilDelivered } from '../delivered';
import { type Figure, type Measurement } from '../measurement';
import { feedAtPace } from '../order-feed';
import { type Scenario } from '../scenario';
import { readServiceMetrics } from '../service-metrics';
import { slopeOf } from '../slope';
import { type System } from '../system';
import { poll } from '../timing';
import { measureSustained } from './pipeline';

const SERVICES = ['order-service', 'delivery-service'] as const;
const SAMPLES_EACH_SECONDS = 5;
/** Share of the samples during which heaps and pools reach their size. */
const WARM_UP_SHARE = 0.25;
const ENDS_WITHIN_MS = 120_000;

interface Sample {
  minutes: number;
  /** By service. */
  megabytes: number[];
  /** The maximum of both services since the previous sample, in milliseconds. */
  eventLoopP99: number;
  unpublished: number;
}

/** A long run at half the throughput of the pipeline, to detect growth. */
export const soak: Scenario = async (context) => {
  const { stack, options, say } = context;
  const { rate } = await measureSustained(context);
  const pace = rate / 2;
  const system = await stack.start({ services: SERVICES });
  try {
    const samples: Sample[] = [];
    const meter = system.meter();
    const start = performance.now();
    meter.start();
    const sampling = poll(async () => {
      samples.push(await takeSample(system, (performance.now() - start) / 60_000));
      say(textOf(samples.at(-1)!));
    }, SAMPLES_EACH_SECONDS);
    await feedAtPace(system, pace, options.minutes * 60);
    await sampling.stop();
    const processes = meter.stop();
    await untilDelivered(system, ENDS_WITHIN_MS);
    const name = `soak for ${String(options.minutes)} min`;
    const notes = [
      `at ${pace.toFixed(0)} orders/s, half of ${rate.toFixed(0)}; slopes after the first quarter`,
    ];
    return [{ name, figures: figuresOf(samples), processes, notes } satisfies Measurement];
  } finally {
    await system.stop();
  }
};

async function takeSample(system: System, minutes: number): Promise<Sample> {
  const metrics = await Promise.all(SERVICES.map((service) => readServiceMetrics(system, service)));
  return {
    minutes,
    megabytes: SERVICES.map((service) => megabytesOf(system.pidOf(service))),
    eventLoopP99: Math.max(...metrics.map(({ eventLoopP99Ms }) => eventLoopP99Ms)),
    unpublished: metrics.reduce((sum, { unpublishedEvents }) => sum + unpublishedEvents, 0),
  };
}

function figuresOf(samples: readonly Sample[]): Record<string, Figure> {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const slope = (of: (sample: Sample) => number): number =>
    slopeOf(warm.map((sample) => [sample.minutes, of(sample)]));
  const most = (of: (sample: Sample) => number): number => Math.max(...warm.map(of));
  const lower = (value: number, unit: string): Figure => ({ value, unit, better: 'lower' });
  const memory = SERVICES.flatMap((service, index) => {
    const of = ({ megabytes }: Sample): number => megabytes[index]!;
    return [
      [`memory of ${service}`, lower(most(of), 'MB')],
      [`memory of ${service}, slope`, lower(slope(of), 'MB/min')],
    ] as const;
  });
  return {
    ...Object.fromEntries(memory),
    'event loop delay p99, worst': lower(
      most(({ eventLoopP99 }) => eventLoopP99),
      'ms',
    ),
    'unpublished events, most': {
      ...lower(
        most(({ unpublished }) => unpublished),
        '',
      ),
      better: null,
    },
    'unpublished events, slope': lower(
      slope(({ unpublished }) => unpublished),
      '/min',
    ),
  };
}

const megabytesOf = (pid: number | null): number =>
  pid === null ? Number.NaN : (processFacts(pid)?.memoryBytes ?? Number.NaN) / 2 ** 20;

const textOf = ({ minutes, megabytes, eventLoopP99, unpublished }: Sample): string =>
  `${minutes.toFixed(1)} min: ${megabytes.map((value) => `${value.toFixed(0)} MB`).join(', ')}, ` +
  `event loop p99 ${eventLoopP99.toFixed(0)} ms, ${String(unpublished)} events unpublished`;
