import { z } from 'zod';

/** The installation that answers, to distinguish two on one machine. Absent unless INSTANCE_ID is set. */
const instanceId = z.string().optional().describe('INSTANCE_ID of the installation that responds');

const componentHealth = z
  .object({
    status: z.enum(['up', 'down']),
    error: z
      .string()
      .optional()
      .describe('why the component is down, from a fixed set of texts; the log has the details'),
    warning: z.string().optional().describe('the component is up, but an operator should act on this'),
  })
  .meta({ id: 'ComponentHealth' });
export type ComponentHealth = z.infer<typeof componentHealth>;

/** The health of a service and of the components that it depends on. */
export const healthResource = z
  .object({
    status: z
      .enum(['up', 'degraded', 'down'])
      .describe('degraded: slower or delayed, but every request is served'),
    service: z.string(),
    instance_id: instanceId,
    uptime_seconds: z.int().min(0),
    components: z.record(z.string(), componentHealth),
  })
  .meta({ id: 'Health' });

/** The answer of a probe. */
export const probeResource = z
  .object({ status: z.enum(['up', 'down']), service: z.string(), instance_id: instanceId })
  .meta({ id: 'Probe' });
