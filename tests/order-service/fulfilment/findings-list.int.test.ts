import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const IDS = [1, 2, 3, 4, 5].map((n) => `0190a0a0-0000-7000-8000-00000000000${String(n)}`);

describe('the list of findings', () => {
  let pair: ServicePair;
  let operator: ApiClient;
  before(async () => {
    pair = await startServicePair();
    operator = await pair.client('demo-operator');
    await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      `INSERT INTO reconciliation_findings (order_id, kind, next_check_at)
       SELECT id, 'shipment_without_order', 'infinity' FROM unnest($1::uuid[]) AS id`,
      [IDS],
    );
  });
  after(() => pair.stop());

  it('given more findings than a page holds, then following next_cursor shows each of them once', async () => {
    const found: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < IDS.length; page += 1) {
      const { status, body, text } = await operator.get(
        `/reconciliation?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      expect(status, text).to.equal(200);
      found.push(...body.data.map(({ order_id: id }: { order_id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(found).to.deep.equal(IDS);
  });
});
