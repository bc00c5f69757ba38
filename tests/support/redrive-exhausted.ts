import { expect } from 'chai';
import { type DeadLetterResource, LIVE_QUEUES } from '../../src/shared/contracts/queues';
import { type ApiClient } from './api-client';

/**
 * Redrives, like an operator, what the queues themselves moved to the dead letters: messages whose receivers died as often as a message
 * may be received. A dead letter with a reason was moved by a consumer, and fails the test.
 */
export async function redriveExhausted(operator: ApiClient): Promise<void> {
  for (const queue of LIVE_QUEUES) {
    const { data } = (await operator.get(`/queues/${queue}/dead-letters?limit=100`)).body as {
      data: DeadLetterResource[];
    };
    expect(
      data.filter(({ reason }) => reason !== null),
      queue,
    ).to.deep.equal([]);
    if (data.length === 0) continue;
    const redriven = await operator.post(`/queues/${queue}/redrive`, {
      message_ids: data.map((letter) => letter.message_id),
    });
    expect(redriven.body, queue).to.include({ failed: 0 });
  }
}
