import { httpAnswers, postgresAnswers, redisAnswers } from '../infrastructure/answers';
import { type ExternalUrls } from '../settings';
import { type Component } from './component';

/** Infrastructure that Docker or the operator runs: it can only be asked how it is. */
export function foreignInfrastructure(urls: ExternalUrls): Component[] {
  const database = addressOf(urls.ORDER_DATABASE_URL, 5432);
  const redis = addressOf(urls.REDIS_URL, 6379);
  const sqs = addressOf(urls.SQS_ENDPOINT, urls.SQS_ENDPOINT.startsWith('https') ? 443 : 80);
  return [
    { name: 'postgres', ...database, isHealthy: () => postgresAnswers(database), control: null },
    { name: 'redis', ...redis, isHealthy: () => redisAnswers(redis), control: null },
    { name: 'sqs', ...sqs, isHealthy: () => httpAnswers(urls.SQS_ENDPOINT), control: null },
  ];
}

function addressOf(url: string, usualPort: number): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usualPort : Number(port) };
}
