import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { contracts } from '../../scripts/contract/contracts';
import { contractOperations } from '../../scripts/contract/postman/contract-operations';
import { SERVICE_OPERATIONS } from '../../scripts/contract/contracts';

describe('the documentation of the operations', () => {
  it('given every operation of both contracts, then demo/curl-examples.md shows a command for it', () => {
    const text = readFileSync('demo/curl-examples.md', 'utf8');
    const commands = text.replaceAll('\\\n', ' ').split('\n');
    const missing = contractOperations(contracts())
      .filter(({ id }) => !SERVICE_OPERATIONS.includes(id))
      .filter(({ service, method, path }) => {
        const base = service === 'order-service' ? 'ORDER_URL' : 'DELIVERY_URL';
        const target = path.replaceAll(/\{\w+\}/g, '[^/\\s"?]+');
        const url = new RegExp(`\\$${base}${target}(["?\\s]|$)`);
        return !commands.some((command) => url.test(command) && isMethod(command, method));
      });
    expect(missing.map(({ method, path, service }) => `${service}: ${method} ${path}`)).to.deep.equal([]);
  });

  it('given every operation of both contracts, then the README names its path, or the end of it', () => {
    const [, section = ''] = /## The API\n([^]*?)\n## /.exec(readFileSync('README.md', 'utf8')) ?? [];
    const missing = contractOperations(contracts())
      .filter(({ id }) => !SERVICE_OPERATIONS.includes(id))
      .filter(({ path }) => {
        const [, segment = ''] = /\/([^/{}]*)(?:\/\{\w+\})?$/.exec(path) ?? [];
        return !new RegExp(`/${segment.replaceAll('.', '\\.')}\\b|/${segment}\``).test(section);
      });
    expect(missing.map(({ path, service }) => `${service}: ${path}`)).to.deep.equal([]);
  });
});

/** curl sends GET without a body or -X. */
function isMethod(command: string, method: string): boolean {
  const [, explicit] = /-X (\w+)/.exec(command) ?? [];
  if (explicit !== undefined) return explicit.toLowerCase() === method;
  const hasBody = !/ -G\b/.test(command) && / (-d|--data|--data-binary|--data-raw)\b/.test(command);
  return hasBody ? method === 'post' : method === 'get' || method === 'post';
}
