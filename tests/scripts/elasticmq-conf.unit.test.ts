import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_RECEIVE_COUNT, queueTopology } from '../../src/shared/queue/queue-topology';

const CONF = readFileSync(join(__dirname, '..', '..', 'docker', 'elasticmq.conf'), 'utf8');

describe('docker/elasticmq.conf', () => {
  it('given the topology, then it declares the same queues and no others', () => {
    expect(declaredQueues().map(([name]) => name)).to.have.members(queueTopology().map(({ name }) => name));
  });

  for (const { name, attributes, deadLetterQueue } of queueTopology()) {
    it(`given ${name}, then its settings are those of the topology`, () => {
      const body = new Map(declaredQueues()).get(name) ?? '';

      expect(valueOf(body, 'fifo')).to.equal(attributes['FifoQueue']);
      expect(valueOf(body, 'contentBasedDeduplication')).to.equal(attributes['ContentBasedDeduplication']);
      expect(valueOf(body, 'defaultVisibilityTimeout')).to.equal(
        `${attributes['VisibilityTimeout'] ?? ''} seconds`,
      );
      expect(valueOf(body, 'receiveMessageWait')).to.equal(
        `${attributes['ReceiveMessageWaitTimeSeconds'] ?? ''} seconds`,
      );
      expect(valueOf(body, 'name')).to.equal(deadLetterQueue === null ? undefined : `"${deadLetterQueue}"`);
      expect(valueOf(body, 'maxReceiveCount')).to.equal(
        deadLetterQueue === null ? undefined : String(MAX_RECEIVE_COUNT),
      );
    });
  }
});

/** Name and body of every block like `"orders-queue.fifo" { … }`, which may contain one more level of braces. */
function declaredQueues(): [string, string][] {
  const blocks = CONF.matchAll(/"([\w.-]+)"\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g);
  return [...blocks].map(([, name = '', body = '']) => [name, body]);
}

function valueOf(body: string, setting: string): string | undefined {
  return new RegExp(`^\\s*${setting}\\s*=\\s*(.+)$`, 'm').exec(body)?.[1];
}
