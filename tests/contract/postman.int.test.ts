import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { run, type NewmanRunSummary } from 'newman';
import { POSTMAN_FILE } from '../../scripts/contract/artefacts';
import { contractOperations } from '../../scripts/contract/postman/contract-operations';
import { STORY } from '../../scripts/contract/postman/story';
import { contracts, SERVICE_OPERATIONS } from '../../scripts/contract/contracts';
import { startServicePair, type ServicePair } from '../support/service-pair';

describe('the Postman collection', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '300' } });
  });
  after(() => pair.stop());

  it('given both contracts, then every operation has a request', () => {
    const { item } = JSON.parse(readFileSync(POSTMAN_FILE, 'utf8')) as PostmanCollection;
    const requests = item.flatMap((folder) => folder.item.map(({ request }) => requestKey(request)));
    const operations = contractOperations(contracts()).filter(({ id }) => !SERVICE_OPERATIONS.includes(id));
    for (const { service, method, path } of operations) {
      const host = service === 'order-service' ? '{{order_url}}' : '{{delivery_url}}';
      expect(requests).to.include(`${method.toUpperCase()} ${host}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    }
  });

  it('given a new system, when it runs from top to bottom, then every assertion holds', async () => {
    const summary = await collectionRun(pair);
    const { stats, failures } = summary.run;
    expect(failures.map(({ source, error }) => `${source?.name ?? ''}: ${error.message}`)).to.deep.equal([]);
    expect(stats.items.total).to.be.at.least(STORY.flatMap(({ steps }) => steps).length);
    expect(stats.assertions.total).to.be.at.least(STORY.flatMap(({ steps }) => steps).length);
  }).timeout(120_000);

  it('given a system in which it ran before, when it runs again, then it passes and no client is left', async () => {
    const { failures } = (await collectionRun(pair)).run;
    expect(failures.map(({ source, error }) => `${source?.name ?? ''}: ${error.message}`)).to.deep.equal([]);
    const operator = await pair.client('demo-operator');
    const { body } = await operator.get('/clients?limit=100');
    const ids = (body.data as { client_id: string }[]).map(({ client_id: id }) => id);
    expect(ids).to.have.members(['demo-client', 'demo-other', 'demo-operator']);
  }).timeout(120_000);
});

function collectionRun({ orderUrl, deliveryUrl }: ServicePair): Promise<NewmanRunSummary> {
  return new Promise((resolve, reject) => {
    run(
      {
        collection: JSON.parse(readFileSync(POSTMAN_FILE, 'utf8')) as object,
        envVar: [
          { key: 'order_url', value: orderUrl },
          { key: 'delivery_url', value: deliveryUrl },
        ],
      },
      (error, summary) => (error ? reject(error) : resolve(summary)),
    );
  });
}

interface PostmanRequest {
  method: string;
  url: { raw: string };
}

interface PostmanCollection {
  item: { item: { request: PostmanRequest }[] }[];
}

const requestKey = ({ method, url }: PostmanRequest): string => `${method} ${url.raw.replace(/\?.*$/, '')}`;
