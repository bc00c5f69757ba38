import { type OrderEvent, streamOrderEvents } from '../../../client/order-events';
import { type Arrivals, createArrivals } from './arrivals';
import { type Story } from './story';

/** Opens the stream of an order in the background, so that no event is missed during other steps. */
export function followOrder({ orderUrl, variables, cleanup }: Story, name: string): Arrivals<OrderEvent> {
  const arrivals = createArrivals<OrderEvent>();
  const ending = new AbortController();
  const stream = streamOrderEvents({
    baseUrl: orderUrl,
    token: () => Promise.resolve(variables['TOKEN'] ?? ''),
    orderId: variables[name] ?? '',
    signal: ending.signal,
  });
  const reading = (async () => {
    for await (const { event } of stream) arrivals.add(event);
  })();
  void reading.then(
    () => arrivals.end(),
    (error: unknown) => arrivals.end(error),
  );
  cleanup.add(async () => {
    ending.abort();
    await reading.catch(() => undefined);
  });
  return arrivals;
}
