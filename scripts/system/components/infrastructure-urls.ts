import { externalUrls, type ExternalUrls, type Infra, type Settings } from '../settings';

/** The URLs of the local infrastructure. */
export function infrastructureUrls(settings: Settings, infra: Infra): ExternalUrls {
  if (infra === 'external') return externalUrls(settings.environment);
  const { postgres, redis, sqs } = settings.ports;
  const databases = `postgresql://postgres@127.0.0.1:${String(postgres)}`;
  return {
    ORDER_DATABASE_URL: `${databases}/orders`,
    DELIVERY_DATABASE_URL: `${databases}/deliveries`,
    REDIS_URL: `redis://127.0.0.1:${String(redis)}`,
    SQS_ENDPOINT: `http://127.0.0.1:${String(sqs)}`,
  };
}
