import { UNAVAILABLE } from '../contracts/problem-types';
import { z } from 'zod';
import { type Metrics } from '../observability/metrics';
import { HEALTH_TAG } from './health-operations';
import { operation, type Operation } from './operation';

/** `GET /metrics`, for a Prometheus that gets its token by client credentials (`oauth2` in its scrape configuration). */
export function metricsOperation(metrics: Metrics): Operation {
  return operation({
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag: HEALTH_TAG.name,
    summary: 'Read the metrics of this instance',
    description: 'In the text format of Prometheus.',
    access: 'ops:manage',
    quota: 'none',
    problems: [UNAVAILABLE],
    answers: {
      200: {
        description: 'the metrics',
        content: {
          'text/plain': { schema: z.string(), example: 'events_unpublished{service="order-service"} 0\n' },
        },
      },
    },
    async handle({ response }) {
      response.set({ 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' });
      response.send(await metrics.text());
    },
  });
}
