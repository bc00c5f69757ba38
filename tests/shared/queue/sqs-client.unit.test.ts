import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const CREATE_CLIENT = `
  const { createSqsClient } = require('./src/shared/queue/sqs-client');
  createSqsClient({ region: 'us-east-1', requestTimeoutMs: 1000 }).destroy();
`;

describe('the SQS client', () => {
  it('given any supported Node, when it is created, then the SDK prints no notice about later versions', () => {
    const env = { ...process.env };
    delete env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'];
    const { status, stderr } = spawnSync(process.execPath, ['-r', 'ts-node/register', '-e', CREATE_CLIENT], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});
